import Foundation
import Synchronization
import TenonAPI
import TenonCore
import Testing

@testable import TenonServer

private let tree = WorkTreeContext(topLevel: WirePath("/r"), device: 1, inode: 2, gitEnvironment: ["GIT_INDEX_FILE": "/x"])

@Suite(.timeLimit(.minutes(1)))
struct ServingTests {
    private func recovering(_ body: @escaping @Sendable (RecoverRequest) throws -> RecoverRequest.Reply) -> AnyVerb {
        AnyVerb(RecoverRequest.self) { request, _ in try body(request) }
    }

    @Test func `a request reaches its verb as it was sent, and the reply comes back`() async throws {
        let verb = recovering { request in
            #expect(request.workTree == tree)
            return .init(states: [
                SavedState(
                    id: request.id ?? "", path: WirePath(bytes: [0xFF, 0x2F]), time: 7, pointer: PointerSummary(kind: .file, oid: "o", size: 1))
            ])
        }
        try await ServerFixture.with(verbs: [verb]) { server in
            let reply = try await server.client(expecting: ServerFixture.store).call(RecoverRequest(workTree: tree, id: "abc"))
            #expect(reply.states.map(\.id) == ["abc"])
            #expect(reply.states.map(\.path.bytes) == [[0xFF, 0x2F]])
        }
    }

    @Test func `a verb's error comes back as it was thrown`() async throws {
        let thrown = TenonError(.artifactState, "data is moving", cause: "cut short", hint: "tenon restore data")
        try await ServerFixture.with(verbs: [recovering { _ in throw thrown }]) { server in
            let error = await #expect(throws: TenonError.self) { try await server.client().call(RecoverRequest(workTree: tree)) }
            #expect(error == thrown)
        }
    }

    @Test func `all items come, in order, to a client that is slow`() async throws {
        let count = 30_000
        let verb = AnyVerb(FsckRequest.self) { _, output in
            try await onThread {
                for number in 0..<count { output.item(FsckFinding(subject: "\(number)", detail: String(repeating: "x", count: 200))) }
            }
            output.warn("that was all")
            return .init(packs: 0, blocks: 0, chunks: 0, snapshots: 0, findings: count)
        }
        try await ServerFixture.with(verbs: [verb]) { server in
            let seen = Mutex((next: 0, warnings: 0))
            let reply = try await server.client().call(FsckRequest()) { event in
                switch event {
                case .item(let item):
                    let next = seen.withLock { seen in
                        #expect(item.subject == "\(seen.next)")
                        seen.next += 1
                        return seen.next
                    }
                    if next % 5000 == 0 { usleep(50_000) }
                case .warning: seen.withLock { $0.warnings += 1 }
                default: break
                }
            }
            #expect(reply.findings == count)
            #expect(seen.withLock { $0.next } == count)
            #expect(seen.withLock { $0.warnings } == 1)
        }
    }

    @Test func `progress is coalesced`() async throws {
        let verb = AnyVerb(FsckRequest.self) { _, output in
            try await onThread {
                for number in 0..<400 {
                    output.progress(Progress(phase: .reading, bytes: UInt64(number)))
                    usleep(1_000)
                }
            }
            return .init(packs: 0, blocks: 0, chunks: 0, snapshots: 0, findings: 0)
        }
        try await ServerFixture.with(verbs: [verb]) { server in
            let started = ContinuousClock.now
            let lines = Mutex(0)
            _ = try await server.client().call(FsckRequest()) { if case .progress = $0 { lines.withLock { $0 += 1 } } }
            let most = Int(started.duration(to: .now).milliseconds / 100) + 1
            #expect((1...most).contains(lines.withLock { $0 }))
        }
    }

    @Test func `a client that goes away cancels, and its verb is waited for`() async throws {
        let begun = Flag()
        let ended = Flag()
        let verb = AnyVerb(FsckRequest.self) { _, output in
            begun.set()
            try await onThread {
                // Items are pushed until nobody takes them: the thread must not be left waiting.
                while !output.isCancelled { output.item(FsckFinding(subject: "s", detail: String(repeating: "d", count: 10_000))) }
            }
            ended.set()
            throw TenonError(.cancelled, "cancelled")
        }
        try await ServerFixture.with(verbs: [verb]) { server in
            let descriptor = try connectRaw(server.socket)
            let body = #"{"read": false, "rebuild": false}"#
            let request = Array("POST /v1/fsck HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
            _ = send(descriptor, request, request.count, 0)
            #expect(await begun.wait())
            try await Task.sleep(for: .milliseconds(100))
            #expect(!ended.isSet)
            close(descriptor)
            #expect(await ended.wait())
        }
    }

    @Test(arguments: [true, false])
    func `a client without patience goes; what outlives it goes on, all else is cancelled`(detach: Bool) async throws {
        let gone = Flag()
        let finished = Flag()
        let cancelled = Flag()
        let verb = AnyVerb(RestoreRequest.self) { _, output in
            try await onThread {
                // Warnings are never dropped while somebody reads them: nobody does, and the thread must not be left waiting.
                while !gone.isSet && !output.isCancelled { output.warn(String(repeating: "w", count: 10_000)) }
                // Time in which a client's leaving would have been noticed.
                for _ in 0..<50 where !output.isCancelled { usleep(10_000) }
            }
            output.isCancelled ? cancelled.set() : finished.set()
            return .init(restored: [], failed: [])
        }
        try await ServerFixture.with(verbs: [verb]) { server in
            let request = RestoreRequest(workTree: tree, mode: .reconcile, detach: detach)
            let reply = try await server.client().call(request, patience: .milliseconds(100))
            #expect(reply == nil)
            gone.set()
            #expect(await (detach ? finished : cancelled).wait())
            #expect(!(detach ? cancelled : finished).isSet)
        }
    }

    @Test func `a client with patience gets what comes in time`() async throws {
        let verb = AnyVerb(RestoreRequest.self) { _, _ in .init(restored: [], failed: []) }
        try await ServerFixture.with(verbs: [verb]) { server in
            let reply = try await server.client().call(RestoreRequest(workTree: tree, mode: .reconcile), patience: .seconds(20))
            #expect(reply != nil)
        }
    }

    @Test func `a daemon that is asked to leave ends requests with an error`() async throws {
        let begun = Flag()
        let verb = AnyVerb(FsckRequest.self) { _, output in
            begun.set()
            try await onThread { while !output.isCancelled { usleep(1_000) } }
            throw TenonError(.cancelled, "the daemon is leaving")
        }
        try await ServerFixture.with(verbs: [verb]) { server in
            let call = Task { try await server.client().call(FsckRequest()) }
            #expect(await begun.wait())
            try await onThread { try server.client().stop() }
            let error = await #expect(throws: TenonError.self) { _ = try await call.value }
            // Nobody has interrupted them.
            #expect(error?.code == .io)
            #expect(error?.cause == "the daemon was stopped")
            #expect(error?.hint?.contains("again") == true)
        }
    }

    // MARK: Bytes

    private let cat: CatVerb = { request, output in
        try await onThread {
            let block = [UInt8](repeating: 0x61, count: 1 << 20)
            switch request.path.description {
            case "whole":
                output.begin(length: 20 << 20)
                for _ in 0..<20 { try block.withUnsafeBytes { try output.write($0) } }
            case "empty": output.begin(length: 0)
            case "short":
                output.begin(length: 5 << 20)
                for _ in 0..<3 { try block.withUnsafeBytes { try output.write($0) } }
                throw TenonError(.corrupt, "a chunk is damaged")
            case "unannounced":
                try block.withUnsafeBytes { try output.write($0) }
                throw TenonError(.corrupt, "a chunk is damaged")
            case "chunked": try block.withUnsafeBytes { try output.write($0) }
            default: throw TenonError(.missingContent, "nobody has it")
            }
        }
    }

    @Test func `bytes come whole, and what is cut is a failure`() async throws {
        try await ServerFixture.with(cat: cat) { server in
            func read(_ path: String) async throws -> Int { try await server.client().cat(CatRequest(workTree: tree, path: WirePath(path))).count }
            #expect(try await read("whole") == 20 << 20)
            #expect(try await read("empty") == 0)
            #expect(try await read("chunked") == 1 << 20)
            let missing = await #expect(throws: TenonError.self) { try await read("nothing") }
            #expect(missing?.code == .missingContent)
            await #expect(throws: TenonError.self) { try await read("short") }
            await #expect(throws: TenonError.self) { try await read("unannounced") }
            let body = try #require(String(data: JSONEncoder().encode(["path": "x"]), encoding: .utf8))
            #expect(try await server.request("POST", "/v1/cat", body).status == 400)
        }
    }

    @Test func `a client that goes before the first byte ends the work`() async throws {
        let (begun, cancelled) = (Flag(), Flag())
        let slow: CatVerb = { _, output in
            begun.set()
            try await onThread { for _ in 0..<1_000 where !output.isCancelled { usleep(10_000) } }
            if output.isCancelled { cancelled.set() }
            throw TenonError(.cancelled, "nobody waits for it")
        }
        try await ServerFixture.with(cat: slow) { server in
            let body = String(decoding: try WireCoding.encode(CatRequest(workTree: tree, path: WirePath("x"))), as: UTF8.self)
            try await onThread {
                let descriptor = try connectRaw(server.socket)
                defer { close(descriptor) }
                let request = Array("POST /v1/cat HTTP/1.1\r\nHost: tenon\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
                _ = send(descriptor, request, request.count, CInt(MSG_NOSIGNAL))
                for _ in 0..<1_000 where !begun.isSet { usleep(10_000) }
            }
            #expect(begun.isSet)
            let start = ContinuousClock.now
            #expect(await cancelled.wait())
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    // MARK: What is refused

    @Test func `a version that is not served is refused with both versions`() async throws {
        try await ServerFixture.with(verbs: [recovering { _ in .init(states: []) }]) { server in
            let answer = try await server.request("POST", "/v1/recover", "{}", headers: ["Tenon-API: 999"])
            #expect(answer.status == 426)
            #expect(answer.body.contains("unsupported_version"))
            #expect(answer.body.contains("999"))
            #expect(answer.body.contains("version \(APIVersion.current)"))
            #expect(try await server.request("GET", "/v1/daemon", headers: ["Tenon-API: 999"]).status == 200)
        }
    }

    @Test func `hostile requests are refused and the daemon goes on`() async throws {
        try await ServerFixture.with(verbs: [recovering { _ in .init(states: []) }]) { server in
            #expect(try await server.request("POST", "/v1/nothing", "{}").status == 404)
            #expect(try await server.request("GET", "/v1/recover").status == 404)
            #expect(try await server.request("POST", "/v1/../../etc/passwd").status == 404)
            for body in ["", "{", "[]", "null", "{\"work_tree\": 1}", "\u{0}", String(repeating: "[", count: 100_000)] {
                let answer = try await server.request("POST", "/v1/recover", body)
                #expect(answer.status == 400)
                #expect(answer.body.contains("invalid_argument"))
            }
            let missing = try await server.request("POST", "/v1/recover", "{\"work_tree\": {\"device\": 1}}")
            #expect(missing.body.contains("work_tree"))
            #expect(try await server.request("POST", "/v1/recover", String(repeating: " ", count: 17 << 20)).status == 400)
            #expect(try await server.request("POST", "/v1/recover", "{}", headers: ["X: " + String(repeating: "x", count: 100_000)]).status >= 400)
            #expect(try await server.raw("nonsense\r\n\r\n").contains("400"))
            let info = try await server.client().info()
            #expect(info.pid == getpid())
            #expect(info.storeIdentifier == ServerFixture.store)
        }
    }

    @Test func `a client that wants another store refuses this one`() async throws {
        try await ServerFixture.with { server in
            let error = await #expect(throws: TenonError.self) { try await server.client(expecting: "other").info() }
            #expect(error?.code == .conflict)
        }
    }
}
