import Glibc

/// Tells when something was mounted or unmounted: then a path may lead elsewhere, and no directory had an event. proc_pid_mountinfo(5).
final class MountTable: Sendable {
    private let descriptor: Int32

    init?() {
        descriptor = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
    }

    deinit {
        close(descriptor)
    }

    /// Whether it has changed since this was last asked.
    func hasChanged() -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLPRI), revents: 0)
        return poll(&request, 1, 0) != 0
    }
}
