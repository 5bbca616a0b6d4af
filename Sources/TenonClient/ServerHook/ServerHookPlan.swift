import TenonCore
import TenonHooks

/// The steps that install, or take out, the hook by which a server judges pushes. A hook that was there runs after Tenon's, and is back byte for byte
/// when that is taken out.
package struct ServerHookPlan: Sendable {
    package private(set) var steps: [HookStep] = []
    /// Sentences for the person: what was found and what became of it.
    package private(set) var notes: [String] = []

    /// - Parameter program: `tenon`, by absolute path.
    package static func installing(_ repository: ServerRepository, program: String) throws(TenonError) -> ServerHookPlan {
        guard repository.isOwnDirectory else {
            throw TenonError(
                .conflict, "the hook can't be installed",
                cause: "core.hooksPath leads to '\(displayName(repository.hooks.utf8))', which others share",
                hint: "let its pre-receive run 'tenon server-hook pre-receive' with the same standard input")
        }
        return installing(repository.slot, program: program)
    }

    static func installing(_ slot: (current: HookFile, aside: HookFile), program: String) -> ServerHookPlan {
        var plan = ServerHookPlan()
        if slot.current.isForeign {
            if slot.aside.exists, slot.aside.bytes != slot.current.bytes {
                let kept = slot.aside.path + ".replaced"
                plan.steps.append(.move(path: slot.aside.path, to: kept))
                plan.notes.append("another tool had written over Tenon's hook; the hook from before that is kept as \(kept) and does not run")
            } else if slot.aside.exists {
                plan.steps.append(.remove(path: slot.aside.path))
            }
            plan.steps.append(.keep(path: slot.current.path, as: slot.aside.path))
            plan.notes.append("\(slot.current.author?.name ?? "a script") was there and runs after Tenon")
        }
        // The script finds the other hook beside itself, wherever the repository is moved to.
        let text = ServerHook.text(tenon: ShellWord.quoted(program), next: "\"${0%/*}/\(ServerHook.name)\(HookSlot.asideSuffix)\"")
        if slot.current.kind != .file || !slot.current.isExecutable || slot.current.bytes != Array(text.utf8) {
            plan.steps.append(.write(path: slot.current.path, text: text, isExecutable: true))
        }
        return plan
    }

    package static func uninstalling(_ repository: ServerRepository) -> ServerHookPlan { uninstalling(repository.slot) }

    static func uninstalling(_ slot: (current: HookFile, aside: HookFile)) -> ServerHookPlan {
        var plan = ServerHookPlan()
        if slot.current.isOurs {
            plan.steps.append(slot.aside.exists ? .move(path: slot.aside.path, to: slot.current.path) : .remove(path: slot.current.path))
        } else if slot.aside.exists {
            if slot.current.exists {
                plan.notes.append("another tool had written over Tenon's hook; the hook from before that stays as \(slot.aside.path)")
            } else {
                plan.steps.append(.move(path: slot.aside.path, to: slot.current.path))
            }
        }
        return plan
    }
}

extension ServerRepository {
    /// How the hook stands.
    package func standing(program: String) -> HookStanding {
        let (current, aside) = slot
        var standing = HookStanding(hook: ServerHook.name, state: current.isForeign ? .replaced : .missing, file: current.path)
        guard current.isOurs else { return standing }
        standing.state = ServerHookPlan.installing((current, aside), program: program).steps.isEmpty ? .installed : .outdated
        if aside.isExecutable { (standing.next, standing.nextAuthor) = (aside.path, aside.author) }
        return standing
    }
}
