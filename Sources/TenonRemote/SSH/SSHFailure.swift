import TenonCore

/// What the end of an `ssh` means, by its status and what it said.
struct SSHFailure {
    let location: SSHLocation
    let status: Int32?
    let complaint: String
    /// What came in place of a greeting.
    var start: [UInt8] = []

    var error: any Error {
        let host = location.host
        let shell = "ssh \(location.port.map { "-p \($0) " } ?? "")\(location.user.map { "\($0)@" } ?? "")\(host)"
        func failure(_ code: TenonError.Code, _ cause: String, _ hint: String) -> TenonError {
            TenonError(code, "can't reach '\(location)'", cause: cause, hint: hint)
        }
        if !start.isEmpty {
            return failure(
                .remote, "the host says '\(displayName(start.prefix(60)))' where Tenon should answer",
                "let the login scripts on \(host) print nothing when there is no terminal")
        }
        if said("Host key verification failed") {
            return failure(.permission, lastLine, "run '\(shell)' once by hand and check the host's key")
        }
        if said("Permission denied") || said("Too many authentication failures") || said("passphrase") {
            return failure(
                .permission, lastLine,
                "the daemon has no terminal to ask you in: load your key with ssh-add, or set SSH_ASKPASS; '\(shell) true' must ask nothing")
        }
        // What shells say of a program that is not there.
        if status == 127 || said("command not found") || said("tenon: not found") {
            return failure(.notFound, "tenon is not installed on \(host)", "install Tenon there, in ~/.local/bin or on the PATH")
        }
        // What ends by a signal was broken off, by us after a long silence or by someone else.
        if status == 255 || status == nil || status.map({ $0 > 128 }) == true {
            return TransientFailure(
                failure(.remote, lastLine.isEmpty ? "the connection was closed" : lastLine, "check the network, and that '\(shell) true' works"),
                isAnswer: false)
        }
        return failure(.remote, lastLine.isEmpty ? "the other end ended with status \(status ?? 0)" : lastLine, "run '\(shell) tenon --version'")
    }

    private func said(_ text: String) -> Bool {
        complaint.contains(text)
    }

    private var lastLine: String {
        complaint.split(whereSeparator: \.isNewline).last.map { displayName($0.utf8.prefix(300)) } ?? ""
    }
}
