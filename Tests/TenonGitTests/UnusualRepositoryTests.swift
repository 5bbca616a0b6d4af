import Glibc
import TenonCore
import Testing

@testable import TenonGit

/// Repositories that libgit2 1.5 refuses, in whole or in part, and those that nobody can open.
@Suite struct UnusualRepositoryTests {
    private func fixture() throws -> (GitFixture, GitObjectID) {
        let fixture = try GitFixture()
        try fixture.repository()
        try fixture.write("work/a.tenon", "a")
        try fixture.write("work/deep/b.tenon", "b")
        try fixture.write("work/other/code.py", "code")
        return (fixture, try fixture.commit("one"))
    }

    /// What must hold for the repository of `fixture`, however it is read.
    private func expectAllIsRead(_ repository: GitRepository, _ commit: GitObjectID, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try repository.head().commit == commit, sourceLocation: sourceLocation)
        #expect(try repository.pointers(inCommit: commit).map(\.text) == ["a.tenon", "deep/b.tenon"], sourceLocation: sourceLocation)
        #expect(try repository.pointersInIndex().map(\.text) == ["0 100644 a.tenon", "0 100644 deep/b.tenon"], sourceLocation: sourceLocation)
        #expect(
            try repository.areTracked(["other", "a.tenon", "x"].map { try RelativePath($0) }) == [true, true, false], sourceLocation: sourceLocation)
    }

    @Test func anOrdinaryRepositoryIsReadByLibgit2() throws {
        let (fixture, commit) = try fixture()
        let repository = try fixture.open()
        #expect(repository.reader == .libgit2)
        try expectAllIsRead(repository, commit)
    }

    @Test(arguments: ["worktreeConfig=true", "noop=", "preciousObjects=true", "partialClone=origin"])
    func extensionsThatGitKnowsAreRead(_ setting: String) throws {
        let (fixture, commit) = try fixture()
        let parts = setting.split(separator: "=", omittingEmptySubsequences: false)
        try fixture.git("work", "config", "core.repositoryFormatVersion", "1")
        try fixture.git("work", "config", "extensions.\(parts[0])", String(parts[1]))
        try expectAllIsRead(try fixture.open(), commit)
        try expectAllIsRead(try fixture.open(reader: .git), commit)
    }

    @Test func configurationOfTheWorkTreeCounts() throws {
        let (fixture, commit) = try fixture()
        try fixture.git("work", "config", "extensions.worktreeConfig", "true")
        try fixture.git("work", "config", "--worktree", "tenon.store", "/mine")
        let repository = try fixture.open()
        try expectAllIsRead(repository, commit)
        #expect(try repository.configuration("tenon.store") == "/mine")
    }

    @Test func anExtensionThatNobodyKnowsIsAnErrorThatNamesIt() throws {
        let (fixture, _) = try fixture()
        try fixture.git("work", "config", "extensions.fromTheFuture", "true")
        try fixture.git("work", "config", "core.repositoryFormatVersion", "1")
        #expect { try fixture.open() } throws: { error in
            guard let error = error as? TenonError else { return false }
            return error.code == .unsupportedVersion && error.description.contains("fromthefuture") && error.hint?.contains("git") == true
        }
    }

    @Test func aSplitIndexIsRead() throws {
        let (fixture, commit) = try fixture()
        try fixture.git("work", "update-index", "--split-index")
        try fixture.write("work/new.tenon", "n")
        try fixture.git("work", "add", "new.tenon")
        let repository = try fixture.open()
        #expect(repository.reader == .libgit2)
        #expect(try repository.pointersInIndex().map { displayName($0.path) } == ["a.tenon", "deep/b.tenon", "new.tenon"])
        #expect(try repository.isTracked(RelativePath("other/code.py")))
        #expect(try repository.head().commit == commit)
        try repository.updateIndex([.remove(path: bytes("new.tenon"))])
        try expectAllIsRead(repository, commit)
    }

    @Test func aSparseIndexIsReadAndWhatItHidesIsNoDeletion() throws {
        let (fixture, commit) = try fixture()
        try fixture.git("work", "config", "index.sparse", "true")
        try fixture.git("work", "sparse-checkout", "set", "--cone", "--sparse-index", "other")
        let repository = try fixture.open()
        try expectAllIsRead(repository, commit)
        #expect(try repository.pointersInIndex().map(\.isSkippedInWorkTree) == [false, true])
    }

    @Test(arguments: GitRepository.Reader.allCases) func sparseCheckoutAndIntentToAddAreSeen(_ reader: GitRepository.Reader) throws {
        let (fixture, _) = try fixture()
        try fixture.git("work", "sparse-checkout", "set", "--no-cone", "/*", "!/deep/")
        try fixture.write("work/announced.tenon", "x")
        try fixture.git("work", "add", "-N", "announced.tenon")
        let entries = try fixture.open(reader: reader).pointersInIndex()
        #expect(entries.map { displayName($0.path) } == ["a.tenon", "announced.tenon", "deep/b.tenon"])
        #expect(entries.map(\.isSkippedInWorkTree) == [false, false, true])
        #expect(entries.map(\.isIntentToAdd) == [false, true, false])
    }

    @Test func anIndexWithoutChecksumIsRead() throws {
        // As `index.skipHash` writes it.
        let (fixture, commit) = try fixture()
        let file = fixture.path("work/.git/index")
        let descriptor = Glibc.open(file, O_RDWR)
        let size = lseek(descriptor, 0, SEEK_END)
        #expect(pwrite(descriptor, [UInt8](repeating: 0, count: 20), 20, size - 20) == 20)
        close(descriptor)
        try expectAllIsRead(try fixture.open(), commit)
    }

    @Test func aSubmoduleIsARepositoryOfItsOwn() throws {
        let (fixture, commit) = try fixture()
        try fixture.repository("outer")
        try fixture.git("outer", "submodule", "--quiet", "add", fixture.path("work"), "sub")
        try fixture.commit("outer", in: "outer")
        for reader in GitRepository.Reader.allCases {
            let inner = try fixture.open("outer/sub", reader: reader)
            try expectAllIsRead(inner, commit)
            #expect(displayName(inner.gitDirectory) == fixture.path("outer/.git/modules/sub"))
            #expect(!inner.isLinkedWorktree)
            let outer = try fixture.open("outer", reader: reader)
            #expect(try outer.pointersInIndex().isEmpty)
            #expect(try outer.indexEntries().contains { $0.mode == .submodule && displayName($0.path) == "sub" })
        }
    }

    @Test func aShallowCloneEndsWhereItWasCut() throws {
        let (fixture, _) = try fixture()
        try fixture.write("work/a.tenon", "2")
        let second = try fixture.commit("two")
        try fixture.git("work", "clone", "-q", "--depth", "1", "file://\(fixture.path("work"))", fixture.path("shallow"))
        for reader in GitRepository.Reader.allCases {
            let repository = try fixture.open("shallow", reader: reader)
            var walk = try repository.historyOfAllReferences()
            #expect(try walk.next()?.id == second)
            #expect(try walk.next() == nil)
            #expect(try repository.pointerChanges(in: repository.commit(second)).map(\.text) == ["+a.tenon", "+deep/b.tenon"])
        }
    }

    @Test func objectsInAQuarantineAreFound() throws {
        let (fixture, commit) = try fixture()
        mkdir(fixture.path("quarantine"), 0o755)
        let extra = ["GIT_OBJECT_DIRECTORY=\(fixture.path("quarantine"))", "GIT_ALTERNATE_OBJECT_DIRECTORIES=\(fixture.path("work/.git/objects"))"]
        let blob = try fixture.id(fixture.git("work", "hash-object", "-w", "--stdin", input: "quarantined", extra: extra))
        let caller = Dictionary(
            uniqueKeysWithValues: extra.map { ($0.split(separator: "=")[0].description, $0.split(separator: "=")[1].description) })
        let repository = try fixture.open(caller: caller)
        #expect(try repository.blob(blob, limit: 100) == bytes("quarantined"))
        try expectAllIsRead(repository, commit)
        #expect(try fixture.open().info(blob) == nil)
        let second = try repository.writeBlob(bytes("second"))
        #expect(try fixture.open().info(second) == nil)
    }

    @Test func aGitDirectoryElsewhereIsTakenWhereTheWorkTreeLeadsToNone() throws {
        let (fixture, commit) = try fixture()
        try GitFixture.run("/bin/mv", [fixture.path("work/.git"), fixture.path("elsewhere")], [])
        let environment = try GitEnvironment(caller: GitFixture.caller)
        for reader in GitRepository.Reader.allCases {
            let repository = try GitRepository.open(
                workTree: bytes(fixture.path("work")), gitDirectory: bytes(fixture.path("elsewhere")), environment: environment, reader: reader)
            try expectAllIsRead(repository, commit)
            #expect(try repository.ignoreChecks([RelativePath("a")]).first?.isIgnored == false)
        }
    }

    @Test(arguments: [nil] + GitRepository.Reader.allCases.map(Optional.some))
    func aDirectoryThatIsNoTopOfAWorkTreeIsRefused(_ reader: GitRepository.Reader?) throws {
        let (fixture, _) = try fixture()
        mkdir(fixture.path("empty"), 0o755)
        for name in ["empty", "work/deep", "work/.git"] where !(reader == .libgit2 && name != "work/.git") {
            #expect { try fixture.open(name, reader: reader) } throws: {
                ($0 as? TenonError)?.code == .notARepository && ($0 as? TenonError)?.hint != nil
            }
        }
        #expect { try fixture.open("absent", reader: reader) } throws: { ($0 as? TenonError)?.code == .notFound }
        try fixture.repository("bare", "--bare")
        #expect { try fixture.open("bare", reader: reader) } throws: { error in
            (error as? TenonError)?.code == .notARepository && "\(error)".contains("bare")
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func aForeignOwnerIsRefusedInGitsWordsUnlessGitTrustsHim() throws {
        let (fixture, commit) = try fixture()
        try GitFixture.run("/bin/chown", ["-R", "12345", fixture.path("work")], [])
        #expect { try fixture.open() } throws: { error in
            guard let error = error as? TenonError else { return false }
            return error.code == .permission && error.cause?.contains("dubious ownership") == true
                && error.hint == "to trust it: git config --global --add safe.directory '\(fixture.path("work"))'"
        }
        try fixture.write("gitconfig", "[safe]\n\tdirectory = *\n")
        let repository = try fixture.open(caller: ["GIT_CONFIG_GLOBAL": fixture.path("gitconfig")])
        #expect(repository.reader == .git)
        try expectAllIsRead(repository, commit)
    }

    @Test func brokenRepositoriesAreErrorsThatNameTheCause() throws {
        for (file, content, code) in [
            ("HEAD", "nonsense\n", TenonError.Code.notARepository), ("config", "[core\n", .git), ("index", "DIRC garbage", .corrupt),
        ] {
            let (fixture, commit) = try fixture()
            try fixture.write("work/.git/\(file)", content)
            for reader in [nil, GitRepository.Reader.git] {
                #expect {
                    let repository = try fixture.open(reader: reader)
                    _ = try repository.head()
                    _ = try repository.pointersInIndex()
                } throws: { error in
                    guard let error = error as? TenonError else { return false }
                    return error.code == code && error.cause?.isEmpty == false && error.hint != nil
                }
            }
            _ = commit
        }
    }

    @Test(arguments: GitRepository.Reader.allCases) func aTreeThatIsGoneStopsTheWalk(_ reader: GitRepository.Reader) throws {
        let (fixture, commit) = try fixture()
        let tree = try fixture.git("work", "rev-parse", "HEAD:deep")
        unlink(fixture.path("work/.git/objects/\(tree.prefix(2))/\(tree.dropFirst(2))"))
        #expect { try fixture.open(reader: reader).pointers(inCommit: commit) } throws: { error in
            (error as? TenonError)?.code == .corrupt && "\(error)".contains(tree)
        }
    }

    @Test func operationsInProgressAreTold() throws {
        let (fixture, _) = try fixture()
        try fixture.git("work", "switch", "-q", "-c", "side")
        for content in ["s1", "s2"] {
            try fixture.write("work/a.tenon", content)
            try fixture.commit(content)
        }
        let picked = try fixture.id(fixture.git("work", "rev-parse", "HEAD~1"))
        let tip = try fixture.id(fixture.git("work", "rev-parse", "HEAD"))
        try fixture.git("work", "format-patch", "-q", "-1", "-o", fixture.path("patches"))
        try fixture.git("work", "switch", "-q", "main")
        try fixture.write("work/a.tenon", "m")
        try fixture.commit("main")
        let repository = try fixture.open()
        #expect(try repository.operationsInProgress() == [])
        func named(_ name: String) throws -> [GitObjectID] { try repository.specialHeads().first { $0.name == name }?.ids ?? [] }

        try fixture.git("work", "cherry-pick", "main..side", mayFail: true)
        #expect(try repository.operationsInProgress() == [.cherryPick])
        #expect(try named("CHERRY_PICK_HEAD") == [picked])
        #expect(try named("sequencer/todo").contains(tip))
        try fixture.git("work", "cherry-pick", "--abort")

        try fixture.git("work", "rebase", "-q", "main", "side", mayFail: true)
        #expect(try repository.operationsInProgress().first == .rebase)
        #expect(try named("rebase-merge/orig-head") == [tip])
        #expect(try named("rebase-merge/git-rebase-todo").contains(tip))
        try fixture.git("work", "rebase", "--abort")
        try fixture.git("work", "switch", "-q", "main")

        try fixture.git("work", "am", "-q", fixture.path("patches/0001-s2.patch"), mayFail: true)
        #expect(try repository.operationsInProgress() == [.am])
        try fixture.git("work", "am", "--abort")

        try fixture.git("work", "revert", "--no-edit", "HEAD~1", mayFail: true)
        try fixture.git("work", "revert", "--abort", mayFail: true)
        try fixture.write("work/a.tenon", "n")
        try fixture.commit("more")
        try fixture.git("work", "revert", "--no-edit", "HEAD~1", mayFail: true)
        #expect(try repository.operationsInProgress() == [.revert])
        try fixture.git("work", "revert", "--abort")

        try fixture.git("work", "bisect", "start", "HEAD", "HEAD~2")
        #expect(try repository.operationsInProgress() == [.bisect])
        #expect(try !named("BISECT_LOG").isEmpty || !repository.references().filter { $0.name.hasPrefix("refs/bisect/") }.isEmpty)
        #expect(try !named("ORIG_HEAD").isEmpty)
    }
}
