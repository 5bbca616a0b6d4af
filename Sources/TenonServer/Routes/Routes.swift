import TenonAPI

/// What the socket answers to.
package struct Routes: Sendable {
    /// One route, as docs/openapi.yaml lists it.
    package struct Route: Hashable, Sendable {
        package var method: String
        package var path: String
    }

    enum Handler: Sendable {
        case verb(AnyVerb)
        case cat(CatVerb)
        case info
        case stop
    }

    let info: @Sendable () -> DaemonInfo
    private let handlers: [Route: Handler]

    /// - Parameters:
    ///   - verbs: those that are answered with events, each at `POST /v1/<name>`.
    ///   - cat: the one that is answered with bytes.
    ///   - info: what the daemon says of itself.
    package init(verbs: [AnyVerb], cat: @escaping CatVerb, info: @escaping @Sendable () -> DaemonInfo) {
        self.info = info
        var handlers: [Route: Handler] = [
            Route(method: "POST", path: Routes.path(CatRequest.verb)): .cat(cat),
            Route(method: "GET", path: "/v1/daemon"): .info,
            Route(method: "POST", path: "/v1/daemon/stop"): .stop,
        ]
        for verb in verbs { handlers[Route(method: "POST", path: Routes.path(verb.name))] = .verb(verb) }
        self.handlers = handlers
    }

    /// All routes, sorted.
    package var all: [Route] {
        handlers.keys.sorted { ($0.path, $0.method) < ($1.path, $1.method) }
    }

    /// Finds what answers. Throws `notFound` for a route that is none.
    func handler(method: String, path: String) throws(TenonError) -> Handler {
        let path = String(path.prefix { $0 != "?" })
        if let handler = handlers[Route(method: method, path: path)] { return handler }
        let others = handlers.keys.filter { $0.path == path }.map(\.method)
        throw TenonError(
            .notFound, "there is no route '\(displayName(method.utf8)) \(displayName(path.utf8))'",
            cause: others.first.map { "it takes \($0)" })
    }

    private static func path(_ verb: String) -> String { "/v1/\(verb)" }
}
