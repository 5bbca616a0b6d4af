import Glibc
import Synchronization
import TenonCore

/// Decides when a file that is about to be read may be known by its stat from then on: nobody is writing to it, and any later write will show.
///
/// A write through a shared mapping changes mtime and ctime only the first time, so times alone prove nothing; a lease is refused while a
/// descriptor or mapping for writing exists.
final class TrustRule: Sendable {
    private let traits: VolumeTraits
    /// Where the clock is read: a directory on the same file system, outside of the artifact.
    private let clockDirectory: DirectoryHandle
    /// The last reading of the file system's clock; `nil` before the first, and if it can't be read.
    private let clock: Mutex<Int64?>

    /// SIGIO tells that someone waits for a lease to be given back, and would end the process; leases are given back at once anyway.
    private static let ignoresLeaseSignal: Bool = {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = SIG_IGN
        return sigaction(SIGIO, &action, nil) == 0
    }()

    /// `directory` is the artifact's parent.
    init(parent directory: DirectoryHandle) {
        traits = VolumeTraits(of: directory.descriptor)
        clockDirectory = directory
        clock = Mutex(nil)
    }

    /// Whether the file may be trusted that `descriptor`, open for reading only, is of, with `stamp` taken from it just now.
    func allows(_ descriptor: Int32, _ stamp: FileStamp) -> Bool {
        if traits.hasLeases, TrustRule.ignoresLeaseSignal {
            switch TrustRule.probeLease(descriptor) {
            case .granted: return isOlder(stamp, than: traits.granularity)
            case .busy: return false
            case .unavailable: break
            }
        }
        return isOlder(stamp, than: VolumeTraits.quietWithoutLease)
    }

    /// Whether nobody has the file open or mapped for writing; `nil` if that can't be known.
    func isQuiet(_ descriptor: Int32) -> Bool? {
        guard traits.hasLeases, TrustRule.ignoresLeaseSignal else { return nil }
        switch TrustRule.probeLease(descriptor) {
        case .granted: return true
        case .busy: return false
        case .unavailable: return nil
        }
    }

    /// Whether nobody has the file open or mapped for writing, told by a lease that is held until `descriptor` is closed: so whoever opens it
    /// for writing does so after that. `false` where that can't be known.
    func isSettled(_ descriptor: Int32) -> Bool {
        guard traits.leasesCoverMappings, TrustRule.ignoresLeaseSignal else { return false }
        return fcntl(descriptor, LinuxCalls.setLease, Int32(F_RDLCK)) == 0
    }

    private enum Probe {
        case granted, busy, unavailable
    }

    /// Takes a read lease and gives it back.
    private static func probeLease(_ descriptor: Int32) -> Probe {
        if fcntl(descriptor, LinuxCalls.setLease, Int32(F_RDLCK)) == 0 {
            _ = fcntl(descriptor, LinuxCalls.setLease, Int32(F_UNLCK))
            return .granted
        }
        return errno == EAGAIN ? .busy : .unavailable
    }

    private func isOlder(_ stamp: FileStamp, than age: Int64) -> Bool {
        let last = max(stamp.modified, stamp.changed)
        func isOlder(_ now: Int64?) -> Bool {
            guard let now, last < now else { return false }
            return now - last > age
        }
        let reading = clock.withLock { $0 }
        if isOlder(reading) { return true }
        // Times that lie far ahead are not worth a new reading for each such file.
        if let reading, last > reading, last - reading > VolumeTraits.quietWithoutLease { return false }
        // The reading may be old itself; a new one is made before the file is read, so it still holds.
        let now = VolumeTraits.now(in: clockDirectory)
        clock.withLock { $0 = now }
        return isOlder(now)
    }
}
