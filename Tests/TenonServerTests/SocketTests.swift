import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TenonAPI
import TenonCore
import Testing

@testable import TenonServer

@Suite(.timeLimit(.minutes(1)))
struct SocketTests {
    @Test func `only the owner can use the socket, and it goes with the daemon`() async throws {
        let path = try await ServerFixture.with { server in
            var status = stat()
            #expect(lstat(server.socket, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            _ = try await server.client().info()
            return server.socket
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a path of any length will do`() async throws {
        try await ServerFixture.with(depth: 8) { server in
            #expect(server.socket.utf8.count > 200)
            let info = try await server.client().info()
            #expect(info.store.description == server.home)
        }
    }

    @Test func `a socket that a dead daemon left is replaced`() async throws {
        try await ServerFixture.with { server in
            let stale = server.home + "/stale.sock"
            let first = try ListeningSocket.bind(at: stale)
            close(first.descriptor)
            #expect(throws: TenonError.self) { try connectRaw(stale) }
            let second = try ListeningSocket.bind(at: stale)
            close(try connectRaw(stale))
            #expect(second.isInPlace)
            #expect(!first.isInPlace)
            // Only the one that is in place is removed.
            first.removeFile()
            #expect(second.isInPlace)
            second.removeFile()
            #expect(!FileManager.default.fileExists(atPath: stale))
            close(second.descriptor)
        }
    }

    @Test func `a socket whose file is gone or another's is made anew`() async throws {
        try await ServerFixture.with(checkInterval: .milliseconds(50)) { server in
            for _ in 0..<2 {
                unlink(server.socket)
                try Data("not a socket".utf8).write(to: URL(fileURLWithPath: server.socket))
                var answer: DaemonInfo?
                for _ in 0..<200 where answer == nil {
                    try await Task.sleep(for: .milliseconds(25))
                    answer = try? await server.client().info()
                }
                #expect(answer != nil)
            }
        }
    }

    @Test func `a daemon without a request leaves`() async throws {
        let started = ContinuousClock.now
        let home = try await ServerFixture.with(idleTimeout: .milliseconds(300)) { server in
            for _ in 0..<500 {
                try await Task.sleep(for: .milliseconds(20))
                if !FileManager.default.fileExists(atPath: server.socket) { return "" }
            }
            return server.home
        }
        #expect(home == "")
        #expect(started.duration(to: .now) > .milliseconds(290))
    }

    @Test func `a daemon with a request under way stays`() async throws {
        // On a busy machine a short time may be over before the request comes; then a longer one tells.
        for idle in [Duration.milliseconds(200), .seconds(2), .seconds(20)] {
            let began = Atomic(false)
            let verb = AnyVerb(StoreRequest.self) { _, _ in
                began.store(true, ordering: .relaxed)
                try await Task.sleep(for: idle * 2)
                return .init(
                    path: WirePath("/"), id: "", packs: 1, packBytes: 0, rawBytes: 0, chunks: 0, snapshots: 0, trackedBytes: 0, damagedBlocks: 0,
                    repositories: [])
            }
            let packs = try? await ServerFixture.with(verbs: [verb], idleTimeout: idle) { server in
                try await server.client().call(StoreRequest()).packs
            }
            guard began.load(ordering: .relaxed) else { continue }
            #expect(packs == 1)
            return
        }
        Issue.record("no request came in time")
    }

    @Test func `other users are refused`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var ends: [CInt] = [0, 0]
        #expect(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { close(ends[1]) }
        let channel = try await ClientBootstrap(group: group).withConnectedSocket(ends[0]).get()
        try await PeerCheck(log: log).check(channel).get()
        await #expect(throws: PeerCheck.Refused.self) { try await PeerCheck(user: geteuid() + 1, log: log).check(channel).get() }
        try await channel.close()
        try await group.shutdownGracefully()
    }

    @Test func `sockets of systemd are taken by the process they are for`() throws {
        #expect(SocketActivation.descriptors(["LISTEN_PID": "\(getpid())", "LISTEN_FDS": "2"]) == [3, 4])
        for wrong in [
            ["LISTEN_PID": "1", "LISTEN_FDS": "1"], ["LISTEN_FDS": "1"], ["LISTEN_PID": "\(getpid())", "LISTEN_FDS": "-1"],
            ["LISTEN_PID": "\(getpid())"],
        ] {
            #expect(SocketActivation.descriptors(wrong) == [])
        }
        var ends: [CInt] = [0, 0]
        #expect(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        #expect(throws: TenonError.self) { try ListeningSocket.inherited(ends[0]) }
    }
}
