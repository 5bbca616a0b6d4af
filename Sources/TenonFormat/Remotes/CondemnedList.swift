import TenonCore

/// Objects of a remote that a sweep found nobody to need: whoever begins to push after it was written takes them for absent.
package struct CondemnedList: Equatable, Sendable {
    /// One object, in the very state in which it was found.
    package struct Entry: Hashable, Sendable {
        package enum Target: Hashable, Sendable {
            case pack(PackID)
            case locator(Locator.Subject)
        }

        package let target: Target
        /// In bytes.
        package let size: UInt64
        /// The storage's tag for that state: 1 to 256 visible ASCII characters.
        package let tag: String

        package init(target: Target, size: UInt64, tag: String) {
            self.target = target
            self.size = size
            self.tag = tag
        }

        /// Of the object.
        package var name: String {
            switch target {
            case .pack(let id): RemoteName.pack(id)
            case .locator(let subject): RemoteName.locator(subject)
            }
        }

        var line: String { "\(name) \(size) \(tag)" }
    }

    /// By name.
    package let entries: [Entry]

    /// Readers refuse a longer one.
    package static let maximumLength = 64 << 20
    /// Writers name at most so many in one list.
    package static let maximumCount = 150_000

    private static let firstLine = "tenon-condemned 1"

    package init(_ entries: some Sequence<Entry>) {
        self.entries = entries.sorted { $0.name < $1.name }
    }

    /// The one valid encoding.
    package var bytes: [UInt8] {
        Array(([CondemnedList.firstLine] + entries.map(\.line)).map { $0 + "\n" }.joined().utf8)
    }

    /// What the object is named after.
    package var id: Digest { SHA256Hasher.hash(bytes) }

    /// Throws `corrupt` for what is no such list, `unsupportedVersion` if a newer Tenon wrote it.
    package init(parsing bytes: [UInt8]) throws(TenonError) {
        var lines = try RemoteLines(
            parsing: bytes, firstLine: CondemnedList.firstLine, what: "a list of condemned objects", limit: CondemnedList.maximumLength)
        var entries: [Entry] = []
        var last: String?
        while let line = lines.next() {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, let size = UInt64(parts[1]), (1...256).contains(parts[2].utf8.count),
                let target = RemoteName.packID(parts[0]).map(Entry.Target.pack) ?? RemoteName.subject(parts[0]).map(Entry.Target.locator)
            else { throw lines.damaged("a line of it names no pack or snapshot") }
            if let last, last >= parts[0] { throw lines.damaged("its lines are out of order") }
            last = parts[0]
            let entry = Entry(target: target, size: size, tag: parts[2])
            guard entry.line == line else { throw lines.damaged("a number in it is written another way") }
            entries.append(entry)
        }
        self.entries = entries
    }
}
