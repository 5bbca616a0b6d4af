import TenonAPI
import TenonClient

/// A command's talk with the daemon: one call, its progress and warnings on standard error, what it found on standard output.
struct DaemonSession {
    let console: Console
    let presentation: Presentation
    let client: DaemonClient

    /// - Parameter workTree: the one that the command is about; its repository may have a store of its own.
    init(
        _ settings: Console.Settings, environment: ClientEnvironment, workTree: WorkTreeContext?,
        options: DaemonClient.Options = DaemonClient.Options()
    ) throws {
        console = Console(settings)
        presentation = Presentation(style: console.style, isVerbose: settings.isVerbose, prefix: workTree?.prefix.bytes ?? [])
        client = DaemonClient(
            storePath: try StoreLocation(environment: environment).home(gitDirectory: workTree?.gitDirectory?.bytes), environment: environment,
            options: options)
    }

    /// For commands that are about the store alone: that of the work tree around, if there is one.
    init(_ settings: Console.Settings, startsDaemon: Bool = true) throws {
        let environment = try ClientEnvironment.ofProcess()
        let workTree = try? WorkTreeDiscovery(environment: environment).find()
        var options = DaemonClient.Options()
        options.startsDaemon = startsDaemon
        try self.init(settings, environment: environment, workTree: workTree, options: options)
    }

    /// For what Git calls about pointers alone: the repository around may be bare.
    init(repositoryAround settings: Console.Settings, environment: ClientEnvironment) throws {
        console = Console(settings)
        presentation = Presentation(style: console.style)
        client = DaemonClient(
            storePath: try StoreLocation(environment: environment).home(
                gitDirectory: try WorkTreeDiscovery(environment: environment).gitDirectory()), environment: environment)
    }

    init(_ options: CommonOptions) throws { try self.init(options.settings) }

    /// Sends `request` and writes the answer: items as they come, then the reply; or, with `--json`, one document of both.
    @discardableResult
    func report<R: Request>(
        _ request: R, item: (R.Item, Presentation) -> [UInt8] = { _, _ in [] }, reply text: (R.Reply, Presentation) -> String
    ) throws -> R.Reply {
        var items: [R.Item] = []
        let reply = try perform(request) { found in
            if console.isJSON { items.append(found) } else { console.line(item(found, presentation)) }
        }
        try write(reply, items: R.Item.self == NoItem.self ? nil : items, text: text)
        return reply
    }

    /// Sends `request` and hands back the reply, writing nothing but progress and warnings. `isRepeatable`: as for `DaemonClient.call`.
    func perform<R: Request>(_ request: R, isRepeatable: Bool = false, item: (R.Item) -> Void = { _ in }) throws -> R.Reply {
        defer { console.progress.clear() }
        return try client.call(request, isRepeatable: isRepeatable) { show($0, item) }
    }

    /// As `perform`, for at most `patience`; `nil`: the work is not done yet.
    func perform<R: Request>(_ request: R, patience: Duration?) throws -> R.Reply? {
        guard let patience else { return try perform(request) }
        defer { console.progress.clear() }
        return try client.call(request, patience: patience) { show($0) { _ in } }
    }

    private func show<Item, Reply>(_ event: Event<Item, Reply>, _ item: (Item) -> Void) {
        switch event {
        case .progress(let progress): console.progress.show(progress)
        case .item(let found): item(found)
        case .warning(let message): console.progress.warn(message)
        case .done, .error: break
        }
    }

    /// Writes a reply as text or as a document.
    func write<Reply: Encodable>(_ reply: Reply, text: (Reply, Presentation) -> String) throws {
        try write(reply, items: [NoItem]?.none, text: text)
    }

    func copyToOutput(_ request: CatRequest) throws {
        try client.cat(request) { console.copy($0) }
    }

    private func write<Reply: Encodable, Item: Encodable>(_ reply: Reply, items: [Item]?, text: (Reply, Presentation) -> String) throws {
        if console.isJSON {
            try console.document(AnswerDocument(reply: reply, items: items))
        } else {
            console.text(text(reply, presentation))
        }
        console.flush()
    }
}
