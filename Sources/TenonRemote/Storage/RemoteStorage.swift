import TenonCore

/// A place that keeps objects under names: a directory, a host reached by SSH, a bucket.
///
/// Each call is one attempt. It throws `TransientFailure` where the same call may succeed when made again, even if this one may have been carried
/// out without the answer arriving; any other error is final. It ends soon after its task is cancelled, whatever the other side does.
///
/// `Remote` stands before every storage: it repeats, watches for stalls and checks what comes back. Nothing else calls a storage.
package protocol RemoteStorage: Sendable {
    /// The place as a person wrote it, without secrets.
    var location: String { get }

    /// Makes the place itself if it is not there, where that is ours to do. Throws if nothing can be kept there.
    func prepare() async throws

    /// Objects whose names begin with `prefix` and sort after `name`, at most `limit` of them, in byte order of their names.
    ///
    /// Names that `ObjectName` refuses are somebody else's, and left out.
    func list(_ prefix: ObjectPrefix, after name: ObjectName?, limit: Int) async throws -> ObjectPage

    /// What there is under a name; `nil`: nothing.
    func head(_ name: ObjectName) async throws -> ObjectEntry?

    /// Delivers bytes of an object to `sink`, in order; `nil`, and nothing delivered, if there is no such object.
    func read(_ name: ObjectName, _ range: ObjectRange, into sink: some ByteSink) async throws -> ObjectSlice?

    /// Whether `create` itself finds an object that is there, sends nothing then, and sees to it that it is on stable storage, which whoever put it there may
    /// not have come to. Else what can be seen is taken for that.
    var settlesOnCreate: Bool { get }

    /// Writes a new object. It appears whole, with the bytes that the body's digest names, and on stable storage, or not at all.
    func create(_ name: ObjectName, _ body: ObjectBody) async throws -> CreateOutcome

    /// Puts `bytes` in place of the state that `tag` names: of several callers that name the same state, one succeeds.
    func replace(_ name: ObjectName, _ tag: ObjectTag, with bytes: [UInt8]) async throws -> ReplaceOutcome

    /// Removes the state that `tag` names.
    func delete(_ name: ObjectName, _ tag: ObjectTag) async throws -> DeleteOutcome

    /// Ends connections. Nothing is called afterwards; safe to repeat.
    func close() async
}

extension RemoteStorage {
    package var settlesOnCreate: Bool { false }
    package func prepare() async throws {}
    package func close() async {}
}
