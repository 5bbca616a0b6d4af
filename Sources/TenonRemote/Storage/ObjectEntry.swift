/// What a storage says of one object without its bytes.
package struct ObjectEntry: Hashable, Sendable {
    package let name: ObjectName
    /// In bytes.
    package let size: UInt64
    package let tag: ObjectTag
    /// When it was written, in milliseconds since 1970, by the storage's own clock.
    package let modified: Int64

    package init(name: ObjectName, size: UInt64, tag: ObjectTag, modified: Int64) {
        self.name = name
        self.size = size
        self.tag = tag
        self.modified = modified
    }
}
