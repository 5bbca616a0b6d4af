/// A finished node on its way to whoever stores it.
struct SealedNode {
    let summary: NodeSummary
    let bytes: [UInt8]
    /// Of a manifest: the last path below it.
    let lastPath: [UInt8]
}
