import TenonCore

/// The rule by which a file's name tells that it is a pointer.
package enum PointerName {
    /// What a pointer's name ends with.
    package static let suffix = Array(".tenon".utf8)

    /// Whether `path`, or its last component alone, is the name of a pointer: the suffix with something before it.
    package static func matches(_ path: some BidirectionalCollection<UInt8>) -> Bool {
        guard path.count > suffix.count, path.suffix(suffix.count).elementsEqual(suffix) else { return false }
        return path.dropLast(suffix.count).last != UInt8(ascii: "/")
    }

    /// The path of the artifact beside the pointer at `path`; `nil` if that is no pointer's name, or the artifact's path is refused.
    package static func artifactPath(ofPointerAt path: [UInt8]) -> RelativePath? {
        guard matches(path) else { return nil }
        return try? RelativePath(bytes: Array(path.dropLast(suffix.count)))
    }
}
