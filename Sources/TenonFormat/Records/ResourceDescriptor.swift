import TenonCore

/// Something that a statement speaks of, by its digest: in-toto's ResourceDescriptor,
/// https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md.
package struct ResourceDescriptor: Hashable, Sendable {
    package var name: String?
    package var uri: String?
    /// Hexadecimal digits by the name of the algorithm.
    package var digest: [String: String] = [:]
    package var annotations: [String: JSONValue] = [:]

    package init(name: String? = nil, uri: String? = nil, digest: [String: String] = [:], annotations: [String: JSONValue] = [:]) {
        self.name = name
        self.uri = uri
        self.digest = digest
        self.annotations = annotations
    }

    /// The content of an artifact or file, with its pointer, by which it is found in a store.
    package init(_ content: RecordedContent) {
        name = displayName(content.path)
        digest = [ResourceDescriptor.algorithm(of: content.pointer.kind): content.pointer.oid.digest.hex]
        annotations = ["pointer": .string(String(decoding: content.pointer.bytes, as: UTF8.self))]
        if String(validating: content.path, as: UTF8.self) != name { annotations["path"] = .string(PercentEncoding.encode(content.path)) }
    }

    /// A directory's oid is no SHA-256 of anything that a foreign tool could hash.
    static func algorithm(of kind: ArtifactKind) -> String { kind == .tree ? "dirHash" : "sha256" }

    init(json: JSONValue) throws(TenonError) {
        guard let object = json.object, let digest = (object["digest"] ?? .object([:])).object else {
            throw Statement.damaged("a resource is no object with digests")
        }
        name = object["name"]?.string
        uri = object["uri"]?.string
        for (algorithm, value) in digest {
            guard let text = value.string else { throw Statement.damaged("a digest is no text") }
            self.digest[algorithm] = text
        }
        annotations = object["annotations"]?.object ?? [:]
    }

    var json: JSONValue {
        .members([
            "name": name.map(JSONValue.string), "uri": uri.map(JSONValue.string),
            "digest": digest.isEmpty ? nil : .object(digest.mapValues(JSONValue.string)),
            "annotations": annotations.isEmpty ? nil : .object(annotations),
        ])
    }

    /// What kind of content it names, and its oid; `nil` where it is no content of ours.
    package var content: (kind: ArtifactKind, oid: OID)? {
        for kind in [ArtifactKind.file, .tree] {
            if let digest = digest[ResourceDescriptor.algorithm(of: kind)].flatMap({ Digest(hex: $0) }) { return (kind, OID(digest)) }
        }
        return nil
    }
}

/// Content at a path of a work tree, as a record names it.
package struct RecordedContent: Hashable, Sendable {
    /// From the top of the work tree, in any encoding.
    package let path: [UInt8]
    /// Without `run` and `x-` lines.
    package let pointer: Pointer

    package init(path: [UInt8], pointer: Pointer) {
        self.path = path
        self.pointer = pointer.withoutAnnotations
    }

    /// Throws `corrupt` unless `resource` has a path, and a pointer that names what its digest does.
    init(_ resource: ResourceDescriptor) throws(TenonError) {
        guard let text = resource.annotations["pointer"]?.string, let found = try? Pointer(parsing: Array(text.utf8)),
            found == found.withoutAnnotations, let content = resource.content, content == (found.kind, found.oid)
        else { throw Statement.damaged("a resource has no pointer, or one to something else than its digest") }
        let encoded = resource.annotations["path"]?.string
        let bytes = encoded.map { PercentEncoding.decode($0) } ?? resource.name.map { Array($0.utf8) }
        guard let path = bytes, RelativePath.reasonToRefuse(path) == nil else {
            throw Statement.damaged("a resource has no path that could be one")
        }
        self.path = path
        pointer = found
    }
}
