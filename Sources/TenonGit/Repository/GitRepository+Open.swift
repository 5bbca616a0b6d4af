import Glibc
import TenonCore

extension GitRepository {
    /// Opens the repository whose work tree has its top at `workTree` (absolute); nothing above it is searched.
    ///
    /// - Parameters:
    ///   - gitDirectory: the Git directory as the caller sees it. Where the work tree itself leads to another one (`GIT_DIR` with a Git directory
    ///     elsewhere), this one is taken.
    ///   - memo: what is known of trees; one for the life of the process makes later requests faster.
    ///   - reader: to insist on one of the two, for tests.
    /// - Throws: `notARepository` (none here, or bare), `permission` (owned by someone else, with Git's own remedy), `unsupportedVersion` (neither
    ///   libgit2 nor the installed `git` can read it), `git` or `corrupt` with what `git` says of it.
    package static func open(
        workTree: [UInt8], gitDirectory: [UInt8]? = nil, environment: GitEnvironment, memo: TreeMemo = TreeMemo(), reader: Reader? = nil
    ) throws -> GitRepository {
        guard workTree.first == UInt8(ascii: "/"), !workTree.contains(0), gitDirectory?.contains(0) != true else {
            throw TenonError(.invalidArgument, "'\(displayName(workTree))' is not an absolute path")
        }
        guard DirectoryFiles.exists(workTree) else {
            throw TenonError(.notFound, "there is no directory '\(displayName(workTree))'")
        }
        let process = GitProcess(directory: workTree, environment: environment)
        var refusal: LibgitError?
        if reader != .git {
            do {
                return try openByLibgit(workTree, gitDirectory, process, memo)
            } catch let error as LibgitError {
                refusal = error
            }
        }
        if reader == .libgit2, let refusal {
            throw TenonError(.git, "libgit2 can't open the repository at '\(displayName(workTree))'", cause: refusal.text)
        }
        // The common case of no repository at all needs no process to be told.
        if let refusal, refusal.isNotFound, gitDirectory == nil, !DirectoryFiles.exists(DirectoryFiles.join(workTree, ".git")) {
            throw GitFailure.notARepository(displayName(workTree))
        }
        return try openByGit(workTree, gitDirectory, process, memo)
    }

    /// Opens the bare repository at `gitDirectory` (absolute), as a hook of it does: through `git` alone, which sees the objects of a quarantine that
    /// `environment` names.
    package static func openBare(gitDirectory: [UInt8], environment: GitEnvironment) throws -> GitRepository {
        let process = GitProcess(directory: gitDirectory, environment: environment.setting("GIT_DIR", to: gitDirectory))
        let outcome = try process.run(["rev-parse", "--show-object-format", "--absolute-git-dir"])
        guard outcome.status == 0 else { throw GitFailure.error(of: outcome, command: "git rev-parse", directory: gitDirectory) }
        let lines = outcome.output.split(separator: 0x0A)
        guard lines.count == 2, let format = GitObjectFormat(rawValue: String(decoding: lines[0], as: UTF8.self)) else {
            throw TenonError(.git, "git gave an answer for '\(displayName(gitDirectory))' that is not understood")
        }
        let directory = Array(lines[1])
        let place = RepositoryPlace(workTree: directory, gitDirectory: directory, commonDirectory: directory, objectFormat: format)
        return GitRepository(place, libgit: nil, process: process, memo: TreeMemo())
    }

    private static func openByLibgit(
        _ workTree: [UInt8], _ gitDirectory: [UInt8]?, _ process: GitProcess, _ memo: TreeMemo
    ) throws -> GitRepository {
        do {
            let libgit = try LibgitReader(path: workTree, callersIndex: process.environment.indexFile)
            if gitDirectory.map({ DirectoryFiles.isSame($0, libgit.gitDirectory) }) ?? true {
                guard !libgit.isBare else { throw GitFailure.bare(displayName(workTree)) }
                guard let top = libgit.workTree, DirectoryFiles.isSame(top, workTree) else {
                    throw GitFailure.notARepository(displayName(workTree), cause: "its Git directory belongs to another work tree")
                }
                let place = RepositoryPlace(
                    workTree: workTree, gitDirectory: libgit.gitDirectory, commonDirectory: libgit.commonDirectory, objectFormat: .sha1)
                return GitRepository(place, libgit: libgit, process: process, memo: memo)
            }
        } catch let error as LibgitError where error.isNotFound && gitDirectory != nil {
            // The Git directory lies elsewhere.
        }
        guard let gitDirectory else { throw GitFailure.notARepository(displayName(workTree)) }
        let libgit = try LibgitReader(path: gitDirectory, callersIndex: process.environment.indexFile)
        let place = RepositoryPlace(
            workTree: workTree, gitDirectory: libgit.gitDirectory, commonDirectory: libgit.commonDirectory, objectFormat: .sha1)
        return GitRepository(place, libgit: libgit, process: naming(gitDirectory, process), memo: memo)
    }

    /// `process` for a Git directory that the work tree does not lead to.
    private static func naming(_ gitDirectory: [UInt8], _ process: GitProcess) -> GitProcess {
        let environment = process.environment.setting("GIT_DIR", to: gitDirectory).setting("GIT_WORK_TREE", to: process.directory)
        return GitProcess(directory: process.directory, environment: environment)
    }

    private static func openByGit(
        _ workTree: [UInt8], _ gitDirectory: [UInt8]?, _ process: GitProcess, _ memo: TreeMemo
    ) throws -> GitRepository {
        var process = process
        var place = try? place(workTree, process)
        if let gitDirectory,
            place.map({ !DirectoryFiles.isSame($0.gitDirectory, gitDirectory) }) ?? !DirectoryFiles.exists(DirectoryFiles.join(workTree, ".git"))
        {
            // A Git directory named outright is not checked by git: its owner must be who runs this.
            guard isOwned(gitDirectory) else { throw GitFailure.foreignOwner(displayName(gitDirectory)) }
            process = naming(gitDirectory, process)
            place = try GitRepository.place(workTree, process)
        }
        return GitRepository(try place ?? GitRepository.place(workTree, process), libgit: nil, process: process, memo: memo)
    }

    private static func isOwned(_ path: [UInt8]) -> Bool {
        var status = stat()
        return withCString(path) { stat($0, &status) } == 0 && status.st_uid == geteuid()
    }

    /// Where `git` finds the repository of `workTree`, which must be the top of its work tree.
    private static func place(_ workTree: [UInt8], _ process: GitProcess) throws -> RepositoryPlace {
        let question: [GitArgument] = [
            "rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--show-object-format", "--absolute-git-dir", "--path-format=absolute",
            "--git-common-dir", "--show-toplevel",
        ]
        let outcome = try process.run(question)
        let lines = outcome.output.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
        if lines.first?.elementsEqual("true".utf8) == true { throw GitFailure.bare(displayName(workTree)) }
        guard outcome.status == 0 else { throw GitFailure.error(of: outcome, command: "git rev-parse", directory: workTree) }
        guard lines.count == 6, let format = GitObjectFormat(rawValue: String(decoding: lines[2], as: UTF8.self)) else {
            throw TenonError(
                .git, "git gave an answer for '\(displayName(workTree))' that is not understood",
                cause: "an unknown object format, or a line feed in the path")
        }
        guard DirectoryFiles.isSame(Array(lines[5]), workTree) else { throw GitFailure.notARepository(displayName(workTree)) }
        return RepositoryPlace(workTree: workTree, gitDirectory: Array(lines[3]), commonDirectory: Array(lines[4]), objectFormat: format)
    }
}
