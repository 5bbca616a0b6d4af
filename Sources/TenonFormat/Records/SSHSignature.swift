import TenonCore

/// A signature as `ssh-keygen -Y sign` writes it: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig. Read for what it says of
/// itself; whether it is right is for `ssh-keygen -Y verify` to say.
package struct SSHSignature: Hashable, Sendable {
    /// With its first and last line, each line ended by LF.
    package let text: String
    /// The fingerprint of the public key in it, as `ssh-keygen -l` prints it: `SHA256:` and 43 characters.
    package let key: String
    package let namespace: String

    /// A signature by the longest RSA key that is in use has 3 KiB; certificates are longer.
    package static let maximumLength = 32 << 10
    private static let begin = "-----BEGIN SSH SIGNATURE-----"
    private static let end = "-----END SSH SIGNATURE-----"

    /// Throws `corrupt` for what is no such signature.
    package init(parsing text: String) throws(TenonError) {
        guard text.utf8.count <= SSHSignature.maximumLength else {
            throw SSHSignature.damaged("it is longer than \(SSHSignature.maximumLength) bytes")
        }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map { Array($0) }
        guard lines.count >= 3, lines.first == Array(SSHSignature.begin.utf8), lines.last == Array(SSHSignature.end.utf8),
            let bytes = Base64.decode(Array(lines.dropFirst().dropLast().joined()))
        else { throw SSHSignature.damaged("it is no text that 'ssh-keygen -Y sign' writes") }
        var rest = bytes[...]
        guard rest.starts(with: "SSHSIG".utf8) else { throw SSHSignature.damaged("it does not begin as an SSH signature does") }
        rest = rest.dropFirst(6)
        guard let version = SSHSignature.number(&rest), version == 1 else { throw SSHSignature.damaged("it is of another version than 1") }
        guard let key = SSHSignature.string(&rest), let namespace = SSHSignature.string(&rest).flatMap({ String(validating: $0, as: UTF8.self) })
        else {
            throw SSHSignature.damaged("it ends too early")
        }
        self.text = lines.map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
        self.key = "SHA256:" + Base64.encode(SHA256Hasher.hash(Array(key)).bytes).prefix { $0 != "=" }
        self.namespace = namespace
    }

    private static func damaged(_ cause: String) -> TenonError { TenonError(.corrupt, "the signature can't be read", cause: cause) }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 4 else { return nil }
        defer { bytes = bytes.dropFirst(4) }
        return bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    }

    private static func string(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let count = number(&bytes), count <= bytes.count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }
}
