import TenonHooks

extension GitHook {
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
