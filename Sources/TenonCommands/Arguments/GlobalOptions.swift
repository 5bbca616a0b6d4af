import ArgumentParser
import Glibc
import TenonAPI

/// Options before the command: `-C DIR`, as often as given, each relative to the one before.
enum GlobalOptions {
    /// The directories to change to, taken from the front of `arguments`.
    static func takeDirectories(from arguments: inout [String]) throws -> [[UInt8]] {
        var directories: [[UInt8]] = []
        while arguments.first == "-C" {
            guard arguments.count > 1 else { throw ValidationError("no directory is given after -C") }
            let directory = ArgumentEscape.bytes(of: arguments[1])
            // Git: an empty one changes nothing.
            if !directory.isEmpty { directories.append(directory) }
            arguments.removeFirst(2)
        }
        return directories
    }

    static func change(to directory: [UInt8]) throws(TenonError) {
        if chdir(directory.zeroTerminated) != 0 {
            throw TenonError(.notFound, "changing to '\(displayName(directory))' failed", cause: String(cString: strerror(errno)))
        }
    }
}
