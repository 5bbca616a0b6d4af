import TenonCore

/// What a run says of the stage of a pipeline that it was.
package struct RunStage: Hashable, Sendable {
    package var name: String
    /// Of commands, inputs, parameters and paths of outputs: runs with the same key do the same.
    package var key: Digest
    /// Outputs that are kept in Git itself, by path from the top.
    package var kept: [[UInt8]]

    package init(name: String, key: Digest, kept: [[UInt8]] = []) {
        self.name = name
        self.key = key
        self.kept = kept
    }

    var json: JSONValue {
        .object(["name": .string(name), "key": .string(key.hex), "kept": .array(kept.map(RecordText.json))])
    }

    init(json: JSONValue) throws(TenonError) {
        guard let name = json["name"]?.string, let key = json["key"]?.string.flatMap({ Digest(hex: $0) }) else {
            throw Statement.damaged("a stage has no name or key")
        }
        self.name = name
        self.key = key
        kept = (json["kept"]?.array ?? []).compactMap(RecordText.bytes)
    }

    /// One hash of what a stage made: of each output its path, kind, oid, and whether it is executable. Two runs that made the same have the same.
    package static func digest(of outputs: [RecordedContent]) -> Digest {
        let list = outputs.sorted { $0.path.lexicographicallyPrecedes($1.path) }.map { output in
            JSONValue.array([
                RecordText.json(output.path), .string(output.pointer.kind.rawValue), .string(output.pointer.oid.description),
                .bool(output.pointer.executable),
            ])
        }
        return SHA256Hasher.hash(CanonicalJSON.encode(.array(list)))
    }
}

/// By what the run of a stage is found.
package struct StageLink: Hashable, Sendable {
    package var name: String
    package var key: Digest
    /// What it made, as `RunStage.digest` has it; `nil` where the run failed, lacks an output, or its inputs changed meanwhile: nothing may be
    /// concluded from it.
    package var made: Digest?
}

extension Statement {
    /// The stage that this is a run of.
    package var stageLink: StageLink? {
        guard predicateType == RunRecord.predicateType,
            let stage = predicate["buildDefinition"]?["internalParameters"]?["stage"].flatMap({ try? RunStage(json: $0) })
        else { return nil }
        var link = StageLink(name: stage.name, key: stage.key)
        let result = predicate["runDetails"]?["tenon_result"]
        let named = (predicate["buildDefinition"]?["externalParameters"]?["outputs"]?.array ?? []).compactMap(RecordText.bytes)
        guard result?["status"]?.number == 0, result?["changedInputs"] == nil else { return link }
        let outputs = subjects.compactMap { try? RecordedContent($0) }
        if Set(outputs.map(\.path)) == Set(named), outputs.count == named.count { link.made = RunStage.digest(of: outputs) }
        return link
    }
}
