import ArgumentParser
import TenonAPI

/// `[REV:]PATH`: something at a commit, or as the pointers in the work tree name it.
struct RevisionPath: ExpressibleByArgument, Hashable {
    var revision: String?
    var path: [UInt8]

    /// Splits at the first colon outside of braces (`HEAD^{/fix: typo}`). What starts with `/`, `./` or `../` is a path, colons and all.
    init?(argument: String) {
        let bytes = ArgumentEscape.bytes(of: argument)
        let isPath = ["/", "./", "../"].contains { bytes.starts(with: $0.utf8) }
        var depth = 0
        var colon: Int?
        search: for (index, byte) in bytes.enumerated() where !isPath {
            switch byte {
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ":") where depth <= 0:
                colon = index
                break search
            default: break
            }
        }
        guard let colon else {
            path = bytes
            return
        }
        // `:PATH` is the index in Git's language, which Tenon does not list.
        guard colon > 0, let revision = String(validating: bytes[..<colon], as: UTF8.self) else { return nil }
        self.revision = revision
        path = Array(bytes[(colon + 1)...])
    }

    static var defaultCompletionKind: CompletionKind { .file() }
}
