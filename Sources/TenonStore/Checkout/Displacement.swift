import Glibc
import TenonCore
import TenonFormat

/// Puts new things in the place of old ones so that no byte that is stored nowhere is lost: the old one is exchanged, looked at, then removed.
struct Displacement {
    let temporary: TemporaryDirectory
    let progress: ProgressSink
    /// Do not look: what is displaced need not be kept.
    let discard: Bool

    /// What lay there is not what was stored: it is back in its place, and the whole checkout must look again.
    struct Changed: Error {
        let path: [UInt8]

        var tenonError: TenonError {
            TenonError(
                .changedWhileReading, "'\(displayName(path))' changed while it was to be replaced", cause: "something writes to it",
                hint: "try again when nothing does")
        }
    }

    /// Gives `name` in `directory` to what lies at `source` in the folder `fresh`; nothing may have that name.
    func place(_ source: [UInt8], as name: [UInt8], in directory: DirectoryHandle) throws {
        let status = move(source, temporary.fresh, name, directory, flags: LinuxCalls.renameNoReplace)
        if status == EEXIST || status == ENOTEMPTY { throw Changed(path: directory.fullName(name)) }
        if status != 0 { throw TenonError(errno: status, "can't write '\(displayName(directory.fullName(name)))'") }
    }

    /// Exchanges what lies at `source` in `fresh` with what has `name` in `directory`, and removes that, once `isAsStored` has looked at it.
    func exchange(
        _ source: [UInt8], with name: [UInt8], in directory: DirectoryHandle, isAsStored: (DirectoryHandle, [UInt8]) throws -> Bool
    ) throws {
        // What is cut short from here on must not be taken for something of ours that may be thrown away.
        let moved = move(source, temporary.fresh, source, temporary.displaced, flags: LinuxCalls.renameNoReplace)
        if moved != 0 { throw TenonError(errno: moved, "can't prepare '\(displayName(directory.fullName(name)))'") }
        let status = move(source, temporary.displaced, name, directory, flags: LinuxCalls.renameExchange)
        if status == ENOENT {
            _ = move(source, temporary.displaced, source, temporary.fresh, flags: 0)
            throw Changed(path: directory.fullName(name))
        }
        if status != 0 { throw TenonError(errno: status, "can't replace '\(displayName(directory.fullName(name)))'") }
        do {
            guard try discard || isAsStored(temporary.displaced, source) else { throw Changed(path: directory.fullName(name)) }
        } catch {
            _ = move(source, temporary.displaced, name, directory, flags: LinuxCalls.renameExchange)
            _ = move(source, temporary.displaced, source, temporary.fresh, flags: 0)
            throw error
        }
        try delete(source)
    }

    /// Takes `name` out of `directory` and removes it, once `isAsStored` has looked at it.
    func takeOut(
        _ name: [UInt8], of directory: DirectoryHandle, temporaryName: [UInt8], isAsStored: (DirectoryHandle, [UInt8]) throws -> Bool
    ) throws {
        let status = move(name, directory, temporaryName, temporary.displaced, flags: LinuxCalls.renameNoReplace)
        if status == ENOENT { throw Changed(path: directory.fullName(name)) }
        if status != 0 { throw TenonError(errno: status, "can't remove '\(displayName(directory.fullName(name)))'") }
        do {
            guard try discard || isAsStored(temporary.displaced, temporaryName) else { throw Changed(path: directory.fullName(name)) }
        } catch {
            _ = move(temporaryName, temporary.displaced, name, directory, flags: LinuxCalls.renameNoReplace)
            throw error
        }
        try delete(temporaryName)
    }

    private func delete(_ name: [UInt8]) throws(TenonError) {
        if name.withCString({ unlinkat(temporary.displaced.descriptor, $0, 0) }) == 0 { return }
        if errno == EISDIR || errno == EPERM {
            TreeRemoval.removeContents(of: try temporary.displaced.directory(name))
            if name.withCString({ unlinkat(temporary.displaced.descriptor, $0, AT_REMOVEDIR) }) == 0 { return }
        }
        throw TenonError(errno: errno, "can't remove '\(displayName(temporary.displaced.fullName(name)))'")
    }

    /// Renames; returns 0 or the error's number.
    private func move(_ name: [UInt8], _ from: DirectoryHandle, _ newName: [UInt8], _ to: DirectoryHandle, flags: UInt32) -> Int32 {
        name.withCString { name in
            newName.withCString { newName in
                while true {
                    if LinuxCalls.rename(from.descriptor, name, to.descriptor, newName, flags: flags) == 0 { return 0 }
                    if errno != EINTR { return errno }
                }
            }
        }
    }
}
