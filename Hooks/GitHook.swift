/// The hooks of Git that Tenon has a part in, each with the script that Git runs: the text of the file of the same name beside this one.
package enum GitHook: String, CaseIterable, Sendable {
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

    /// What the second line of every script of ours begins with, of this release or another.
    package static let marker = "# Tenon hook "

    /// The script as it is installed. The arguments are shell words, quoted already.
    ///
    /// - Parameters:
    ///   - tenon: the program, by absolute path.
    ///   - next: the hook that runs after Tenon's; where there is no such executable file, none does.
    package func text(tenon: String, next: String) -> String {
        String(decoding: bytes, as: UTF8.self).replacingFirst("@TENON@", with: tenon).replacingFirst("@NEXT@", with: next)
    }

    private var bytes: [UInt8] {
        switch self {
        case .preCommit: PackageResources.pre_commit
        case .preMergeCommit: PackageResources.pre_merge_commit
        case .postCommit: PackageResources.post_commit
        case .postCheckout: PackageResources.post_checkout
        case .postMerge: PackageResources.post_merge
        case .postRewrite: PackageResources.post_rewrite
        case .postApplypatch: PackageResources.post_applypatch
        case .postIndexChange: PackageResources.post_index_change
        case .prePush: PackageResources.pre_push
        case .referenceTransaction: PackageResources.reference_transaction
        }
    }
}

extension String {
    func replacingFirst(_ word: String, with other: String) -> String {
        var rest = self[...]
        while !rest.isEmpty, !rest.hasPrefix(word) { rest = rest.dropFirst() }
        return rest.isEmpty ? self : self[..<rest.startIndex] + other + rest.dropFirst(word.count)
    }
}
