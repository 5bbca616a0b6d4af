import TenonCore

/// What one run of `verify` has gone through already, so that a file that many commits share is proved once.
package struct VerifyMemo: Sendable {
    /// Problems of each file; none for a file that was proved.
    var files: [OID: [VerifyProblem]] = [:]
    /// Whether cached blocks were dropped, so that what is proved is what lies on disk.
    var hasFreshCache = false

    package init() {}
}
