import Glibc
import TenonAPI

/// Turns paths as typed into paths as requests carry them: relative to the top of the work tree, `.` and `..` taken out by spelling alone, as
/// Git does. Symlinks are followed nowhere but in the part of an absolute path that leads to the work tree.
struct PathResolver {
    /// Absolute path of the top of the work tree.
    let topLevel: [UInt8]
    /// Where the person stands below it; empty at the top.
    let prefix: [UInt8]
    /// The real path of a directory, if it has one.
    var realPath: ([UInt8]) -> [UInt8]? = PathResolver.systemRealPath

    init(topLevel: [UInt8], prefix: [UInt8]) {
        self.topLevel = topLevel
        self.prefix = prefix
    }

    init(_ workTree: WorkTreeContext) {
        self.init(topLevel: workTree.topLevel.bytes, prefix: workTree.prefix.bytes)
    }

    /// `path` relative to the top; empty for the top itself. Throws `invalidArgument` where it leads outside, or is empty.
    func resolve(_ path: PathArgument) throws(TenonError) -> WirePath {
        guard !path.bytes.isEmpty else { throw TenonError(.invalidArgument, "an empty path was given") }
        if path.bytes.first == Self.slash {
            guard let below = belowTop(path.bytes) else { throw outside(path) }
            return WirePath(bytes: below)
        }
        guard let components = Self.normalise(path.bytes, from: Self.split(prefix)) else { throw outside(path) }
        return WirePath(bytes: Self.join(components))
    }

    /// As `resolve`, for requests where no path means every artifact: the top itself gives no path.
    func scope(_ paths: [PathArgument]) throws(TenonError) -> [WirePath] {
        var resolved = [WirePath]()
        for path in paths {
            let one = try resolve(path)
            if one.bytes.isEmpty { return [] }
            resolved.append(one)
        }
        return resolved
    }

    /// As `resolve`, for requests that name artifacts: the top itself is refused.
    func artifacts(_ paths: [PathArgument]) throws(TenonError) -> [WirePath] {
        var resolved = [WirePath]()
        for path in paths {
            let one = try resolve(path)
            guard !one.bytes.isEmpty else {
                throw TenonError(
                    .invalidArgument, "path '\(path)' is refused", cause: "it is the top of the work tree", hint: "name files or directories below it"
                )
            }
            resolved.append(one)
        }
        return resolved
    }

    /// The path in `REV:PATH`, which by Git's rule starts at the top unless it starts with `./` or `../`.
    func resolveInTree(_ path: [UInt8]) throws(TenonError) -> WirePath {
        let start = path.starts(with: "./".utf8) || path.starts(with: "../".utf8) || path == [Self.dot] ? Self.split(prefix) : []
        guard path.first != Self.slash, let components = Self.normalise(path, from: start) else { throw outside(PathArgument(bytes: path)) }
        return WirePath(bytes: Self.join(components))
    }

    /// `path` made absolute from `directory` by spelling.
    static func absolute(_ path: PathArgument, from directory: [UInt8]) throws(TenonError) -> WirePath {
        guard !path.bytes.isEmpty else { throw TenonError(.invalidArgument, "an empty path was given") }
        let start = path.bytes.first == slash ? [] : split(directory)
        // Above the root is the root.
        let components = normalise(path.bytes, from: start, clamped: true) ?? []
        return WirePath(bytes: [slash] + join(components))
    }

    private func belowTop(_ absolute: [UInt8]) -> [UInt8]? {
        guard let components = Self.normalise(absolute, from: []) else { return nil }
        let top = Self.split(topLevel)
        if components.starts(with: top) { return Self.join(Array(components.dropFirst(top.count))) }
        // Another spelling of the way here: follow symlinks above the last component, from the longest part that exists.
        for count in stride(from: components.count - 1, through: 0, by: -1) {
            guard let real = realPath([Self.slash] + Self.join(Array(components.prefix(count)))) else { continue }
            let followed = Self.split(real) + components.dropFirst(count)
            return followed.starts(with: top) ? Self.join(Array(followed.dropFirst(top.count))) : nil
        }
        return nil
    }

    private func outside(_ path: PathArgument) -> TenonError {
        TenonError(
            .invalidArgument, "path '\(path)' is refused", cause: "it is outside the repository at '\(displayName(topLevel))'")
    }

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")

    private static func split(_ path: [UInt8]) -> [ArraySlice<UInt8>] { path.split(separator: slash) }

    private static func join(_ components: [ArraySlice<UInt8>]) -> [UInt8] { Array(components.joined(separator: [slash])) }

    /// The components of `path` seen from `start`; `nil` where `..` climbs above the beginning, unless that is `clamped`.
    private static func normalise(_ path: [UInt8], from start: [ArraySlice<UInt8>], clamped: Bool = false) -> [ArraySlice<UInt8>]? {
        var components = start
        for component in split(path) {
            if component.elementsEqual([dot]) { continue }
            if component.elementsEqual([dot, dot]) {
                if components.isEmpty && !clamped { return nil }
                _ = components.popLast()
            } else {
                components.append(component)
            }
        }
        return components
    }

    private static func systemRealPath(_ path: [UInt8]) -> [UInt8]? {
        guard let resolved = realpath(path.zeroTerminated, nil) else { return nil }
        defer { free(resolved) }
        return UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)).map { $0 }
    }
}
