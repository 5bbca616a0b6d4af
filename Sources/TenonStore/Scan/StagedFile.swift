import Glibc
import TenonCore

/// Small temporary files in `.tenon-tmp`, each locked (`flock`) by its writer for as long as it is in use.
package enum StagedFile {
    /// Takes a file that was just made. `false` if somebody took it for abandoned before that: then another must be made.
    package static func hold(_ file: Int32) -> Bool {
        // Where there are no locks, nobody removes what is not locked either.
        if flock(file, LOCK_EX | LOCK_NB) != 0 { return errno != EWOULDBLOCK }
        var information = stat()
        return fstat(file, &information) == 0 && information.st_nlink > 0
    }

    /// The error of an opening of `.tenon-tmp`, whose path is `path`, that has failed with `number`.
    package static func error(_ number: Int32, openingFolder path: [UInt8]) -> TenonError {
        guard number == ELOOP || number == ENOTDIR else { return TenonError(errno: number, "can't open '\(displayName(path))'") }
        return TenonError(
            .conflict, "'\(displayName(path))' can't be used for temporary files", cause: "it is not a directory",
            hint: "remove it, and if Git tracks it run 'git rm --cached' on it")
    }

    /// Removes the files in `.tenon-tmp`, open as `directory`, that writers left who were cut short.
    package static func removeAbandoned(in directory: Int32) {
        let copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return }
        let handle = DirectoryHandle(owning: copy, name: Array(TemporaryDirectory.folder.utf8))
        for name in (try? TreeRemoval.names(in: handle)) ?? [] { removeIfAbandoned(name, in: handle) }
    }

    /// Removes `name` if it is a file that nobody has locked.
    static func removeIfAbandoned(_ name: [UInt8], in directory: DirectoryHandle) {
        let file = name.withCString { openat(directory.descriptor, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
        guard file >= 0 else { return }
        defer { close(file) }
        var information = stat()
        guard fstat(file, &information) == 0, information.st_mode & S_IFMT == S_IFREG, flock(file, LOCK_EX | LOCK_NB) == 0 else { return }
        _ = name.withCString { unlinkat(directory.descriptor, $0, 0) }
    }
}
