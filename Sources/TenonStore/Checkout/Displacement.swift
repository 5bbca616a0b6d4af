import Glibc
import TenonCore
import TenonFormat

/// Puts new things in the place of old ones so that no byte that is stored nowhere is lost: the old one is exchanged, looked at, then removed.
struct Displacement {
    let temporary: TemporaryDirectory
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
    ///
    /// If that is not as stored it goes back. Throws `changedWhileReading` that names a file if others moved so fast that not all is in its place.
    func exchange(
        _ source: [UInt8], with name: [UInt8], in directory: DirectoryHandle, isAsStored: (DirectoryHandle, [UInt8]) throws -> Bool
    ) throws {
        // What is cut short from here on must not be taken for something of ours that may be thrown away.
        let moved = move(source, temporary.fresh, source, temporary.displaced, flags: LinuxCalls.renameNoReplace)
        if moved != 0 { throw TenonError(errno: moved, "can't prepare '\(displayName(directory.fullName(name)))'") }
        let own = try identity(source)
        let status = move(source, temporary.displaced, name, directory, flags: LinuxCalls.renameExchange)
        if status == ENOENT {
            try giveUp(source, own, for: directory.fullName(name))
            throw Changed(path: directory.fullName(name))
        }
        if status != 0 { throw TenonError(errno: status, "can't replace '\(displayName(directory.fullName(name)))'") }
        do {
            guard try discard || isAsStored(temporary.displaced, source) else { throw Changed(path: directory.fullName(name)) }
        } catch {
            guard move(source, temporary.displaced, name, directory, flags: LinuxCalls.renameExchange) == 0 else {
                throw kept(source, for: directory.fullName(name))
            }
            if try identity(source) != own {
                // Somebody else's newer one was there meanwhile, and has just been taken out.
                _ = move(source, temporary.displaced, name, directory, flags: LinuxCalls.renameExchange)
            }
            try giveUp(source, own, for: directory.fullName(name))
            throw error
        }
        try delete(source)
    }

    /// What tells a file of ours from one that somebody else made.
    private struct Identity: Equatable {
        let device: UInt64
        let inode: UInt64
    }

    private func identity(_ name: [UInt8]) throws(TenonError) -> Identity? {
        try temporary.displaced.status(name).map { Identity(device: UInt64($0.st_dev), inode: UInt64($0.st_ino)) }
    }

    /// Lets go of what was to be placed and lies at `source` in `displaced`: only what is ours may be thrown away.
    private func giveUp(_ source: [UInt8], _ own: Identity?, for path: [UInt8]) throws {
        guard own != nil, try identity(source) == own else { throw kept(source, for: path) }
        _ = move(source, temporary.displaced, source, temporary.fresh, flags: 0)
    }

    /// Something that may be stored nowhere stays in `displaced`, where nothing removes it.
    private func kept(_ source: [UInt8], for path: [UInt8]) -> TenonError {
        TenonError(
            .changedWhileReading, "'\(displayName(path))' changed while it was to be replaced",
            cause: "something writes to it; what lay there for a moment is now '\(displayName(temporary.displaced.fullName(source)))'",
            hint: "compare the two, keep what you need, and try again when nothing writes to it")
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
            guard move(temporaryName, temporary.displaced, name, directory, flags: LinuxCalls.renameNoReplace) == 0 else {
                throw kept(temporaryName, for: directory.fullName(name))
            }
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
