import TenonCore

extension GitRepository {
    /// Where the rebase in this work tree stands; `nil` if there is none. (`git am` is none.)
    package func rebaseStep() throws -> RebaseStep? {
        func file(_ name: String) throws -> [UInt8]? { try DirectoryFiles.read(DirectoryFiles.join(gitDirectory, name), limit: 64 << 20) }
        func original(_ name: String) throws -> GitObjectID? {
            try DirectoryFiles.line(DirectoryFiles.join(gitDirectory, name)).flatMap { GitObjectID(hexBytes: $0) }
        }
        if let todo = try file("rebase-merge/git-rebase-todo") {
            // Written when Git stops, removed when it goes on.
            let hasStopped = try file("rebase-merge/stopped-sha") != nil || file("rebase-merge/amend") != nil
            return RebaseStep(
                isStopping: try hasStopped || RebaseTodo.isStop(file("rebase-merge/done") ?? []), next: RebaseTodo.next(todo),
                original: try original("rebase-merge/orig-head"))
        }
        guard try file("rebase-apply/rebasing") != nil else { return nil }
        func number(_ name: String) throws -> Int? { try file(name).flatMap { Int(String(decoding: $0.prefix { $0 != 0x0A }, as: UTF8.self)) } }
        let present = try number("rebase-apply/next") ?? 0
        let last = try number("rebase-apply/last") ?? 0
        return RebaseStep(isStopping: false, next: present < last ? .commit : .end, original: try original("rebase-apply/orig-head"))
    }
}
