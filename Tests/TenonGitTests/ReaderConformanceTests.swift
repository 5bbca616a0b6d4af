import Glibc
import TenonCore
import Testing

@testable import TenonGit

/// What both readers must give for the same repository: each case is what `git` itself says.
@Suite struct ReaderConformanceTests {
    /// A reader, and the hash of the repositories that it is tried on.
    struct Case: Sendable, CustomTestStringConvertible {
        let reader: GitRepository.Reader
        let format: String
        var testDescription: String { "\(reader) on \(format)" }
    }

    static let cases = [
        Case(reader: .libgit2, format: "sha1"), Case(reader: .git, format: "sha1"), Case(reader: .git, format: "sha256"),
    ]

    private func fixture(_ format: String) throws -> GitFixture {
        let fixture = try GitFixture()
        try fixture.repository("work", "--object-format=\(format)")
        return fixture
    }

    @Test(arguments: cases) func aBranchWithoutCommitsHasAHeadWithoutCommit(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        let repository = try fixture.open(reader: choice.reader)
        #expect(repository.reader == choice.reader)
        #expect(repository.objectFormat.rawValue == choice.format)
        #expect(try repository.head() == Head(branch: "refs/heads/main", commit: nil))
        #expect(try repository.references().isEmpty)
        #expect(try repository.pointersInIndex().isEmpty)
        #expect(try repository.stashes().isEmpty)
        var walk = try repository.historyOfAllReferences()
        #expect(try walk.next() == nil)
    }

    @Test(arguments: cases) func pointersOfACommitAndOfTheIndexAreFoundAtEveryDepth(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        try fixture.write("work/train.tenon", "a")
        try fixture.write("work/a/b/c/deep.tenon", "b")
        try fixture.write("work/a.tenon/x.tenon", "c")
        try fixture.write("work/a/.tenon", "no pointer")
        try fixture.write("work/src/code.py", "code")
        try fixture.write(bytes("work/d/\u{0}").dropLast() + [0xFF, 0xFE] + bytes(".tenon"), "bytes")
        try fixture.write("work/exec.tenon", "e")
        chmod(fixture.path("work/exec.tenon"), 0o755)
        symlink("train.tenon", fixture.path("work/link.tenon"))
        let commit = try fixture.commit("one")
        for isPacked in [false, true] {
            if isPacked { try fixture.git("work", "gc", "-q") }
            let repository = try fixture.open(reader: choice.reader)
            let expected = ["a.tenon/x.tenon", "a/b/c/deep.tenon", "d/\\xff\\xfe.tenon", "exec.tenon", "train.tenon"]
            let pointers = try repository.pointers(inCommit: commit)
            #expect(pointers.map(\.text) == expected)
            #expect(pointers.last?.mode == .file)
            #expect(try pointers.map { String(decoding: try repository.blob($0.id, limit: 100), as: UTF8.self) } == ["c", "b", "bytes", "e", "a"])
            #expect(try repository.pointersInIndex().map { displayName($0.path) } == expected)
            #expect(try repository.pointersInIndex().map(\.id) == pointers.map(\.id))
            #expect(try repository.pointers(inCommit: commit, under: bytes("a")).map(\.text) == ["a/b/c/deep.tenon"])
            #expect(try repository.pointers(inCommit: commit, under: bytes("train.tenon")).map(\.text) == ["train.tenon"])
            // What a walk left out is not taken for empty.
            #expect(try repository.pointers(inCommit: commit, under: bytes("a/none")).isEmpty)
            // After a whole walk, what holds no pointer is known, and the answer is the same.
            #expect(try repository.pointers(inCommit: commit).map(\.text) == expected)
            let tree = try repository.commit(commit).tree
            #expect(try repository.entry(at: bytes("a/b/c/deep.tenon"), inTree: tree)?.mode == .file)
            #expect(try repository.entry(at: bytes("a/b"), inTree: tree)?.mode == .directory)
            #expect(try repository.entry(at: bytes("train.tenon/x"), inTree: tree) == nil)
            #expect(
                try repository.areTracked(["a", "a/b", "a/b/c/deep.tenon", "a/b/c/de", "src", "nothing"].map { try RelativePath($0) }) == [
                    true, true, true, false, true, false,
                ])
            #expect(try repository.indexEntries().contains { displayName($0.path) == "src/code.py" && $0.size == 4 })
        }
    }

    @Test(arguments: cases) func aCommitSaysWhoWhenWhatAndFromWhere(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        let first = try fixture.commit("first line\nsecond line\n\nbody\n")
        let second = try fixture.commit("größer")
        let commit = try fixture.open(reader: choice.reader).commit(second)
        #expect(commit.parents == [first])
        #expect(commit.author.name == "Ada" && commit.author.email == "ada@example.org" && commit.author.offset == 120)
        #expect(commit.committer.name == "Charles")
        #expect(commit.subject == "größer")
        #expect(try String(commit.author.time) == fixture.git("work", "show", "-s", "--format=%at"))
        #expect(try fixture.open(reader: choice.reader).commit(first).subject == fixture.git("work", "show", "-s", "--format=%s", first.hex))
    }

    @Test(arguments: cases) func historyComesInTheOrderOfGitRevListMergesIncluded(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        try fixture.write("work/a.tenon", "1")
        try fixture.commit("one")
        try fixture.git("work", "switch", "-q", "-c", "side")
        for number in 0..<5 {
            try fixture.write("work/side.tenon", "\(number)")
            try fixture.commit("side \(number)")
        }
        try fixture.git("work", "switch", "-q", "main")
        try fixture.write("work/a.tenon", "2")
        try fixture.commit("two")
        try fixture.git("work", "merge", "-q", "--no-edit", "side")
        try fixture.git("work", "tag", "-a", "v1", "-m", "v1", "HEAD~1")
        try fixture.git("work", "commit", "-q", "--amend", "-m", "only the reflog and a branch knew the other")
        let repository = try fixture.open(reader: choice.reader)
        var walk = try repository.historyOfAllReferences()
        var found: [String] = []
        while let commit = try walk.next() { found.append(commit.id.hex) }
        #expect(try found.joined(separator: "\n") == fixture.git("work", "rev-list", "--all", "HEAD"))
        var first = try repository.history(from: [fixture.id(fixture.git("work", "rev-parse", "HEAD"))], firstParentOnly: true)
        var line: [String] = []
        while let commit = try first.next() { line.append(commit.id.hex) }
        #expect(try line.joined(separator: "\n") == fixture.git("work", "rev-list", "--first-parent", "HEAD"))
    }

    @Test(arguments: cases) func pointerChangesBetweenTreesAreThoseOfGitDiffTree(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        try fixture.write("work/same/x.tenon", "x")
        try fixture.write("work/gone/y.tenon", "y")
        try fixture.write("work/changed.tenon", "1")
        try fixture.write("work/turns.tenon", "file")
        try fixture.write("work/code.py", "1")
        let first = try fixture.commit("one")
        try fixture.write("work/changed.tenon", "2")
        try fixture.write("work/code.py", "2")
        try fixture.write("work/new/deep/z.tenon", "z")
        unlink(fixture.path("work/gone/y.tenon"))
        unlink(fixture.path("work/turns.tenon"))
        try fixture.write("work/turns.tenon/in.tenon", "directory")
        let second = try fixture.commit("two")
        let repository = try fixture.open(reader: choice.reader)
        let (old, new) = (try repository.commit(first), try repository.commit(second))
        let expected = ["*changed.tenon", "-gone/y.tenon", "+new/deep/z.tenon", "-turns.tenon", "+turns.tenon/in.tenon"]
        #expect(try repository.pointerChanges(from: old.tree, to: new.tree).map(\.text) == expected)
        #expect(try repository.pointerChanges(in: new).map(\.text) == expected)
        #expect(try repository.pointerChanges(in: old).map(\.text) == ["+changed.tenon", "+gone/y.tenon", "+same/x.tenon", "+turns.tenon"])
        #expect(try repository.pointerChanges(from: new.tree, to: new.tree).isEmpty)
        var seen: Set<GitObjectID> = []
        var ids: Set<GitObjectID> = []
        var count = 0
        for commit in [new, old] {
            try repository.forEachNewPointer(inTree: commit.tree, seen: &seen) {
                ids.insert($0.id); count += 1
            }
        }
        #expect(ids.count == 7 && count == 7)
        try repository.forEachNewPointer(inTree: old.tree, seen: &seen) { _ in count += 1 }
        #expect(count == 7)
    }

    @Test(arguments: cases) func referencesArePeeledLooseOrPackedAndBrokenOnesAreTold(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        let commit = try fixture.commit("one")
        try fixture.git("work", "branch", "topic/one")
        try fixture.git("work", "tag", "-a", "v1", "-m", "v1")
        try fixture.git("work", "tag", "-a", "v1-again", "-m", "tag of a tag", "v1")
        let blob = try fixture.git("work", "hash-object", "-w", "--stdin", input: "blob")
        try fixture.git("work", "tag", "a-blob", blob)
        try fixture.git("work", "symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/main")
        for isPacked in [false, true] {
            if isPacked { try fixture.git("work", "pack-refs", "--all") }
            let all = try fixture.open(reader: choice.reader).references()
            #expect(
                all.map(\.name) == [
                    "refs/heads/main", "refs/heads/topic/one", "refs/remotes/origin/HEAD", "refs/tags/a-blob", "refs/tags/v1", "refs/tags/v1-again",
                ])
            #expect(all.map(\.commit) == [commit, commit, commit, nil, commit, commit])
            #expect(all[2].symbolicTarget == "refs/heads/main")
            #expect(all.map(\.targetType) == [.commit, .commit, .commit, .blob, .tag, .tag])
            #expect(all.allSatisfy { !$0.isBroken })
        }
        try fixture.write("work/.git/refs/heads/broken", "this is no id\n")
        try fixture.write("work/.git/refs/heads/lost", String(repeating: "1", count: commit.hex.count) + "\n")
        try fixture.write("work/.git/refs/heads/dangling", "ref: refs/heads/nowhere\n")
        let all = try fixture.open(reader: choice.reader).references()
        #expect(all.filter(\.isBroken).map(\.name) == ["refs/heads/broken", "refs/heads/lost"])
        #expect(all.contains { $0.name == "refs/heads/dangling" && $0.target == nil && $0.symbolicTarget == "refs/heads/nowhere" })
    }

    @Test(arguments: cases) func reflogsAndStashesAreReadNewestFirst(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        try fixture.write("work/a.tenon", "1")
        let first = try fixture.commit("one")
        let second = try fixture.commit("two")
        try fixture.git("work", "reset", "-q", "--hard", first.hex)
        for content in ["2", "3"] {
            try fixture.write("work/a.tenon", content)
            try fixture.git("work", "stash", "-q")
        }
        let repository = try fixture.open(reader: choice.reader)
        let main = try repository.reflog(of: "refs/heads/main")
        #expect(main.map(\.new) == [first, second, first])
        #expect(main.map(\.old) == [second, first, nil])
        #expect(main[1].message == "commit: two" && main[1].who.name == "Charles" && main[1].who.offset == 120)
        let stashes = try repository.stashes()
        #expect(try stashes.map { $0.new?.hex } == fixture.git("work", "stash", "list", "--format=%H").split(separator: "\n").map(String.init))
        let contents = try stashes.map { stash in
            try repository.pointers(inCommit: #require(stash.new)).map { String(decoding: try repository.blob($0.id, limit: 10), as: UTF8.self) }
        }
        #expect(contents == [["3"], ["2"]])
        #expect(try Set(repository.reflogs().map(\.reference)) == ["HEAD", "refs/heads/main", "refs/stash"])
    }

    @Test(arguments: cases) func conflictsStandInTheIndexWithTheirStages(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        for (branch, content) in [("main", "base"), ("side", "theirs"), ("main", "ours")] {
            if branch == "side" {
                try fixture.git("work", "switch", "-q", "-c", "side")
            } else {
                try fixture.git("work", "switch", "-q", "main", mayFail: true)
            }
            try fixture.write("work/p.tenon", content)
            try fixture.commit(content)
        }
        try fixture.git("work", "merge", "-q", "side", mayFail: true)
        let repository = try fixture.open(reader: choice.reader)
        let entries = try repository.pointersInIndex()
        #expect(entries.map(\.text) == ["1 100644 p.tenon", "2 100644 p.tenon", "3 100644 p.tenon"])
        #expect(try entries.map { String(decoding: try repository.blob($0.id, limit: 10), as: UTF8.self) } == ["base", "ours", "theirs"])
        #expect(try repository.isTracked(RelativePath("p.tenon")))
        #expect(try repository.operationsInProgress() == [.merge])
        #expect(try repository.specialHeads().contains { $0.name == "MERGE_HEAD" && $0.ids.count == 1 })
        // Staging resolves it.
        try repository.updateIndex([.set(path: bytes("p.tenon"), mode: .file, id: entries[2].id)])
        #expect(try repository.pointersInIndex().map(\.text) == ["0 100644 p.tenon"])
    }

    @Test(arguments: cases) func stagingWritesWhatGitCommits(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        try fixture.write("work/.gitignore", "data/\n")
        try fixture.commit("one")
        let repository = try fixture.open(reader: choice.reader)
        let blob = try repository.writeBlob(bytes("pointer\n"))
        #expect(try blob.hex == fixture.git("work", "hash-object", "--stdin", input: "pointer\n"))
        let strange = bytes("data/") + [0xFF, 0x22] + bytes(".tenon")
        try repository.updateIndex([.set(path: bytes("data/train.tenon"), mode: .file, id: blob), .set(path: strange, mode: .file, id: blob)])
        #expect(try repository.pointersInIndex().map(\.path) == [bytes("data/train.tenon"), strange])
        try repository.updateIndex([.remove(path: strange), .remove(path: bytes("not/there"))])
        #expect(
            try fixture.git("work", "ls-files", "-s")
                == "100644 \(try fixture.git("work", "hash-object", fixture.path("work/.gitignore"))) 0\t.gitignore\n100644 \(blob.hex) 0\tdata/train.tenon"
        )
        try fixture.write("work/.git/index.lock", "")
        #expect { try repository.updateIndex([.remove(path: strange)]) } throws: { ($0 as? TenonError)?.code == .busy }
    }

    @Test(arguments: cases) func theCallersIndexIsUsedWhereverItLies(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        try fixture.write("work/a.tenon", "a")
        try fixture.commit("one")
        try GitFixture.run("/bin/cp", [fixture.path("work/.git/index"), fixture.path("other-index")], [])
        let repository = try fixture.open(reader: choice.reader, indexFile: fixture.path("other-index"))
        let blob = try repository.writeBlob(bytes("b"))
        try repository.updateIndex([.set(path: bytes("b.tenon"), mode: .file, id: blob)])
        #expect(try repository.pointersInIndex().map { displayName($0.path) } == ["a.tenon", "b.tenon"])
        let usual = try fixture.open(reader: choice.reader)
        #expect(try usual.pointersInIndex().map { displayName($0.path) } == ["a.tenon"])
        #expect(try usual.pointersInIndex(file: bytes(fixture.path("other-index"))).count == 2)
        #expect(throws: TenonError.self) { try GitEnvironment(caller: ["GIT_INDEX_FILE": ".git/index"]) }
    }

    @Test(arguments: cases) func linkedWorkTreesAreListedWithTheirHeads(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        let commit = try fixture.commit("one")
        try fixture.git("work", "worktree", "add", "-q", "-b", "topic", fixture.path("linked"))
        try fixture.git("work", "worktree", "add", "-q", "--detach", fixture.path("gone"))
        try GitFixture.run("/bin/rm", ["-rf", fixture.path("gone")], [])
        try fixture.write("linked/only.tenon", "x")
        let second = try fixture.commit("two", in: "linked")
        let linked = try fixture.open("linked", reader: choice.reader)
        #expect(linked.isLinkedWorktree)
        #expect(try linked.head() == Head(branch: "refs/heads/topic", commit: second))
        #expect(try linked.pointersInIndex().map(\.text) == ["0 100644 only.tenon"])
        for name in ["work", "linked"] {
            let repository = try fixture.open(name, reader: choice.reader)
            let all = try repository.worktrees()
            #expect(all.map { $0.path.map(displayName) } == [fixture.path("work"), fixture.path("gone"), fixture.path("linked")])
            #expect(
                all.map(\.head) == [
                    Head(branch: "refs/heads/main", commit: commit), Head(branch: nil, commit: commit),
                    Head(branch: "refs/heads/topic", commit: second),
                ])
            #expect(all.map(\.isPresent) == [true, false, true])
            #expect(try repository.pointersInIndex(file: all[2].gitDirectory + bytes("/index")).count == 1)
            let logs = try Set(repository.reflogs().map(\.reference))
            #expect(
                logs.isSuperset(of: ["HEAD", "refs/heads/main", "refs/heads/topic", name == "work" ? "worktrees/linked/HEAD" : "main-worktree/HEAD"]))
            for path in [
                "tenon/base", "info/attributes", "info/exclude", "hooks/pre-commit", "index", "HEAD", "logs/HEAD", "logs/refs/heads/main",
                "info/sparse-checkout", "config", "refs/bisect/bad",
            ] {
                let expected = try fixture.git(name, "rev-parse", "--path-format=absolute", "--git-path", path)
                #expect(try displayName(repository.gitPath(path)) == expected)
            }
        }
    }

    @Test(arguments: cases) func configurationIsReadSetAndRemoved(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        let repository = try fixture.open(reader: choice.reader)
        #expect(try repository.configuration("tenon.store") == nil)
        try repository.setConfiguration("tenon.store", to: "/a b/ü\"c")
        #expect(try fixture.open(reader: choice.reader).configuration("tenon.store") == "/a b/ü\"c")
        try fixture.git("work", "config", "--add", "tenon.many", "1")
        try fixture.git("work", "config", "--add", "tenon.many", "2")
        #expect(try fixture.open(reader: choice.reader).configurationValues("tenon.many") == ["1", "2"])
        try fixture.git("work", "config", "tenon.remote.Big-One.url", "s3://b/p")
        let matching = try fixture.open(reader: choice.reader).configuration(matching: "^tenon\\.(many|remote\\.)")
        #expect(matching.map { "\($0.key)=\($0.value)" } == ["tenon.many=1", "tenon.many=2", "tenon.remote.Big-One.url=s3://b/p"])
        try repository.setConfiguration("tenon.store", to: nil)
        try repository.setConfiguration("tenon.store", to: nil)
        #expect(try fixture.open(reader: choice.reader).configuration("tenon.store") == nil)
        try fixture.git("work", "config", "core.hooksPath", ".husky")
        #expect(try displayName(fixture.open(reader: choice.reader).gitPath("hooks/pre-commit")) == fixture.path("work/.husky/pre-commit"))
    }

    @Test(arguments: cases) func ignoreRulesAndAttributesAreAskedOfGit(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        try fixture.write("work/.gitignore", "data/*\n!data/keep.tenon\n")
        try fixture.write("work/.gitattributes", "*.tenon -text merge=tenon diff\n")
        let repository = try fixture.open(reader: choice.reader)
        let paths = try ["data/a.tenon", "data/keep.tenon", "code.py"].map { try RelativePath($0) }
        let checks = try repository.ignoreChecks(paths)
        #expect(checks.map(\.isIgnored) == [true, false, false])
        #expect(checks.map(\.line) == [1, 2, 0] && displayName(checks[0].source) == ".gitignore")
        let attributes = try repository.attributes(["text", "merge", "diff", "filter"], of: paths)
        #expect(attributes[0] == ["text": .unset, "merge": .value(bytes("tenon")), "diff": .set, "filter": .unspecified])
        #expect(attributes[2]["text"] == .unspecified)
    }

    @Test(arguments: cases) func missingLongAndWrongObjectsAreErrorsThatSaySo(_ choice: Case) throws {
        let fixture = try fixture(choice.format)
        try fixture.write("work/a.tenon", String(repeating: "x", count: 5_000))
        let commit = try fixture.commit("one")
        let repository = try fixture.open(reader: choice.reader)
        let blob = try #require(try repository.pointersInIndex().first).id
        let absent = try fixture.id(String(repeating: "1", count: commit.hex.count))
        #expect { try repository.commit(absent) } throws: { ($0 as? TenonError)?.code == .notFound }
        #expect { try repository.commit(blob) } throws: { ($0 as? TenonError)?.code == .corrupt }
        #expect { try repository.blob(absent, limit: 10) } throws: { ($0 as? TenonError)?.code == .corrupt }
        #expect { try repository.blob(blob, limit: 4_999) } throws: { "\($0)".contains("5000 bytes") }
        #expect(try repository.blob(blob, limit: 5_000).count == 5_000)
        #expect(try repository.info(blob) == GitObjectInfo(type: .blob, size: 5_000))
        #expect(try repository.info(absent) == nil)
        // A damaged object is told by name of the repository, and the next question is answered.
        let file = fixture.path("work/.git/objects/\(blob.hex.prefix(2))/\(blob.hex.dropFirst(2))")
        chmod(file, 0o644)
        try fixture.write("work/.git/objects/\(blob.hex.prefix(2))/\(blob.hex.dropFirst(2))", "garbage")
        let damaged = try fixture.open(reader: choice.reader)
        #expect { try damaged.blob(blob, limit: 5_000) } throws: { ($0 as? TenonError)?.code == .corrupt }
        #expect(try damaged.commit(commit).subject == "one")
    }
}
