/// What a check of the store may do besides looking at its structure.
package struct FsckOptions: Hashable, Sendable {
    /// Decode every block and hash every object and pack.
    package var read: Bool
    /// Throw catalog and index away and make them anew from packs.
    package var rebuild: Bool

    package init(read: Bool = false, rebuild: Bool = false) {
        self.read = read
        self.rebuild = rebuild
    }
}

/// One thing that is wrong in a store.
package struct StoreFinding: Hashable, Sendable {
    /// What is wrong: `pack <hex>`, `block 3 of pack <hex>`, `snapshot sha256:<hex>`.
    package var subject: String
    package var detail: String

    package init(subject: String, detail: String) {
        self.subject = subject
        self.detail = detail
    }
}

/// How far a check has come, and in the end what it went through.
package struct FsckReport: Hashable, Sendable {
    package var packs = 0
    package var totalPacks = 0
    package var bytes: UInt64 = 0
    package var totalBytes: UInt64 = 0
    package var blocks: UInt64 = 0
    package var chunks: UInt64 = 0
    package var snapshots = 0
    package var findings = 0

    package init() {}
}
