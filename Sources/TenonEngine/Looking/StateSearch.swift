import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// Looks for bytes in the states that no commit binds: code that runs of this repository executed uncommitted, and what a checkout saved before it
/// overwrote it.
struct StateSearch<R: WorkTreeRequest> {
    let job: Job<R>
    let oid: OID
    private var found: [[UInt8]: WhichRequest.State] = [:]
    private var order: [[UInt8]] = []
    /// The paths with these bytes, by manifest: many runs executed the same code.
    private var paths: [NodeID: [[UInt8]]] = [:]

    init(job: Job<R>, oid: OID) {
        self.job = job
        self.oid = oid
    }

    var states: [WhichRequest.State] { order.compactMap { found[$0] } }

    mutating func run() throws {
        var own = try OwnRecords(job.tree)
        for id in try job.store.records().reversed() {
            try job.checkCancellation()
            guard let code = (try? job.store.run(id))?.definition.code.workTree, case let files = files(in: code), !files.isEmpty,
                try own.contains(id)
            else { continue }
            for file in files { note(file) { $0.runs.append(id.description) } }
        }
        for state in try job.engine.savedStates(of: job.tree) {
            let (artifact, pointer) = (state.record.artifact.bytes, state.record.pointer)
            if pointer.oid == oid { note(artifact) { $0.saved.append(state.id.hex) } }
            for file in files(in: pointer) { note(artifact + [UInt8(ascii: "/")] + file) { $0.saved.append(state.id.hex) } }
        }
    }

    private mutating func files(in directory: Pointer) -> [[UInt8]] {
        guard let manifest = directory.manifest else { return [] }
        if let known = paths[manifest] { return known }
        let files = job.paths(of: oid, in: directory)
        paths[manifest] = files
        return files
    }

    private mutating func note(_ path: [UInt8], _ change: (inout WhichRequest.State) -> Void) {
        if found[path] == nil { order.append(path) }
        change(&found[path, default: WhichRequest.State(path: WirePath(bytes: path))])
    }
}
