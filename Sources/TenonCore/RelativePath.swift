/// A path inside an artifact or a work tree: components of bytes, in any encoding, separated by `/`.
///
/// A value of this type has passed the checks of the format: no empty component, no `.` or `..`, none with NUL or LF, none that Git's rules take
/// for `.git` (any case, HFS and NTFS forms), none over 255 bytes; the whole at most 4,096 bytes. So it can't leave the directory that it is
/// resolved in by its spelling alone.
package struct RelativePath: Hashable, Sendable {
    package let bytes: [UInt8]

    /// The longest component, in bytes.
    package static let maximumComponentLength = 255
    /// The longest path, in bytes.
    package static let maximumLength = 4096

    /// Checks `bytes` and takes them as they are. Throws `invalidArgument` that names the path and the rule.
    package init(bytes: [UInt8]) throws(TenonError) {
        if let reason = RelativePath.reasonToRefuse(bytes) {
            throw TenonError(.invalidArgument, "path '\(displayName(bytes))' is refused", cause: reason)
        }
        self.bytes = bytes
    }

    package init(_ string: String) throws(TenonError) {
        try self.init(bytes: Array(string.utf8))
    }

    private init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The path with `component` appended, checked.
    package func appending(_ component: [UInt8]) throws(TenonError) -> RelativePath {
        try RelativePath(bytes: bytes + [UInt8(ascii: "/")] + component)
    }

    /// The path without its last component; `nil` for a single one.
    package var parent: RelativePath? {
        bytes.lastIndex(of: UInt8(ascii: "/")).map { RelativePath(unchecked: Array(bytes[..<$0])) }
    }

    package var lastComponent: ArraySlice<UInt8> {
        bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes[($0 + 1)...] } ?? bytes[...]
    }

    package var components: [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    }

    /// Whether this path is `other` or lies below it.
    package func isWithin(_ other: RelativePath) -> Bool {
        bytes.starts(with: other.bytes) && (bytes.count == other.bytes.count || bytes[other.bytes.count] == UInt8(ascii: "/"))
    }

    /// What remains of this path below `ancestor`; `nil` if it does not lie strictly below it.
    package func relative(to ancestor: RelativePath) -> RelativePath? {
        guard bytes.count > ancestor.bytes.count, isWithin(ancestor) else { return nil }
        return RelativePath(unchecked: Array(bytes[(ancestor.bytes.count + 1)...]))
    }

    /// The path as text, if it is UTF-8.
    package var string: String? { String(validating: bytes, as: UTF8.self) }

    /// The rule that `bytes` break, or `nil` if they are a good path.
    package static func reasonToRefuse(_ bytes: some Collection<UInt8>) -> String? {
        if bytes.isEmpty { return "it is empty" }
        if bytes.count > maximumLength { return "it is longer than \(maximumLength) bytes" }
        for component in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if let reason = reasonToRefuse(component: component) { return reason }
        }
        return nil
    }

    /// The rule that one component breaks, or `nil`.
    package static func reasonToRefuse(component: some Collection<UInt8>) -> String? {
        if component.isEmpty { return "it has an empty component" }
        if component.count > maximumComponentLength { return "a component is longer than \(maximumComponentLength) bytes" }
        let dot = UInt8(ascii: ".")
        if component.count <= 2, component.allSatisfy({ $0 == dot }) { return "it has a component '.' or '..'" }
        if component.contains(0) { return "a component holds a NUL byte" }
        if component.contains(0x0A) { return "a component holds a line feed" }
        if GitName.isDotGit(component) { return "Git takes a component for '.git'" }
        return nil
    }
}

extension RelativePath: Comparable {
    /// Byte order of the whole path.
    package static func < (left: RelativePath, right: RelativePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension RelativePath: CustomStringConvertible {
    /// For people: control characters and bytes that are not UTF-8 escaped.
    package var description: String { displayName(bytes) }
}

/// `bytes` as a person may see them: valid UTF-8 as it is, but control characters, backslashes and stray bytes as `\xNN`.
package func displayName(_ bytes: some Collection<UInt8>) -> String {
    var result = ""
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
        var decoder = UTF8()
        var iterator = rest.makeIterator()
        if case .scalarValue(let scalar) = decoder.decode(&iterator) {
            let length = UTF8.width(scalar)
            if scalar.value < 0x20 || scalar == "\\" || (0x7F...0x9F).contains(scalar.value) || scalar.properties.isBidiControl {
                for byte in rest.prefix(length) { result += hexEscape(byte) }
            } else {
                result.unicodeScalars.append(scalar)
            }
            rest = rest.dropFirst(length)
        } else {
            result += hexEscape(rest.removeFirst())
        }
    }
    return result
}

private func hexEscape(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return "\\x" + (digits.count == 1 ? "0" : "") + digits
}
