import Foundation
import TenonAPI
import TenonCore
import Testing
import Yams

@testable import TenonServer

/// docs/openapi.yaml against the routes and the types: a description that says something else than the daemon does is worse than none.
struct OpenAPITests {
    private let document: SchemaDocument

    init() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../docs/openapi.yaml").standardized
        let loaded = try Yams.load(yaml: String(contentsOf: path, encoding: .utf8))
        document = SchemaDocument(root: try #require(loaded as? [String: Any]))
    }

    @Test func `every route is described, and every described route is there`() throws {
        let routes = Routes(verbs: WireSamples.verbs.map(\.verb), cat: { _, _ in }, info: { WireSamples.info })
        let paths = try #require(document.root["paths"] as? [String: [String: Any]])
        let described = paths.flatMap { path, methods in methods.keys.map { Routes.Route(method: $0.uppercased(), path: path) } }
        #expect(Set(described) == Set(routes.all))
    }

    @Test(arguments: WireSamples.verbs.map(\.name))
    func `requests and events of a verb are as described`(name: String) throws {
        let samples = try #require(WireSamples.verbs.first { $0.name == name })
        let request = try document.schema("paths", "/v1/\(name)", "post", "requestBody", "content", "application/json", "schema")
        for value in samples.requests { try document.check(value, request) }
        if !samples.events.isEmpty {
            let events = try document.schema("paths", "/v1/\(name)", "post", "responses", "200", "content", "application/x-ndjson", "schema")
            for value in samples.events { try document.check(value, events) }
        }
    }

    /// For each described object: a sample with everything set has all its properties, and one with nothing optional its required ones.
    @Test(arguments: WireSamples.objects.keys.sorted())
    func `an object has the keys that are described`(name: String) throws {
        let schema = try document.schema("components", "schemas", name)
        let properties = Set((schema["properties"] as? [String: Any] ?? [:]).keys)
        let required = Set(schema["required"] as? [String] ?? [])
        let samples = try #require(WireSamples.objects[name])
        let keys = try samples.map { Set(try #require(JSONSerialization.jsonObject(with: Data($0)) as? [String: Any]).keys) }
        #expect(keys.first == properties, "with everything set")
        #expect(keys.last == required, "with nothing optional")
        for value in samples { try document.check(value, schema) }
    }

    @Test func `every described object has a sample`() throws {
        let schemas = try document.schema("components", "schemas")
        let objects = schemas.filter { ($0.value as? [String: Any])?["type"] as? String == "object" && !$0.key.hasSuffix("Event") }.keys
        #expect(Set(objects) == Set(WireSamples.objects.keys))
    }

    @Test func `codes and states are listed in full`() throws {
        func values(_ path: String...) throws -> [String] { try document.schema(["components", "schemas"] + path)["enum"] as? [String] ?? [] }
        #expect(try values("TenonError", "properties", "code") == TenonError.Code.allCases.map(\.rawValue))
        #expect(try values("ArtifactStatus", "properties", "state") == ArtifactState.allCases.map(\.rawValue))
    }

    @Test func `variables keep their names on the way`() throws {
        let bytes = try WireCoding.encode(WireSamples.tree)
        #expect(String(decoding: bytes, as: UTF8.self).contains("GIT_INDEX_FILE"))
        #expect(try WireCoding.decode(WorkTreeContext.self, from: bytes) == WireSamples.tree)
    }
}

/// A JSON schema, as far as docs/openapi.yaml uses it.
struct SchemaDocument: @unchecked Sendable {
    // Unchecked because `Any` can't say so: what Yams loads is plain values, and nothing changes them.
    let root: [String: Any]

    struct Mismatch: Error, CustomStringConvertible {
        var description: String
    }

    func schema(_ path: String...) throws -> [String: Any] { try schema(path) }

    func schema(_ path: [String]) throws -> [String: Any] {
        var node: Any = root
        for key in path {
            guard let next = (node as? [String: Any])?[key] else { throw Mismatch(description: "there is no \(path.joined(separator: "/"))") }
            node = next
        }
        guard let schema = node as? [String: Any] else { throw Mismatch(description: "\(path.joined(separator: "/")) is no object") }
        return schema
    }

    func check(_ json: [UInt8], _ schema: [String: Any]) throws {
        try check(JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed), schema, at: "")
    }

    private func check(_ value: Any, _ schema: [String: Any], at place: String) throws {
        func fail(_ what: String) -> Mismatch { Mismatch(description: "\(place.isEmpty ? "/" : place): \(what) in \(value)") }
        if let reference = schema["$ref"] as? String {
            return try check(value, self.schema(reference.split(separator: "/").dropFirst().map(String.init)), at: place)
        }
        if let choices = schema["oneOf"] as? [[String: Any]] {
            let fitting = choices.filter { (try? check(value, $0, at: place)) != nil }
            guard fitting.count == 1 else { throw fail("\(fitting.count) of \(choices.count) alternatives fit") }
            return
        }
        if let constant = schema["const"] as? String {
            guard value as? String == constant else { throw fail("not \(constant)") }
            return
        }
        if let values = schema["enum"] as? [String], !values.contains(value as? String ?? "") { throw fail("not one of \(values)") }
        // Values of people's files, of any type.
        if schema["type"] is [String] { return }
        switch schema["type"] as? String {
        case "string": guard value is String else { throw fail("no string") }
        case "boolean": guard (value as? NSNumber).map(isBoolean) == true else { throw fail("no boolean") }
        case "integer", "number": guard (value as? NSNumber).map({ !isBoolean($0) }) == true else { throw fail("no number") }
        case "array":
            guard let elements = value as? [Any], let items = schema["items"] as? [String: Any] else { throw fail("no array") }
            for (index, element) in elements.enumerated() { try check(element, items, at: "\(place)/\(index)") }
        case "object":
            guard let object = value as? [String: Any] else { throw fail("no object") }
            let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
            for key in schema["required"] as? [String] ?? [] where object[key] == nil { throw fail("\(key) is missing") }
            for (key, element) in object {
                guard let inner = properties[key] ?? schema["additionalProperties"] as? [String: Any] else { throw fail("\(key) is not described") }
                try check(element, inner, at: "\(place)/\(key)")
            }
        case let type: throw fail("a schema of type \(type ?? "none")")
        }
    }

    private func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
