import TenonCore

/// Values of one file, in the file's order.
struct ValueGroup {
    /// `nil`: as a run recorded them, without a file.
    var file: RelativePath?
    var values: [FlatValue]
}
