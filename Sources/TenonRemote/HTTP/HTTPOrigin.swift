import TenonCore

/// Scheme, host and port of a URL: `https://s3.example.com:9000`.
package struct HTTPOrigin: Hashable, Sendable {
    package let isSecure: Bool
    /// In lower case; an IPv6 address in brackets.
    package let host: String
    package let port: Int?

    init(isSecure: Bool, host: String, port: Int?) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
    }

    /// Reads `http://` or `https://`, a host and perhaps a port; without a scheme it is `https`. What follows a slash is passed over.
    /// `nil` for anything else, with a user or a password too.
    init?(_ text: String) {
        var rest = text[...]
        if let after = text.afterPrefix("http://") {
            (isSecure, rest) = (false, after)
        } else if let after = text.afterPrefix("https://") {
            (isSecure, rest) = (true, after)
        } else {
            isSecure = true
            guard !text.contains("://") else { return nil }
        }
        rest = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        var name = rest
        var number: Int?
        if let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") {
            name = rest[..<colon]
            guard let value = Int(rest[rest.index(after: colon)...]), (1...65535).contains(value) else { return nil }
            number = value
        }
        let isAddress =
            name.hasPrefix("[") && name.hasSuffix("]") && name.dropFirst().dropLast().utf8.allSatisfy { "0123456789abcdefABCDEF:.".utf8.contains($0) }
        let isName = name.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._".utf8.contains($0) }
        guard !name.isEmpty, name.utf8.count <= 255, isAddress || isName else { return nil }
        host = name.lowercased()
        port = number == (isSecure ? 443 : 80) ? nil : number
    }

    /// As in a `Host` header.
    var authority: String { host + (port.map { ":\($0)" } ?? "") }
}

extension HTTPOrigin: CustomStringConvertible {
    package var description: String { (isSecure ? "https://" : "http://") + authority }
}
