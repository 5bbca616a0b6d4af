import TenonCore
import TenonHooks

/// The steps that install, or take out, Tenon's hooks in one repository, and what to tell the person of them.
package struct HookPlan: Sendable {
    package private(set) var steps: [HookStep] = []
    /// Sentences for the person: what was found and what became of it.
    package private(set) var notes: [String] = []

    /// Whether everything is as it should be already.
    package var isEmpty: Bool { steps.isEmpty }

    package func execute(environment: ClientEnvironment, topLevel: String) throws(TenonError) {
        var there = environment
        there.directory = Array(topLevel.utf8)
        let git = GitCommand(environment: there)
        for step in steps { try step.execute(git: git) }
    }

    /// - Parameter program: `tenon`, by absolute path.
    package static func installing(_ survey: HookSurvey, program: String) throws(TenonError) -> HookPlan {
        var plan = HookPlan()
        switch survey.manner {
        case .off(let origin):
            throw TenonError(
                .conflict, "the hooks can't be installed", cause: "core.hooksPath turns all hooks off here (\(origin) configuration)",
                hint: "git config --show-origin core.hooksPath tells where; or go without hooks: tenon init --no-hooks")
        case .files:
            plan.removeOwn(survey)
            for slot in survey.idleSlots { plan.remove(slot) }
            plan.installFiles(survey, program: program)
        case .configured, .redirected:
            plan.removeFiles(survey)
            plan.installOwn(survey, program: program)
        }
        return plan
    }

    package static func uninstalling(_ survey: HookSurvey) -> HookPlan {
        var plan = HookPlan()
        plan.removeOwn(survey)
        plan.removeFiles(survey)
        return plan
    }

    // MARK: In the repository's directory of hooks

    private mutating func installFiles(_ survey: HookSurvey, program: String) {
        for slot in survey.slots {
            guard survey.wanted.contains(slot.script) else {
                remove(slot)
                continue
            }
            var slot = slot
            if slot.current.isForeign, !slot.runsThroughLegacy { setAside(&slot) }
            let text = HookPlan.script(slot.script, program: program, next: HookPlan.beside(slot.script, author: slot.aside.author))
            write(text, over: slot.running ?? slot.current)
        }
    }

    /// Puts a foreign hook where Tenon's will run it.
    private mutating func setAside(_ slot: inout HookSlot) {
        let name = slot.script.rawValue
        if slot.old.isOurs {
            // A tool put Tenon's hook there in place of the one that Tenon had found: now that one is there, as it would be without Tenon.
            steps.append(slot.aside.exists ? .move(path: slot.aside.path, to: slot.old.path) : .remove(path: slot.old.path))
            slot.aside = HookFile(path: slot.aside.path)
        }
        if slot.aside.exists, slot.aside.bytes != slot.current.bytes, slot.aside.author == .script {
            let kept = slot.aside.path + ".replaced"
            steps.append(.move(path: slot.aside.path, to: kept))
            notes.append("\(name): another tool had written over Tenon's hook; the hook from before that is kept as \(kept) and does not run")
        } else if slot.aside.exists {
            // The same hook, or one that its own tool has written anew.
            steps.append(.remove(path: slot.aside.path))
        }
        steps.append(.keep(path: slot.current.path, as: slot.aside.path))
        if let author = slot.current.author { notes.append("\(name): \(author.name) was there and runs after Tenon") }
        slot.aside = HookFile(path: slot.aside.path, kind: slot.current.kind, bytes: slot.current.bytes, isExecutable: slot.current.isExecutable)
    }

    private mutating func removeFiles(_ survey: HookSurvey) {
        for slot in survey.slots + survey.idleSlots { remove(slot) }
    }

    private mutating func remove(_ slot: HookSlot) {
        for place in [slot.current, slot.legacy, slot.old] where place.isOurs {
            // Two hooks of the framework: the one in place is the newer.
            let isSuperseded = slot.current.author == .preCommit && slot.aside.author == .preCommit
            steps.append(slot.aside.exists && !isSuperseded ? .move(path: slot.aside.path, to: place.path) : .remove(path: place.path))
            if isSuperseded { steps.append(.remove(path: slot.aside.path)) }
            return
        }
        guard slot.aside.exists else { return }
        if !slot.current.exists {
            steps.append(.move(path: slot.aside.path, to: slot.current.path))
        } else if slot.current.bytes == slot.aside.bytes {
            steps.append(.remove(path: slot.aside.path))
        } else {
            notes.append("\(slot.script.rawValue): another tool had written over Tenon's hook; the hook from before that stays as \(slot.aside.path)")
        }
    }

    // MARK: In a directory of Tenon's own

    private mutating func installOwn(_ survey: HookSurvey, program: String) {
        let manner = survey.manner
        for slot in survey.ownSlots {
            guard survey.wanted.contains(slot.script) else {
                if slot.current.isOurs { steps.append(.remove(path: slot.current.path)) }
                continue
            }
            var slot = slot
            if slot.current.isForeign { setAside(&slot) }
            let name = slot.script.rawValue
            var next = "''"
            if slot.aside.exists {
                next = HookPlan.beside(slot.script, author: slot.aside.author)
            } else if case .redirected(let former) = manner {
                next = ShellWord.quoted("\(former)/\(name)")
            }
            write(HookPlan.script(slot.script, program: program, next: next), over: slot.current)
        }
        if case .redirected(let former) = manner {
            for name in HookForwarder.names(present: survey.others) {
                let path = "\(survey.ownDirectory)/\(name)"
                let present = survey.ownOthers.first { $0.path == path } ?? HookFile(path: path)
                if !present.isForeign { write(HookForwarder.text(name, former: former), over: present) }
            }
            notes.append("core.hooksPath is \(former): its hooks run after Tenon's, and its files are left alone")
        }
        let files = HookConfiguration.files(manner, survey)
        for name in [HookSurvey.worktreeConfigurationName, HookSurvey.configurationName] {
            let path = "\(survey.commonDirectory)/\(name)"
            if let text = files[name], survey.configuration[name] != Array(text.utf8) {
                steps.append(.write(path: path, text: text, isExecutable: false))
            } else if files[name] == nil, survey.configuration[name] != nil {
                steps.append(.remove(path: path))
            }
        }
        if !survey.isIncluded { steps.append(.include) }
    }

    private mutating func removeOwn(_ survey: HookSurvey) {
        if survey.isIncluded { steps.append(.exclude) }
        guard !survey.configuration.isEmpty || survey.ownSlots.contains(where: { $0.current.exists }) else { return }
        for name in survey.configuration.keys.sorted() {
            steps.append(.remove(path: "\(survey.commonDirectory)/\(name)"))
        }
        for file in survey.ownSlots.map(\.current) + survey.ownOthers where file.isOurs { steps.append(.remove(path: file.path)) }
        for file in survey.ownSlots.map(\.current) + survey.ownOthers where file.isForeign {
            notes.append("\(file.path) was written by another tool and stays; no Git runs it there")
        }
        steps.append(.removeDirectory(path: survey.ownDirectory))
    }

    // MARK: Texts

    private mutating func write(_ text: String, over file: HookFile) {
        if file.kind == .file, file.isExecutable, file.bytes == Array(text.utf8) { return }
        steps.append(.write(path: file.path, text: text, isExecutable: true))
    }

    private static func script(_ script: GitHook, program: String, next: String) -> String {
        script.text(tenon: ShellWord.quoted(program), next: next)
    }

    /// The shell word for the hook that lies beside Tenon's. The script may have been moved to another name in the same directory.
    private static func beside(_ script: GitHook, author: HookAuthor?) -> String {
        // The framework, asked to install itself again, runs Tenon's hook as the one that it found. It must not be run from there once more.
        let unless = author == .preCommit ? "${PRE_COMMIT_RUNNING_LEGACY:+.runs-already}" : ""
        return "\"${0%/*}/\(script.rawValue)\(HookSlot.asideSuffix)\(unless)\""
    }
}
