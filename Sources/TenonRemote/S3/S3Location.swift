import TenonCore

/// A bucket, and what the keys in it begin with.
package struct S3Location: Hashable, Sendable {
    package let bucket: String
    /// Without a slash at its ends; may be empty.
    package let prefix: String

    private static let maximumPrefixLength = 400

    static func parse(_ rest: Substring) -> Result<S3Location, RefusalReason> {
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bucket = String(parts[0])
        guard isBucketName(bucket) else { return .failure(RefusalReason("a bucket's name has 3 to 63 of a-z, 0-9, '-' and '.'")) }
        var prefix = parts.count == 2 ? parts[1] : ""
        if prefix.hasSuffix("/") { prefix = prefix.dropLast() }
        if !prefix.isEmpty {
            guard prefix.utf8.count <= maximumPrefixLength else { return .failure(RefusalReason("its prefix is too long")) }
            for component in prefix.split(separator: "/", omittingEmptySubsequences: false)
            where component.isEmpty || component == "." || component == ".." {
                return .failure(RefusalReason("its prefix has an empty component, '.' or '..'"))
            }
        }
        return .success(S3Location(bucket: bucket, prefix: String(prefix)))
    }

    /// The rules of general purpose buckets, and underscores and capitals, which old ones and other stores have.
    private static func isBucketName(_ name: String) -> Bool {
        guard (3...63).contains(name.utf8.count), let first = name.utf8.first, let last = name.utf8.last else { return false }
        func isPlain(_ byte: UInt8) -> Bool {
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        }
        return isPlain(first) && isPlain(last) && !name.contains("..") && name.utf8.allSatisfy { isPlain($0) || "-._".utf8.contains($0) }
    }

    /// The key of an object.
    func key(_ name: String) -> String {
        prefix.isEmpty ? name : prefix + "/" + name
    }

    /// The name below the prefix that `key` stands for; `nil` if it lies elsewhere.
    func name(_ key: String) -> Substring? {
        prefix.isEmpty ? key[...] : key.afterPrefix(prefix + "/")
    }
}

extension S3Location: CustomStringConvertible {
    package var description: String { "s3://\(bucket)" + (prefix.isEmpty ? "" : "/\(displayName(prefix.utf8))") }
}
