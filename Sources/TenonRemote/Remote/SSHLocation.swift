import TenonCore

/// A directory on a host that SSH reaches.
package struct SSHLocation: Hashable, Sendable {
    package let user: String?
    package let host: String
    package let port: Int?
    /// Absolute, or beginning with `~/` for the user's home there.
    package let path: String

    static func parse(_ rest: Substring) -> Result<SSHLocation, RefusalReason> {
        guard let slash = rest.firstIndex(of: "/") else { return .failure(RefusalReason("it names no path on the host")) }
        var authority = rest[..<slash]
        guard var path = PercentEncoding.decode(rest[slash...]), !path.utf8.contains(0) else {
            return .failure(RefusalReason("its percent-encoding is broken"))
        }
        // As in Git: `ssh://host/~/data` is below the home directory.
        if path.hasPrefix("/~/") { path.removeFirst() }
        guard path.utf8.count > 1 else { return .failure(RefusalReason("it names no path on the host")) }

        var user: String?
        if let at = authority.lastIndex(of: "@") {
            let name = authority[..<at]
            authority = authority[authority.index(after: at)...]
            guard !name.contains(":") else {
                return .failure(RefusalReason("a password in a URL would be kept and shown; use a key or ssh's configuration"))
            }
            // A leading '-' would be an option of the program ssh (CVE-2017-1000117 and its kin).
            guard isWord(name, allowing: "._-+\\@") else { return .failure(RefusalReason("its user is no name")) }
            user = String(name)
        }
        var port: Int?
        var host = authority
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return .failure(RefusalReason("its host is no name")) }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":"), !host.isEmpty, host.utf8.allSatisfy({ isHexDigit($0) || $0 == 0x3A || $0 == 0x2E }) else {
                return .failure(RefusalReason("its host is no address"))
            }
            if !after.isEmpty { authority = "x" + after } else { authority = "x" }
        } else {
            if let colon = authority.firstIndex(of: ":") { host = authority[..<colon] }
            guard isWord(host, allowing: "._-") else { return .failure(RefusalReason("its host is no name")) }
        }
        if let colon = authority.lastIndex(of: ":") {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65535).contains(number) else {
                return .failure(RefusalReason("its port is no number from 1 to 65535"))
            }
            port = number
        }
        return .success(SSHLocation(user: user, host: String(host), port: port, path: path))
    }

    private static func isWord(_ text: Substring, allowing others: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 255 && !text.hasPrefix("-")
            && text.utf8.allSatisfy { isHexDigit($0) || isLetter($0) || others.utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}

extension SSHLocation: CustomStringConvertible {
    package var description: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        let place = path.hasPrefix("~") ? "/" + path : path
        return "ssh://\(user.map { $0 + "@" } ?? "")\(shown)\(port.map { ":\($0)" } ?? "")\(displayName(place.utf8))"
    }
}
