import TenonAPI
import Testing

@testable import TenonCommands

private let oid = "sha256:" + String(repeating: "ab", count: 32)
private let plain = Presentation()
private let tree = PointerSummary(kind: .tree, oid: oid, size: 3 << 30, files: 35_136, manifest: oid)
private let file = PointerSummary(kind: .file, oid: oid, size: 95_000_000)

@Suite struct QuantityTests {
    @Test func `bytes are told in binary units with one decimal`() {
        #expect(
            [0, 1023, 1024, 1536, 1_048_575, 1 << 20, 95_000_000, 3 << 30].map { Quantity.bytes($0) }
                == ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "1.0 MiB", "90.6 MiB", "3.0 GiB"])
        #expect(Quantity.bytes(.max) == "16.0 EiB")
    }

    @Test func `numbers have commas and nouns their plural`() {
        #expect(Quantity.count(1_234_567) == "1,234,567")
        #expect(Quantity.count(-123) == "-123")
        #expect(Quantity.count(1, "file") == "1 file")
        #expect(Quantity.count(2, "entry", plural: "entries") == "2 entries")
        #expect(Quantity.ratio(10, 4) == "2.50")
        #expect(Quantity.ratio(1, 0) == nil)
        #expect([0.2, 59.5, 3600, 10_931].map { Quantity.duration($0) } == ["0:01", "1:00", "1:00:00", "3:02:11"])
    }

    @Test func `times are told as Git tells them`() {
        #expect(Timestamp.git(1_795_435_469, offset: 60) == "Mon Nov 23 13:04:29 2026 +0100")
        #expect(Timestamp.git(0, offset: -210) == "Wed Dec 31 20:30:00 1969 -0330")
        #expect(Timestamp.git(.max, offset: 60).hasPrefix("@"))
        #expect(Timestamp.git(0, offset: .min).hasSuffix("+0000"))
    }
}

@Suite struct SurroundingsTextTests {
    @Test func `a project of DVC's is told how it is taken over`() {
        var found = Surroundings()
        (found.dvc, found.dvcFiles, found.dvcBytes) = ([WirePath("set.dvc")], 1, 4096)
        #expect(
            SurroundingsText.render(found, plain)
                == "DVC tracks 4.0 KiB by 1 file (set.dvc); \"tenon import dvc\" takes that over, with the pipeline\n")
        var pipeline = Surroundings()
        pipeline.dvcStages = 3
        #expect(
            SurroundingsText.render(pipeline, plain)
                == "dvc.yaml has 3 stages; \"tenon repro\" reads it as it is, \"tenon import dvc\" takes it over\n")
    }
}

@Suite struct PresentationTests {
    @Test func `paths are relative to where one stands`() {
        let here = Presentation(prefix: Array("a/b".utf8))
        #expect(["a/b/c", "a/c", "x", "a/b", "a"].map { here.name(WirePath($0)) } == ["c", "../c", "../../x", ".", ".."])
        #expect(plain.name(WirePath("a\tb\\c")) == "a\\x09b\\x5cc")
        #expect(plain.name(WirePath(bytes: [0xFF])) == "\\xff")
    }

    @Test func `identifiers are short unless one wants more`() {
        #expect(plain.identifier(oid) == "sha256:abababababab")
        #expect(plain.identifier("0123456789abcdef") == "0123456789")
        #expect(Presentation(isVerbose: true).identifier(oid) == oid)
    }

    @Test func `columns align and leave no space at the end`() {
        var columns = Columns(.left, .right, .left, indent: "  ")
        columns.add("a", "1", "x")
        columns.add("bbb", "", "")
        columns.add(Columns.Cell("cc").painted(Style.colored.red), "333", "")
        #expect(columns.text == "  a      1  x\n  bbb\n  \u{1B}[31mcc\u{1B}[0m   333\n")
    }
}

@Suite struct StatusTextTests {
    @Test func `a clean work tree takes one line`() {
        let reply = StatusRequest.Reply(
            artifacts: [
                ArtifactStatus(path: WirePath("data"), state: .clean, pointer: tree),
                ArtifactStatus(path: WirePath("m"), state: .clean, pointer: file),
            ], largeFiles: [], watch: .scan)
        #expect(StatusText.render(reply, plain) == "2 artifacts, 3.1 GiB: clean and stored\n")
        #expect(StatusText.render(StatusRequest.Reply(artifacts: [], largeFiles: [], watch: .scan), plain).hasPrefix("No artifacts here"))
    }

    @Test func `what differs is told by state, with what helps`() {
        var changed = tree
        changed.size += 1 << 30
        changed.files = 35_137
        var smaller = file
        smaller.size = 52 << 20
        let reply = StatusRequest.Reply(
            artifacts: [
                ArtifactStatus(path: WirePath("data"), state: .modified, pointer: tree, data: changed),
                ArtifactStatus(path: WirePath("gone.bin"), state: .missing, pointer: file),
                ArtifactStatus(path: WirePath("model"), state: .clean, pointer: file, stored: false, unstaged: true, staged: smaller),
                ArtifactStatus(path: WirePath("fresh"), state: .clean, pointer: file, unstaged: true),
                ArtifactStatus(path: WirePath("odd"), state: .damaged, detail: "line 3 is no key"),
            ], largeFiles: [StatusRequest.LargeFile(path: WirePath("big.tar"), size: 52 << 20)], watch: .scan)
        #expect(
            StatusText.render(reply, plain) == """
                Data changed since its pointer was written:
                  (use "tenon add -u" to take the new state, "tenon restore PATH" to go back to the old)
                        modified:  data/  3.0 GiB, 35,136 files → 4.0 GiB, 35,137 files

                Data that is gone:
                  (use "tenon restore PATH" to bring it back, "tenon untrack PATH" to let it go)
                        missing:  gone.bin  90.6 MiB

                Pointers that can't be read:
                  (use "git restore PATH.tenon" to take the pointer of the last commit)
                        damaged:  odd  line 3 is no key

                Data changed, not committed:
                  (use "tenon commit" or "git commit -a" to commit the new state, "tenon restore PATH" to go back to the old)
                        changed:  model  52.0 MiB → 90.6 MiB
                        new:      fresh  90.6 MiB

                Pointers whose bytes the store lacks:
                  (use "tenon add PATH" where the data is still here)
                        not stored:  model  90.6 MiB, sha256:abababababab

                Large files that Git tracks or would take:
                  (use "tenon add PATH" to keep it as an artifact)
                        large:  big.tar  52.0 MiB

                5 artifacts, 3.3 GiB: none clean

                """)
    }

    @Test(arguments: ArtifactState.allCases.filter { $0 != .clean })
    func `no state but clean is silent`(state: ArtifactState) {
        let reply = StatusRequest.Reply(artifacts: [ArtifactStatus(path: WirePath("p"), state: state)], largeFiles: [], watch: .scan)
        #expect(StatusText.render(reply, plain).contains("        \(StatusText.word(state)):  p\n"))
    }

    @Test func `colours mark the names`() {
        let reply = StatusRequest.Reply(artifacts: [ArtifactStatus(path: WirePath("p"), state: .behind)], largeFiles: [], watch: .scan)
        #expect(StatusText.render(reply, Presentation(style: .colored)).contains("\u{1B}[31mbehind:\u{1B}[0m  \u{1B}[31mp\u{1B}[0m\n"))
    }
}

@Suite struct TrackingAndMovingTextTests {
    @Test func `add says what was stored`() {
        let reply = AddRequest.Reply(
            artifacts: [
                AddedArtifact(path: WirePath("data"), change: .added, pointer: tree),
                AddedArtifact(path: WirePath("m.bin"), change: .updated, pointer: file),
                AddedArtifact(path: WirePath("same"), change: .unchanged, pointer: file),
            ], readBytes: 1 << 30, newBytes: 1 << 20, storedBytes: 1 << 19)
        #expect(
            TrackingText.render(reply, dryRun: false, plain) == """
                added    data/  3.0 GiB, 35,136 files  sha256:abababababab
                updated  m.bin  90.6 MiB               sha256:abababababab
                Stored 3.1 GiB: 1.0 MiB new, in 512.0 KiB

                """)
        #expect(TrackingText.render(reply, dryRun: true, plain).hasSuffix("Would store 2 artifacts, 3.1 GiB\n"))
        let nothing = AddRequest.Reply(artifacts: [reply.artifacts[2]], readBytes: 0, newBytes: 0, storedBytes: 0)
        #expect(TrackingText.render(nothing, dryRun: false, plain) == "Nothing changed\n")
    }

    @Test func `init and untrack name what they wrote`() {
        let reply = InitRequest.Reply(changed: [WirePath("tenon.yaml")], store: WirePath("/s"), existed: false)
        #expect(
            TrackingText.render(reply, "9 hooks\n", plain) == """
                Tenon is set up here; the store is /s
                  wrote tenon.yaml
                9 hooks
                Track data with "tenon add PATH", then commit as always.

                """)
        #expect(TrackingText.render(UntrackRequest.Reply(untracked: [WirePath("a")]), plain) == "untracked  a\n")
    }

    @Test func `restore says what was written and what was saved`() {
        let reply = RestoreRequest.Reply(
            restored: [
                RestoredArtifact(path: WirePath("data"), filesWritten: 1200, filesRemoved: 1, bytesWritten: 5 << 20, saved: "0123456789abcdef"),
                RestoredArtifact(path: WirePath("m"), filesWritten: 0, filesRemoved: 0, bytesWritten: 0),
                RestoredArtifact(path: WirePath("x"), filesWritten: 0, filesRemoved: 0, bytesWritten: 0, saved: "fedcba9876543210"),
            ], failed: [])
        #expect(
            MovingText.render(reply, plain) == """
                restored  data  1,200 files written, 5.0 MiB; 1 file removed
                restored  m     was in place
                restored  x     modes, links or empty directories set
                What lay at data is saved: "tenon recover 0123456789" brings it back
                What lay at x is saved: "tenon recover fedcba9876" brings it back

                """)
        let failure = FailedArtifact(
            path: WirePath("m"), error: TenonError(.missingContent, "chunk x is in no pack", cause: "pack lost", hint: "fetch"))
        #expect(MovingText.error(failure, plain).description == "restoring 'm' failed: chunk x is in no pack: pack lost")
        #expect(MovingText.render(RecoverRequest.Reply(states: []), plain) == "No saved states\n")
    }
}

@Suite struct LookingTextTests {
    @Test func `diff tells entries and sums up artifacts`() {
        let changes = [
            EntryChange(path: WirePath("data/a"), change: .added, newSize: 10),
            EntryChange(path: WirePath("data/b"), change: .removed, oldSize: 2048),
            EntryChange(path: WirePath("data/c"), change: .changed, oldSize: 1, newSize: 2),
            EntryChange(path: WirePath("data/d"), change: .changed, oldSize: 7, newSize: 7),
        ]
        #expect(
            changes.map { DiffText.entry($0, plain) }.joined() == """
                +  data/a  10 B
                -  data/b  2.0 KiB
                ~  data/c  1 B → 2 B
                ~  data/d  7 B

                """)
        let reply = DiffRequest.Reply(artifacts: [
            ArtifactDiff(
                path: WirePath("data"), change: .changed, old: tree, new: tree, added: 1, removed: 1, changed: 2, addedBytes: 12, removedBytes: 2049),
            ArtifactDiff(path: WirePath("m"), change: .added, new: file, added: 1, addedBytes: 95_000_000),
        ])
        #expect(
            DiffText.summary(reply, plain) == """
                changed  data/  +1 -1 ~2 files  +12 B -2.0 KiB
                added    m      +1 file         +90.6 MiB

                """)
    }

    @Test func `log and show tell commits as Git does`() {
        let commit = LoggedCommit(
            commit: String(repeating: "1", count: 40), author: "Ada\u{1B}", email: "ada@x", time: 1_795_435_469, offset: 0, subject: "One",
            changes: [PointerChange(path: WirePath("data"), change: .added, new: tree)])
        #expect(
            HistoryText.logged(commit, plain) == """
                commit 1111111111111111111111111111111111111111
                Author: Ada\\x1b <ada@x>
                Date:   Mon Nov 23 12:04:29 2026 +0000

                    One

                    added  data/  3.0 GiB, 35,136 files


                """)
        let show = ShowRequest.Reply(commit: commit, artifacts: [BoundArtifact(path: WirePath("data"), pointer: tree, stored: false)])
        #expect(
            HistoryText.render(show, plain).hasSuffix("Binds 1 artifact:\n    data/  tree  3.0 GiB, 35,136 files  \(oid)  not stored\n"))
    }

    @Test func `which names artifacts, entries and commits`() {
        let reply = WhichRequest.Reply(
            oid: oid, stored: true,
            matches: [
                WhichRequest.Match(artifact: WirePath("data"), entry: WirePath("a/b"), commits: (0..<7).map { "\($0)23456789abc" }),
                WhichRequest.Match(artifact: WirePath("m"), commits: ["0123456789abc"], run: "r1"),
            ])
        let text = HistoryText.render(reply, plain)
        #expect(text.hasPrefix("\(oid): stored\ndata/a/b\n    commit 0234567890"[...].prefix(40)))
        #expect(text.contains("    and 2 more commits\nm\n    commit 0123456789\n    run r1\n"))
        #expect(HistoryText.render(WhichRequest.Reply(oid: oid, stored: false, matches: []), plain).hasSuffix("binds these bytes\n"))
        let state = WhichRequest.State(path: WirePath("train.py"), runs: (0..<6).map { "r\($0)" }, saved: ["0123456789abc"])
        #expect(
            HistoryText.render(WhichRequest.Reply(oid: oid, stored: true, matches: [], states: [state]), plain).hasSuffix(
                "train.py\n" + (0..<5).map { "    in the code of run r\($0)\n" }.joined()
                    + "    and 1 more run\n    saved: tenon recover 0123456789\n"))
    }

    @Test func `checksums are lines of sha256sum`() {
        func line(_ path: [UInt8], _ kind: ListedEntry.Kind = .file) -> [UInt8] {
            ListText.checksum(ListedEntry(path: WirePath(bytes: path), kind: kind, size: 1, oid: oid), plain)
        }
        let digits = Array(String(repeating: "ab", count: 32).utf8)
        #expect(line(Array("a b".utf8)) == digits + Array("  a b\n".utf8))
        #expect(line([0xFF]) == digits + Array("  ".utf8) + [0xFF, 0x0A])
        #expect(line(Array("a\\b\rc".utf8)) == Array("\\".utf8) + digits + Array("  a\\\\b\\rc\n".utf8))
        #expect(line(Array("d".utf8), .directory) == [])
        #expect(line(Array("d".utf8), .symlink) == [])
    }

    @Test func `ls tells kind, size and name`() {
        func line(_ entry: ListedEntry) -> String { String(decoding: ListText.entry(entry, plain), as: UTF8.self) }
        #expect(line(ListedEntry(path: WirePath("a"), kind: .executable, size: 1536)) == "    1.5 KiB  x  a\n")
        #expect(line(ListedEntry(path: WirePath("l"), kind: .symlink, size: 1, target: WirePath("t"))) == "        1 B  l  l -> t\n")
        #expect(line(ListedEntry(path: WirePath("d"), kind: .directory, size: 0)) == "             d  d/\n")
    }
}

@Suite struct CareTextTests {
    @Test func `findings name artifact, file and chunk`() {
        let finding = VerifyFinding(
            problem: .damaged, artifact: WirePath("data"), commit: "0123456789abcdef", file: WirePath("a.csv"), chunk: oid, detail: "bytes differ")
        #expect(
            CareText.finding(finding, plain)
                == "damaged  data, file a.csv, chunk sha256:abababababab, commit 0123456789: bytes differ\n")
        let reply = VerifyRequest.Reply(commits: 2, artifacts: 3, files: 1, bytes: 1024, findings: 0)
        #expect(CareText.summary(reply, scope: .stored, plain) == "3 artifacts of 2 commits, as stored: 1 file, 1.0 KiB; all proved\n")
        #expect(CareText.summary(reply, scope: .workTree, plain) == "3 artifacts in the work tree: 1 file, 1.0 KiB; all proved\n")
    }

    @Test func `what proved a remote is told, and what would mend it`() {
        func text(_ result: RemoteProof.Result, findings: Int = 0) -> String {
            let reply = VerifyRequest.Reply(commits: 2, artifacts: 3, files: 1, bytes: 1024, findings: findings, remote: result)
            return CareText.summary(reply, scope: .remote, plain)
        }
        let what = "3 artifacts of 2 commits: 1 file, 1.0 KiB\non 'origin': 1,200 objects in 2 packs, listed"
        #expect(text(RemoteProof.Result(name: "origin", objects: 1200, packs: 2)) == "\(what); all proved\n")
        #expect(
            text(
                RemoteProof.Result(name: "origin", objects: 1200, packs: 2, readObjects: 60, readBytes: 2048, readShare: 0.05, seed: 7), findings: 0)
                == "\(what); 60 read and hashed (2.0 KiB), a sample of 5% with the seed 7; all proved\n")
        #expect(
            text(RemoteProof.Result(name: "origin", objects: 1200, packs: 2, remedy: "tenon fsck --repair"), findings: 1)
                == "\(what); 1 finding\nTo mend it: tenon fsck --repair\n")
    }

    @Test func `the store is told with its ratios`() {
        let reply = StoreRequest.Reply(
            path: WirePath("/s"), id: "i", packs: 2, packBytes: 1 << 20, rawBytes: 2 << 20, chunks: 1000, snapshots: 3, trackedBytes: 8 << 20,
            damagedBlocks: 0, repositories: [WirePath("/a"), WirePath("/b")])
        #expect(
            CareText.render(reply, plain) == """
                Store         /s
                Identifier    i
                Tracked       8.0 MiB in 3 snapshots
                Unique        2.0 MiB in 1,000 chunks (4.00 to 1)
                On disk       1.0 MiB in 2 packs (8.00 to 1)
                Repositories  /a
                              /b

                """)
        let fsck = FsckRequest.Reply(packs: 1, blocks: 2, chunks: 3, snapshots: 4, findings: 1)
        #expect(CareText.summary(fsck, plain) == "1 pack, 2 blocks, 3 chunks, 4 snapshots: 1 finding\n")
        var healed = fsck
        healed.repair = FsckRepair.Result(
            snapshots: 2, remotes: [HealedRemote(name: "origin", objects: 12, bytes: 2048), HealedRemote(name: "x")], remaining: 0)
        #expect(
            CareText.summary(healed, plain) == """
                1 pack, 2 blocks, 3 chunks, 4 snapshots: 1 finding
                Restored 2 snapshots
                'origin': 12 objects stored again, 2.0 KiB sent
                Nothing is amiss now

                """)
        healed.repair = FsckRepair.Result(snapshots: 0, remotes: [HealedRemote(name: "origin", lost: 3)], remaining: 1)
        let end = "'origin': 0 objects stored again, 0 B sent; 3 that the store lacks too\n1 finding stays\n"
        #expect(CareText.summary(healed, plain).hasSuffix(end))
        #expect(CareText.finding(FsckFinding(subject: "snapshot a", detail: "d", healed: true), plain) == "healed   snapshot a: d\n")
    }

    @Test func `a sweep tells who needs what, what went, what is condemned and what waits`() {
        var result = RemoteSweepResult(
            name: "origin",
            repositories: [SweptRepository(id: "0123456789", writer: "host:vision", snapshots: 1200, time: 0, isHere: true)],
            needed: SweepCount(snapshots: 1200, packs: 3, bytes: 3 << 20), removed: SweepCount(), condemned: SweepCount(), waiting: SweepCount())
        let head = "01234567  host:vision  here  1,200 snapshots\nNeeded on 'origin': 1,200 snapshots, 3.0 MiB in 3 packs\n"
        #expect(SweepText.render(result, dryRun: false, plain) == head + "Nothing is there that nobody needs\n")
        result.removed = SweepCount(snapshots: 1, packs: 1, bytes: 1024)
        result.condemned = SweepCount(packs: 2, bytes: 2048)
        result.waiting = SweepCount(snapshots: 1)
        result.pushes = 1
        #expect(
            SweepText.render(result, dryRun: false, plain) == head + """
                Removed: 1 snapshot, 1.0 KiB in 1 pack
                Condemned: 2.0 KiB in 2 packs; a later sweep removes it
                Condemned before, and waiting: 1 snapshot, 0 B in 0 packs, for 1 push under way

                """)
        #expect(SweepText.render(result, dryRun: true, plain).contains("Would remove: 1 snapshot"))
        result.due = 1_700_000_000
        #expect(SweepText.render(result, dryRun: true, plain).contains(", until 2023-11-1"))
        result.repacked = RepackCount(packs: 2, bytes: 1 << 20, freed: 30 << 20)
        result.damaged = ["0a1b"]
        let dry = SweepText.render(result, dryRun: true, plain)
        #expect(dry.contains("\nWould repack: 1.0 MiB out of 2 mostly dead packs, which frees 30.0 MiB\n"), "\(dry)")
        let done = SweepText.render(result, dryRun: false, plain)
        #expect(done.contains("\nRepacked: 1.0 MiB out of 2 mostly dead packs, which frees 30.0 MiB once they are removed\nCondemned: "), "\(done)")
        #expect(done.hasSuffix("\nDamaged, and left as it is: pack 0a1b; see to it with 'tenon fsck --repair'\n"))
    }

    @Test func `what a remote's storage lacks is told`() {
        func note(_ capabilities: [String]?) -> String {
            SharingText.render(
                RemoteRequest.Reply(remotes: [RemoteSummary(name: "o", url: "/r", isDefault: true, trusted: true, capabilities: capabilities)]), plain
            )
        }
        #expect(note(nil) == "o  /r  default\n" && note(["writes", "create-only", "compare-and-swap", "conditional-delete"]) == note(nil))
        #expect(note(["none"]) == "o  /r  default; can only be fetched from\n")
        #expect(
            note(["writes", "create-only"])
                == "o  /r  default; its storage has no compare-and-swap, no conditional removal: it can't be swept\n")
    }

    @Test func `times are read as people write them`() {
        #expect(["90s", "30m", "24h", "7d", "0"].map { TimeSpan(argument: $0)?.seconds } == [90, 1800, 86_400, 604_800, 0])
        for bad in ["", "7", "d", "-1h", "1.5h", "99999999999999999999d", "1000000d"] { #expect(TimeSpan(argument: bad) == nil) }
    }
}
