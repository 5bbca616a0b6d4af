import Glibc

extension ClientEnvironment {
    /// The daemon's program: `tenond` beside this one, else a name to look up in `PATH`.
    package var daemonProgram: String {
        guard let program, let slash = program.lastIndex(of: "/") else { return "tenond" }
        let beside = program[...slash] + "tenond"
        return access(String(beside), X_OK) == 0 ? String(beside) : "tenond"
    }

    /// The absolute path by which this program is best found again: as `PATH` has it, which stays when another release takes its place, else its own.
    package var lastingProgram: String? {
        guard let program else { return nil }
        for directory in (self["PATH"] ?? "").split(separator: ":") where directory.hasPrefix("/") {
            let candidate = "\(directory)/tenon"
            guard access(candidate, X_OK) == 0 else { continue }
            return realPath(candidate) == program ? candidate : program
        }
        return program
    }
}

/// The path that `path` leads to, without links; `nil` if there is nothing, or its name is not UTF-8.
func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(validatingCString: resolved)
}
