/// Goes through the entries of one tree object: `mode SP name NUL id`, in Git's order.
struct TreeCursor {
    let id: GitObjectID
    private let bytes: [UInt8]
    private var position = 0
    /// The present entry, after `advance` has given `true`.
    private(set) var mode = GitFileMode(rawValue: 0)
    private var nameStart = 0
    private var nameEnd = 0

    init(_ id: GitObjectID, _ bytes: [UInt8]) {
        self.id = id
        self.bytes = bytes
    }

    var name: ArraySlice<UInt8> { bytes[nameStart..<nameEnd] }

    /// The object that the present entry names.
    func entryID() throws -> GitObjectID {
        guard let entry = GitObjectID(bytes: bytes[(nameEnd + 1)..<position]) else { throw ObjectError.damaged(id, .tree) }
        return entry
    }

    /// Whether both stand on entries of the same object, without making ids of them.
    func namesSameObject(as other: TreeCursor) -> Bool {
        bytes[(nameEnd + 1)..<position].elementsEqual(other.bytes[(other.nameEnd + 1)..<other.position])
    }

    /// Goes to the next entry; `false` at the end. Throws `corrupt` if the tree is damaged.
    mutating func advance() throws -> Bool {
        let start = position
        let isThere: Bool? = bytes.withUnsafeBufferPointer { buffer in
            guard position < buffer.count else { return false }
            var value: UInt32 = 0
            while position < buffer.count, buffer[position] != 0x20 {
                let digit = buffer[position] &- UInt8(ascii: "0")
                guard digit < 8, position - start < 7 else { return nil }
                value = value << 3 | UInt32(digit)
                position += 1
            }
            nameStart = position + 1
            position = nameStart
            while position < buffer.count, buffer[position] != 0 { position += 1 }
            nameEnd = position
            position += 1 + id.format.byteCount
            guard nameEnd > nameStart, position <= buffer.count else { return nil }
            mode = GitFileMode(rawValue: value)
            return true
        }
        guard let isThere else { throw ObjectError.damaged(id, .tree) }
        return isThere
    }

    /// Compares the present entries as Git orders them: by name, that of a directory with a slash behind it.
    func isOrderedBefore(_ other: TreeCursor) -> Bool {
        var left = name.makeIterator()
        var right = other.name.makeIterator()
        var leftSlash = mode.isDirectory
        var rightSlash = other.mode.isDirectory
        while true {
            let a = left.next() ?? TreeCursor.slash(&leftSlash)
            let b = right.next() ?? TreeCursor.slash(&rightSlash)
            guard let b else { return false }
            guard let a else { return true }
            if a != b { return a < b }
        }
    }

    private static func slash(_ pending: inout Bool) -> UInt8? {
        defer { pending = false }
        return pending ? UInt8(ascii: "/") : nil
    }
}
