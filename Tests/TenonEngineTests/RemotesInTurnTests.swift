import Foundation
import TenonAPI
import TenonCore
import Testing

@testable import TenonEngine

/// What is fetched where several remotes are named, and some of them are of no use.
struct RemotesInTurnTests {
    /// A repository whose two commits are on the remotes `first`, the default one, and `second`, and a clone of it with a store of its own.
    private func with(_ body: (_ other: Workshop, _ first: String, _ second: String) async throws -> Void) async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            for name in ["first", "second"] {
                _ = try await shop.engine.remote(
                    RemoteRequest(workTree: shop.context, action: .add, name: name, url: "\(shop.root)/\(name)"), Reporter())
            }
            _ = try await shop.engine.push(PushRequest(workTree: shop.context, allRemotes: true), Reporter())
            try await Workshop.with { other in
                try other.git("pull", "-q", shop.tree, "main")
                for name in ["first", "second"] {
                    _ = try await other.engine.remote(
                        RemoteRequest(workTree: other.context, action: .add, name: name, url: "\(shop.root)/\(name)"), Reporter())
                }
                _ = try await other.engine.remote(RemoteRequest(workTree: other.context, action: .makeDefault, name: "first"), Reporter())
                try await body(other, "\(shop.root)/first", "\(shop.root)/second")
            }
        }
    }

    @Test func `A remote that is not there keeps nobody from the next`() async throws {
        try await with { other, first, _ in
            try FileManager.default.removeItem(atPath: first)
            let warnings = Collected<String>()
            let looked = try await other.engine.fetch(FetchRequest(workTree: other.context, dryRun: true), Reporter())
            #expect(looked.snapshots == 2 && looked.fetched == 2 && looked.failed.isEmpty)
            let reply = try await other.engine.fetch(FetchRequest(workTree: other.context), Reporter(warning: { warnings.append($0) }))
            #expect(reply.snapshots == 2 && reply.fetched == 2 && reply.failed.isEmpty)
            #expect(warnings.values.contains { $0.contains(first) }, "\(warnings.values)")
        }
    }

    @Test func `What is lacking because of a remote that is not there is no success`() async throws {
        try await with { other, first, second in
            try FileManager.default.removeItem(atPath: first)
            for path in try FileManager.default.subpathsOfDirectory(atPath: second) where path.hasSuffix(".locator") {
                try FileManager.default.removeItem(atPath: "\(second)/\(path)")
            }
            #expect(await errorCode { _ = try await other.engine.fetch(FetchRequest(workTree: other.context), Reporter()) } == .notFound)
            // Also where it is named, and where there is nothing to bring.
            #expect(
                await errorCode { _ = try await other.engine.fetch(FetchRequest(workTree: other.context, remote: "first"), Reporter()) } == .notFound)
        }
    }

    @Test(.timeLimit(.minutes(2))) func `A host that has no remote is let go of`() async throws {
        try await Workshop.with { shop in
            // Greets, says of the first object that it is not there, and leaves word when its input ends.
            let script = """
                #!/bin/sh
                dd bs=1 count=12 >"$0.greeting" 2>"$0.log"
                printf '\\211TENON1\\n\\001\\000\\001\\000'
                dd bs=1 count=9 >"$0.request" 2>"$0.log"
                printf '\\005\\000\\000\\000\\040\\001\\000\\000\\000'
                cat >"$0.rest"
                echo >"$0.ended"
                """
            let program = shop.root + "/ssh"
            try Data(script.utf8).write(to: URL(fileURLWithPath: program))
            chmod(program, 0o700)
            let configuration = RemoteConfiguration(name: "there", url: "ssh://host/data")
            let environment = Workshop.environment.merging(["GIT_SSH": program]) { $1 }
            let code = await errorCode { try await shop.engine.withRemotes([configuration], environment: environment) { _ in } }
            #expect(code == .notFound)
            #expect(FileManager.default.fileExists(atPath: program + ".ended"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func `A request that is cancelled does not wait for a host that says nothing`() async throws {
        try await Workshop.with { shop in
            let program = shop.root + "/ssh"
            try Data("#!/bin/sh\n: >\"$0.began\"\nexec sleep 3600\n".utf8).write(to: URL(fileURLWithPath: program))
            chmod(program, 0o700)
            let configuration = RemoteConfiguration(name: "there", url: "ssh://host/data")
            let environment = Workshop.environment.merging(["GIT_SSH": program]) { $1 }
            let meter = Meter()
            let start = ContinuousClock.now
            async let code = errorCode {
                _ = try await shop.engine.withEachRemote([configuration], environment: environment, meter: meter) { _ in }
            }
            while !FileManager.default.fileExists(atPath: program + ".began") { try await Task.sleep(for: .milliseconds(10)) }
            meter.cancel()
            #expect(await code == .cancelled)
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }
}
