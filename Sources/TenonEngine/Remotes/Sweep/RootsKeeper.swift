import TenonCore
import TenonFormat
import TenonRemote
import TenonStore

/// Says on a remote what this clone needs there, so that no sweep removes it.
///
/// A clone adds to what it has said, and sometimes says it anew as a whole; then, and only then, it removes its earlier statements: those of which it
/// has a copy, made before its refs were read. So whoever else speaks for the repository at the same time, a copy of the clone included, is left alone.
struct RootsKeeper: Sendable {
    let engine: Engine
    let session: RemoteSession
    let pinned: PinnedContent

    /// What the clone has said, and what of it stands on the remote.
    struct Standing: Sendable {
        var entries: [Digest: ObjectEntry] = [:]
        var subjects: Set<Locator.Subject> = []
    }

    /// How many statements are made before they are said anew as one.
    private static let maximumStatements = 16

    private var view: RemoteView { session.view }
    private var directory: String { "\(pinned.directories.last ?? "")/\(session.id)" }

    /// Copies of statements that are gone from the remote are forgotten.
    func standing() async throws -> Standing {
        let kept = try await engine.blocking { try self.copies() }
        // Another push of this clone may be sending some: they are not there yet, and not to be withdrawn.
        let copies = engine.statements.withLock { sent in kept.filter { !sent.contains($0.key) } }
        guard !copies.isEmpty else { return Standing() }
        var there: [Digest: ObjectEntry] = [:]
        for try await entry in view.remote.objects(try ObjectPrefix(RemoteName.roots(of: pinned.repository))) {
            if let (_, id) = RemoteName.roots(entry.name.text) { there[id] = entry }
        }
        var standing = Standing()
        for (id, roots) in copies {
            // A listing may lag behind.
            var entry = there[id]
            if entry == nil { entry = try await view.remote.head(ObjectName(RemoteName.roots(id, of: pinned.repository))) }
            guard let entry else {
                try await engine.blocking { try forget([id]) }
                continue
            }
            standing.entries[id] = entry
            standing.subjects.formUnion(roots.subjects)
        }
        return standing
    }

    /// What there is to say, given what was said.
    enum Change: Sendable {
        case nothing
        case add(Set<Locator.Subject>)
        /// All anew, in place of every earlier statement.
        case replace(Set<Locator.Subject>)

        var isNothing: Bool {
            if case .nothing = self { return true }
            return false
        }
    }

    /// - Parameters:
    ///   - refs: what refs bind, read after `standing`; `nil`: nothing is withdrawn.
    ///   - sent: what is there because of this push, whether or not a ref names it.
    func change(from standing: Standing, refs: Set<Locator.Subject>?, sent: Set<Locator.Subject> = []) async throws -> Change {
        guard let refs else {
            let new = sent.subtracting(standing.subjects)
            return new.isEmpty ? .nothing : .add(new)
        }
        // Of what was said, that which is still needed is said again even if nobody finds it now: then a sweep refuses, and somebody looks.
        let there = try await view.present(refs)
        let wanted = refs.intersection(there.union(standing.subjects)).union(sent)
        let new = wanted.subtracting(standing.subjects)
        let isOutdated = !standing.subjects.isSubset(of: wanted) || standing.entries.count >= RootsKeeper.maximumStatements
        if isOutdated { return .replace(wanted) }
        return new.isEmpty ? .nothing : .add(new)
    }

    /// Says it. What is named must be there.
    func carryOut(_ change: Change, _ standing: Standing) async throws {
        switch change {
        case .nothing: return
        case .add(let subjects): try await state(subjects)
        case .replace(let subjects):
            if !subjects.isEmpty { try await state(subjects) }
            for entry in standing.entries.values {
                do {
                    _ = try await view.remote.delete(entry.name, entry.tag)
                } catch let error as TenonError where error.code == .unsupported || error.code == .permission {
                    // What it names stays alive; that is all.
                    return
                }
            }
            try await engine.blocking { try forget(Set(standing.entries.keys)) }
        }
    }

    private func state(_ subjects: Set<Locator.Subject>) async throws {
        var rest = subjects.sorted { $0.id < $1.id }[...]
        while !rest.isEmpty {
            try view.checkLease()
            let roots = RemoteRoots(
                repository: pinned.repository, writer: pinned.writer, nonce: RemoteName.newIdentifier(),
                subjects: Set(rest.prefix(RemoteRoots.maximumCount)))
            rest = rest.dropFirst(RemoteRoots.maximumCount)
            let bytes = roots.bytes
            let id = SHA256Hasher.hash(bytes)
            _ = engine.statements.withLock { $0.insert(id) }
            defer { _ = engine.statements.withLock { $0.remove(id) } }
            // The copy first: a statement that is not remembered would never be withdrawn.
            try await engine.blocking { try keep(bytes, id) }
            _ = try await view.remote.create(ObjectName(RemoteName.roots(id, of: pinned.repository)), bytes: bytes)
            try view.checkLease()
        }
    }

    // MARK: Copies

    private func copies() throws -> [Digest: RemoteRoots] {
        var copies: [Digest: RemoteRoots] = [:]
        for name in (try? engine.fileSystem.names(in: directory)) ?? [] {
            guard let id = Digest(hex: name), let bytes = try engine.fileSystem.contents(of: path(id), limit: RemoteRoots.maximumLength),
                SHA256Hasher.hash(bytes) == id, let roots = try? RemoteRoots(parsing: bytes)
            else { continue }
            copies[id] = roots
        }
        return copies
    }

    private func keep(_ bytes: [UInt8], _ id: Digest) throws {
        for parent in pinned.directories + [directory] { try engine.fileSystem.makeDirectory(parent) }
        try engine.fileSystem.replace(path(id), with: bytes)
    }

    private func forget(_ ids: Set<Digest>) throws {
        for id in ids { try engine.fileSystem.remove(path(id)) }
    }

    private func path(_ id: Digest) -> String { "\(directory)/\(id.hex)" }
}
