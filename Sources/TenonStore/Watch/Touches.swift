/// What happened in a watched artifact's directories since it was last looked at: names, not events, so that it stays small.
struct Touches {
    /// What happened to one entry.
    struct Touch: Equatable {
        /// Bits of `Inotify.Event`.
        var mask: UInt32
        /// Events; the kernel makes one of equal ones that follow each other.
        var count: UInt32

        /// What remains of one open and close of ours, if nobody else did anything.
        static let ownProbe = Touch(mask: Inotify.Event.open | Inotify.Event.closeWithoutWrite, count: 2)
    }

    struct Directory {
        var names: [[UInt8]: Touch] = [:]
        /// More was touched than is kept by name: all of it must be looked at.
        var isCrowded = false
        /// The kernel watches it no more.
        var isGone = false
    }

    /// Names beyond this are not kept one by one.
    static let nameLimit = 1 << 16

    /// By the number of the directory's watch.
    private(set) var directories: [Int32: Directory] = [:]
    private var nameCount = 0

    var isEmpty: Bool { directories.isEmpty }

    mutating func add(_ watch: Int32, _ name: [UInt8], _ mask: UInt32) {
        var directory = directories[watch, default: Directory()]
        // Without this the array would be copied for each event.
        directories[watch] = nil
        defer { directories[watch] = directory }
        guard !directory.isCrowded else { return }
        if directory.names[name]?.add(mask) != nil { return }
        guard nameCount < Touches.nameLimit else {
            nameCount -= directory.names.count
            directory.names = [:]
            directory.isCrowded = true
            return
        }
        directory.names[name] = Touch(mask: mask, count: 1)
        nameCount += 1
    }

    mutating func markGone(_ watch: Int32) {
        directories[watch, default: Directory()].isGone = true
    }

    /// Forgets what happened to an entry if that was `touch` and nothing else. Returns whether it was.
    mutating func remove(_ touch: Touch, _ watch: Int32, _ name: [UInt8]) -> Bool {
        guard directories[watch]?.names[name] == touch else { return false }
        directories[watch]?.names[name] = nil
        nameCount -= 1
        if let rest = directories[watch], rest.names.isEmpty, !rest.isCrowded, !rest.isGone { directories[watch] = nil }
        return true
    }
}

extension Touches.Touch {
    fileprivate mutating func add(_ mask: UInt32) {
        self.mask |= mask
        if count < .max { count += 1 }
    }
}
