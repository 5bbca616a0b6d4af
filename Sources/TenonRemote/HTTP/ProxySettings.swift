import TenonCore

/// The proxy that the environment names, as curl reads it: `https_proxy`, `http_proxy` (in small letters), `all_proxy`, `no_proxy`.
struct ProxySettings {
    private let environment: RemoteEnvironment

    init(_ environment: RemoteEnvironment) {
        self.environment = environment
    }

    /// `nil`: a direct connection. Throws `invalidArgument` for a proxy that can't be used.
    func proxy(for origin: HTTPOrigin) throws(TenonError) -> (host: String, port: Int)? {
        let names = origin.isSecure ? ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] : ["http_proxy", "all_proxy", "ALL_PROXY"]
        guard let name = names.first(where: { environment[$0] != nil }), let text = environment[name], !isExempt(origin.host) else { return nil }
        // Without a scheme it is spoken to in plain HTTP, as curl does.
        guard let proxy = HTTPOrigin(text.contains("://") ? text : "http://" + text), !proxy.isSecure else {
            throw TenonError(
                .invalidArgument, "the proxy in \(name) can't be used", cause: "it is not of the form http://HOST:PORT",
                hint: "unset \(name), or add the storage's host to NO_PROXY")
        }
        return (proxy.host, proxy.port ?? 80)
    }

    private func isExempt(_ host: String) -> Bool {
        let list = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        return list.split(whereSeparator: { $0 == "," || $0 == " " }).contains { entry in
            if entry == "*" { return true }
            let domain = entry.hasPrefix(".") ? entry.dropFirst() : entry
            return host == domain.lowercased() || host.hasSuffix("." + domain.lowercased())
        }
    }
}
