/// A reference, and what it leads to.
package struct Ref: Sendable, Hashable {
    /// The full name, such as `refs/heads/main`; bytes that are not UTF-8 are replaced.
    package let name: String
    /// The object that it names, itself or through other references; `nil` if it leads nowhere.
    package let target: GitObjectID?
    /// The reference that it points to, if it is a symbolic one.
    package let symbolicTarget: String?
    /// What kind of object `target` is; `nil` if that object is missing.
    package let targetType: GitObjectType?
    /// The commit behind `target`, tags peeled; `nil` if there is none (a tag of a tree or blob) or an object on the way is missing.
    package let commit: GitObjectID?

    /// Whether it can't be read, or names an object that is not there. A symbolic one whose target does not exist yet is not broken.
    package var isBroken: Bool {
        target == nil ? symbolicTarget == nil : targetType == nil
    }
}

/// What `HEAD` says.
package struct Head: Sendable, Hashable {
    /// The branch that `HEAD` stands on, such as `refs/heads/main`; `nil`: detached.
    package let branch: String?
    /// `nil`: the branch has no commit yet.
    package let commit: GitObjectID?
}
