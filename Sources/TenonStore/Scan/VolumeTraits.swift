import Glibc
import TenonCore

/// What a file system's times and leases are worth, and its own clock.
struct VolumeTraits: Sendable {
    /// Nanoseconds by which a file must be older than the clock to show any later write by its times.
    let granularity: Int64
    /// Whether a lease tells that no one on any machine has the file open for writing.
    let hasLeases: Bool

    /// Whether every change is made through this kernel, and so told to who watches the directory.
    let tellsOfChanges: Bool
    /// Whether a lease is refused while a mapping for writing exists whose descriptor was closed.
    let leasesCoverMappings: Bool

    /// Age at which a file counts as quiet where leases can't be had.
    static let quietWithoutLease: Int64 = 60_000_000_000

    private static let millisecond: Int64 = 1_000_000

    /// Magic numbers of statfs(2), from linux/magic.h.
    private static let local: Set<UInt32> = [
        0xEF53,  // ext2, ext3, ext4
        0x5846_5342,  // XFS
        0x9123_683E,  // Btrfs
        0x0102_1994,  // tmpfs
        0xF2F5_2010,  // F2FS
        0x2FC1_2FC1,  // ZFS
        0xCA45_1A4E,  // bcachefs
        overlay,
    ]
    private static let overlay: UInt32 = 0x794C_7630
    private static let shared: Set<UInt32> = [
        0x6969,  // NFS
        0x517B, 0xFF53_4D42, 0xFE53_4D42,  // SMB, CIFS, SMB2
        0x0BD0_0BD0,  // Lustre
        0x4750_4653,  // GPFS
        0x00C3_6400,  // Ceph
        0x0102_1997,  // 9p
        0x6573_5546,  // FUSE
        0x5346_414F, 0x6B41_4653,  // AFS
        0x7461_636F, 0x7375_7245,  // OCFS2, Coda
    ]

    /// Asks the file system that `descriptor` lies on. One that can't be asked is trusted least.
    init(of descriptor: Int32) {
        self.init(magic: LinuxCalls.fileSystemMagic(descriptor) ?? 0x6969)
    }

    init(magic: UInt32) {
        granularity = VolumeTraits.local.contains(magic) ? 20 * VolumeTraits.millisecond : 2000 * VolumeTraits.millisecond
        hasLeases = !VolumeTraits.shared.contains(magic)
        tellsOfChanges = VolumeTraits.local.contains(magic)
        // A mapping of overlayfs holds the file below, not the one that the lease is asked of.
        leasesCoverMappings = VolumeTraits.local.contains(magic) && magic != VolumeTraits.overlay
    }

    /// The clock by which the file system sets times: the mtime of a file that is made in `directory` just now.
    ///
    /// The file has no name where the file system can do that; elsewhere it lies in `.tenon-tmp` for a moment. `nil` if nothing can be written.
    static func now(in directory: DirectoryHandle) -> Int64? {
        var descriptor = openat(directory.descriptor, ".", LinuxCalls.temporaryFile | O_WRONLY | O_CLOEXEC, 0o600)
        if descriptor < 0 { descriptor = openNamed(in: directory) }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { return nil }
        return FileStamp.nanoseconds(information.st_mtim)
    }

    private static func openNamed(in directory: DirectoryHandle) -> Int32 {
        let folder = Array(TemporaryDirectory.folder.utf8)
        _ = folder.withCString { mkdirat(directory.descriptor, $0, 0o700) }
        let name = folder + Array("/clock-\(randomName())".utf8)
        let descriptor = directory.tryOpen(name, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        if descriptor >= 0 { _ = name.withCString { unlinkat(directory.descriptor, $0, 0) } }
        _ = folder.withCString { unlinkat(directory.descriptor, $0, AT_REMOVEDIR) }
        return descriptor
    }
}
