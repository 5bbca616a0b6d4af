import TenonAPI
import TenonCore

@testable import TenonServer

/// Values of everything that travels: each with all that is optional, and without.
enum WireSamples {
    /// A verb with its requests and events, encoded.
    struct Verb: Sendable {
        var name: String
        var verb: AnyVerb
        var requests: [[UInt8]]
        var events: [[UInt8]]
    }

    static let oid = "sha256:" + String(repeating: "0", count: 64)
    static let path = WirePath("data/a")
    static let odd = WirePath(bytes: [0x61, 0xFF])
    static let tree = WorkTreeContext(
        topLevel: WirePath("/r"), gitDirectory: WirePath("/r/.git"), indexFile: odd, device: 1, inode: 2, gitEnvironment: ["GIT_INDEX_FILE": "/i"],
        umask: 0o22, prefix: WirePath("a"))
    static let plainTree = WorkTreeContext(topLevel: WirePath("/r"), device: 1, inode: 2)
    static let pointer = PointerSummary(kind: .tree, oid: oid, size: 1, files: 1, manifest: oid, executable: false, run: oid)
    static let plainPointer = PointerSummary(kind: .file, oid: oid, size: 1, executable: true)
    static let error = TenonError(.io, "m", cause: "c", hint: "h")
    static let plainError = TenonError(.io, "m")
    static let progress = Progress(phase: .storing, subject: "s", bytes: 1, totalBytes: 2, files: 3, totalFiles: 4)
    static let plainProgress = Progress(phase: .scanning)
    static let restored = RestoredArtifact(path: path, filesWritten: 1, filesRemoved: 1, bytesWritten: 1, saved: "s", conflict: conflict)
    static let plainRestored = RestoredArtifact(path: path, filesWritten: 1, filesRemoved: 1, bytesWritten: 1)
    static let saved = SavedState(id: "i", path: path, time: 1, pointer: pointer)
    static let entry = EntryChange(path: odd, change: .changed, oldSize: 1, newSize: 1, oldOid: oid, newOid: oid)
    static let difference = ArtifactDiff(path: path, change: .changed, old: pointer, new: pointer)
    static let pointerChange = PointerChange(path: path, change: .added, old: pointer, new: pointer)
    static let commit = LoggedCommit(commit: "c", author: "a", email: "e", time: 1, offset: 60, subject: "s", changes: [pointerChange])
    static let loggedWithRuns = LoggedCommit(
        commit: "c", author: "a", email: "e", time: 1, offset: 60, subject: "s", changes: [pointerChange], runs: [runSummary])
    static let status = ArtifactStatus(
        path: path, state: .notFetched, pointer: pointer, data: pointer, inPart: true, staged: pointer, detail: "d", conflict: conflict)
    static let conflict = ConflictSummary(count: 2, settled: 1, entries: [conflicted])
    static let conflicted = ConflictedEntry(path: odd, kind: .removedByUs, settled: .theirs)
    static let finding = VerifyFinding(problem: .badPointer, artifact: path, commit: "c", file: odd, chunk: oid, pack: "p", detail: "d")
    static let info = DaemonInfo(
        version: "1", apiMinimum: 1, api: 1, pid: 1, store: path, storeIdentifier: "i", uptime: 1.5, residentBytes: 1, log: path)
    static let match = WhichRequest.Match(artifact: path, entry: odd, commits: ["c"], run: oid)
    static let state = WhichRequest.State(path: odd, runs: [oid], saved: ["i"])

    // Replies

    static let initReply = InitRequest.Reply(changed: [path], store: path, existed: false, found: found)
    static let ignored = Surroundings.Ignored(path: path, size: 1, files: 1)
    static let lfsPattern = Surroundings.LFSPattern(file: path, line: 1, pattern: "p")
    static let found: Surroundings = {
        var found = Surroundings()
        found.ignored = [ignored]
        found.lfsPatterns = [lfsPattern]
        found.dvc = [odd]
        found.dvcStages = 1
        return found
    }()
    static let addReply = AddRequest.Reply(artifacts: [added], readBytes: 1, newBytes: 1, storedBytes: 1)
    static let added = AddedArtifact(path: path, change: .added, pointer: pointer, adopted: 1)
    static let untrackReply = UntrackRequest.Reply(untracked: [path, odd])
    static let moveReply = MoveRequest.Reply(moved: [movedArtifact])
    static let movedArtifact = MovedArtifact(from: path, to: odd)
    static let removeReply = RemoveRequest.Reply(removed: [removedArtifact])
    static let removedArtifact = RemovedArtifact(path: path, pointer: pointer, saved: "s")
    static let statusReply = StatusRequest.Reply(
        artifacts: [status], largeFiles: [.init(path: path, size: 1)], watch: .scan, watchReason: "r", unsent: unsent, pushing: true,
        pushFailure: pushFailure)
    static let unsent = StatusRequest.Unsent(remote: "n", commits: 1, snapshots: 1, bytes: 1)
    static let pushFailure = StatusRequest.PushFailure(time: 1, error: error)
    static let restoreReply = RestoreRequest.Reply(restored: [restored], failed: [FailedArtifact(path: path, error: error)])
    static let prepareCommit = PrepareCommitRequest(
        workTree: tree, taking: .named, paths: [path, odd], allowsEmpty: true, environment: transfer)
    static let prepareCommitReply = PrepareCommitRequest.Reply(taken: [added], leftOut: [odd], refusals: [error], mustRepeat: true)
    static let checksOfRefs = [
        CheckRefsRequest(workTree: tree, updates: [refUpdate], remote: path, environment: transfer),
        CheckRefsRequest(workTree: plainTree, updates: []),
    ]
    static let refUpdate = RefUpdate(name: odd, old: "0", new: "1")
    static let checkRefsReply = CheckRefsRequest.Reply(commits: 1, refusals: [error], sent: pushed)
    static let recoverReply = RecoverRequest.Reply(states: [saved], restored: restored)
    static let diffReply = DiffRequest.Reply(artifacts: [difference])
    static let showReply = ShowRequest.Reply(commit: commit, artifacts: [bound])
    static let bound = BoundArtifact(path: path, pointer: pointer, stored: true)
    static let listReply = ListRequest.Reply(entries: 1, bytes: 1)
    static let listed = ListedEntry(path: path, kind: .symlink, size: 1, oid: oid, target: odd)
    static let whichReply = WhichRequest.Reply(oid: oid, stored: true, matches: [match], states: [state])
    static let verifyReply = VerifyRequest.Reply(commits: 1, artifacts: 1, files: 1, bytes: 1, findings: 1, remote: remoteProofResult)
    static let remoteProofResult = RemoteProof.Result(
        name: "n", objects: 1, packs: 1, readObjects: 1, readBytes: 1, readShare: 0.5, seed: 1, remedy: "r")
    static let remoteProof = RemoteProof(name: "n", readShare: 0.5, seed: 1, jobs: 2, environment: ["AWS_PROFILE": "p"])
    static let verifies = [
        VerifyRequest(workTree: tree, scope: .remote, commits: ["c"], all: true, remote: remoteProof), VerifyRequest(workTree: tree, scope: .stored),
    ]
    static let storeReply = StoreRequest.Reply(
        path: path, id: "i", packs: 1, packBytes: 1, rawBytes: 1, chunks: 1, snapshots: 1, trackedBytes: 1, damagedBlocks: 1, repositories: [path])
    static let fsckReply = FsckRequest.Reply(packs: 1, blocks: 1, chunks: 1, snapshots: 1, findings: 1, repair: repairResult)
    static let plainFsckReply = FsckRequest.Reply(packs: 1, blocks: 1, chunks: 1, snapshots: 1, findings: 1)
    static let repair = FsckRepair(workTree: tree, jobs: 2, environment: ["AWS_PROFILE": "p"])
    static let repairResult = FsckRepair.Result(snapshots: 1, remotes: [healedRemote], remaining: 1)
    static let healedRemote = HealedRemote(name: "n", objects: 1, bytes: 1, lost: 1)
    static let fscks = [FsckRequest(read: true, rebuild: true, repair: repair), FsckRequest()]
    static let healedFinding = FsckFinding(subject: "s", detail: "d", healed: true)

    static let sweepOptions = RemoteSweepOptions(name: "n", grace: 1, forget: ["i"], jobs: 2, environment: ["AWS_PROFILE": "p"])
    static let sweep = SweepRequest(workTree: tree, dryRun: true, remote: sweepOptions)
    static let sweepCount = SweepCount(snapshots: 1, packs: 1, bytes: 1)
    static let sweptRepository = SweptRepository(id: "i", writer: "w", snapshots: 1, time: 1, isHere: true)
    static let sweepResult = RemoteSweepResult(
        name: "n", repositories: [sweptRepository], needed: sweepCount, removed: sweepCount, condemned: sweepCount, waiting: sweepCount, due: 1,
        pushes: 1, repacked: repackCount, damaged: ["p"])
    static let repackCount = RepackCount(packs: 1, bytes: 1, freed: 1)
    static let plainSweepResult = RemoteSweepResult(
        name: "n", repositories: [], needed: SweepCount(), removed: SweepCount(), condemned: SweepCount(), waiting: SweepCount())

    // Requests, with everything and with nothing optional

    static let transfer = ["AWS_PROFILE": "p"]
    static let remotes = [
        RemoteRequest(workTree: tree, action: .add, name: "n", url: "u", endpoint: "e", region: "r", environment: transfer),
        RemoteRequest(workTree: plainTree, action: .makeDefault),
    ]
    static let remoteSummary = RemoteSummary(
        name: "n", url: "u", endpoint: "e", region: "r", id: "i", isDefault: true, trusted: true, capabilities: ["none"])
    static let remoteReply = RemoteRequest.Reply(remotes: [remoteSummary], existed: true)
    static let pushes = [
        PushRequest(
            workTree: tree, remotes: ["n"], allRemotes: true, commits: ["c"], all: true, jobs: 2, dryRun: true, environment: transfer,
            background: true),
        PushRequest(workTree: plainTree),
    ]
    static let pushReply = PushRequest.Reply(remotes: [pushed])
    static let pushed = PushedRemote(name: "n", snapshots: 2, newSnapshots: 1, packs: 1, bytes: 1)
    static let fetches = [
        FetchRequest(
            workTree: tree, remote: "n", commits: ["c"], all: true, paths: [odd], jobs: 2, dryRun: true, environment: transfer, unasked: true),
        FetchRequest(workTree: plainTree),
    ]
    static let fetchReply = FetchRequest.Reply(snapshots: 2, fetched: 1, bytes: 1, failed: [FailedArtifact(path: path, error: error)])

    static let restores = [
        RestoreRequest(
            workTree: tree, mode: .overwrite, paths: [path], source: "c", side: .ours, destination: path, discard: true, detach: true,
            environment: transfer),
        RestoreRequest(workTree: plainTree, mode: .reconcile),
    ]
    static let recovers = [RecoverRequest(workTree: tree, id: "i", destination: path), RecoverRequest(workTree: tree)]
    static let diffs = [DiffRequest(workTree: tree, from: "a", to: "b", paths: [odd]), DiffRequest(workTree: tree)]
    static let lists = [ListRequest(workTree: tree, commit: "c", path: path), ListRequest(workTree: tree, path: path)]
    static let merges = [
        MergeRequest(path: odd, base: "b", ours: "o", theirs: "t", workTree: tree, environment: ["A": "b"]),
        MergeRequest(path: path, base: nil, ours: "o", theirs: "t"),
    ]
    static let cats = [
        CatRequest(workTree: tree, commit: "c", path: path, start: 1, end: 2, environment: transfer), CatRequest(workTree: tree, path: odd),
    ]
    static let whiches = [WhichRequest(workTree: tree, oid: oid, file: path), WhichRequest(workTree: tree)]

    static let python = RunEnvironment.Python(version: "3", executable: "/p", packages: ["numpy": "2"])
    static let environment = RunEnvironment(
        host: "h", user: "u", system: "s", architecture: "a", processor: "p", processors: 2, memory: 1, accelerators: ["g"], python: python,
        container: "c", variables: ["TZ": "UTC"])
    static let plainEnvironment = RunEnvironment(host: "h", user: "u", system: "s", architecture: "a", processors: 2)
    static let parameter = RunParameter(key: "k", value: "v", file: path)
    static let runBegins = [
        RunBeginRequest(
            workTree: tree, name: "n", command: [odd], inputs: [path], outputs: [odd], metrics: [path], parameters: [parameter],
            environment: environment),
        RunBeginRequest(workTree: plainTree, command: [path], environment: plainEnvironment),
    ]
    static let pipelines = [
        PipelineRequest(workTree: tree, stages: ["s"], extent: .downstream, judges: true, isForced: true), PipelineRequest(workTree: plainTree),
    ]
    static let stageReason = StageReason(.inputChanged, odd, before: "0.1", after: "0.2")
    static let pipelineStage = PipelineStage(
        name: "s", summary: "d", commands: ["c"], directory: path, needs: ["r"], inputs: [odd], outputs: [path], verdict: .wait,
        reasons: [stageReason, StageReason(.new)])
    static let plainStage = PipelineStage(name: "s", commands: ["c"], directory: path, needs: [], inputs: [], outputs: [])
    static let pipelineReply = PipelineRequest.Reply(file: path, stages: [pipelineStage, plainStage])
    static let stageBegins = [
        StageBeginRequest(workTree: tree, stage: "s", isForced: true, environment: environment, transfers: ["HOME": "/h"]),
        StageBeginRequest(workTree: plainTree, stage: "s", environment: plainEnvironment),
    ]
    static let stageBeginReply = StageBeginRequest.Reply(
        verdict: .run, reasons: [stageReason], run: oid, restored: [RestoredArtifact(path: path, filesWritten: 1, filesRemoved: 2, bytesWritten: 3)],
        draft: "d", command: [odd], directory: path, outputs: [odd])
    static let runFinishes = [
        RunFinishRequest(
            workTree: tree, draft: "d", started: 1, finished: 2, status: 1, signal: 9, reason: "r", keepsOutputs: true, outputs: [odd],
            metrics: [path], trace: runTrace, log: odd),
        RunFinishRequest(workTree: plainTree, draft: "d", started: 1, finished: 2),
    ]
    static let override = ParameterOverride(file: path, key: "k", value: "v")
    static let scope = TrialScope(inputs: [odd], outputs: [path], stages: ["s"])
    static let plainScope = TrialScope()
    static let trialInput = TrialInput(path: path, pointer: pointer, method: .reflink, bytesToWrite: 1)
    static let trialPrepare = TrialPrepareRequest(workTree: tree, overrides: [override], scope: scope)
    static let trialPrepareReply = TrialPrepareRequest.Reply(inputs: [trialInput], leftOut: [odd])
    static let trialBegins = [
        TrialBeginRequest(workTree: tree, overrides: [override], scope: scope, environment: ["HOME": "/h"]),
        TrialBeginRequest(workTree: plainTree, scope: plainScope),
    ]
    static let trialFinish = TrialFinishRequest(workTree: tree, scope: scope, parameters: [parameter], metrics: [odd], runs: [oid])
    static let trialFinishReply = TrialFinishRequest.Reply(
        spoiled: [odd], inputs: [runContent], outputs: [runContent], parameters: [runValue], metrics: ["accuracy": 0.9], leftOut: [path],
        problems: [error])
    static let runTrace = RunTrace(read: [odd], written: [path], made: [path], isCut: true)
    static let runTraceResult = RunTraceResult(inputs: [odd], outputs: [path], ignored: [path])
    static let runSummary = RunSummary(
        run: oid, name: "n", command: [odd], directory: path, started: 1, finished: 2, status: 1, signal: 9, reason: "r", host: "h", user: "u",
        commit: "c", repository: "r", code: pointer, parameters: [runValue], metrics: ["accuracy": 0.9], inputs: [runContent], outputs: [runContent],
        changedInputs: [odd])
    static let plainRunSummary = RunSummary(run: oid, command: [], directory: path, started: 1, finished: 2)
    static let runValue = RunValue(name: "n", value: "1", file: "f")
    static let traced = TracedContent(
        oid: oid, kind: .tree, paths: [odd], stored: true, madeBy: [oid], readBy: [oid], commits: ["c"], detail: "d",
        inside: oid)
    static let traces = [
        TraceRequest(workTree: tree, oid: oid, file: path, path: path, commit: "c", forward: true), TraceRequest(workTree: plainTree),
    ]
    static let recordSubject = RecordSubject(path: odd, commit: "c", oid: oid)
    static let recordRequests = [
        RecordRequest(
            workTree: tree, subject: recordSubject, kind: .monitoring, metrics: ["accuracy": 0.9], report: path, dataset: odd, user: "u", host: "h",
            time: 1),
        RecordRequest(workTree: plainTree, subject: RecordSubject(), kind: .validation, metrics: [:], user: "u", host: "h", time: 1),
    ]
    static let recordReply = RecordRequest.Reply(record: oid, subject: runContent)
    static let recordSummary = RecordSummary(
        record: oid, kind: .validation, time: 1, metrics: ["accuracy": 0.9], user: "u", host: "h", report: runContent, dataset: runContent,
        run: runSummary, signed: oid, key: "k")
    static let attestations = [
        AttestationsRequest(workTree: tree, commits: ["c"], all: true, record: oid, prepares: true, environment: transfer),
        AttestationsRequest(workTree: plainTree),
    ]
    static let attestationsReply = AttestationsRequest.Reply(commits: 1, artifacts: 1)
    static let statementSignature = AttestedStatement.Signature(key: "k", text: "t")
    static let attestedStatement = AttestedStatement(record: oid, kind: .binding, payload: "p", signatures: [statementSignature])
    static let attestedArtifact = AttestedArtifact(path: odd, commit: "c", pointer: pointer, records: [oid], detail: "d")
    static let attestationsItem: AttestationsRequest.Item = {
        var item = AttestationsRequest.Item(statement: attestedStatement)
        item.artifact = attestedArtifact
        return item
    }()
    static let plainAttestationsItem: AttestationsRequest.Item = {
        var item = AttestationsRequest.Item(statement: attestedStatement)
        item.statement = nil
        return item
    }()
    static let madeSignature = MadeSignature(record: oid, text: "t")
    static let sign = SignRequest(workTree: tree, signatures: [madeSignature], time: 1)
    static let signReply = SignRequest.Reply(records: [oid])
    static let recordsReply = RecordsRequest.Reply(subject: runContent, records: [recordSummary])
    static let rerunBegins = [
        RerunBeginRequest(workTree: tree, run: oid, subject: recordSubject, directory: path, environment: transfer),
        RerunBeginRequest(workTree: plainTree, directory: path),
    ]
    static let rerunBeginReply = RerunBeginRequest.Reply(run: runSummary, environment: environment)
    static let rerunFinish = RerunFinishRequest(workTree: tree, run: oid, directory: path, tolerance: 0.5, user: "u", host: "h", time: 1)
    static let rerunOutput = RerunOutput(path: odd, verdict: .close, recorded: pointer, found: pointer, details: ["d"])
    static let rerunFinishReply = RerunFinishRequest.Reply(record: oid, verdict: .different, outputs: [rerunOutput])
    static let policies = [
        PolicyRequest(
            workTree: tree, commits: ["c"], starts: ["s"], known: ["k"], all: true, rules: "r", environment: transfer),
        PolicyRequest(workTree: plainTree),
    ]
    static let policyReply = PolicyRequest.Reply(commits: 1, artifacts: 1, findings: 1)
    static let policyFinding = PolicyFinding(rule: .maxGitFile, path: odd, commit: "c", cause: "c", remedy: "r")
    static let traceReply = TraceRequest.Reply(subject: oid, contents: [traced], runs: [runSummary], isCut: true)
    static let runContent = RunContent(path: odd, pointer: pointer)
    static let runFinishReply = RunFinishRequest.Reply(
        run: oid, outputs: [runContent], artifacts: [added], metrics: ["accuracy": 0.9], changedInputs: [odd], problems: [error],
        trace: runTraceResult)

    static let revision = NamedRevision(name: "n", commit: "c")
    static let fileValue = FileValue(
        file: path, key: "k", value: .list([.null, .bool(true), .integer(1), .number(0.5), .mapping(["k": .text("t")])]))
    static let failed = FailedArtifact(path: path, error: error)
    static let revisionValues = RevisionValues(name: "n", commit: "c", time: 1, subject: "s", values: [fileValue], failed: [failed])
    static let valueRequest = ValuesRequest(workTree: tree, kind: .metrics, revisions: [revision], files: [path], keys: ["k"])
    static let valuesDiff = ValuesDiffRequest(
        workTree: tree, kind: .parameters, from: revision, to: .workTree, files: [path], keys: ["k"], all: true)
    static let valueChange = ValueChange(file: path, key: "k", change: .changed, old: .integer(1), new: .number(1.5), difference: 0.5)
    static let valuesDiffReply = ValuesDiffRequest.Reply(from: revision, to: revision, changes: [valueChange], failed: [failed])
    static let plotsRequests = [
        PlotsRequest(
            workTree: tree, title: "t", revisions: [revision], history: [revision], experiments: [revision], files: [path], x: "x", y: ["y"],
            template: "linear", by: "b", prefersLowest: true), PlotsRequest(workTree: tree, title: "t", revisions: [.workTree]),
    ]
    static let plotsReply = PlotsRequest.Reply(html: "h", charts: [DrawnChart(section: "s", title: "t")], problems: ["p"])

    static let imports = [
        ImportRequest(workTree: tree, cache: odd, paths: [path], convertsStages: false, removes: true, dryRun: true),
        ImportRequest(workTree: plainTree),
    ]
    static let importedData = ImportedData(path: odd, source: path, kept: 1, copied: 2, copiedBytes: 3, artifact: added)
    static let importReply = ImportRequest.Reply(imported: [importedData], stages: ["s"], removed: [path], problems: [error], notes: ["n"])

    static let verbs: [Verb] = [
        verb([InitRequest(workTree: tree)], initReply), verb([AddRequest(workTree: tree, paths: [path, odd])], addReply),
        verb([UntrackRequest(workTree: tree, paths: [path])], untrackReply), verb(imports, importReply),
        verb([MoveRequest(workTree: tree, sources: [path], destination: odd)], moveReply),
        verb([RemoveRequest(workTree: tree, paths: [path])], removeReply), verb([StatusRequest(workTree: tree, paths: [path])], statusReply),
        verb(remotes, remoteReply), verb(pushes, pushReply), verb(fetches, fetchReply),
        verb(restores, restoreReply), verb(recovers, recoverReply), verb(diffs, diffReply, entry),
        verb([prepareCommit], prepareCommitReply), verb(checksOfRefs, checkRefsReply),
        verb([LogRequest(workTree: tree, start: "c")], LogRequest.Reply(commits: 1), commit),
        verb([ShowRequest(workTree: tree, commit: "c")], showReply),
        verb(lists, listReply, listed), verb(whiches, whichReply),
        verb(verifies, verifyReply, finding), verb([StoreRequest()], storeReply),
        verb(rerunBegins, rerunBeginReply), verb([rerunFinish], rerunFinishReply), verb(recordRequests, recordReply),
        verb([RecordsRequest(workTree: tree, subject: recordSubject)], recordsReply),
        verb(attestations, attestationsReply, attestationsItem), verb([sign], signReply),
        verb(policies, policyReply, policyFinding), verb(traces, traceReply), verb(runBegins, RunBeginRequest.Reply(draft: "d")),
        verb(runFinishes, runFinishReply), verb([trialPrepare], trialPrepareReply),
        verb(trialBegins, TrialBeginRequest.Reply(inputs: [trialInput])), verb([trialFinish], trialFinishReply),
        verb(pipelines, pipelineReply), verb(stageBegins, stageBeginReply),
        verb([valueRequest], ValuesRequest.Reply(values: 1), revisionValues), verb([valuesDiff], valuesDiffReply), verb(plotsRequests, plotsReply),
        verb(merges, MergeRequest.Reply(merged: "m", conflict: conflict)),
        verb([DescribeRequest(pointer: "p")], DescribeRequest.Reply(entries: 1), DescribedLines(text: "l")),
        verb(fscks, fsckReply, healedFinding), verb([sweep], SweepRequest.Reply(remote: sweepResult)),
    ]

    /// The described objects: first with everything set, last with nothing that is optional.
    static let objects: [String: [[UInt8]]] = [
        "WorkTreeContext": both(tree, plainTree), "TenonError": both(error, plainError), "Progress": both(progress, plainProgress),
        "PointerSummary": both(pointer, plainPointer), "DaemonInfo": one(info), "InitRequest": one(InitRequest(workTree: tree)),
        "InitReply": one(initReply), "Surroundings": both(found, Surroundings()),
        "IgnoredData": both(ignored, Surroundings.Ignored(path: path, size: 1)),
        "LFSPattern": one(lfsPattern),
        "AddRequest": both(AddRequest(workTree: tree, paths: [path], adopt: true), AddRequest(workTree: tree, paths: [path])),
        "AddReply": one(addReply),
        "AddedArtifact": both(added, AddedArtifact(path: path, change: .unchanged, pointer: pointer)),
        "ImportRequest": imports.map(encoded), "ImportReply": one(importReply),
        "ImportedData": both(importedData, ImportedData(path: path, source: path, kept: 0, copied: 0, copiedBytes: 0)),
        "UntrackRequest": one(UntrackRequest(workTree: tree, paths: [])), "UntrackReply": one(untrackReply),
        "MoveRequest": one(MoveRequest(workTree: tree, sources: [path], destination: odd)), "MoveReply": one(moveReply),
        "MovedArtifact": one(movedArtifact), "RemoveRequest": one(RemoveRequest(workTree: tree, paths: [path])), "RemoveReply": one(removeReply),
        "RemovedArtifact": both(removedArtifact, RemovedArtifact(path: path)),
        "StatusRequest": both(StatusRequest(workTree: tree, wait: true), StatusRequest(workTree: tree)),
        "StatusReply": both(statusReply, StatusRequest.Reply(artifacts: [], largeFiles: [], watch: .watched)),
        "ArtifactStatus": both(status, ArtifactStatus(path: path, state: .clean)), "LargeFile": one(StatusRequest.LargeFile(path: path, size: 1)),
        "UnsentData": one(unsent), "PushFailure": one(pushFailure),
        "RemoteRequest": remotes.map(encoded), "RemoteReply": one(remoteReply),
        "RemoteSummary": both(remoteSummary, RemoteSummary(name: "n", url: "u", isDefault: false, trusted: false)),
        "PushRequest": pushes.map(encoded), "PushReply": one(pushReply), "PushedRemote": one(pushed), "FetchRequest": fetches.map(encoded),
        "FetchReply": one(fetchReply),
        "RestoreRequest": restores.map(encoded), "RestoreReply": one(restoreReply), "RestoredArtifact": both(restored, plainRestored),
        "PrepareCommitRequest": both(prepareCommit, PrepareCommitRequest(workTree: plainTree, taking: .all)),
        "PrepareCommitReply": one(prepareCommitReply), "CheckRefsRequest": checksOfRefs.map(encoded),
        "CheckRefsReply": both(checkRefsReply, CheckRefsRequest.Reply(commits: 1, refusals: [])), "RefUpdate": one(refUpdate),
        "FailedArtifact": one(FailedArtifact(path: path, error: error)), "RecoverRequest": recovers.map(encoded),
        "RecoverReply": both(recoverReply, RecoverRequest.Reply(states: [])), "SavedState": one(saved), "DiffRequest": diffs.map(encoded),
        "DiffReply": one(diffReply), "EntryChange": both(entry, EntryChange(path: path, change: .added)),
        "ArtifactDiff": both(difference, ArtifactDiff(path: path, change: .removed)),
        "LogRequest": both(LogRequest(workTree: tree, start: "c", lineage: true), LogRequest(workTree: tree, start: "c")),
        "LogReply": one(LogRequest.Reply(commits: 1)), "LoggedCommit": both(loggedWithRuns, commit),
        "PointerChange": both(pointerChange, PointerChange(path: path, change: .added)), "ShowRequest": one(ShowRequest(workTree: tree, commit: "c")),
        "ShowReply": one(showReply), "BoundArtifact": one(bound), "ListRequest": lists.map(encoded), "ListReply": one(listReply),
        "ListedEntry": both(listed, ListedEntry(path: path, kind: .tree, size: 1)), "CatRequest": cats.map(encoded),
        "WhichRequest": whiches.map(encoded),
        "WhichReply": both(whichReply, WhichRequest.Reply(oid: oid, stored: true, matches: [])), "WhichState": one(state),
        "WhichMatch": both(match, WhichRequest.Match(artifact: path, commits: [])),
        "VerifyRequest": verifies.map(encoded), "RemoteProof": both(remoteProof, RemoteProof(name: "n")),
        "VerifyReply": both(verifyReply, VerifyRequest.Reply(commits: 1, artifacts: 1, files: 1, bytes: 1, findings: 1)),
        "RemoteProofResult": both(remoteProofResult, RemoteProof.Result(name: "n", objects: 1, packs: 1)),
        "VerifyFinding": both(finding, VerifyFinding(problem: .missing, detail: "d")), "StoreRequest": one(StoreRequest()),
        "StoreReply": one(storeReply), "FsckRequest": fscks.map(encoded), "FsckReply": both(fsckReply, plainFsckReply),
        "FsckRepair": one(repair), "FsckRepairResult": one(repairResult), "HealedRemote": one(healedRemote),
        "NamedRevision": both(revision, NamedRevision.workTree), "ValuesRequest": one(valueRequest),
        "ValuesReply": one(ValuesRequest.Reply(values: 1)),
        "RevisionValues": both(revisionValues, RevisionValues(name: "n")), "FileValue": one(fileValue), "ValuesDiffRequest": one(valuesDiff),
        "ValuesDiffReply": one(valuesDiffReply), "ValueChange": both(valueChange, ValueChange(file: path, key: "k", change: nil)),
        "PlotsRequest": plotsRequests.map(encoded), "PlotsReply": one(plotsReply), "DrawnChart": one(DrawnChart(section: "s", title: "t")),
        "MergeRequest": merges.map(encoded), "MergeReply": both(MergeRequest.Reply(merged: "m", conflict: conflict), MergeRequest.Reply()),
        "ConflictSummary": one(conflict), "ConflictedEntry": both(conflicted, ConflictedEntry(path: path, kind: .bothAdded)),
        "DescribeRequest": one(DescribeRequest(pointer: "p")), "DescribeReply": one(DescribeRequest.Reply(entries: 1)),
        "DescribedLines": one(DescribedLines(text: "l")),
        "RerunBeginRequest": rerunBegins.map(encoded), "RerunBeginReply": both(rerunBeginReply, RerunBeginRequest.Reply(run: runSummary)),
        "RerunFinishRequest": one(rerunFinish), "RerunFinishReply": one(rerunFinishReply),
        "RerunOutput": both(rerunOutput, RerunOutput(path: path, verdict: .missing, recorded: pointer)),
        "RecordSubject": both(recordSubject, RecordSubject()), "RecordRequest": recordRequests.map(encoded), "RecordReply": one(recordReply),
        "RecordsRequest": one(RecordsRequest(workTree: tree, subject: recordSubject)), "RecordsReply": one(recordsReply),
        "RecordSummary": both(recordSummary, RecordSummary(record: oid, kind: .other, time: 0)),
        "AttestationsRequest": attestations.map(encoded), "AttestationsReply": one(attestationsReply),
        "AttestationsItem": both(attestationsItem, plainAttestationsItem), "AttestedStatement": one(attestedStatement),
        "StatementSignature": one(statementSignature),
        "AttestedArtifact": both(attestedArtifact, AttestedArtifact(path: path, commit: "c", pointer: nil, records: [])),
        "SignRequest": one(sign), "SignReply": one(signReply), "MadeSignature": one(madeSignature),
        "PolicyRequest": policies.map(encoded), "PolicyReply": one(policyReply), "PolicyFinding": one(policyFinding),
        "TraceRequest": traces.map(encoded), "TraceReply": one(traceReply),
        "TracedContent": both(traced, TracedContent(oid: oid, kind: .file, stored: true)),
        "RunSummary": both(runSummary, plainRunSummary), "RunValue": both(runValue, RunValue(name: "n", value: "1")),
        "PipelineRequest": pipelines.map(encoded), "PipelineReply": one(pipelineReply), "PipelineStage": both(pipelineStage, plainStage),
        "StageReason": both(stageReason, StageReason(.new)), "StageBeginRequest": stageBegins.map(encoded),
        "StageBeginReply": both(stageBeginReply, StageBeginRequest.Reply(verdict: .fresh)),
        "RunBeginRequest": runBegins.map(encoded), "RunBeginReply": one(RunBeginRequest.Reply(draft: "d")),
        "RunParameter": both(parameter, RunParameter()), "RunEnvironment": both(environment, plainEnvironment), "PythonEnvironment": one(python),
        "RunFinishRequest": runFinishes.map(encoded), "RunFinishReply": both(runFinishReply, RunFinishRequest.Reply(run: oid)),
        "ParameterOverride": one(override), "TrialScope": both(scope, plainScope), "TrialInput": one(trialInput),
        "TrialPrepareRequest": one(trialPrepare), "TrialPrepareReply": one(trialPrepareReply), "TrialBeginRequest": trialBegins.map(encoded),
        "TrialBeginReply": one(TrialBeginRequest.Reply(inputs: [trialInput])), "TrialFinishRequest": one(trialFinish),
        "TrialFinishReply": one(trialFinishReply),
        "RunTrace": one(runTrace), "RunTraceResult": one(runTraceResult), "RunContent": one(runContent),
        "SweepRequest": one(sweep), "RemoteSweepOptions": both(sweepOptions, RemoteSweepOptions()),
        "SweepReply": one(SweepRequest.Reply(remote: sweepResult)), "RemoteSweepResult": both(sweepResult, plainSweepResult),
        "SweepCount": one(sweepCount), "RepackCount": one(repackCount), "SweptRepository": one(sweptRepository),
        "FsckFinding": both(healedFinding, FsckFinding(subject: "s", detail: "d")),
    ]

    private static func encoded(_ value: some Encodable) -> [UInt8] { (try? WireCoding.encode(value)) ?? [] }
    private static func one(_ value: some Encodable) -> [[UInt8]] { [encoded(value)] }
    private static func both(_ full: some Encodable, _ plain: some Encodable) -> [[UInt8]] { [encoded(full), encoded(plain)] }

    private static func verb<R: Request>(_ requests: [R], _ reply: R.Reply, _ item: R.Item? = nil) -> Verb {
        var events: [Event<R.Item, R.Reply>] = [
            .progress(progress), .progress(plainProgress), .warning("w"), .error(error), .error(plainError), .done(reply),
        ]
        if let item { events.append(.item(item)) }
        return Verb(name: R.verb, verb: AnyVerb(R.self) { _, _ in reply }, requests: requests.map(encoded), events: events.map(encoded))
    }
}
