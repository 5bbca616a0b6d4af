import TenonCore

/// A stored byte that is not what a pointer says, or is nowhere.
package struct VerifyProblem: Sendable, Hashable {
    package enum Kind: Sendable {
        /// No pack has it.
        case missing
        /// It does not hash to its name, or contradicts the pointer.
        case damaged
    }

    package var problem: Kind
    /// The file inside a directory artifact; `nil` where the artifact is a file, or where no single file is concerned.
    package var file: [UInt8]?
    package var chunk: ChunkID?
    package var detail: String

    package init(problem: Kind, file: [UInt8]? = nil, chunk: ChunkID? = nil, detail: String) {
        self.problem = problem
        self.file = file
        self.chunk = chunk
        self.detail = detail
    }
}
