import Glibc
import TenonCore

extension Store {
    /// A file of what lies at `place` that somebody has open or mapped for writing, from the artifact's directory; `nil`: none is known.
    ///
    /// Only files are asked that the stat cache does not vouch for: one that it does was quiet when it was read and has not changed since. Where the
    /// file system gives no leases, nothing is known.
    package func fileInUse(at place: ArtifactPlace) throws -> [UInt8]? {
        guard let tree = try Scanner(place: place, cache: statCache).scan(ProgressSink()) else { return nil }
        for file in tree.unknownFiles() {
            let path = tree.path(file)
            let descriptor = tree.base.tryOpen(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
            guard descriptor >= 0 else { continue }
            defer { Glibc.close(descriptor) }
            if tree.trust.isQuiet(descriptor) == false { return path }
        }
        return nil
    }
}
