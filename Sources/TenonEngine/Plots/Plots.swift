import TenonAPI
import TenonCore
import TenonPlots

extension Engine {
    /// `tenon plots`: a page of charts, a function of what the revisions have alone.
    package func plots(_ request: PlotsRequest, _ reporter: Reporter<PlotsRequest>) async throws -> PlotsRequest.Reply {
        try await reading(request, reporter) { job in
            var assembly = try PlotAssembly(job: job, request: request)
            return try assembly.reply()
        }
    }
}

/// Gathers what is on a page.
private struct PlotAssembly {
    let job: Job<PlotsRequest>
    let request: PlotsRequest
    private let files: [RelativePath]
    private var sections: [PlotPage.Section] = []
    private var problems: [String] = []
    /// Tables by file, as far as they are known: a file of several revisions is read once.
    private var tables: [Key: [PlotTable]] = [:]
    /// How many values of tables may still be kept until they are drawn.
    private var room = 4_000_000

    private struct Key: Hashable {
        var identity: RevisionFiles<PlotsRequest>.Identity
        var path: RelativePath
        var hasHeader: Bool
    }

    /// So many revisions are drawn one over another, two for each colour.
    private static let maximumOverlaid = 16
    private static let maximumProblems = 50
    /// More curves and matrices are no page.
    private static let maximumCurves = 500

    init(job: Job<PlotsRequest>, request: PlotsRequest) throws {
        self.job = job
        self.request = request
        files = try request.files.map { try RelativePath(bytes: $0.bytes) }
    }

    mutating func reply() throws -> PlotsRequest.Reply {
        let metricFiles = try addCurves()
        try addHistory(metricFiles)
        try addExperiments(metricFiles)
        // What changes is looked at first: metrics, then experiments, then curves.
        let order = ["Metrics over commits", "Experiments", "Metrics by parameters", "Curves", "Confusion matrices"]
        sections.sort { (order.firstIndex(of: $0.title) ?? 0) < (order.firstIndex(of: $1.title) ?? 0) }
        guard !sections.isEmpty || !problems.isEmpty else {
            throw TenonError(
                .notFound, "there is nothing to draw", cause: "no stage declares plots or metrics, and there are no experiments",
                hint: "name files of data: tenon plots -- logs/train.csv")
        }
        var shown: [String] = []
        for problem in problems where !shown.contains(problem) { shown.append(problem) }
        if shown.count > PlotAssembly.maximumProblems {
            shown = shown.prefix(PlotAssembly.maximumProblems) + ["and \(shown.count - PlotAssembly.maximumProblems) more"]
        }
        let page = PlotPage(title: request.title, subtitle: subtitle, sections: sections, problems: shown)
        let charts = sections.flatMap { section in section.charts.map { DrawnChart(section: section.title, title: $0.title) } }
        return PlotsRequest.Reply(html: page.html, charts: charts, problems: shown)
    }

    private var subtitle: String {
        var parts = [request.revisions.prefix(PlotAssembly.maximumOverlaid).map(\.name).joined(separator: ", ")]
        if request.history.count > 1 { parts.append("\(request.history.count) commits") }
        if !request.experiments.isEmpty { parts.append(request.experiments.count == 1 ? "1 experiment" : "\(request.experiments.count) experiments") }
        return parts.filter { !$0.isEmpty }.joined(separator: " · ")
    }

    // MARK: Curves and matrices

    /// Draws the data of files. Returns those that were named and hold no tables: they are files of metrics.
    private mutating func addCurves() throws -> [RelativePath] {
        let overlaid = request.revisions.prefix(PlotAssembly.maximumOverlaid)
        if overlaid.count < request.revisions.count {
            problems.append("curves of the first \(overlaid.count) of \(request.revisions.count) revisions are drawn")
        }
        /// One chart's data over revisions, in the order in which they come first.
        struct Plot {
            var definition: PlotDefinition
            var file: RelativePath
            var name: String
            var columns: [String]
            var sources: [PlotCurves.Source]
        }
        var plots: [Plot] = []
        var withTables: Set<RelativePath> = []
        var present: Set<RelativePath> = []
        for (place, revision) in overlaid.enumerated() {
            try job.checkCancellation()
            let commit = try revision.commit.map { try job.tree.commit(try job.tree.commitIdentifier($0)) }
            let source = RevisionFiles(job: job, commit: commit)
            for definition in definitions(source, revision) {
                for series in definition.series {
                    do {
                        guard let found = try tables(at: series.file, source, definition) else { continue }
                        present.insert(series.file)
                        if !found.isEmpty { withTables.insert(series.file) }
                        for table in found {
                            let one = PlotCurves.Source(revision: revision.name, place: place, table: table)
                            if let index = plots.firstIndex(where: {
                                $0.definition == definition && $0.file == series.file && $0.name == table.name
                            }) {
                                plots[index].sources.append(one)
                            } else {
                                plots.append(
                                    Plot(definition: definition, file: series.file, name: table.name, columns: series.columns, sources: [one]))
                            }
                        }
                    } catch let error as TenonError {
                        present.insert(series.file)
                        withTables.insert(series.file)
                        problems.append("\(revision.name): \(error)")
                    }
                }
            }
        }
        for file in files where !present.contains(file) {
            throw TenonError(.notFound, "'\(file)' can't be drawn", cause: "it is at none of the revisions")
        }
        var curves: [any Chart] = []
        var matrices: [any Chart] = []
        for plot in plots {
            let drawn = PlotCurves(
                definition: plot.definition, file: "\(plot.file)", name: plot.name, sources: plot.sources, columns: plot.columns
            ).draw()
            curves += drawn.curves
            matrices += drawn.matrices
            problems += drawn.problems
            guard curves.count + matrices.count < PlotAssembly.maximumCurves else {
                problems.append("there are too many curves: the first \(curves.count + matrices.count) are drawn; name files to choose")
                break
            }
        }
        if !curves.isEmpty { sections.append(PlotPage.Section(title: "Curves", charts: curves)) }
        if !matrices.isEmpty { sections.append(PlotPage.Section(title: "Confusion matrices", charts: matrices)) }
        return files.filter { !withTables.contains($0) }
    }

    /// What is drawn of a revision: files as they were named, or as its stages declare them.
    private mutating func definitions(_ source: RevisionFiles<PlotsRequest>, _ revision: NamedRevision) -> [PlotDefinition] {
        let given = request.y
        guard files.isEmpty else {
            return files.map { file in
                PlotDefinition(name: "\(file)", series: [.init(file: file, columns: given)], x: request.x, template: request.template)
            }
        }
        do {
            return try source.declaredFiles().plots
        } catch {
            problems.append("\(revision.name): \(error)")
            return []
        }
    }

    /// The tables in a file; `nil` if it is not there.
    private mutating func tables(
        at path: RelativePath, _ source: RevisionFiles<PlotsRequest>, _ definition: PlotDefinition
    ) throws -> [PlotTable]? {
        guard let file = try source.find(path) else { return nil }
        let key = file.identity.map { Key(identity: $0, path: path, hasHeader: definition.hasHeader) }
        if let key, let known = tables[key] { return known }
        let bytes = try source.bytes(of: file, at: path, limit: ValueLimits.plots.length)
        let value = try ValueFile.parse(bytes, path: path, hasHeader: definition.hasHeader, limits: .plots)
        let found: [PlotTable]
        do {
            found = try PlotTable.tables(in: value)
        } catch {
            throw TenonError(.invalidArgument, "'\(path)' can't be drawn", cause: error.cause)
        }
        let count = found.reduce(0) { $0 + $1.cellCount }
        guard count <= room else {
            throw TenonError(
                .invalidArgument, "'\(path)' is not drawn", cause: "the page has too many values without it",
                hint: "name fewer files or revisions")
        }
        room -= count
        if let key { tables[key] = found }
        return found
    }

    // MARK: Metrics over commits, and experiments

    private mutating func addHistory(_ files: [RelativePath]) throws {
        // Data that was named stands alone; files of metrics that were named are followed.
        guard request.history.count > 1, request.files.isEmpty || !files.isEmpty else { return }
        let reading = try ValueReading(job: job, kind: .metrics, files: files.map { WirePath($0) }, keys: [])
        var history = PlotHistory()
        for revision in request.history {
            let found = try reading.read(revision)
            note(found.failed, revision)
            // As many digits as there is room for.
            let name = revision.commit?.hasPrefix(revision.name) == true ? String(revision.name.prefix(7)) : revision.name
            let subject = found.commit.map { "\(name) \(String($0.subject.prefix(80)))" } ?? name
            history.add(name, label: subject, metrics: found.groups)
        }
        let drawn = history.draw()
        if let section = drawn.section { sections.append(section) }
        problems += drawn.problems
    }

    private mutating func addExperiments(_ files: [RelativePath]) throws {
        guard !request.experiments.isEmpty, request.files.isEmpty || !files.isEmpty else { return }
        let parameters = try ValueReading(job: job, kind: .parameters, files: [], keys: [])
        let metrics = try ValueReading(job: job, kind: .metrics, files: files.map { WirePath($0) }, keys: [])
        var trials = PlotTrials()
        for revision in request.experiments {
            let (told, measured) = (try parameters.read(revision), try metrics.read(revision))
            note(told.failed + measured.failed, revision)
            trials.add(revision.name, parameters: told.groups, metrics: measured.groups)
        }
        let drawn = trials.draw(by: request.by, prefersLowest: request.prefersLowest)
        sections += drawn.sections
        problems += drawn.problems
    }

    private mutating func note(_ failed: [FailedArtifact], _ revision: NamedRevision) {
        for failure in failed { problems.append("\(revision.name): \(failure.error)") }
    }
}
