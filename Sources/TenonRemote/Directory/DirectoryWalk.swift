import Glibc
import TenonCore

/// Lists a directory remote in byte order of whole names, from a place on.
struct DirectoryWalk {
    let prefix: ObjectPrefix
    let after: ObjectName?
    let limit: Int
    private var entries: [ObjectEntry] = []
    private var isFull = false

    init(prefix: ObjectPrefix, after: ObjectName?, limit: Int) {
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }

    consuming func run(_ root: borrowing DirectoryRoot) throws -> ObjectPage {
        let components = prefix.directory
        if let directory = try root.directory(components) {
            try walk(directory, components.map { $0 + "/" }.joined(), root.path)
        }
        return ObjectPage(entries: entries, next: isFull ? entries.last?.name : nil)
    }

    private mutating func walk(_ directory: borrowing Descriptor, _ place: String, _ root: String) throws {
        var candidates: [(name: String, sortKey: String)] = []
        for name in try names(in: directory, root) {
            let text = place + name
            guard ObjectName.reasonToRefuse(text) == nil, mayHold(text) else { continue }
            guard let status = try status(name, directory, "\(root)/\(text)") else { continue }
            if status.st_mode & S_IFMT == S_IFDIR { candidates.append((name, name + "/")) }
            if status.st_mode & S_IFMT == S_IFREG { candidates.append((name, name)) }
        }
        candidates.sort { $0.sortKey.utf8.lexicographicallyPrecedes($1.sortKey.utf8) }
        for candidate in candidates {
            if candidate.sortKey.utf8.count > candidate.name.utf8.count {
                let next = openat(directory.number, candidate.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                if next < 0 {
                    let number = errno
                    if number == ENOENT { continue }
                    throw directoryFailure(number, "list", "\(root)/\(place)\(candidate.name)")
                }
                try walk(Descriptor(next), place + candidate.sortKey, root)
            } else {
                try add(candidate.name, directory, place, root)
            }
            if isFull { return }
        }
    }

    /// What has a name; `nil` if it went while it was listed: then it was not there. Any other failure is one, else a sweep would take what can't be seen
    /// for what is not there.
    private func status(_ name: String, _ directory: borrowing Descriptor, _ path: String) throws -> stat? {
        var status = stat()
        if fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
        let number = errno
        if number == ENOENT { return nil }
        throw directoryFailure(number, "look at", path)
    }

    private mutating func add(_ name: String, _ directory: borrowing Descriptor, _ place: String, _ root: String) throws {
        let object = try ObjectName(place + name)
        guard prefix.matches(object), after.map({ object > $0 }) ?? true else { return }
        if entries.count == limit {
            isFull = true
            return
        }
        guard let status = try status(name, directory, "\(root)/\(place)\(name)") else { return }
        entries.append(ObjectEntry(object, status))
    }

    /// Whether the object `text`, or one below the directory `text`, can belong to the page.
    private func mayHold(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.starts(with: prefix.text.utf8) || prefix.text.utf8.starts(with: (text + "/").utf8) else { return false }
        guard let after = after?.text.utf8 else { return true }
        return after.lexicographicallyPrecedes(bytes) || after.starts(with: (text + "/").utf8)
    }
}
