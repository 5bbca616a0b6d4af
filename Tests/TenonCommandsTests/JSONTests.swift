import Glibc
import TenonAPI
import TenonClient
import Testing

@testable import TenonCommands

@Suite struct JSONTests {
    private func text(_ value: some Encodable) throws -> String {
        String(decoding: try WireCoding.encode(value), as: UTF8.self)
    }

    @Test func `items stand beside the keys of the reply`() throws {
        let reply = FsckRequest.Reply(packs: 1, blocks: 2, chunks: 3, snapshots: 4, findings: 1)
        let items = [FsckFinding(subject: "pack a", detail: "cut")]
        #expect(
            try text(AnswerDocument(reply: reply, items: items))
                == #"{"blocks":2,"chunks":3,"findings":1,"items":[{"detail":"cut","subject":"pack a"}],"packs":1,"snapshots":4}"#)
        #expect(
            try text(AnswerDocument(reply: reply, items: [FsckFinding]?.none)) == #"{"blocks":2,"chunks":3,"findings":1,"packs":1,"snapshots":4}"#)
        #expect(try text(AnswerDocument(reply: reply, items: [FsckFinding]())).contains(#""items":[]"#))
    }

    @Test func `paths that are not UTF-8 are told in Base64`() throws {
        #expect(try text(UntrackRequest.Reply(untracked: [WirePath("a/b"), WirePath(bytes: [0xFF])])) == #"{"untracked":["a/b",{"b64":"/w=="}]}"#)
    }

    /// One of each reply with every key set, as the page must describe it.
    private func documents() throws -> [String] {
        let path = WirePath("p")
        let pointer = PointerSummary(kind: .tree, oid: "o", size: 1, files: 1, manifest: "m", run: "r")
        let restored = RestoredArtifact(path: path, filesWritten: 1, filesRemoved: 1, bytesWritten: 1, saved: "s")
        let commit = LoggedCommit(
            commit: "c", author: "a", email: "e", time: 1, offset: 1, subject: "s",
            changes: [PointerChange(path: path, change: .changed, old: pointer, new: pointer)])
        let change = EntryChange(path: path, change: .changed, oldSize: 1, newSize: 1, oldOid: "o", newOid: "o")
        let diff = ArtifactDiff(path: path, change: .changed, old: pointer, new: pointer)
        let finding = VerifyFinding(problem: .missing, artifact: path, commit: "c", file: path, chunk: "c", pack: "p", detail: "d")
        let proved = RemoteProof.Result(name: "n", objects: 1, packs: 1, readObjects: 1, readBytes: 1, readShare: 1, seed: 1, remedy: "r")
        let entry = ListedEntry(path: path, kind: .symlink, size: 1, oid: "o", target: path)
        let failed = FailedArtifact(path: path, error: TenonError(.io, "m", cause: "c", hint: "h"))
        let artifact = ArtifactStatus(path: path, state: .modified, pointer: pointer, data: pointer, detail: "d")
        return [
            try text(InitRequest.Reply(changed: [path], store: path, existed: true)),
            try text(
                AddRequest.Reply(
                    artifacts: [AddedArtifact(path: path, change: .added, pointer: pointer)], readBytes: 1, newBytes: 1, storedBytes: 1)),
            try text(StatusRequest.Reply(artifacts: [artifact], largeFiles: [StatusRequest.LargeFile(path: path, size: 1)], watch: .scan)),
            try text(RestoreRequest.Reply(restored: [restored], failed: [failed])),
            try text(RecoverRequest.Reply(states: [SavedState(id: "i", path: path, time: 1, pointer: pointer)], restored: restored)),
            try text(AnswerDocument(reply: DiffRequest.Reply(artifacts: [diff]), items: [change])),
            try text(AnswerDocument(reply: LogRequest.Reply(commits: 1), items: [commit])),
            try text(ShowRequest.Reply(commit: commit, artifacts: [BoundArtifact(path: path, pointer: pointer, stored: true)])),
            try text(AnswerDocument(reply: ListRequest.Reply(entries: 1, bytes: 1), items: [entry])),
            try text(
                WhichRequest.Reply(
                    oid: "o", stored: true, matches: [WhichRequest.Match(artifact: path, entry: path, commits: ["c"], run: "r")],
                    states: [WhichRequest.State(path: path)])),
            try text(
                AnswerDocument(
                    reply: VerifyRequest.Reply(commits: 1, artifacts: 1, files: 1, bytes: 1, findings: 1, remote: proved), items: [finding])),
            try text(
                StoreRequest.Reply(
                    path: path, id: "i", packs: 1, packBytes: 1, rawBytes: 1, chunks: 1, snapshots: 1, trackedBytes: 1, damagedBlocks: 1,
                    repositories: [])),
            try text(
                HooksReport(
                    manner: "m", directory: "d", hooksPath: "p", git: "g",
                    hooks: [HookStanding(hook: "h", state: .installed, file: "f", next: "n", nextAuthor: .husky)], changed: true, notes: ["n"])),
            try text(DoctorReport(findings: [Finding("s", .ok, "d", remedy: "r")])),
            try text(
                DaemonInfo(
                    version: "v", apiMinimum: 1, api: 1, pid: 1, store: path, storeIdentifier: "i", uptime: 1, residentBytes: 1, log: path)),
        ]
    }

    @Test func `the page on JSON names every key`() throws {
        let page = try page()
        for document in try documents() {
            let keys = Set(
                document.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
            for key in keys where document.contains("\"\(key)\":") {
                #expect(page.contains("`\(key)`") || page.contains("\"\(key)\""), "\(key) of \(document)")
            }
        }
    }

    @Test func `the page on JSON names every state, problem and error`() throws {
        let page = try page()
        for word in ArtifactState.allCases.map(\.rawValue) + TenonError.Code.allCases.map(\.rawValue) {
            #expect(page.contains("`\(word)`"), "\(word)")
        }
    }

    private func page() throws -> String {
        // This file stands three levels below the top.
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let descriptor = open("/\(root)/docs/json.md", O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
