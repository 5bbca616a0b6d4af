import Glibc
import TenonCore

/// The command line that runs `tenon serve --stdio` on a host, as the user's own `git` would reach it.
struct SSHCommand {
    let executable: String
    let arguments: [String]

    /// `GIT_SSH_COMMAND`, then `core.sshCommand`, then `GIT_SSH`, then `ssh` on the user's PATH: the order of Git. Throws `notFound` if that is nowhere.
    init(_ location: SSHLocation, _ settings: SSHSettings, _ environment: RemoteEnvironment) throws(TenonError) {
        // Nobody can type here. Where a program can ask in a window, it may.
        var options = environment["SSH_ASKPASS"] == nil ? ["-o", "BatchMode=yes"] : []
        options += ["-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=2", "-T"]
        if let port = location.port { options += ["-p", String(port)] }
        options += [location.user.map { "\($0)@\(location.host)" } ?? location.host, SSHCommand.remote(location.path, settings)]

        if let line = environment["GIT_SSH_COMMAND"] ?? settings.command {
            executable = "/bin/sh"
            arguments = ["sh", "-c", "\(line) \"$@\"", "sh"] + options
        } else {
            let name = environment["GIT_SSH"] ?? "ssh"
            executable = try SSHCommand.find(name, environment)
            arguments = [name] + options
        }
    }

    /// What the host's login shell gets, whichever shell that is. `~/.local/bin` is where Tenon installs itself, and not on the PATH of `ssh HOST COMMAND`.
    static func remote(_ path: String, _ settings: SSHSettings) -> String {
        let program = settings.remoteProgram ?? "tenon"
        return "exec /bin/sh -c "
            + quoted("PATH=\"$PATH:$HOME/.local/bin:/usr/local/bin\"; export PATH; exec \(quoted(program)) serve --stdio -- \(quoted(path))")
    }

    /// One word for a shell.
    static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }

    private static func find(_ name: String, _ environment: RemoteEnvironment) throws(TenonError) -> String {
        if name.contains("/") { return name }
        for directory in (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":") where directory.hasPrefix("/") {
            let path = "\(directory)/\(name)"
            if access(path, X_OK) == 0 { return path }
        }
        throw TenonError(.notFound, "'\(displayName(name.utf8))' can't be run", cause: "it is not on the PATH", hint: "apt install openssh-client")
    }
}
