import TenonCore

extension GitRepository {
    /// The value of a configuration key that counts, from all levels; `nil` if it is not set.
    package func configuration(_ key: String) throws -> String? {
        try configurationValues(key).last
    }

    /// All values of a configuration key, from the most general level to the most special.
    package func configurationValues(_ key: String) throws -> [String] {
        try isConfiguredForGitOnly ? readByGit { try $0.configuration(key) } : read { try $0.configuration(key) }
    }

    /// Keys that match a regular expression, with their values, from the most general level to the most special.
    package func configuration(matching pattern: String) throws -> [(key: String, value: String)] {
        try isConfiguredForGitOnly ? readByGit { try $0.configuration(matching: pattern) } : read { try $0.configuration(matching: pattern) }
    }

    /// libgit2 1.5 reads neither `config.worktree` nor what the caller's environment brings.
    private var isConfiguredForGitOnly: Bool {
        process.environment.bringsConfiguration || DirectoryFiles.exists(DirectoryFiles.join(gitDirectory, "config.worktree"))
    }

    /// Sets a key in the repository's own configuration to one value, in place of all that stand there; `nil` removes it.
    package func setConfiguration(_ key: String, to value: String?) throws {
        if let value {
            _ = try process.succeed(["config", "--local", "--replace-all", GitArgument(key), GitArgument(value)])
            return
        }
        let outcome = try process.run(["config", "--local", "--unset-all", GitArgument(key)])
        // 5: there was none.
        guard outcome.status == 0 || outcome.status == 5 else {
            throw GitFailure.error(of: outcome, command: "git config", directory: workTree)
        }
    }

    /// What ignore rules say of paths that need not exist, in their order. One `git` process.
    ///
    /// - Parameter evenIfTracked: also for paths that the index has, which Git never ignores.
    package func ignoreChecks(_ paths: [RelativePath], evenIfTracked: Bool = false) throws -> [IgnoreCheck] {
        guard !paths.isEmpty else { return [] }
        let arguments: [GitArgument] = ["check-ignore", "-z", "--stdin", "--verbose", "--non-matching"] + (evenIfTracked ? ["--no-index"] : [])
        let outcome = try process.run(arguments, input: list(paths))
        guard outcome.status <= 1 else { throw GitFailure.error(of: outcome, command: "git check-ignore", directory: workTree) }
        let fields = outcome.output.split(separator: 0, omittingEmptySubsequences: false)
        guard fields.count == 4 * paths.count + 1 else {
            throw TenonError(.git, "git check-ignore gave an answer that is not understood", cause: "\(fields.count) fields for \(paths.count) paths")
        }
        return paths.indices.map { position in
            let (source, line, pattern) = (fields[4 * position], fields[4 * position + 1], fields[4 * position + 2])
            return IgnoreCheck(
                path: paths[position].bytes, isIgnored: !source.isEmpty && pattern.first != UInt8(ascii: "!"), source: Array(source),
                line: Int(String(decoding: line, as: UTF8.self)) ?? 0, pattern: Array(pattern))
        }
    }

    /// The values of attributes for each of the paths, in their order. One `git` process.
    package func attributes(_ names: [String], of paths: [RelativePath]) throws -> [[String: AttributeValue]] {
        guard !paths.isEmpty, !names.isEmpty else { return paths.map { _ in [:] } }
        let outcome = try process.succeed(["check-attr", "-z", "--stdin"] + names.map { GitArgument($0) } + ["--"], input: list(paths))
        let fields = outcome.output.split(separator: 0, omittingEmptySubsequences: false)
        guard fields.count == 3 * names.count * paths.count + 1 else {
            throw TenonError(.git, "git check-attr gave an answer that is not understood", cause: "\(fields.count) fields for \(paths.count) paths")
        }
        return paths.indices.map { path in
            var values: [String: AttributeValue] = [:]
            for name in names.indices {
                let start = 3 * (path * names.count + name)
                values[String(decoding: fields[start + 1], as: UTF8.self)] = value(fields[start + 2])
            }
            return values
        }
    }

    private func value(_ field: ArraySlice<UInt8>) -> AttributeValue {
        switch String(decoding: field, as: UTF8.self) {
        case "unspecified": .unspecified
        case "set": .set
        case "unset": .unset
        default: .value(Array(field))
        }
    }

    private func list(_ paths: [RelativePath]) -> [UInt8] {
        paths.flatMap { $0.bytes + [0] }
    }
}
