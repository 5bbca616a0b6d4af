import TenonCore

/// Which stage needs what which other makes. There is none for stages that make the same, or that wait for each other.
struct StageGraph: Sendable {
    let stages: [Stage]
    /// Places in `stages` of those whose outputs each stage reads, in their order.
    let upstream: [[Int]]
    /// The other way round.
    let downstream: [[Int]]
    /// All stages, each behind those that it needs; else in the order of the file.
    let order: [Int]

    /// Throws `invalidArgument` that names the stages, and the path or the circle.
    init(_ stages: [Stage]) throws(TenonError) {
        self.stages = stages
        let makers = try StageGraph.makers(stages)
        var upstream: [[Int]] = []
        for (place, stage) in stages.enumerated() {
            var found: Set<Int> = []
            for path in stage.dependencies + stage.parameters.map(\.file) { found.formUnion(makers.around(path)) }
            if found.contains(place) {
                let path = stage.dependencies.first { makers.around($0).contains(place) }
                throw TenonError(
                    .invalidArgument, "the stage '\(stage.name)' needs itself",
                    cause: "'\(path.map(\.description) ?? "")' is both among its 'deps' and its 'outs'")
            }
            upstream.append(found.sorted())
        }
        self.upstream = upstream
        var downstream = stages.map { _ in [Int]() }
        for (place, needed) in upstream.enumerated() { for other in needed { downstream[other].append(place) } }
        self.downstream = downstream
        order = try StageGraph.ordered(stages, upstream)
    }

    init(_ pipeline: Pipeline) throws(TenonError) { try self.init(pipeline.stages) }

    /// `places` and all that they need, or all that needs them, in order.
    func closure(of places: some Sequence<Int>, downstream isDownstream: Bool = false) -> [Int] {
        var seen = Set(places)
        var open = Array(seen)
        while let place = open.popLast() {
            for next in isDownstream ? downstream[place] : upstream[place] where seen.insert(next).inserted { open.append(next) }
        }
        return order.filter(seen.contains)
    }

    /// The stage that makes `path`, something around it, or something in it.
    func makers(of path: RelativePath) -> [Int] {
        stages.indices.filter { stages[$0].outputs.contains { path.isWithin($0.path) || $0.path.isWithin(path) } }
    }

    // MARK: Outputs

    /// Who makes which path, found by a path at, in or around it.
    private struct Makers {
        var exact: [RelativePath: Int] = [:]
        /// Outputs below a directory.
        var below: [RelativePath: Set<Int>] = [:]

        func around(_ path: RelativePath) -> Set<Int> {
            var found = below[path] ?? []
            for ancestor in sequence(first: path, next: \.parent) { if let maker = exact[ancestor] { found.insert(maker) } }
            return found
        }
    }

    private static func makers(_ stages: [Stage]) throws(TenonError) -> Makers {
        var makers = Makers()
        for (place, stage) in stages.enumerated() {
            for output in stage.outputs {
                if let other = makers.exact[output.path] {
                    let names = other == place ? "twice by the stage '\(stage.name)'" : "by the stages '\(stages[other].name)' and '\(stage.name)'"
                    throw TenonError(
                        .invalidArgument, "'\(output.path)' is made \(names)", cause: "an output belongs to one stage, and stands there once")
                }
                makers.exact[output.path] = place
            }
        }
        for (place, stage) in stages.enumerated() {
            for output in stage.outputs {
                for ancestor in sequence(first: output.path, next: \.parent).dropFirst() {
                    if let other = makers.exact[ancestor] {
                        throw TenonError(
                            .invalidArgument, "outputs of the stages '\(stages[other].name)' and '\(stage.name)' overlap",
                            cause: "'\(output.path)' lies in '\(ancestor)'")
                    }
                    makers.below[ancestor, default: []].insert(place)
                }
            }
        }
        return makers
    }

    // MARK: Order

    private static func ordered(_ stages: [Stage], _ upstream: [[Int]]) throws(TenonError) -> [Int] {
        enum Mark { case new, open, done }
        var marks = [Mark](repeating: .new, count: stages.count)
        var order: [Int] = []
        for start in stages.indices where marks[start] == .new {
            // The way down to the present stage, with how many of what each needs were looked at; not the call stack, which stages may not fill.
            var path: [(place: Int, next: Int)] = [(start, 0)]
            marks[start] = .open
            while let (place, next) = path.last {
                guard next < upstream[place].count else {
                    marks[place] = .done
                    order.append(place)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let needed = upstream[place][next]
                switch marks[needed] {
                case .done: break
                case .new:
                    marks[needed] = .open
                    path.append((needed, 0))
                case .open:
                    let circle = path.map(\.place).drop { $0 != needed } + [needed]
                    throw TenonError(
                        .invalidArgument, "the stages wait for each other",
                        cause: circle.prefix(20).map { "'\(stages[$0].name)'" }.joined(separator: " needs ") + (circle.count > 20 ? " …" : ""))
                }
            }
        }
        return order
    }
}
