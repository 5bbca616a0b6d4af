import TenonCore

extension TenonError {
    /// That the pointer of `artifact` can't be read, and why.
    init(unreadablePointerOf artifact: RelativePath, _ error: TenonError) {
        self.init(error.code, "'\(artifact).tenon' can't be read", cause: "\(error)", hint: error.hint)
    }
}
