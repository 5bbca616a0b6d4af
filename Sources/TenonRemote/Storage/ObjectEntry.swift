/// What a storage says of one object without its bytes.
package struct ObjectEntry: Hashable, Sendable {
    package let name: ObjectName
    /// In bytes.
    package let size: UInt64
    package let tag: ObjectTag
    /// When it was written, in milliseconds since 1970, by the storage's own clock; from then to the end of the year 9999, whatever the storage says.
    package let modified: Int64

    private static let latest: Int64 = 253_402_300_799_999

    package init(name: ObjectName, size: UInt64, tag: ObjectTag, modified: Int64) {
        self.name = name
        self.size = size
        self.tag = tag
        self.modified = min(max(modified, 0), ObjectEntry.latest)
    }
}
