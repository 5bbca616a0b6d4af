import TenonAPI
import TenonCore

/// Values of parameters that are set in files, each by itself: comments, order and spelling of all else stay as they are.
struct Overrides {
    /// One file with the values that it gets.
    struct Edit: Hashable {
        var key: String
        var value: String
    }

    private let files: WorkTreeFiles
    /// A longer file is none of parameters.
    private static let maximumLength = 1 << 20

    init(files: WorkTreeFiles) {
        self.files = files
    }

    /// Throws unless each of them can be made; several values of one key are several trials.
    func check(_ edits: [ParameterOverride]) throws {
        for (path, edits) in try grouped(edits) {
            let bytes = try contents(path)
            for edit in edits { _ = try Overrides.set(edit, in: bytes, path) }
        }
    }

    /// Makes them all.
    func apply(_ edits: [ParameterOverride]) throws {
        for (path, edits) in try grouped(edits) {
            let bytes = try contents(path)
            let changed = try edits.reduce(bytes) { try Overrides.set($1, in: $0, path) }
            if changed != bytes { try files.replace(path, with: changed) }
        }
    }

    private func grouped(_ edits: [ParameterOverride]) throws -> [(RelativePath, [Edit])] {
        var result: [(RelativePath, [Edit])] = []
        for edit in edits {
            let path = try RelativePath(bytes: edit.file.bytes)
            let one = Edit(key: edit.key, value: edit.value)
            if let index = result.firstIndex(where: { $0.0 == path }) {
                if !result[index].1.contains(one) { result[index].1.append(one) }
            } else {
                result.append((path, [one]))
            }
        }
        return result
    }

    private func contents(_ path: RelativePath) throws -> [UInt8] {
        let what = "parameters in '\(path)' can't be set"
        do {
            if let bytes = try files.read(path, limit: Overrides.maximumLength) { return bytes }
        } catch let error as TenonError where error.code == .invalidArgument {
            throw TenonError(.invalidArgument, what, cause: "it has more than \(Overrides.maximumLength) bytes")
        }
        let isAbsent = try files.kind(of: path) == .absent
        throw TenonError(
            .notFound, what, cause: isAbsent ? "it is not there" : "it is not a regular file", hint: "-S FILE:KEY=VALUE names the file")
    }

    /// The text with one value changed. Throws `notFound` if the key is not there, `invalidArgument` if the value is of another type.
    static func set(_ edit: Edit, in bytes: [UInt8], _ path: RelativePath) throws -> [UInt8] {
        let name = displayName(edit.key.utf8.prefix(200))
        let what = "the parameter '\(name)' of '\(path)' can't be set"
        let dialect = ParameterDialect(of: path)
        let leaves: [ParameterLeaf]
        do {
            leaves = try dialect.leaves(bytes)
        } catch let error as TenonError {
            throw TenonError(.invalidArgument, what, cause: error.cause.map { "the file can't be read: \($0)" } ?? error.message)
        }
        let matching = leaves.filter { $0.name == edit.key }
        guard let leaf = matching.first else { throw missing(edit.key, what, leaves) }
        guard matching.count == 1 else { throw TenonError(.invalidArgument, what, cause: "several values have this name") }
        guard let range = leaf.range else {
            throw TenonError(.invalidArgument, what, cause: "it stands on several lines", hint: "write it on one line")
        }
        let text: String
        do {
            text = try dialect.text(TypedText(edit.value), for: leaf)
        } catch {
            throw TenonError(.invalidArgument, what, cause: error.message, hint: error.hint)
        }
        let changed = bytes[..<range.lowerBound] + Array((leaf.lead + text).utf8) + bytes[range.upperBound...]
        try requireOnly(edit.key, changed: Array(changed), from: bytes, leaves, dialect, what)
        return Array(changed)
    }

    private static func missing(_ key: String, _ what: String, _ leaves: [ParameterLeaf]) -> TenonError {
        let below = leaves.map(\.name).filter { $0.hasPrefix(key + ".") }
        if !below.isEmpty {
            let names = below.prefix(5).map { displayName($0.utf8.prefix(100)) }.joined(separator: ", ")
            return TenonError(.invalidArgument, what, cause: "it is a group of values", hint: "set one of them: \(names)")
        }
        let near = EditDistance.suggestions(for: String(key.prefix(200)), among: leaves.map(\.name)).map { "'\(displayName($0.utf8.prefix(100)))'" }
        return TenonError(
            .notFound, what, cause: "the file has no such key", hint: near.isEmpty ? nil : "did you mean \(near.joined(separator: " or "))?")
    }

    /// Reads the new text: only the one value may be another now.
    private static func requireOnly(
        _ key: String, changed: [UInt8], from bytes: [UInt8], _ leaves: [ParameterLeaf], _ dialect: ParameterDialect, _ what: String
    ) throws {
        func others(_ leaves: [ParameterLeaf], _ bytes: [UInt8]) -> [String] {
            leaves.filter { $0.name != key }.map { leaf in leaf.name + "=" + (leaf.range.map { String(decoding: bytes[$0], as: UTF8.self) } ?? "") }
        }
        guard let found = try? dialect.leaves(changed), found.count == leaves.count, others(found, changed) == others(leaves, bytes) else {
            throw TenonError(.invalidArgument, what, cause: "it is written in a way that can't be changed safely", hint: "edit the file by hand")
        }
    }
}
