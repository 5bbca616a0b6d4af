import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// Which artifacts have to lie in a trial's work tree, and how each comes there.
struct TrialInputs {
    /// An artifact that a trial reads.
    struct Item {
        var path: RelativePath
        var pointer: Pointer
        /// Whether the trial may write to it too, so that its files must be its own.
        var isWritten: Bool
        /// Whether it was asked for by name; else the trial may do without: a stage that lacks something says so itself, or makes it.
        var isNamed: Bool
    }

    private(set) var items: [Item] = []

    /// - Parameter survey: of the work tree whose pointers count.
    init<R: WorkTreeRequest>(_ scope: TrialScope, _ survey: Survey, _ job: Job<R>) throws {
        let outputs = try scope.outputs.map { try job.tree.artifactPath($0) }
        let named = try scope.inputs?.map { try job.tree.artifactPath($0) }
        for record in survey.records where record.isNamed {
            guard case .present(let pointer) = record.pointerFile else { continue }
            let path = record.path
            let isWritten = outputs.contains { path.isWithin($0) || $0.isWithin(path) }
            let isAsked = named.map { $0.contains { path.isWithin($0) || $0.isWithin(path) } } ?? !isWritten
            if isAsked { items.append(Item(path: path, pointer: pointer, isWritten: isWritten, isNamed: named != nil && scope.stages == nil)) }
        }
    }

    /// Where expansions lie.
    static func directory(_ tree: WorkTree) -> String { tree.commonDirectory + "/tenon/expansions" }

    /// What bringing them will take, with nothing written.
    func plan(_ store: Store, _ tree: WorkTree) -> [TrialInput] {
        let directory = TrialInputs.directory(tree)
        let method = items.isEmpty ? .link : store.expansionMethod(below: directory)
        return items.map { item in
            let own: ExpansionMethod = item.isWritten && method == .link ? .copy : method
            let isThere = store.hasExpansion(of: item.pointer, below: directory)
            let copied = own == .copy ? item.pointer.size : 0
            return TrialInput(
                path: WirePath(item.path), pointer: PointerSummary(item.pointer), method: InputMethod(own),
                bytesToWrite: copied + (isThere ? 0 : item.pointer.size))
        }
    }
}

extension InputMethod {
    init(_ method: ExpansionMethod) {
        self =
            switch method {
            case .reflink: .reflink
            case .link: .link
            case .copy: .copy
            }
    }
}
