import TenonAPI
import TenonClient

/// References that keep the code of experiments which are queued or run, with the data that it names, from being collected.
struct TrialReferences {
    let shelf: ExperimentShelf
    let environment: ClientEnvironment

    private static let prefix = "refs/tenon/trials/"

    private var git: GitCommand { GitCommand(environment: environment) }

    func keep(_ commit: String) throws(TenonError) {
        let answer = try git.output(["-c", "core.hooksPath=/dev/null", "update-ref", TrialReferences.prefix + commit, commit])
        guard answer.status == 0 else { throw TenonError(.git, "the code can't be kept for the queue", cause: answer.complaint) }
    }

    /// Drops those that no experiment needs any more, and forgets experiments that have a result and whose runner was not there to do so.
    func prune() {
        // One that was killed when it had its result, and not yet said so, is known by that.
        let results = Set(((try? ExperimentCatalog(environment: environment).entries()) ?? []).compactMap { $0.document?.id })
        for state in shelf.all() where (state.status == .done || state.status == .running && results.contains(state.id)) && !shelf.isHeld(state.id) {
            TrialWorkTree(path: shelf.workTree(state.id), environment: environment).remove()
            shelf.remove(state.id, keepingLog: true)
        }
        guard let answer = try? git.output(["for-each-ref", "--format=%(refname)", TrialReferences.prefix]), answer.status == 0 else { return }
        let needed = Set(shelf.all().flatMap { [$0.snapshot, $0.commit] })
        for line in answer.standardOutput.split(separator: 0x0A) {
            let name = String(decoding: line, as: UTF8.self)
            guard !needed.contains(String(name.dropFirst(TrialReferences.prefix.count))) else { continue }
            _ = try? git.output(["-c", "core.hooksPath=/dev/null", "update-ref", "-d", name])
        }
    }
}
