import Glibc
import TenonAPI
import TenonCore

/// What `tenon doctor` looks at, in the order in which one thing needs the other.
package struct Examination {
    private let environment: ClientEnvironment
    private let workTree: WorkTreeContext?
    private let client: DaemonClient

    /// - Parameter workTree: `nil` outside any; then only the programs, the store and the limits are looked at.
    package init(environment: ClientEnvironment, workTree: WorkTreeContext?, client: DaemonClient) {
        self.environment = environment
        self.workTree = workTree
        self.client = client
    }

    /// Looks at everything, handing each finding over as it is made.
    ///
    /// - Parameter hooks: how the hooks stand, and the survey that says so.
    package func run(hooks: () throws -> (HookSurvey, [HookStanding]), _ found: (Finding) -> Void) {
        examineGit().forEach(found)
        examineDaemon().forEach(found)
        examineStore().forEach(found)
        SystemLimits.ofSystem().findings.forEach(found)
        guard let workTree else { return }
        examineWorkTree(workTree).forEach(found)
        examineHooks(hooks).forEach(found)
    }

    /// The first Git that knows what Tenon asks of it (`rev-parse --path-format`).
    private static let oldestGit = GitVersion(2, 31)

    private func examineGit() -> [Finding] {
        do {
            let line = String(decoding: try GitCommand(environment: environment).output(["version"], limit: 4096).line, as: UTF8.self)
            guard let version = GitVersion(parsing: line) else { return [Finding("git", .wrong, "'\(displayName(line.utf8))' is not known")] }
            return [
                version >= Examination.oldestGit
                    ? Finding("git", .ok, "version \(version)")
                    : Finding("git", .wrong, "version \(version) is too old", remedy: "install Git \(Examination.oldestGit) or newer")
            ]
        } catch {
            return [Examination.finding("git", error)]
        }
    }

    private func examineDaemon() -> [Finding] {
        var findings = [Finding("tenon", .ok, "version \(APIVersion.release)" + (environment.program.map { ", \(displayName($0.utf8))" } ?? ""))]
        do {
            let daemon = try client.startDaemon()
            let text = "version \(daemon.version), process \(daemon.pid), answers at \(displayName((client.storePath + "/tenond.sock").utf8))"
            findings.append(
                daemon.version == APIVersion.release
                    ? Finding("tenond", .ok, text)
                    : Finding(
                        "tenond", .warning, text, remedy: "it is of another release than tenon: tenon daemon stop lets the next command start its own"
                    ))
        } catch {
            findings.append(Examination.finding("tenond", error))
        }
        return findings
    }

    private func examineStore() -> [Finding] {
        let path = client.storePath
        guard let volume = VolumeKind(of: path) else {
            return [
                Finding(
                    "store", .wrong, "'\(displayName(path.utf8))' can't be reached: \(reason(errno))", remedy: "set TENON_HOME to a local directory")
            ]
        }
        var space = statvfs()
        var text = "\(displayName(path.utf8)) on \(volume.name)"
        var isLow = false
        if statvfs(path, &space) == 0, space.f_blocks > 0 {
            let free = UInt64(space.f_bavail) &* UInt64(space.f_frsize)
            text += ", \(free >> 30) GiB free"
            isLow = space.f_bavail < space.f_blocks / 20
        }
        if volume.isShared {
            return [Finding("store", .wrong, text, remedy: "a store needs a local disk: set TENON_HOME, and share by a remote")]
        }
        return [Finding("store", isLow ? .warning : .ok, text, remedy: isLow ? "nothing more is stored below 5 % of the disk: free some space" : nil)]
    }

    private func examineWorkTree(_ workTree: WorkTreeContext) -> [Finding] {
        var findings: [Finding] = []
        if let top = String(validating: workTree.topLevel.bytes, as: UTF8.self), let volume = VolumeKind(of: top) {
            let text = "\(workTree.topLevel) on \(volume.name)"
            findings.append(
                volume.isShared
                    ? Finding("work tree", .warning, text + ": changes from other machines are not announced, so artifacts are walked each time")
                    : Finding("work tree", .ok, text))
        }
        do {
            findings.append(try examineAttributes(workTree))
        } catch {
            findings.append(Examination.finding("attributes", error))
        }
        return findings
    }

    /// What Git takes a pointer for, and whether it knows the drivers that it would then run.
    private func examineAttributes(_ workTree: WorkTreeContext) throws -> Finding {
        var there = environment
        there.directory = workTree.topLevel.bytes
        let git = GitCommand(environment: there)
        let answer = try git.output(["check-attr", "-z", "text", "filter", "merge", "diff", "--", "any.tenon"], limit: 64 << 10)
        let words = answer.standardOutput.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        var values: [String: String] = [:]
        for start in stride(from: 0, to: words.count - 2, by: 3) { values[words[start + 1]] = words[start + 2] }
        let isWhole = values["text"] == "unset" && values["filter"] == "unset" && values["merge"] == "tenon" && values["diff"] == "tenon"
        let drivers = try ["merge.tenon.driver", "diff.tenon.textconv"].allSatisfy { key in
            try git.output(["config", "--get", key], limit: 64 << 10).status == 0
        }
        return isWhole && drivers
            ? Finding("attributes", .ok, "pointers are merged and shown by Tenon")
            : Finding("attributes", .wrong, "Git would merge, filter or show pointers as text", remedy: "tenon init")
    }

    private func examineHooks(_ hooks: () throws -> (HookSurvey, [HookStanding])) -> [Finding] {
        do {
            let (survey, standings) = try hooks()
            let outcome = try HookTrial.run(survey, standings: standings, environment: environment)
            return standings.map { Examination.finding($0, outcome) }
        } catch {
            return [Examination.finding("hooks", error)]
        }
    }

    static func finding(_ standing: HookStanding, _ outcome: HookTrial.Outcome) -> Finding {
        let subject = "hook \(standing.hook)"
        let file = displayName(standing.file.utf8)
        if outcome.fired.contains(standing.hook) {
            return standing.state == .outdated
                ? Finding(subject, .warning, "runs, and is of another release or place", remedy: "tenon hooks install")
                : Finding(subject, .ok, "runs" + (standing.nextAuthor.map { ", then \($0.name)" } ?? ""))
        }
        switch standing.state {
        case .missing: return Finding(subject, .wrong, "is not installed", remedy: "tenon hooks install")
        case .replaced: return Finding(subject, .wrong, "does not run: another tool's lies at \(file)", remedy: "tenon hooks install")
        case .disabled, .installed, .outdated:
            return Finding(
                subject, .wrong, "does not run, though it lies at \(file)",
                remedy: "a setting may lead Git elsewhere: git config --show-origin --get-all core.hooksPath; then tenon hooks install")
        }
    }

    private static func finding(_ subject: String, _ error: any Error) -> Finding {
        let error = error as? TenonError ?? TenonError(.internal, "\(error)")
        return Finding(subject, .wrong, error.description, remedy: error.hint)
    }
}
