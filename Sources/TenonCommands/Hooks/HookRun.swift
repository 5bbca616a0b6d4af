import Glibc
import TenonAPI
import TenonClient
import TenonHooks

/// One call of a hook by Git: what it asks the daemon, what it tells the person, on standard error, and its exit status.
struct HookRun {
    let hook: GitHook
    let arguments: [[UInt8]]
    let environment: ClientEnvironment

    /// How long `post-index-change` waits. Git holds HEAD back until it returns: an interrupt there leaves work tree and HEAD apart.
    private static let patience = Duration.seconds(1)

    func run() -> Int32 {
        if let status = HookProbe.answer(hook.rawValue, environment: environment) { return status }
        // Git that the daemon runs itself: it would wait for its own request.
        if environment.variables["TENON_WITHIN"] != nil { return 0 }
        // The pre-commit framework rolls files back for as long as its hooks run, and lays them there again.
        if !hook.mayRefuse, environment.variables["_PRE_COMMIT_SKIP_POST_CHECKOUT"] != nil { return 0 }
        do {
            if let reason = environment.variables["TENON_SKIP"], !reason.isEmpty {
                try SkipRecord(environment: environment).note(hook, reason: reason)
                return 0
            }
            return try perform()
        } catch let error as TenonError {
            say(error, for: hook)
            // As when the program itself is missing: where no artifact is at stake, Git is not held up.
            return error.code == .noDaemon && !namesArtifacts() ? 0 : hook.failureStatus
        } catch {
            say(TenonError(.internal, "\(hook.rawValue) failed", cause: "\(error)"), for: hook)
            return hook.failureStatus
        }
    }

    private func perform() throws -> Int32 {
        switch hook {
        case .preCommit: return try prepareCommit(CommitScope(environment: environment))
        case .preMergeCommit: return try prepareCommit(CommitScope(taking: .none))
        case .postIndexChange: return try followIndex()
        case .postCommit, .postMerge, .postRewrite, .postApplypatch:
            let session = try session()
            requestPush(session)
            return try reconcile(session, detach: false)
        case .postCheckout: return try reconcile(try session(), detach: false)
        case .prePush:
            guard let remote = arguments.first else { throw wrongArguments("the name of a remote") }
            return try checkRefs(try RefLines.pushed(), remote: WirePath(bytes: remote))
        case .referenceTransaction:
            guard let state = arguments.first else { throw wrongArguments("a state") }
            return state.elementsEqual("prepared".utf8) ? try checkRefs(try RefLines.transaction(), remote: nil) : 0
        }
    }

    private func session(_ options: DaemonClient.Options = DaemonClient.Options()) throws -> Session {
        try Session(Console.Settings(), environment: environment, options: options)
    }

    // MARK: Before

    private func prepareCommit(_ scope: CommitScope) throws -> Int32 {
        let session = try session()
        let paths = try scope.paths(session.workTree)
        let reply = try session.perform(
            PrepareCommitRequest(
                workTree: session.workTree, taking: scope.taking, paths: paths, allowsEmpty: scope.allowsEmpty,
                environment: session.transferEnvironment))
        for artifact in reply.taken where artifact.change != .unchanged {
            let name = displayName(artifact.path.bytes)
            let staged = scope.stages ? "is now staged" : "its pointer has followed"
            say(reply.mustRepeat ? "\(name) changed and \(staged); repeat the commit" : "\(name) changed and is in this commit")
        }
        if !reply.leftOut.isEmpty { say("not in this commit, though changed: \(HookText.names(reply.leftOut)); 'tenon add -u' takes the new state") }
        for refusal in reply.refusals { say(refusal) }
        return reply.refusals.isEmpty && !reply.mustRepeat ? 0 : 1
    }

    private func checkRefs(_ updates: [RefUpdate], remote: WirePath?) throws -> Int32 {
        if updates.isEmpty { return 0 }
        let session = try session()
        // A transaction of references holds their locks: it waits for no network.
        let environment = remote == nil ? nil : session.transferEnvironment
        let reply = try session.perform(
            CheckRefsRequest(workTree: session.workTree, updates: updates, remote: remote, environment: environment))
        if let sent = reply.sent { write(SharingText.render(PushRequest.Reply(remotes: [sent]), dryRun: false, session.presentation)) }
        for refusal in reply.refusals { say(refusal) }
        return reply.refusals.isEmpty ? 0 : 1
    }

    private func wrongArguments(_ expected: String) -> TenonError {
        TenonError(.invalidArgument, "\(hook.rawValue) can't be run", cause: "Git gives it \(expected), and nothing was given")
    }

    // MARK: After

    private func reconcile(_ session: Session, detach: Bool) throws -> Int32 {
        let request = RestoreRequest(
            workTree: session.workTree, mode: .reconcile, detach: detach ? true : nil, environment: detach ? nil : session.transferEnvironment)
        guard let reply = try session.perform(request, patience: detach ? HookRun.patience : nil) else {
            say("data is still being brought here, in the background; 'tenon status' tells how far it is")
            return 0
        }
        let moved = reply.restored.filter { $0.filesWritten > 0 || $0.filesRemoved > 0 }
        if !moved.isEmpty { write(MovingText.render(RestoreRequest.Reply(restored: moved, failed: []), session.presentation)) }
        for failure in detach ? withoutFetching(reply.failed) : reply.failed { say(MovingText.error(failure, session.presentation)) }
        return reply.failed.isEmpty ? 0 : hook.failureStatus
    }

    /// Commands of Git after which another hook comes, which may fetch.
    private static let commandsWithHooks: Set<String> = [
        "checkout", "switch", "merge", "pull", "clone", "worktree", "rebase", "am", "commit", "cherry-pick", "revert",
    ]

    /// What is to be said of artifacts that could not be brought while Git holds its index: bytes that are elsewhere were not fetched.
    private func withoutFetching(_ failures: [FailedArtifact]) -> [FailedArtifact] {
        guard failures.contains(where: { $0.error.code == .missingContent }) else { return failures }
        let isFollowed = GitAncestor.find().map { HookRun.commandsWithHooks.contains($0.command) } ?? false
        return failures.compactMap { failure in
            guard failure.error.code == .missingContent else { return failure }
            if isFollowed { return nil }
            var failure = failure
            failure.error.hint = "'tenon restore \(displayName(failure.path.bytes))' looks for them on the remotes"
            return failure
        }
    }

    /// Has the data of what was committed sent, where that is wanted. What goes wrong with it is told by `tenon status`; the commit is made.
    private func requestPush(_ session: Session) {
        let file = PathArgument(bytes: session.workTree.topLevel.bytes + Array("/tenon.yaml".utf8))
        guard let bytes = try? SmallFile.bytes(at: file, limit: SettingsScan.maximumLength), SettingsScan.pushesInBackground(bytes) else { return }
        do {
            _ = try session.perform(
                PushRequest(workTree: session.workTree, environment: session.transferEnvironment, background: true), patience: HookRun.patience)
        } catch let error as TenonError {
            say(error)
        } catch {
            say(TenonError(.internal, "the data is not pushed", cause: "\(error)"))
        }
    }

    private func followIndex() throws -> Int32 {
        var options = DaemonClient.Options()
        options.answerTimeout = HookRun.patience
        options.startTimeout = HookRun.patience
        let session = try session(options)
        // Another index than the work tree's, such as the one in which `git stash` puts a commit together: no file has moved.
        if let index = session.workTree.indexFile, let directory = session.workTree.gitDirectory,
            index.bytes != directory.bytes + Array("/index".utf8)
        {
            return 0
        }
        return try reconcile(session, detach: true)
    }

    /// Whether Git's index names artifacts; where that can't be told, it counts as if it did.
    private func namesArtifacts() -> Bool {
        let words = ["ls-files", "-z", "--", "*.tenon"].map { Array($0.utf8) }
        guard let answer = try? GitCommand(environment: environment).output(words, limit: 256 << 20), answer.status == 0 else { return true }
        return !answer.standardOutput.isEmpty
    }

    // MARK: Telling

    private func say(_ error: TenonError, for hook: GitHook) {
        var error = error
        if error.code == .noDaemon, hook.mayRefuse {
            error.hint = "'tenon daemon start' and try again, or do it without Tenon: TENON_SKIP=REASON git ..."
        }
        say(error)
    }

    private func say(_ error: TenonError) { write(ErrorText.text(error, style: Console.style(.auto, for: STDERR_FILENO))) }
    private func say(_ line: String) { write("tenon: \(line)\n") }
    private func write(_ text: String) { OutputStream.write(text.utf8, to: STDERR_FILENO) }
}
