import Glibc
import TenonCore

/// The kernel's queue of what happens in watched directories: inotify(7).
final class Inotify: Sendable {
    let descriptor: Int32

    /// What is asked for. Opening is: a store through a shared mapping tells nothing, but its file was opened before.
    private static let mask = Event.changes | Event.open | Event.closeWithoutWrite | Event.closeAfterWrite | Event.ownRemoval | Event.ownMove
    /// `IN_ONLYDIR`
    private static let directoryOnly: UInt32 = 0x0100_0000

    /// One thing that happened, as the queue holds it.
    struct Event {
        var watch: Int32
        var mask: UInt32
        /// The entry of the directory that it happened to; empty: the directory itself.
        var name: [UInt8]

        // Of sys/inotify.h, which gives them as values of several types.
        static let modify: UInt32 = 0x2
        static let attributes: UInt32 = 0x4
        static let closeAfterWrite: UInt32 = 0x8
        static let closeWithoutWrite: UInt32 = 0x10
        static let open: UInt32 = 0x20
        static let movedAway: UInt32 = 0x40
        static let movedHere: UInt32 = 0x80
        static let create: UInt32 = 0x100
        static let remove: UInt32 = 0x200
        static let ownRemoval: UInt32 = 0x400
        static let ownMove: UInt32 = 0x800
        static let unmount: UInt32 = 0x2000
        static let overflow: UInt32 = 0x4000
        static let ignored: UInt32 = 0x8000
        static let directory: UInt32 = 0x4000_0000

        /// An entry came or went, or is another one now.
        static let structure = movedAway | movedHere | create | remove
        /// Something is different after it.
        static let changes = structure | modify | attributes

        func has(_ bits: UInt32) -> Bool { mask & bits != 0 }
    }

    /// Throws `io` if the user's limit of inotify instances is reached, or the kernel has none.
    init() throws(TenonError) {
        descriptor = try systemCall("begin", "inotify") { inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)) }
    }

    deinit {
        close(descriptor)
    }

    /// Watches the open directory `handle`, whatever path it has by now. The same directory gives the same number. Or what `errno` says.
    func add(_ handle: DirectoryHandle) -> Result<Int32, SystemFailure> {
        let watch = inotify_add_watch(descriptor, "/proc/self/fd/\(handle.descriptor)", Inotify.mask | Inotify.directoryOnly)
        return watch < 0 ? .failure(SystemFailure(number: errno)) : .success(watch)
    }

    struct SystemFailure: Error {
        var number: Int32
    }

    func remove(_ watch: Int32) {
        _ = inotify_rm_watch(descriptor, watch)
    }

    /// Takes all that is queued, in order, and calls `body` with each. `buffer` holds at least one event of the longest name.
    func drain(_ buffer: UnsafeMutableRawBufferPointer, _ body: (Event) -> Void) {
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            var position = 0
            while position + Inotify.headLength <= count {
                // struct inotify_event: wd, mask, cookie, len, then the name, padded with zeros.
                let length = Int(buffer.loadUnaligned(fromByteOffset: position + 12, as: UInt32.self))
                let start = position + Inotify.headLength
                guard start + length <= count else { return }
                body(
                    Event(
                        watch: buffer.loadUnaligned(fromByteOffset: position, as: Int32.self),
                        mask: buffer.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self),
                        name: Array(buffer[start..<(start + length)].prefix { $0 != 0 })))
                position = start + length
            }
        }
    }

    private static let headLength = 16

    /// Directories that this user may watch, all programs together; `nil` if the kernel does not say.
    static var userLimit: Int? {
        guard let file = fopen("/proc/sys/fs/inotify/max_user_watches", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        return Int(String(decoding: line.prefix { $0 > 0x20 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
