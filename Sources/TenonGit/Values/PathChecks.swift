/// Whether Git ignores a path, and by which rule.
package struct IgnoreCheck: Sendable, Hashable {
    package let path: [UInt8]
    /// Whether the last rule that matches is one that excludes.
    package let isIgnored: Bool
    /// The rule's file, such as `data/.gitignore`; empty where no rule matches.
    package let source: [UInt8]
    /// The rule's line in it, from 1; 0 where no rule matches.
    package let line: Int
    package let pattern: [UInt8]
}

/// What Git's attribute files say of a path.
package enum AttributeValue: Sendable, Hashable {
    case unspecified
    case set
    case unset
    case value([UInt8])
}
