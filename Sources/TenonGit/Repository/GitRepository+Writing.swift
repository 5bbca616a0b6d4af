import Glibc
import TenonCore

extension GitRepository {
    /// Writes a blob and returns its id; nothing is written if the repository has it.
    ///
    /// Through libgit2 where that gives the same file as `git hash-object -w` would (no quarantine, no shared repository), else through `git`.
    package func writeBlob(_ content: [UInt8]) throws -> GitObjectID {
        if reader == .libgit2, !process.environment.redirectsObjects, try configuration("core.sharedRepository") == nil,
            let id = writeBlobDirectly(content)
        {
            return id
        }
        let outcome = try process.succeed(["hash-object", "-w", "--stdin"], input: content)
        guard let id = GitObjectID(hexBytes: outcome.line) else {
            throw TenonError(.git, "git hash-object gave an answer that is not understood", cause: displayName(outcome.line))
        }
        return id
    }

    /// Changes the caller's index by one `git update-index`, all or nothing.
    ///
    /// - Throws: `busy` if another process holds the index.
    package func updateIndex(_ updates: [IndexUpdate]) throws {
        guard !updates.isEmpty else { return }
        var input: [UInt8] = []
        for update in updates {
            switch update {
            case .set(let path, let mode, let id): append(path, mode.text, id, to: &input)
            case .remove(let path): append(path, "0", .zero(objectFormat), to: &input)
            }
        }
        _ = try process.succeed(["update-index", "--add", "-z", "--index-info"], input: input)
    }

    /// `mode SP id TAB path NUL`
    private func append(_ path: [UInt8], _ mode: String, _ id: GitObjectID, to input: inout [UInt8]) {
        input += Array("\(mode) \(id.hex)\t".utf8)
        input += path
        input.append(0)
    }
}

extension GitRepository {
    /// Writes all files of a commit below a directory, through an index of its own that goes afterwards. Throws `notFound` if the commit is not here.
    package func export(_ commit: GitObjectID, to directory: [UInt8]) throws {
        _ = try self.commit(commit)
        let index = directory + Array("/.tenon-index".utf8)
        let own = GitProcess(directory: process.directory, environment: process.environment.setting("GIT_INDEX_FILE", to: index))
        defer { _ = withCString(index) { unlink($0) } }
        _ = try own.succeed(["read-tree", GitArgument(commit.hex)])
        _ = try own.succeed(["checkout-index", "--all", "--force", GitArgument(bytes: Array("--prefix=".utf8) + directory + [UInt8(ascii: "/")])])
    }
}
