import Foundation
import Logging
import TenonEngine
import TenonStore
import Testing
import Yams

@testable import TenonServer

struct EngineRoutesTests {
    /// What the daemon really registers, against what docs/openapi.yaml describes.
    @Test func `every verb of the engine is described, and every described one is served`() throws {
        let home = FileManager.default.temporaryDirectory.appendingPathComponent("tenon-routes-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: home) }
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = try Store.open(home: home, log: log)
        defer { store.close() }
        let engine = Engine(store: store, log: log)
        let routes = Routes(verbs: engine.verbs, cat: engine.catVerb, info: { WireSamples.info })

        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../docs/openapi.yaml").standardized
        let document = try #require(try Yams.load(yaml: String(contentsOf: path, encoding: .utf8)) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        let described = paths.flatMap { path, methods in methods.keys.map { Routes.Route(method: $0.uppercased(), path: path) } }
        #expect(Set(described) == Set(routes.all))
    }
}
