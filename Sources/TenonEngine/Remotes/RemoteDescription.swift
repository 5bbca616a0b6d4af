import TenonCore
import TenonFormat
import TenonRemote

/// The text by which a place says that Tenon keeps data there, and which remote it is (docs/format.md, Remotes).
enum RemoteDescription {
    private static let maximumLength = 1024

    /// The remote's id; `nil` for a place that is none yet. Throws `unsupportedVersion` for one of a newer Tenon.
    static func read(_ remote: Remote) async throws -> String? {
        guard let (bytes, _) = try await remote.contents(of: ObjectName(RemoteName.description), limit: maximumLength) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first == "tenon-remote 1" else {
            if lines.first?.hasPrefix("tenon-remote ") == true {
                throw TenonError(
                    .unsupportedVersion, "the remote '\(remote.location)' can't be used", cause: "a newer Tenon made it", hint: "install that version"
                )
            }
            throw TenonError(.corrupt, "the remote '\(remote.location)' can't be used", cause: "something else has the name 'tenon' there")
        }
        guard lines.count == 3, lines[2].isEmpty, lines[1].hasPrefix("id "), case let id = lines[1].dropFirst(3), isIdentifier(id) else {
            throw TenonError(.corrupt, "the remote '\(remote.location)' can't be used", cause: "its description is damaged")
        }
        return String(id)
    }

    /// Makes the place a remote, unless it is one. Two who do so at once agree on one id.
    static func establish(_ remote: Remote) async throws -> (id: String, existed: Bool) {
        if let id = try await read(remote) { return (id, true) }
        let digits = (0..<2).map { _ in
            let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        let text = "tenon-remote 1\nid \(digits.joined())\n"
        _ = try await remote.create(ObjectName(RemoteName.description), bytes: Array(text.utf8))
        guard let id = try await read(remote) else {
            throw TenonError(.remote, "the remote '\(remote.location)' can't be used", cause: "what was just written there is not to be found")
        }
        return (id, false)
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        text.utf8.count == 32 && text.allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }
}
