import TenonHooks

/// How one of Tenon's hooks stands in a repository.
package struct HookStanding: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Codable {
        /// Git runs it.
        case installed
        /// Git runs it, and it is not what this release installs here: another release's, another program's path, another way.
        case outdated
        /// It is not there.
        case missing
        /// Another tool's hook lies in its place and does not run it.
        case replaced
        /// The configuration turns it off, or a setting of `core.hooksPath` goes before Tenon's.
        case disabled
    }

    /// The event's name.
    package var hook: String
    package var state: State
    /// The file that Git runs, or would run.
    package var file: String
    /// The hook that runs after Tenon's, if there is one, and who wrote it.
    package var next: String?
    package var nextAuthor: HookAuthor?

    package init(hook: String, state: State, file: String, next: String? = nil, nextAuthor: HookAuthor? = nil) {
        self.hook = hook
        self.state = state
        self.file = file
        self.next = next
        self.nextAuthor = nextAuthor
    }
}

extension HookSurvey {
    /// How each hook that the repository needs stands.
    ///
    /// - Parameter plan: what an installation would do now.
    package func standings(_ plan: HookPlan?) -> [HookStanding] {
        wanted.map { standing($0, plan) }
    }

    private func standing(_ script: GitHook, _ plan: HookPlan?) -> HookStanding {
        let name = script.rawValue
        guard let slot = slots.first(where: { $0.script == script }), let own = ownSlots.first(where: { $0.script == script }) else {
            return HookStanding(hook: name, state: .missing, file: "\(directory)/\(name)")
        }
        switch installed {
        case .files:
            let file = slot.running ?? slot.current
            var standing = HookStanding(hook: name, state: slot.current.isForeign ? .replaced : .missing, file: file.path)
            if file.isOurs { standing.state = changes(file, plan) ? .outdated : .installed }
            let next = slot.runsThroughLegacy ? slot.current : slot.aside
            if file.isOurs, next.isExecutable { (standing.next, standing.nextAuthor) = (next.path, next.author) }
            return standing
        case .redirected, .configured:
            var standing = HookStanding(hook: name, state: own.current.isForeign ? .replaced : .missing, file: own.current.path)
            if own.current.isOurs { standing.state = changes(own.current, plan) ? .outdated : .installed }
            if hooksPath?.overrules == true, installed != .configured { standing.state = .disabled }
            if installed == .configured, disabled.contains(HookConfiguration.hookName(script)) { standing.state = .disabled }
            let next = own.aside.exists ? own.aside : slot.current
            if own.current.isOurs, next.isExecutable, next.isForeign { (standing.next, standing.nextAuthor) = (next.path, next.author) }
            return standing
        case .off, nil:
            // Installed before someone led Git elsewhere.
            if let idle = idleSlots.first(where: { $0.script == script }), let file = idle.running {
                return HookStanding(hook: name, state: .disabled, file: file.path)
            }
            return HookStanding(hook: name, state: .missing, file: slot.current.path)
        }
    }

    /// Whether an installation would write the file anew, or do all of it another way.
    private func changes(_ file: HookFile, _ plan: HookPlan?) -> Bool {
        guard let plan else { return true }
        return plan.steps.contains { step in
            switch step {
            case .write(let path, _, _): path == file.path || path.hasSuffix(".gitconfig")
            case .remove(let path): path == file.path || path.hasSuffix(".gitconfig")
            case .move(_, let target): target == file.path
            case .include, .exclude: true
            case .keep, .removeDirectory: false
            }
        }
    }
}
