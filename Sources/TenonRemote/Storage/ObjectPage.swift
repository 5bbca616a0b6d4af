/// Some entries of a listing, in the order of their names.
package struct ObjectPage: Sendable {
    package var entries: [ObjectEntry]
    /// Where the next page begins: after this name. `nil`: there is none.
    package var next: ObjectName?

    package init(entries: [ObjectEntry], next: ObjectName?) {
        self.entries = entries
        self.next = next
    }
}
