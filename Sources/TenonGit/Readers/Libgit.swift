import CLibgit2
import TenonCore

/// The library as a whole.
enum Libgit {
    /// Initialises libgit2, once in the life of the process; its configuration search path comes from `HOME` and `XDG_CONFIG_HOME` at that moment.
    static func start() throws(LibgitError) {
        guard status >= 0 else { throw LibgitError(code: status, text: "libgit2 can't be initialised") }
    }

    private static let status = git_libgit2_init()

    /// Throws the error of the call that has just returned `code` on this thread.
    ///
    /// libgit2 keeps its error text by thread and overwrites it at the next call: it is copied at once.
    static func check(_ code: Int32) throws(LibgitError) {
        guard code < 0 else { return }
        let text = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) } ?? "error \(code)"
        throw LibgitError(code: code, text: text)
    }
}

/// A failure of libgit2, before it is decided whether `git` is asked instead.
struct LibgitError: Error {
    let code: Int32
    let text: String

    var isNotFound: Bool { code == GIT_ENOTFOUND.rawValue }
}

extension GitObjectID {
    init(_ oid: git_oid) {
        self = withUnsafeBytes(of: oid.id) { GitObjectID(bytes: $0) } ?? .zero(.sha1)
    }

    /// The name as libgit2 takes it; `nil` for SHA-256, which it can't read.
    var libgitID: git_oid? {
        guard format == .sha1 else { return nil }
        var oid = git_oid()
        withUnsafeMutableBytes(of: &oid.id) { $0.copyBytes(from: bytes) }
        return oid
    }
}

extension GitObjectType {
    init?(_ type: git_object_t) {
        switch type {
        case GIT_OBJECT_COMMIT: self = .commit
        case GIT_OBJECT_TREE: self = .tree
        case GIT_OBJECT_BLOB: self = .blob
        case GIT_OBJECT_TAG: self = .tag
        default: return nil
        }
    }
}

/// A C string's bytes, without its NUL.
func bytes(of string: UnsafePointer<CChar>) -> [UInt8] {
    var length = 0
    while string[length] != 0 { length += 1 }
    return Array(UnsafeRawBufferPointer(start: string, count: length))
}
