import Glibc
import TenonCore

/// The environment that `git` is run with: a few variables of this process, the caller's `GIT_*` as far as they are listed here, and nothing else.
///
/// The daemon may have been started from a hook of another repository; an inherited `GIT_INDEX_FILE` or `GIT_DIR` would make `git` look at the
/// wrong files.
package struct GitEnvironment: Sendable, Hashable {
    private var variables: [String: [UInt8]]

    /// What is taken from this process.
    private static let inheritedNames = [
        "HOME", "PATH", "TMPDIR", "USER", "LOGNAME", "SUDO_UID", "SSH_AUTH_SOCK", "TENON_HOME",
        "XDG_CACHE_HOME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    ]

    /// What is taken from the caller. `GIT_DIR`, `GIT_WORK_TREE` and `GIT_COMMON_DIR` are not: the repository is named by its own paths.
    private static let callerNames: Set<String> = [
        "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_NAMESPACE",
        "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS",
        "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_ATTR_NOSYSTEM", "GIT_ATTR_SOURCE", "GIT_EXEC_PATH",
        "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE",
        "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_DEFAULT_HASH", "GIT_SHARED_REPOSITORY",
    ]

    /// Takes the listed variables from `caller` and ignores all others.
    ///
    /// - Parameter indexFile: the index to use in place of the Git directory's own, or of `GIT_INDEX_FILE` in `caller`.
    /// - Throws: `invalidArgument` if the index file is not an absolute path: `git` runs elsewhere than the caller.
    package init(caller: [String: String] = [:], indexFile: [UInt8]? = nil) throws {
        variables = [:]
        for name in GitEnvironment.inheritedNames {
            if let value = getenv(name) { variables[name] = Array(UnsafeRawBufferPointer(start: value, count: strlen(value))) }
        }
        for (name, value) in caller where GitEnvironment.isTaken(name) {
            guard !value.utf8.contains(0) else { throw TenonError(.invalidArgument, "the environment variable \(name) holds a NUL byte") }
            variables[name] = Array(value.utf8)
        }
        if let indexFile { variables["GIT_INDEX_FILE"] = indexFile }
        if let index = variables["GIT_INDEX_FILE"], index.first != UInt8(ascii: "/") || index.contains(0) {
            throw TenonError(.invalidArgument, "the index file '\(displayName(index))' is not an absolute path")
        }
        variables["LANG"] = Array("C".utf8)
        variables["LC_ALL"] = Array("C".utf8)
        variables["GIT_TERMINAL_PROMPT"] = Array("0".utf8)
        // Reading must not take locks, and must read the objects that the names stand for, not their replacements.
        variables["GIT_OPTIONAL_LOCKS"] = Array("0".utf8)
        variables["GIT_NO_REPLACE_OBJECTS"] = Array("1".utf8)
        // Our own hooks of the repository have nothing to do where Tenon itself runs git.
        variables["TENON_WITHIN"] = Array("tenond".utf8)
    }

    private static func isTaken(_ name: String) -> Bool {
        if callerNames.contains(name) { return true }
        for prefix in ["GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"] where name.hasPrefix(prefix) {
            return name.dropFirst(prefix.count).allSatisfy { $0.isASCII && $0.isNumber }
        }
        return false
    }

    package subscript(_ name: String) -> [UInt8]? { variables[name] }

    /// The same environment with `name` set to `value`, or without it.
    func setting(_ name: String, to value: [UInt8]?) -> GitEnvironment {
        var result = self
        result.variables[name] = value
        return result
    }

    /// The index that the caller works on, where it is not the Git directory's own.
    package var indexFile: [UInt8]? { variables["GIT_INDEX_FILE"] }

    /// Whether the caller brings configuration of its own, which libgit2 does not see.
    var bringsConfiguration: Bool { variables.keys.contains { $0.hasPrefix("GIT_CONFIG_") } }

    /// Whether the caller's objects lie elsewhere than in the repository (a quarantine).
    var redirectsObjects: Bool { variables["GIT_OBJECT_DIRECTORY"] != nil || variables["GIT_ALTERNATE_OBJECT_DIRECTORIES"] != nil }

    /// `NAME=VALUE` for each variable.
    var block: [[UInt8]] {
        variables.map { Array($0.key.utf8) + [UInt8(ascii: "=")] + $0.value }
    }

    /// The first `git` in `PATH`. Throws if there is none.
    func gitExecutable() throws -> [UInt8] {
        let path = variables["PATH"] ?? Array("/usr/local/bin:/usr/bin:/bin".utf8)
        for directory in path.split(separator: UInt8(ascii: ":")) where directory.first == UInt8(ascii: "/") {
            let candidate = Array(directory) + Array("/git".utf8)
            if withCString(candidate, { access($0, X_OK) }) == 0 { return candidate }
        }
        throw TenonError(
            .git, "git is not installed, or not in PATH", cause: "searched \(displayName(path))", hint: "install git 2.36 or newer")
    }
}
