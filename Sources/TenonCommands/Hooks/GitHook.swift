/// The hooks of Git that Tenon has a part in.
enum GitHook: String, CaseIterable {
    case preCommit = "pre-commit"
    case preMergeCommit = "pre-merge-commit"
    case postCommit = "post-commit"
    case postCheckout = "post-checkout"
    case postMerge = "post-merge"
    case postRewrite = "post-rewrite"
    case postApplypatch = "post-applypatch"
    case postIndexChange = "post-index-change"
    case prePush = "pre-push"
    case referenceTransaction = "reference-transaction"

    /// Whether it may forbid what Git is about to do; the others only tell, after the fact.
    var mayRefuse: Bool {
        switch self {
        case .preCommit, .preMergeCommit, .prePush, .referenceTransaction: true
        case .postCommit, .postCheckout, .postMerge, .postRewrite, .postApplypatch, .postIndexChange: false
        }
    }

    /// The exit status when the hook could not do its work. Git tells of `post-checkout`'s; of other hooks after the fact it would be lost.
    var failureStatus: Int32 { mayRefuse || self == .postCheckout ? 1 : 0 }
}
