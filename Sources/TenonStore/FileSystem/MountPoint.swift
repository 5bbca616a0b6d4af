import Glibc
import TenonCore

/// The mount that a directory is on, as the kernel lists it in `/proc/self/mountinfo`.
struct MountPoint: Hashable, Sendable {
    /// The file system's type: `ext4`, `nfs4`, `fuse.sshfs`.
    let type: String

    /// `nil` where there is no `/proc` to ask.
    init?(of descriptor: Int32) {
        // fdinfo(5) says which mount a descriptor is on, mountinfo(5) what that is. (The device number would not do: btrfs has several.)
        guard let information = MountPoint.text("/proc/self/fdinfo/\(descriptor)"), let mounts = MountPoint.text("/proc/self/mountinfo") else {
            return nil
        }
        let line = information.split(separator: "\n").first { $0.hasPrefix("mnt_id:") }
        guard let id = line?.split(whereSeparator: { $0 == "\t" || $0 == " " }).last,
            let mount = mounts.split(separator: "\n").first(where: { $0.hasPrefix("\(id) ") }),
            let type = MountPoint.type(inMountInfo: mount)
        else { return nil }
        self.type = type
    }

    /// The type in one line of mountinfo: the first field after the one that is `-`.
    static func type(inMountInfo line: Substring) -> String? {
        let fields = line.split(separator: " ")
        guard let separator = fields.firstIndex(of: "-"), separator + 1 < fields.count else { return nil }
        return String(fields[separator + 1])
    }

    /// What to call a type on which a store must not be: locks and syncs can't be relied on there. `nil` for all others.
    static func unfitName(_ type: String) -> String? {
        switch type {
        case "nfs", "nfs4": "NFS"
        case "cifs", "smb3", "smbfs": "SMB"
        case "lustre": "Lustre"
        case "gpfs": "GPFS"
        case "ceph": "CephFS"
        case "9p": "9p"
        case "fuse", "fuseblk": "FUSE"
        default: type.hasPrefix("fuse.") ? "FUSE (\(type.dropFirst(5)))" : nil
        }
    }

    private static func text(_ path: String) -> String? {
        guard let stream = fopen(path, "re") else { return nil }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
