import TenonAPI

/// One verb of the API with its types erased: what decodes a request, runs it and encodes its reply.
package struct AnyVerb: Sendable {
    /// The last component of its route.
    package let name: String
    /// Decodes the body of a request.
    let prepare: @Sendable (_ body: [UInt8], _ lines: EventQueue) throws -> Prepared

    /// A request that can be run.
    struct Prepared: Sendable {
        /// Whether the client going away cancels it.
        var outlivesClient: Bool
        /// Runs it and returns its last event, encoded.
        var run: @Sendable () async -> [UInt8]
    }

    /// A verb that is answered with events.
    ///
    /// - Parameter run: does the work. It must come to an end, by itself or with an error, soon after the output says that it is cancelled.
    package init<R: TenonAPI.Request>(_ type: R.Type, run: @escaping @Sendable (R, VerbOutput<R>) async throws -> R.Reply) {
        name = R.verb
        prepare = { body, lines in
            let request = try decodedRequest(R.self, body)
            return Prepared(outlivesClient: request.outlivesClient) {
                do {
                    return try WireCoding.encode(Event<R.Item, R.Reply>.done(try await run(request, VerbOutput(lines: lines))))
                } catch {
                    // An error of our own always encodes; the fallback is a line that says so.
                    return (try? WireCoding.encode(Event<R.Item, R.Reply>.error(presentable(error, lines.outlet, R.verb))))
                        ?? Array(#"{"event":"error"}"#.utf8)
                }
            }
        }
    }
}

/// Where a verb sends what it has to say before its reply. May be used from any thread.
package struct VerbOutput<R: TenonAPI.Request>: Sendable {
    let lines: EventQueue

    /// Kept only until the next one comes, or room for it.
    package func progress(_ progress: Progress) {
        lines.setProgress { try WireCoding.encode(Event<R.Item, R.Reply>.progress(progress)) }
    }

    /// Never dropped while the client is there: blocks the calling thread until there is room.
    package func item(_ item: R.Item) { send(.item(item)) }

    package func warn(_ message: String) { send(.warning(message)) }

    /// Whether the client went away, or the daemon is stopping.
    package var isCancelled: Bool { lines.isCancelled }

    private func send(_ event: Event<R.Item, R.Reply>) {
        guard let line = try? WireCoding.encode(event) else { return }
        lines.push(line)
    }
}

/// The verb whose answer is bytes.
package typealias CatVerb = @Sendable (CatRequest, CatOutput) async throws -> Void

/// Where the bytes of an answer go. May be used from any thread.
package struct CatOutput: Sendable {
    let bytes: ByteQueue

    /// Says how many bytes will come. Without it they are sent in chunks, whose end shows as well.
    package func begin(length: UInt64) { bytes.begin(length: length) }

    /// Blocks the calling thread until there is room. Throws `cancelled` if nobody waits for the bytes any more.
    package func write(_ piece: UnsafeRawBufferPointer) throws { try bytes.push(piece) }

    package var isCancelled: Bool { bytes.isCancelled }
}

/// Decodes a request; what is wrong with it becomes an error that names the place.
func decodedRequest<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) throws -> Value {
    do {
        return try WireCoding.decode(type, from: body)
    } catch let error as TenonError {
        throw error
    } catch let error as DecodingError {
        throw TenonError(.invalidArgument, "the request can't be read", cause: description(of: error))
    } catch {
        throw TenonError(.invalidArgument, "the request can't be read", cause: "its body is not the JSON that docs/openapi.yaml describes")
    }
}

/// `error` as a client may see it.
func presentable(_ error: any Error) -> TenonError {
    switch error {
    case let error as TenonError: error
    case is CancellationError: TenonError(.cancelled, "the request was cancelled")
    default: TenonError(.internal, "the request could not be done", cause: "\(error)")
    }
}

/// The same at the end of work that was cancelled because the daemon leaves: the client has not interrupted it.
func presentable(_ error: any Error, _ outlet: Outlet, _ verb: String) -> TenonError {
    let error = presentable(error)
    guard error.code == .cancelled, outlet.isStopped else { return error }
    return TenonError(.io, "\(verb) failed", cause: "the daemon was stopped", hint: "run the command again: it starts another daemon")
}

private func description(of error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "its body" : "'" + path.map { snakeCased($0.stringValue) }.joined(separator: ".") + "'"
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context): "\(place(context.codingPath)) is of another type"
    case .valueNotFound(_, let context): "\(place(context.codingPath)) is null"
    case .dataCorrupted(let context): "\(place(context.codingPath)) is not valid"
    @unknown default: "it is not valid"
    }
}

/// A key as it stands on the wire: `workTree` is `work_tree`.
private func snakeCased(_ name: String) -> String {
    name.reduce(into: "") { result, character in
        if character.isUppercase { result += "_" }
        result += character.lowercased()
    }
}
