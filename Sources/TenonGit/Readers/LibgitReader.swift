import CLibgit2
import TenonCore

/// Reads a repository through libgit2.
///
/// Owns the C objects; only values leave it. User text never reaches libgit2's parser of revisions.
final class LibgitReader: RepositoryReader {
    private let repository: OpaquePointer
    private let database: OpaquePointer
    private var index: OpaquePointer?
    private let callersIndex: [UInt8]?

    /// Opens the repository at `path` (the top of a work tree, or a Git directory) without searching upwards, and with libgit2's check of the
    /// owner.
    init(path: [UInt8], callersIndex: [UInt8]?) throws(LibgitError) {
        try Libgit.start()
        var repository: OpaquePointer?
        let status = withCString(path) { git_repository_open_ext(&repository, $0, UInt32(GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue), nil) }
        try Libgit.check(status)
        guard let repository else { throw LibgitError(code: GIT_ERROR.rawValue, text: "no repository was opened") }
        var database: OpaquePointer?
        let databaseStatus = git_repository_odb(&database, repository)
        guard databaseStatus == 0, let database else {
            defer { git_repository_free(repository) }
            try Libgit.check(databaseStatus)
            throw LibgitError(code: GIT_ERROR.rawValue, text: "the object database can't be opened")
        }
        self.repository = repository
        self.database = database
        self.callersIndex = callersIndex
    }

    deinit {
        git_index_free(index)
        git_odb_free(database)
        git_repository_free(repository)
    }

    // MARK: Where it lies

    var isBare: Bool { git_repository_is_bare(repository) == 1 }

    /// Absolute, with resolved symlinks, without a slash at the end.
    var gitDirectory: [UInt8] { git_repository_path(repository).map { withoutSlash(bytes(of: $0)) } ?? [] }
    var commonDirectory: [UInt8] { git_repository_commondir(repository).map { withoutSlash(bytes(of: $0)) } ?? [] }
    var workTree: [UInt8]? { git_repository_workdir(repository).map { withoutSlash(bytes(of: $0)) } }

    private func withoutSlash(_ path: [UInt8]) -> [UInt8] {
        path.count > 1 && path.last == UInt8(ascii: "/") ? Array(path.dropLast()) : path
    }

    // MARK: Objects

    func object(_ id: GitObjectID, limit: Int) throws -> GitObject? {
        guard var oid = id.libgitID else { return nil }
        // The size first: what a tree calls a tree may be a blob of any length.
        guard let info = try info(id) else { return nil }
        guard info.size <= UInt64(limit) else { throw ObjectError.tooLong(id, size: info.size, limit: limit) }
        var object: OpaquePointer?
        let status = git_odb_read(&object, database, &oid)
        if status == GIT_ENOTFOUND.rawValue { return nil }
        try Libgit.check(status)
        guard let object else { return nil }
        defer { git_odb_object_free(object) }
        let size = git_odb_object_size(object)
        guard size <= limit else { throw ObjectError.tooLong(id, size: UInt64(size), limit: limit) }
        guard let type = GitObjectType(git_odb_object_type(object)) else { throw LibgitError(code: GIT_ERROR.rawValue, text: "unknown type") }
        return GitObject(type: type, bytes: Array(UnsafeRawBufferPointer(start: git_odb_object_data(object), count: size)))
    }

    func info(_ id: GitObjectID) throws -> GitObjectInfo? {
        guard var oid = id.libgitID else { return nil }
        var size = 0
        var type = GIT_OBJECT_INVALID
        let status = git_odb_read_header(&size, &type, database, &oid)
        if status == GIT_ENOTFOUND.rawValue { return nil }
        try Libgit.check(status)
        return GitObjectType(type).map { GitObjectInfo(type: $0, size: UInt64(size)) }
    }

    /// Writes a blob as a loose object, unless the repository has it.
    func writeBlob(_ content: [UInt8]) throws(LibgitError) -> GitObjectID {
        var oid = git_oid()
        let status = content.withUnsafeBytes { git_odb_write(&oid, database, $0.baseAddress, $0.count, GIT_OBJECT_BLOB) }
        try Libgit.check(status)
        return GitObjectID(oid)
    }

    // MARK: References

    func head() throws -> Head {
        var reference: OpaquePointer?
        try Libgit.check(git_reference_lookup(&reference, repository, "HEAD"))
        defer { git_reference_free(reference) }
        let branch = git_reference_symbolic_target(reference).map { text(bytes(of: $0)) }
        return Head(branch: branch, commit: try target(of: "HEAD"))
    }

    /// What `name` leads to; `nil` if it leads nowhere.
    private func target(of name: String) throws(LibgitError) -> GitObjectID? {
        var oid = git_oid()
        let status = git_reference_name_to_id(&oid, repository, name)
        if status == GIT_ENOTFOUND.rawValue { return nil }
        try Libgit.check(status)
        return GitObjectID(oid)
    }

    func references() throws -> [ReferenceRecord] {
        var iterator: OpaquePointer?
        try Libgit.check(git_reference_iterator_new(&iterator, repository))
        defer { git_reference_iterator_free(iterator) }
        var result: [ReferenceRecord] = []
        while true {
            var reference: OpaquePointer?
            let status = git_reference_next(&reference, iterator)
            if status == GIT_ITEROVER.rawValue { break }
            try Libgit.check(status)
            defer { git_reference_free(reference) }
            guard let name = git_reference_name(reference) else { continue }
            if let oid = git_reference_target(reference) {
                result.append(ReferenceRecord(name: text(bytes(of: name)), target: GitObjectID(oid.pointee), symbolicTarget: nil))
            } else if let symbolic = git_reference_symbolic_target(reference) {
                var resolved: OpaquePointer?
                let target = git_reference_resolve(&resolved, reference) == 0 ? git_reference_target(resolved).map { GitObjectID($0.pointee) } : nil
                git_reference_free(resolved)
                result.append(ReferenceRecord(name: text(bytes(of: name)), target: target, symbolicTarget: text(bytes(of: symbolic))))
            }
        }
        return result
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Index

    func indexEntries(file: [UInt8]?, pointersOnly: Bool) throws -> [IndexEntry] {
        if let file {
            let index = try LibgitReader.openIndex(file)
            defer { git_index_free(index) }
            return entries(of: index, pointersOnly: pointersOnly)
        }
        return entries(of: try currentIndex(), pointersOnly: pointersOnly)
    }

    private func entries(of index: OpaquePointer, pointersOnly: Bool) -> [IndexEntry] {
        var result: [IndexEntry] = []
        for position in 0..<git_index_entrycount(index) {
            guard let entry = git_index_get_byindex(index, position), let path = entry.pointee.path else { continue }
            let flags = entry.pointee.flags
            if pointersOnly && !LibgitReader.isPointer(path, flags) { continue }
            let name = bytes(of: path)
            let extended = UInt32(entry.pointee.flags_extended)
            result.append(
                IndexEntry(
                    path: name, stage: Int(git_index_entry_stage(entry)), mode: GitFileMode(rawValue: entry.pointee.mode),
                    id: GitObjectID(entry.pointee.id), size: entry.pointee.file_size,
                    isSkippedInWorkTree: extended & UInt32(GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue) != 0,
                    isIntentToAdd: extended & UInt32(GIT_INDEX_ENTRY_INTENT_TO_ADD.rawValue) != 0))
        }
        return result
    }

    /// Whether `path` ends as a pointer's does: settles nearly all entries without copying their paths. The low bits of an entry's flags hold the
    /// length of its path, or all ones for that length and more.
    private static func isPointer(_ path: UnsafePointer<CChar>, _ flags: UInt16) -> Bool {
        let length = flags & UInt16(GIT_INDEX_ENTRY_NAMEMASK)
        if length == UInt16(GIT_INDEX_ENTRY_NAMEMASK) { return PointerName.matches(bytes(of: path)) }
        return PointerName.matches(UnsafeRawBufferPointer(start: path, count: Int(length)))
    }

    func areTracked(_ paths: [[UInt8]]) throws -> [Bool] {
        let index = try currentIndex()
        return paths.map { path in
            withCString(path) { git_index_find(nil, index, $0) == 0 }
                || withCString(path + [UInt8(ascii: "/")]) { git_index_find_prefix(nil, index, $0) == 0 }
        }
    }

    /// The caller's index as it is now: read again only if the file has changed.
    private func currentIndex() throws(LibgitError) -> OpaquePointer {
        if let index {
            try Libgit.check(git_index_read(index, 0))
            return index
        }
        let opened = try LibgitReader.openIndex(callersIndex ?? gitDirectory + Array("/index".utf8))
        index = opened
        return opened
    }

    /// A split or sparse index, or one without a checksum, is refused by libgit2 1.5.
    private static func openIndex(_ file: [UInt8]) throws(LibgitError) -> OpaquePointer {
        var index: OpaquePointer?
        let status = withCString(file) { git_index_open(&index, $0) }
        try Libgit.check(status)
        guard let index else { throw LibgitError(code: GIT_ERROR.rawValue, text: "no index was opened") }
        return index
    }

    // MARK: Configuration

    func configuration(_ key: String) throws -> [String] {
        var configuration: OpaquePointer?
        try Libgit.check(git_repository_config_snapshot(&configuration, repository))
        defer { git_config_free(configuration) }
        var iterator: OpaquePointer?
        let status = git_config_multivar_iterator_new(&iterator, configuration, key, nil)
        if status == GIT_ENOTFOUND.rawValue { return [] }
        try Libgit.check(status)
        defer { git_config_iterator_free(iterator) }
        return try entries(of: iterator).map(\.value)
    }

    func configuration(matching pattern: String) throws -> [(key: String, value: String)] {
        var configuration: OpaquePointer?
        try Libgit.check(git_repository_config_snapshot(&configuration, repository))
        defer { git_config_free(configuration) }
        var iterator: OpaquePointer?
        try Libgit.check(git_config_iterator_glob_new(&iterator, configuration, pattern))
        defer { git_config_iterator_free(iterator) }
        return try entries(of: iterator)
    }

    private func entries(of iterator: OpaquePointer?) throws(LibgitError) -> [(key: String, value: String)] {
        var result: [(key: String, value: String)] = []
        while true {
            var entry: UnsafeMutablePointer<git_config_entry>?
            let status = git_config_next(&entry, iterator)
            if status == GIT_ITEROVER.rawValue { return result }
            try Libgit.check(status)
            guard let entry else { continue }
            // A key without "=" means true.
            result.append((text(bytes(of: entry.pointee.name)), entry.pointee.value.map { text(bytes(of: $0)) } ?? "true"))
        }
    }
}
