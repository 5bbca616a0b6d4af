extension ClientEnvironment {
    /// The variables by which remotes are reached, for requests that reach some: credentials, agents, proxies, certificates, and what `ssh` needs.
    ///
    /// The daemon outlives the terminal that started it, so it takes them from each request and never from its own environment.
    package var forTransfers: [String: String] {
        variables.filter { name, _ in
            let prefixes = ["AWS_", "SSH_", "GIT_SSH", "SSL_CERT_", "TENON_SSH"]
            let names = [
                "HOME", "USER", "LOGNAME", "PATH", "LANG", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY",
                "ALL_PROXY",
                "NO_PROXY", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "KRB5CCNAME",
                "TENON_REMOTE_PATIENCE",
            ]
            return names.contains(name) || prefixes.contains { name.hasPrefix($0) }
        }
    }
}
