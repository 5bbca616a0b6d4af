import TenonAPI
import TenonCore
import TenonStore

extension Engine {
    /// `tenon import dvc`: what a DVC project keeps becomes artifacts, its pipeline stages of `tenon.yaml`.
    package func importProject(_ request: ImportRequest, _ reporter: Reporter<ImportRequest>) async throws -> ImportRequest.Reply {
        try await writing(request, reporter) { job in
            if !request.dryRun {
                try job.tree.prepare()
                try job.tree.register()
                try job.tree.requireFreeIndex()
            }
            var work = try DVCImport(job: job, request: request)
            return try work.run()
        }
    }
}

/// One `import dvc`. What can't be imported is told, and the rest is.
struct DVCImport {
    let job: Job<ImportRequest>
    let request: ImportRequest
    private let project: DVCProject
    private var reply = ImportRequest.Reply()
    /// Files of DVC of which something was not imported.
    private var incomplete: Set<RelativePath> = []
    private var convertedPipelines: Set<RelativePath> = []

    init(job: Job<ImportRequest>, request: ImportRequest) throws {
        self.job = job
        self.request = request
        var cache: String?
        if let wire = request.cache {
            guard let text = String(validating: wire.bytes, as: UTF8.self), text.hasPrefix("/"), !text.utf8.contains(0) else {
                throw TenonError(.invalidArgument, "the cache '\(wire)' can't be used", cause: "its path is not absolute, or not UTF-8")
            }
            cache = text
        }
        let here = request.workTree.prefix.bytes
        project = try DVCProject(job.tree, directory: here.isEmpty ? nil : try RelativePath(bytes: here), cache: cache)
    }

    mutating func run() throws -> ImportRequest.Reply {
        try importData(try outputs())
        if request.convertsStages { try convertStages() }
        for remote in project.remotes {
            reply.notes.append(
                "DVC's remote '\(displayName(remote.name.utf8.prefix(100)))' (\(DVCImport.withoutUser(remote.url))) stays DVC's: "
                    + "'tenon remote add' notes one of Tenon's, and 'tenon push' brings the data there")
        }
        if request.removes, !request.dryRun { try removeFiles() }
        return reply
    }

    // MARK: Data

    private mutating func outputs() throws -> [DVCOutput] {
        var reader = DVCFileReader()
        for file in project.files {
            try job.checkCancellation()
            let before = reader.problems.count
            do {
                guard let bytes = try job.tree.files.read(file, limit: DVCProject.maximumFile) else { continue }
                if file.lastComponent.elementsEqual("dvc.lock".utf8) {
                    let places = stagePlaces(beside: file)
                    try reader.readLock(file, bytes) { places[$0] }
                } else {
                    try reader.readData(file, bytes)
                }
            } catch let error as TenonError where error.code != .cancelled {
                fail(file, error)
            }
            if reader.problems.count > before { incomplete.insert(file) }
        }
        reply.problems += reader.problems
        reply.notes += reader.notes
        let selection = try job.tree.selection(request.paths)
        guard !selection.isEmpty else { return reader.outputs }
        return reader.outputs.filter { output in
            let isMeant = selection.contains { output.path.isWithin($0) || $0 == output.source }
            if !isMeant { incomplete.insert(output.source) }
            return isMeant
        }
    }

    /// Where the stages of the pipeline beside a `dvc.lock` are executed, and what of their outputs Git keeps.
    private mutating func stagePlaces(beside lock: RelativePath) -> [String: DVCStagePlace] {
        do {
            guard let pipeline = try DVCStages.pipeline(job.tree, in: lock.parent) else { return [:] }
            return Dictionary(
                pipeline.stages.map { stage in
                    (stage.name, DVCStagePlace(directory: stage.directory, keptInGit: Set(stage.outputs.filter(\.isKeptInGit).map(\.path))))
                }
            ) { first, _ in first }
        } catch let error as TenonError {
            fail(lock, error)
        } catch {
            fail(lock, TenonError(.internal, "'\(lock)' is not imported", cause: "\(error)"))
        }
        return [:]
    }

    private mutating func importData(_ outputs: [DVCOutput]) throws {
        let survey = try Survey(job.tree)
        let checkout = DVCCheckout(tree: job.tree, cache: project.cache, sink: job.sink)
        var brought: [(output: DVCOutput, data: ImportedData)] = []
        for output in outputs {
            try job.checkCancellation()
            if survey[output.path]?.isNamed == true {
                reply.notes.append("'\(output.path)' is an artifact already")
                continue
            }
            job.meter.begin(.reading, output.path.description)
            do {
                if try job.tree.isTrackedByGit(output.path) {
                    throw TenonError(
                        .conflict, "'\(output.path)' is not imported", cause: "Git tracks it", hint: "tenon add --adopt \(output.path) takes it over")
                }
                let plan = try checkout.plan(output)
                let bytes = request.dryRun ? 0 : try checkout.bring(plan)
                let data = ImportedData(
                    path: WirePath(output.path), source: WirePath(output.source), kept: plan.kept, copied: plan.missing.count, copiedBytes: bytes)
                brought.append((output, data))
            } catch let error as TenonError where error.code != .cancelled {
                fail(output.source, error)
            }
        }
        guard !request.dryRun else {
            reply.imported = brought.map(\.data)
            return
        }
        try track(brought)
    }

    /// Makes artifacts of what lies there now: all together, or where one can't be one, each by itself.
    private mutating func track(_ brought: [(output: DVCOutput, data: ImportedData)]) throws {
        guard !brought.isEmpty else { return }
        let compression = try job.settings().compression
        func add(_ paths: [RelativePath]) throws -> [RelativePath: AddedArtifact] {
            var addition = try Addition(job: job, stages: true, isDryRun: false, compression: compression)
            try addition.add(paths)
            var added: [RelativePath: AddedArtifact] = [:]
            for artifact in addition.reply.artifacts { added[try RelativePath(bytes: artifact.path.bytes)] = artifact }
            return added
        }
        var added: [RelativePath: AddedArtifact] = [:]
        do {
            added = try add(brought.map(\.output.path))
        } catch let error as TenonError where error.code != .cancelled && error.code != .noSpace {
            for (output, _) in brought {
                do {
                    added.merge(try add([output.path])) { _, later in later }
                } catch let error as TenonError where error.code != .cancelled && error.code != .noSpace {
                    fail(output.source, error)
                }
            }
        }
        for (output, data) in brought {
            guard let artifact = added[output.path] else { continue }
            var data = data
            data.artifact = artifact
            reply.imported.append(data)
        }
    }

    // MARK: Stages

    private mutating func convertStages() throws {
        for file in project.pipelines {
            do {
                guard file.parent == nil else {
                    reply.notes.append(
                        "'\(file)' is not converted: stages of tenon.yaml are those of the whole repository; it is read as it is where one stands there"
                    )
                    incomplete.insert(file)
                    continue
                }
                let conversion = try DVCStages.convert(job.tree, file)
                reply.stages += conversion.names
                reply.notes += conversion.notes
                if !request.dryRun, let text = conversion.text {
                    let settings = try RelativePath(Settings.fileName)
                    try job.tree.files.replace(settings, with: text)
                    try job.tree.stageFiles([settings])
                }
                convertedPipelines.insert(file)
            } catch let error as TenonError where error.code != .cancelled {
                fail(file, error)
            }
        }
    }

    // MARK: What is left of DVC

    /// Removes, from work tree and index, files of which all is imported. The cache, `.dvc` and `.dvcignore` stay.
    private mutating func removeFiles() throws {
        var removed: [RelativePath] = []
        for file in project.files where !incomplete.contains(file) {
            if file.lastComponent.elementsEqual("dvc.lock".utf8) {
                let pipeline = try file.parent?.appending(Array("dvc.yaml".utf8)) ?? RelativePath("dvc.yaml")
                guard convertedPipelines.contains(pipeline), !incomplete.contains(pipeline) else { continue }
            }
            removed.append(file)
        }
        for pipeline in project.pipelines where convertedPipelines.contains(pipeline) && !incomplete.contains(pipeline) {
            let lock = try pipeline.parent?.appending(Array("dvc.lock".utf8)) ?? RelativePath("dvc.lock")
            if !incomplete.contains(lock) { removed.append(pipeline) }
        }
        for file in removed { try job.tree.files.remove(file) }
        try job.tree.stageFiles(removed)
        reply.removed = removed.map { WirePath($0) }
        reply.notes.append("'.dvc' with its cache is still there: remove it when nobody needs it any more")
    }

    private mutating func fail(_ file: RelativePath, _ error: TenonError) {
        incomplete.insert(file)
        reply.problems.append(error)
    }

    /// A URL as it may be shown: without a name and password in it.
    private static func withoutUser(_ url: String) -> String {
        let text = displayName(url.utf8.prefix(500))
        guard let slashes = text.firstRange(of: "://"), let at = text[slashes.upperBound...].firstIndex(of: "@"),
            !text[slashes.upperBound..<at].contains("/")
        else { return text }
        return String(text[..<slashes.upperBound] + text[text.index(after: at)...])
    }
}
