import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// `tenon diff-driver`: a pointer's own lines, then one for each entry of its directory. What the store lacks is said in the text: whoever
    /// compares two descriptions has something to compare in any case.
    package func describe(_ request: DescribeRequest, _ reporter: Reporter<DescribeRequest>) async throws -> DescribeRequest.Reply {
        try await work(reporter) { meter in
            let pointer = try Pointer(parsing: Array(request.pointer.utf8))
            var description = Description(reporter: reporter)
            description.add(request.pointer)
            do {
                if pointer.kind == .tree {
                    description.add("\n")
                    let total = try self.store.entryCount(of: pointer)
                    try self.store.entries(of: pointer, under: nil) { entry in
                        try meter.sink.check()
                        try description.add(entry, of: total)
                    }
                }
            } catch is Description.Full {
            } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
                description.add("# the entries can't be listed: \(error)\n")
            }
            return DescribeRequest.Reply(entries: description.finish())
        }
    }
}

/// The lines of one description, on their way to the client.
private struct Description {
    private let reporter: Reporter<DescribeRequest>
    private var text = ""
    private var count: UInt64 = 0

    /// Thrown when no more is listed.
    struct Full: Error {}

    /// Of more entries only their number is told: two such texts are still compared in a second.
    private static let maximumCount: UInt64 = 100_000
    private static let pieceLength = 64 << 10

    init(reporter: Reporter<DescribeRequest>) {
        self.reporter = reporter
    }

    mutating func add(_ line: String) {
        text += line
        if text.utf8.count >= Description.pieceLength { send() }
    }

    /// As `git ls-tree -l` has it: mode, identifier, size, path.
    mutating func add(_ entry: ManifestEntry, of total: UInt64) throws {
        guard count < Description.maximumCount else {
            add("# \(total &- count) more entries: tenon diff shows what differs\n")
            throw Full()
        }
        count += 1
        let name = displayName(entry.path)
        switch entry.kind {
        case .file: add("100644 \(Description.bytes(entry)) \(name)\n")
        case .executable: add("100755 \(Description.bytes(entry)) \(name)\n")
        case .symlink: add("120000 \(Description.none) \(name) -> \(displayName(entry.target))\n")
        case .directory: add("040000 \(Description.none) \(name)/\n")
        }
    }

    /// Sends what is left, and returns how many entries were listed.
    mutating func finish() -> UInt64 {
        send()
        return count
    }

    private mutating func send() {
        if !text.isEmpty { reporter.item(DescribedLines(text: text)) }
        text = ""
    }

    private static let digitCount = 12
    private static let sizeWidth = 13
    private static let none = String(repeating: "-", count: digitCount) + String(repeating: " ", count: sizeWidth) + "-"

    private static func bytes(_ entry: ManifestEntry) -> String {
        let size = String(entry.size)
        return entry.oid.hex.prefix(digitCount) + String(repeating: " ", count: max(1, sizeWidth + 1 - size.utf8.count)) + size
    }
}
