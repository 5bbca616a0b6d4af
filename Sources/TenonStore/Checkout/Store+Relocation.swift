import Glibc
import TenonCore

extension Store {
    /// Gives what lies at `source` below the top of a work tree the path `target`, by one rename(2), and is on disk when this returns.
    ///
    /// What the stat cache knows of `artifacts` (at or below `source`) goes along. A file by itself is read once more all the same: being renamed
    /// changes its ctime.
    ///
    /// Throws `conflict` if something lies at `target` or the two are on different file systems, `notFound` if nothing lies at `source`. After
    /// these all is where it was; after `io` it may be moved, and not yet on disk.
    package func relocate(
        _ source: RelativePath, to target: RelativePath, workTreeRoot: String, artifacts: [(from: ArtifactPlace, to: ArtifactPlace)]
    ) throws {
        let top = try DirectoryHandle.open(absolute: workTreeRoot)
        let from = try top.directory(source.parent?.bytes ?? [])
        let to = try top.directory(target.parent?.bytes ?? [])
        for (place, _) in artifacts { lateNotes.wait(for: place) }
        let result = source.lastComponent.withCString { old in
            target.lastComponent.withCString { new in
                LinuxCalls.rename(from.descriptor, old, to.descriptor, new, flags: LinuxCalls.renameNoReplace)
            }
        }
        if result != 0 { throw Store.relocationError(errno, source, target) }
        for (place, newPlace) in artifacts { statCache.rename(place, to: newPlace) }
        for directory in [to, from] { try systemCall("sync", displayName(directory.name)) { fsync(directory.descriptor) } }
    }

    private static func relocationError(_ number: Int32, _ source: RelativePath, _ target: RelativePath) -> TenonError {
        let what = "'\(source)' can't be moved to '\(target)'"
        switch number {
        case EXDEV:
            return TenonError(
                .conflict, what, cause: "they lie on different file systems",
                hint: "move its bytes by other means, then 'tenon add' the new path and 'tenon rm' the old one")
        case EBUSY: return TenonError(.conflict, what, cause: "something is mounted there")
        case EEXIST, ENOTEMPTY: return TenonError(.conflict, what, cause: "something lies there")
        default: return TenonError(errno: number, what)
        }
    }
}
