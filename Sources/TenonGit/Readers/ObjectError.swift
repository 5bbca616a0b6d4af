import TenonCore

/// The errors for objects that can't be used.
enum ObjectError {
    static func tooLong(_ id: GitObjectID, size: UInt64, limit: Int) -> TenonError {
        TenonError(.corrupt, "Git object \(id) has \(size) bytes", cause: "more than the \(limit) that are allowed here")
    }

    static func missing(_ id: GitObjectID) -> TenonError {
        TenonError(
            .corrupt, "Git object \(id) is missing", cause: "another object or the index names it, but the repository does not have it",
            hint: "run 'git fsck'; in a shallow or partial clone, fetch what is missing")
    }

    static func damaged(_ id: GitObjectID, _ type: GitObjectType) -> TenonError {
        TenonError(.corrupt, "Git \(type.rawValue) \(id) is damaged", hint: "run 'git fsck'")
    }

    static func wrongType(_ id: GitObjectID, _ type: GitObjectType, expected: GitObjectType) -> TenonError {
        TenonError(.corrupt, "Git object \(id) is a \(type.rawValue), where a \(expected.rawValue) was expected")
    }
}
