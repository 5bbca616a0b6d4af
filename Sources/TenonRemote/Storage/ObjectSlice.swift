/// What a read delivered: which bytes of which state of an object.
package struct ObjectSlice: Hashable, Sendable {
    package let entry: ObjectEntry
    package let range: Range<UInt64>

    package init(entry: ObjectEntry, range: Range<UInt64>) {
        self.entry = entry
        self.range = range
    }
}
