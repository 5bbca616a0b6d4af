import Glibc

/// Calls and constants of Linux and the GNU C library that Swift's Glibc module leaves out.
///
/// The functions are looked up in the C library that runs: one that is too old to have them gives `nil`, and each caller has another way.
enum LinuxCalls {
    /// `O_PATH` and `__O_TMPFILE`, `F_SETLEASE` of linux/fcntl.h; the same on x86-64 and arm64.
    static let pathOnly: Int32 = 0o10_000_000
    static let temporaryFile: Int32 = 0o20_000_000 | O_DIRECTORY
    static let setLease: Int32 = 1024
    /// `RENAME_NOREPLACE` and `RENAME_EXCHANGE` of linux/fs.h.
    static let renameNoReplace: UInt32 = 1
    static let renameExchange: UInt32 = 2
    /// `SYNC_FILE_RANGE_WRITE` of linux/fs.h.
    private static let startWriteback: UInt32 = 2
    /// `M_TRIM_THRESHOLD`, `M_MMAP_THRESHOLD` and `M_ARENA_MAX` of malloc.h.
    static let mallocTrimThreshold: Int32 = -1
    static let mallocMapThreshold: Int32 = -3
    static let mallocArenaMax: Int32 = -8

    typealias SystemCall = @convention(c) (Int, Int, Int, Int, Int) -> Int
    private typealias GetDirectoryEntries = @convention(c) (Int32, UnsafeMutableRawPointer?, Int) -> Int
    private typealias RenameAt2 = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
    private typealias StatFileSystem = @convention(c) (Int32, UnsafeMutableRawPointer?) -> Int32
    private typealias SyncFileRange = @convention(c) (Int32, Int64, Int64, UInt32) -> Int32
    private typealias SyncFileSystem = @convention(c) (Int32) -> Int32
    private typealias DeviceControl = @convention(c) (Int32, UInt, Int) -> Int32
    private typealias MallocOption = @convention(c) (Int32, Int32) -> Int32
    private typealias MallocTrim = @convention(c) (Int) -> Int32

    /// syscall(2). It is variadic in C, and takes its arguments as any function of integers does.
    static let systemCall: SystemCall? = function("syscall")
    private static let getDirectoryEntries: GetDirectoryEntries? = function("getdents64")
    private static let renameAt2: RenameAt2? = function("renameat2")
    private static let statFileSystem: StatFileSystem? = function("fstatfs")
    private static let syncFileRange: SyncFileRange? = function("sync_file_range")
    private static let syncFileSystem: SyncFileSystem? = function("syncfs")
    private static let deviceControl: DeviceControl? = function("ioctl")
    private static let mallocOption: MallocOption? = function("mallopt")
    private static let mallocTrim: MallocTrim? = function("malloc_trim")

    private static func function<Function>(_ name: String) -> Function? {
        // A null handle is RTLD_DEFAULT: whatever the process has loaded.
        dlsym(nil, name).map { unsafeBitCast($0, to: Function.self) }
    }

    /// getdents64(2); glibc has it since 2.30, which is older than any system that Swift runs on.
    static func directoryEntries(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let getDirectoryEntries else {
            errno = ENOSYS
            return -1
        }
        return getDirectoryEntries(descriptor, buffer.baseAddress, buffer.count)
    }

    /// renameat2(2).
    static func rename(
        _ directory: Int32, _ path: UnsafePointer<CChar>, _ newDirectory: Int32, _ newPath: UnsafePointer<CChar>, flags: UInt32
    ) -> Int32 {
        guard let renameAt2 else {
            errno = ENOSYS
            return -1
        }
        return renameAt2(directory, path, newDirectory, newPath, flags)
    }

    /// The magic number of the file system that a descriptor lies on; `nil` if it can't be had.
    static func fileSystemMagic(_ descriptor: Int32) -> UInt32? {
        guard let statFileSystem else { return nil }
        // `struct statfs` is 120 bytes on x86-64 and arm64, and `f_type` comes first.
        return withUnsafeTemporaryAllocation(byteCount: 512, alignment: 16) { buffer in
            guard statFileSystem(descriptor, buffer.baseAddress) == 0 else { return nil }
            return UInt32(truncatingIfNeeded: buffer.load(as: Int.self))
        }
    }

    /// Asks the kernel to begin writing a part of a file back. Promises nothing.
    static func beginWriteback(_ descriptor: Int32, offset: UInt64, length: UInt64) {
        _ = syncFileRange?(descriptor, Int64(clamping: offset), Int64(clamping: length), startWriteback)
    }

    /// syncfs(2): forces all that was written to a file system to disk. -1 and `errno` if that failed.
    static func synchronizeFileSystem(_ descriptor: Int32) -> Int32 {
        guard let syncFileSystem else {
            errno = ENOSYS
            return -1
        }
        return syncFileSystem(descriptor)
    }

    /// ioctl(2) with `FICLONE` of linux/fs.h: makes an empty file a copy that shares its blocks. -1 and `errno` where the file system can't do that.
    static func clone(_ source: Int32, to target: Int32) -> Int32 {
        guard let deviceControl else {
            errno = ENOSYS
            return -1
        }
        return deviceControl(target, 0x4004_9409, Int(source))
    }

    static func setMalloc(_ option: Int32, _ value: Int32) { _ = mallocOption?(option, value) }

    static func trimMalloc() { _ = mallocTrim?(0) }
}
