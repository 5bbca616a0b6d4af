import Glibc
import TenonAPI
import TenonCore
import TenonHooks

extension HookSurvey {
    /// The Git directory that all work trees of the repository share.
    package static func commonDirectory(_ workTree: WorkTreeContext, environment: ClientEnvironment) throws(TenonError) -> String {
        try Questions(workTree, environment: environment).commonDirectory()
    }

    /// Looks at the repository of `workTree`.
    package static func read(_ workTree: WorkTreeContext, environment: ClientEnvironment) throws(TenonError) -> HookSurvey {
        let git = try Questions(workTree, environment: environment)
        let common = try git.commonDirectory()
        let own = "\(common)/\(ownDirectoryName)"
        let settings = try hooksPaths(git, common: common)
        let hooksPath = settings.last { !$0.isOurs }.map { last in
            HooksPath(
                value: last.value, scope: last.scope,
                overrules: settings.contains { $0.isOurs } && settings.last?.isOurs == false)
        }
        let moved = try git.list(["config", "--null", "--get-all", "core.worktree"])
        let directory = hooksPath.map { $0.value.hasPrefix("/") ? $0.value : "\(git.topLevel)/\($0.value)" } ?? "\(common)/hooks"
        let scripts = Set(GitHook.allCases.map(\.rawValue))
        var configuration: [String: [UInt8]] = [:]
        for name in [configurationName, worktreeConfigurationName] { configuration[name] = contents(of: "\(common)/\(name)", limit: 1 << 20) }
        let settingsFile = contents(of: "\(git.topLevel)/tenon.yaml", limit: 1 << 20) ?? []
        return HookSurvey(
            git: try git.version(), topLevel: git.topLevel, commonDirectory: common,
            isBesideWorkTree: common.hasSuffix("/.git") && moved.isEmpty,
            hooksPath: hooksPath, directory: directory,
            isOwnDirectory: isInside(directory, common), isIncluded: try git.includes().contains(configurationName),
            configuration: configuration, disabled: try git.disabledHooks(),
            isStrict: SettingsScan.isStrict(settingsFile),
            slots: GitHook.allCases.map { .read($0, in: directory) }, ownSlots: GitHook.allCases.map { .read($0, in: own) },
            idleSlots: directory == "\(common)/hooks" ? [] : GitHook.allCases.map { .read($0, in: "\(common)/hooks") },
            others: names(in: directory).filter { !scripts.contains($0) },
            ownOthers: names(in: own).filter { !scripts.contains($0) }.map { .read("\(own)/\($0)") })
    }

    private struct Setting {
        var scope: String
        var value: String
        var isOurs: Bool
    }

    /// Every value of `core.hooksPath`, the one that counts last, without those that this command alone was given.
    private static func hooksPaths(_ git: Questions, common: String) throws(TenonError) -> [Setting] {
        let words = try git.list(["config", "--null", "--show-scope", "--show-origin", "--type=path", "--get-all", "core.hooksPath"])
        var settings: [Setting] = []
        for start in stride(from: 0, to: words.count - 2, by: 3) where words[start] != "command" {
            let isOurs = [configurationName, worktreeConfigurationName].contains { words[start + 1].hasSuffix("/" + $0) }
            settings.append(Setting(scope: words[start], value: words[start + 2], isOurs: isOurs))
        }
        return settings
    }

    private static func isInside(_ directory: String, _ top: String) -> Bool {
        guard let top = realPath(top) else { return false }
        // A directory that is not there yet will be made where its name says.
        guard let found = realPath(directory) else { return access(directory, F_OK) != 0 && directory.hasPrefix(top + "/") }
        return found.hasPrefix(top + "/")
    }

    private static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if let name = String(validating: bytes, as: UTF8.self), name != ".", name != ".." { found.append(name) }
        }
        return found.sorted()
    }
}

/// What a survey asks of `git`, at the top of a work tree.
private struct Questions {
    let topLevel: String
    private let git: GitCommand

    init(_ workTree: WorkTreeContext, environment: ClientEnvironment) throws(TenonError) {
        guard let topLevel = String(validating: workTree.topLevel.bytes, as: UTF8.self) else {
            throw TenonError(.invalidArgument, "hooks can't be installed in '\(workTree.topLevel)'", cause: "its path is not UTF-8")
        }
        self.topLevel = topLevel
        var there = environment
        there.directory = workTree.topLevel.bytes
        git = GitCommand(environment: there)
    }

    func version() throws(TenonError) -> GitVersion {
        let answer = try git.output(["version"], limit: 4096)
        guard let version = GitVersion(parsing: String(decoding: answer.line, as: UTF8.self)) else {
            throw TenonError(.git, "the version of git is not known", cause: "'git version' says '\(displayName(answer.line))'")
        }
        return version
    }

    func commonDirectory() throws(TenonError) -> String {
        let answer = try git.output(["rev-parse", "--path-format=absolute", "--git-common-dir"], limit: 64 << 10)
        guard answer.status == 0, let path = String(validating: answer.line, as: UTF8.self), path.hasPrefix("/") else {
            throw TenonError(.git, "the repository's Git directory can't be found", cause: answer.complaint)
        }
        return path
    }

    /// The values that Git answers, or none.
    func list(_ arguments: [String]) throws(TenonError) -> [String] {
        let answer = try git.output(arguments, limit: 1 << 20)
        // 1: the key is not there.
        guard answer.status == 0 || answer.status == 1 else {
            throw TenonError(.git, "Git's configuration can't be read", cause: answer.complaint)
        }
        return answer.standardOutput.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { String(decoding: $0, as: UTF8.self) }
    }

    func includes() throws(TenonError) -> [String] {
        try list(["config", "--local", "--no-includes", "--null", "--get-all", "include.path"])
    }

    /// `hook.<name>.enabled` that says no, by name.
    func disabledHooks() throws(TenonError) -> Set<String> {
        let lines = try list(["config", "--null", "--type=bool", "--get-regexp", #"^hook\..*\.enabled$"#])
        var disabled: Set<String> = []
        for line in lines {
            let parts = line.split(separator: "\n", maxSplits: 1)
            guard let key = parts.first, parts.count == 2 else { continue }
            let name = String(key.dropFirst("hook.".count).dropLast(".enabled".count))
            if parts[1] == "false" { disabled.insert(name) } else { disabled.remove(name) }
        }
        return disabled
    }
}
