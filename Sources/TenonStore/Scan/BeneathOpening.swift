import Glibc

/// Opens paths below a directory without following symlinks: by openat2(2) where the kernel has it, else component by component.
enum BeneathOpening {
    /// `struct open_how` of openat2(2).
    private struct OpenHow {
        var flags: UInt64
        var mode: UInt64
        var resolve: UInt64
    }

    /// RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH, from linux/openat2.h.
    private static let resolve: UInt64 = 0x02 | 0x04 | 0x08
    /// The same on every architecture, as for all calls added since Linux 5.1.
    private static let openat2Number = 437

    /// syscall(2), if openat2 can be called through it.
    private static let systemCall: LinuxCalls.SystemCall? = {
        guard let call = LinuxCalls.systemCall else { return nil }
        // Asked once whether the kernel has it and lets us: older ones say ENOSYS, some sandboxes EPERM.
        var how = OpenHow(flags: UInt64(LinuxCalls.pathOnly | O_CLOEXEC | O_DIRECTORY), mode: 0, resolve: resolve)
        let descriptor = withUnsafeMutablePointer(to: &how) { how in
            ".".withCString { call(openat2Number, Int(AT_FDCWD), Int(bitPattern: $0), Int(bitPattern: how), MemoryLayout<OpenHow>.size) }
        }
        guard descriptor >= 0 else { return nil }
        close(Int32(descriptor))
        return call
    }()

    /// Opens `path`, of `length` bytes before its NUL. Returns a descriptor, or -1 and `errno`.
    static func open(_ directory: Int32, _ path: UnsafePointer<CChar>, length: Int, flags: Int32, mode: mode_t) -> Int32 {
        guard let systemCall else { return openByComponents(directory, path, length: length, flags: flags, mode: mode) }
        var how = OpenHow(flags: UInt64(UInt32(bitPattern: flags)), mode: UInt64(mode), resolve: resolve)
        while true {
            let result = withUnsafeMutablePointer(to: &how) {
                systemCall(openat2Number, Int(directory), Int(bitPattern: path), Int(bitPattern: $0), MemoryLayout<OpenHow>.size)
            }
            // EAGAIN: something was renamed meanwhile and the kernel could not be sure that the path stays beneath.
            if result >= 0 || (errno != EINTR && errno != EAGAIN) { return Int32(truncatingIfNeeded: result) }
        }
    }

    /// The same with openat(2) alone: no component may be a symlink, `.` or `..`.
    static func openByComponents(_ directory: Int32, _ path: UnsafePointer<CChar>, length: Int, flags: Int32, mode: mode_t) -> Int32 {
        var current = directory
        defer { if current != directory { close(current) } }
        let bytes = UnsafeBufferPointer(start: path, count: length)
        for component in bytes.split(separator: CChar(bitPattern: UInt8(ascii: "/"))) {
            let isLast = component.endIndex == length
            let name = component.map { UInt8(bitPattern: $0) }
            if name == [UInt8(ascii: "."), UInt8(ascii: ".")] {
                errno = EXDEV
                return -1
            }
            let wanted = isLast ? flags : LinuxCalls.pathOnly | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
            var next: Int32 = -1
            repeat { next = name.withCString { openat(current, $0, wanted, mode) } } while next < 0 && errno == EINTR
            if next < 0 {
                // A symlink where a directory is wanted gives ENOTDIR; openat2 says ELOOP.
                if errno == ENOTDIR, isSymlink(current, name) { errno = ELOOP }
                return -1
            }
            if isLast { return next }
            if current != directory { close(current) }
            current = next
        }
        errno = ENOENT
        return -1
    }

    private static func isSymlink(_ directory: Int32, _ name: [UInt8]) -> Bool {
        var information = stat()
        return name.withCString { fstatat(directory, $0, &information, AT_SYMLINK_NOFOLLOW) } == 0 && information.st_mode & S_IFMT == S_IFLNK
    }
}
