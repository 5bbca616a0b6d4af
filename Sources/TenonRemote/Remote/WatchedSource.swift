import TenonFormat

/// Bytes to send, and the note that they are moving.
struct WatchedSource: ByteSource {
    let base: any ByteSource
    let activity: Activity

    var count: UInt64 { base.count }

    func read(at offset: UInt64, count: Int) throws -> [UInt8] {
        activity.beginOwnWork()
        defer { activity.endOwnWork() }
        let bytes = try base.read(at: offset, count: count)
        activity.note()
        return bytes
    }
}
