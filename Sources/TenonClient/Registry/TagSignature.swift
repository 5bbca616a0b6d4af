/// How a tag is signed; whether the signature is right is another question.
package enum TagSignature: String, Codable, Hashable, Sendable {
    case ssh, openpgp, x509

    private static let beginnings: [(String, TagSignature)] = [
        ("-----BEGIN SSH SIGNATURE-----", .ssh), ("-----BEGIN PGP SIGNATURE-----", .openpgp), ("-----BEGIN PGP MESSAGE-----", .openpgp),
        ("-----BEGIN SIGNED MESSAGE-----", .x509),
    ]

    /// Where the signature begins: at the last line that can begin one, as in Git (`parse_signed_buffer` of gpg-interface.c).
    static func start(in body: [UInt8]) -> (Int, TagSignature?) {
        var found: (Int, TagSignature?) = (body.count, nil)
        var line = 0
        while line < body.count {
            for (text, kind) in beginnings where body[line...].starts(with: text.utf8) { found = (line, kind) }
            line = (body[line...].firstIndex(of: UInt8(ascii: "\n")) ?? body.count - 1) + 1
        }
        return found
    }
}
