import Glibc
import TenonCore
import TenonHooks

/// Makes Git run each hook for real, in a linked work tree of the repository that is there for a moment, and sees which of them reach Tenon.
///
/// The person's refs, index, reflogs and files stay as they are; a few small objects are left to Git's next clean-up. Hooks of others do not run: the
/// scripts leave out what they pass on to (`HookProbe`); where Git itself runs several, the others are switched off.
package struct HookTrial {
    private let survey: HookSurvey
    /// Which hooks lie where Git would run them; the others are not tried, since someone else's might run in their place.
    private let expected: Set<String>
    private let environment: ClientEnvironment
    /// A directory of its own, for the work tree and all else.
    private let place: String
    private let othersOff: [String]

    /// What was tried.
    package struct Outcome: Sendable {
        package var fired: Set<String>
        package var tried: Set<String>
    }

    /// Tries the hooks of `standings` that should run.
    package static func run(_ survey: HookSurvey, standings: [HookStanding], environment: ClientEnvironment) throws(TenonError) -> Outcome {
        let root = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        var template = (root + "/tenon-doctor-XXXXXX").utf8CString.map { $0 }
        guard mkdtemp(&template) != nil, let place = String(validating: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) else {
            throw TenonError(.io, "the hooks can't be tried", cause: "no directory can be made in '\(displayName(root.utf8))': \(reason(errno))")
        }
        let expected = Set(standings.filter { $0.state == .installed || $0.state == .outdated }.map(\.hook))
        let trial = HookTrial(survey: survey, expected: expected, environment: environment, place: place, othersOff: othersOff(survey, environment))
        defer { trial.cleanUp() }
        try trial.run()
        let lines = (contents(of: trial.record, limit: 1 << 20) ?? []).split(separator: UInt8(ascii: "\n"))
        return Outcome(fired: Set(lines.map { String(decoding: $0, as: UTF8.self) }), tried: expected)
    }

    private var record: String { place + "/fired" }
    private var workTree: String { "\(place)/\(place.split(separator: "/").last ?? "tenon-doctor")" }
    private var remote: String { place + "/remote.git" }

    private func run() throws(TenonError) {
        let descriptor = open(record, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TenonError(.io, "the hooks can't be tried", cause: reason(errno)) }
        close(descriptor)
        let top = survey.topLevel
        let empty = try object(["mktree"])
        let blob = try object(["hash-object", "-w", "-t", "blob", "--stdin"])
        let base = try object(["commit-tree", empty, "-m", "tenon doctor"])
        let first = try object(["commit-tree", try tree("a", blob), "-p", base, "-m", "tenon doctor"])
        let second = try object(["commit-tree", try tree("b", blob), "-p", base, "-m", "tenon doctor"])
        try must(["worktree", "add", "--quiet", "--force", "--detach", "--no-checkout", workTree, base], in: top)
        try must(["init", "--quiet", "--bare", remote], in: top)

        // `reset --hard` runs nothing but post-index-change.
        reach(first)
        attempt("post-checkout", ["checkout", "--quiet", "--detach", base])
        attempt("pre-commit", ["commit", "--quiet", "--allow-empty", "-m", "tenon doctor"])
        attempt("post-commit", ["commit", "--quiet", "--allow-empty", "--no-verify", "-m", "tenon doctor"])
        attempt("post-rewrite", ["commit", "--quiet", "--amend", "--allow-empty", "--no-verify", "-m", "tenon doctor, again"])
        attempt("pre-merge-commit", ["merge", "--quiet", "--no-ff", "-m", "tenon doctor", second])
        reach(base)
        attempt("post-merge", ["merge", "--quiet", "--ff-only", first])
        reach(base)
        attempt("post-applypatch", ["am", "--quiet", try patch(first)])
        attempt("pre-push", ["push", "--quiet", remote, "HEAD:refs/heads/tenon-doctor"])
    }

    /// One Git command for one hook, if that hook is expected to run. What Git says to it does not matter: some are meant to be refused.
    private func attempt(_ hook: String, _ arguments: [String]) {
        guard expected.contains(hook) else { return }
        _ = try? git(arguments, in: workTree)
    }

    private func reach(_ commit: String) {
        _ = try? git(["reset", "--quiet", "--hard", commit], in: workTree)
    }

    private func tree(_ name: String, _ blob: String) throws(TenonError) -> String {
        // A tree of one file, without an index: `mktree` reads it from standard input, which this has none of.
        let file = "\(place)/index-\(name)"
        try must(["update-index", "--add", "--cacheinfo", "100644,\(blob),\(name)"], in: survey.topLevel, ["GIT_INDEX_FILE": file])
        return try object(["write-tree"], ["GIT_INDEX_FILE": file])
    }

    private func patch(_ commit: String) throws(TenonError) -> String {
        let directory = place + "/patch"
        try must(["format-patch", "--quiet", "-1", "-o", directory, commit], in: survey.topLevel)
        return directory + "/0001-tenon-doctor.patch"
    }

    private func object(_ arguments: [String], _ variables: [String: String] = [:]) throws(TenonError) -> String {
        String(decoding: try must(arguments, in: survey.topLevel, variables).line, as: UTF8.self)
    }

    @discardableResult
    private func must(_ arguments: [String], in directory: String, _ variables: [String: String] = [:]) throws(TenonError) -> GitCommand.Output {
        let answer = try git(arguments, in: directory, variables)
        guard answer.status == 0 else { throw TenonError(.git, "the hooks can't be tried", cause: answer.complaint) }
        return answer
    }

    private func git(_ arguments: [String], in directory: String, _ variables: [String: String] = [:]) throws(TenonError) -> GitCommand.Output {
        var there = environment
        // What moves Git elsewhere was settled when the work tree was found.
        there.variables = there.variables.filter { !$0.key.hasPrefix("GIT_") || ["GIT_EXEC_PATH", "GIT_SSH", "GIT_SSH_COMMAND"].contains($0.key) }
        for name in ["AUTHOR", "COMMITTER"] {
            there.variables["GIT_\(name)_NAME"] = "Tenon"
            there.variables["GIT_\(name)_EMAIL"] = "doctor@localhost"
        }
        there.variables["GIT_EDITOR"] = ":"
        there.variables["GIT_TERMINAL_PROMPT"] = "0"
        there.variables["PRE_COMMIT_ALLOW_NO_CONFIG"] = "1"
        there.variables[HookProbe.variable] = record
        there.variables.merge(variables) { $1 }
        there.directory = Array(directory.utf8)
        let quiet = [
            "commit.gpgSign=false", "gc.auto=0", "maintenance.auto=false", "core.fsmonitor=false", "push.gpgSign=false", "am.threeWay=false",
        ]
        return try GitCommand(environment: there).output((quiet + othersOff).flatMap { ["-c", $0] } + arguments, limit: 64 << 10)
    }

    /// What keeps Git 2.54 and later from running the hooks of others: those in a directory, and those that the configuration names.
    private static func othersOff(_ survey: HookSurvey, _ environment: ClientEnvironment) -> [String] {
        guard survey.manner == .configured else { return [] }
        var there = environment
        there.directory = Array(survey.topLevel.utf8)
        let question = ["config", "--name-only", "--null", "--get-regexp", "^hook\\..*\\.event$"]
        let named = try? GitCommand(environment: there).output(question, limit: 1 << 20)
        let own = Set(GitHook.allCases.map(HookConfiguration.hookName))
        let names = (named?.standardOutput ?? []).split(separator: 0).map {
            String(decoding: $0, as: UTF8.self).dropFirst("hook.".count).dropLast(".event".count)
        }
        return ["core.hooksPath=/dev/null"] + Set(names.map(String.init)).subtracting(own).sorted().map { "hook.\($0).enabled=false" }
    }

    private func cleanUp() {
        _ = try? git(["worktree", "remove", "--force", "--force", workTree], in: survey.topLevel)
        HookTrial.remove(place)
    }

    /// Removes a directory of our own with all that is in it, following no link.
    private static func remove(_ path: String) {
        guard let directory = opendir(path) else { return }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        closedir(directory)
        for name in names where unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
        rmdir(path)
    }
}
