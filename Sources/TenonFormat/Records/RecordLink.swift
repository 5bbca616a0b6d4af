import TenonCore

/// How a record is about some content: by these, records are found from an oid.
package struct RecordLink: Hashable, Sendable {
    package enum Role: UInt8, Sendable, CaseIterable {
        /// The record says something of it: a run made it, a validation judged it.
        case subject = 1
        /// A run read it.
        case input = 2
    }

    package var kind: ArtifactKind
    package var oid: OID
    package var role: Role

    package init(kind: ArtifactKind, oid: OID, role: Role) {
        self.kind = kind
        self.oid = oid
        self.role = role
    }
}

extension Statement {
    /// The content that it is about.
    package var links: Set<RecordLink> {
        func links(_ resources: [ResourceDescriptor], _ role: RecordLink.Role) -> [RecordLink] {
            resources.compactMap { resource in resource.content.map { RecordLink(kind: $0.kind, oid: $0.oid, role: role) } }
        }
        let dependencies = (predicate["buildDefinition"]?["resolvedDependencies"]?.array ?? [])
            .filter { $0["annotations"]?["role"]?.string == "input" }
            .compactMap { try? ResourceDescriptor(json: $0) }
        return Set(links(subjects, .subject) + links(dependencies, .input))
    }

    /// When what it tells of ended, in milliseconds since 1970 UTC; 0 where it does not say.
    package var time: UInt64 {
        let text = (predicate["runDetails"]?["metadata"]?["finishedOn"] ?? predicate["recordedOn"])?.string
        return text.flatMap(RecordTime.milliseconds) ?? 0
    }
}
