import TenonCore

/// The registry of models: what the tags below `model/` of a repository say. Tags may be anybody's, fetched with the rest, so each is checked.
package struct ModelRegistry {
    /// A tag below `model/` that does not count, and why.
    package struct Refusal: Codable, Hashable, Sendable {
        package var tag: String
        package var cause: String
    }

    /// The earliest first.
    package private(set) var versions: [ModelVersion] = []
    /// In the order of their stages and numbers.
    package private(set) var promotions: [ModelPromotion] = []
    package private(set) var refusals: [Refusal] = []
    /// The highest number that is taken, by the tag's name without its number; also by tags that do not count.
    private var taken: [String: Int] = [:]

    private static let maximumTags = 50_000
    /// So much is asked of Git at once, in bytes.
    private static let batchLength = 8 << 20

    private struct Listed {
        var reference: String
        var id: String
        var size: Int
    }

    /// Reads the tags of one model, or of all.
    package init(_ git: GitCommand, model: ModelName? = nil) throws(TenonError) {
        let pattern = ModelTag.prefix + (model.map { $0.text + "/" } ?? "")
        let answer = try git.output(
            ["for-each-ref", "--format=%(objecttype) %(objectname) %(objectsize) %(refname)", "--count=\(ModelRegistry.maximumTags + 1)", pattern])
        guard answer.status == 0 else { throw TenonError(.git, "the tags can't be read", cause: answer.complaint) }
        let lines = answer.standardOutput.split(separator: UInt8(ascii: "\n"))
        guard lines.count <= ModelRegistry.maximumTags else {
            throw TenonError(
                .invalidArgument, "the registry can't be read", cause: "there are more than \(ModelRegistry.maximumTags) tags below 'model/'",
                hint: "git for-each-ref \(ModelTag.prefix) lists them")
        }
        var listed: [Listed] = []
        for line in lines {
            let words = line.split(separator: UInt8(ascii: " "), maxSplits: 3).map { String(decoding: $0, as: UTF8.self) }
            guard words.count == 4, let size = Int(words[2]) else {
                throw TenonError(.git, "the tags can't be read", cause: "Git lists what is no tag")
            }
            note(number: words[3])
            if words[0] != "tag" {
                refuse(words[3], "it is no annotated tag")
            } else if size > TagObject.maximumLength {
                refuse(words[3], "it is longer than \(TagObject.maximumLength) bytes")
            } else if ModelTag(reference: words[3]) == nil {
                refuse(words[3], "it is not called model/NAME/vN or model/NAME/stage/STAGE/N")
            } else {
                listed.append(Listed(reference: words[3], id: words[1], size: size))
            }
        }
        try read(listed, git)
        versions.sort { ($0.model, $0.version) < ($1.model, $1.version) }
        promotions.sort { ($0.model, $0.stage, $0.number) < ($1.model, $1.stage, $1.number) }
        refusePromotionsOfOthers()
        refusals.sort { $0.tag < $1.tag }
    }

    // MARK: What there is

    package var models: [String] { Set(versions.map(\.model) + promotions.map(\.model)).sorted() }

    package func version(_ number: Int, of model: ModelName) -> ModelVersion? {
        versions.first { $0.model == model.text && $0.version == number }
    }

    package func latest(of model: ModelName) -> ModelVersion? { versions.last { $0.model == model.text } }

    /// The promotion that counts, by stage.
    package func stages(of model: String) -> [String: ModelPromotion] {
        var result: [String: ModelPromotion] = [:]
        // The last of a stage has the highest number.
        for promotion in promotions where promotion.model == model { result[promotion.stage] = promotion }
        return result
    }

    /// The stages in which a version is now.
    package func stages(with version: ModelVersion) -> [String] {
        stages(of: version.model).values.filter { $0.version == version.version }.map(\.stage).sorted()
    }

    /// The number after the highest one that is taken by a tag of this kind. Throws where there is none.
    package func nextNumber(of tag: (Int) -> ModelTag) throws(TenonError) -> Int {
        let first = tag(1)
        let number = taken[ModelRegistry.stem(first.reference)] ?? 0
        guard number < ModelTag.maximumNumber else {
            throw TenonError(
                .conflict, "no tag can follow '\(tag(ModelTag.maximumNumber).name)'", cause: "it has the last number",
                hint: "'git tag -d' removes it here, and 'git push --delete' where it came from, if it is a mistake")
        }
        return number + 1
    }

    // MARK: Reading

    private mutating func refuse(_ reference: String, _ cause: String) {
        refusals.append(Refusal(tag: displayName(reference.utf8.dropFirst("refs/tags/".utf8.count)), cause: cause))
    }

    /// Numbers are taken by whatever is called so.
    private mutating func note(number reference: String) {
        guard let tag = ModelTag(reference: reference) else { return }
        let number =
            switch tag {
            case .version(_, let number), .promotion(_, _, let number): number
            }
        taken[ModelRegistry.stem(reference), default: 0] = max(taken[ModelRegistry.stem(reference)] ?? 0, number)
    }

    private static func stem(_ reference: String) -> String {
        var text = reference[...]
        while let last = text.utf8.last, (0x30...0x39).contains(last) { text = text.dropLast() }
        return String(text)
    }

    private mutating func read(_ listed: [Listed], _ git: GitCommand) throws(TenonError) {
        var start = 0
        while start < listed.count {
            var end = start
            var length = 0
            while end < listed.count, length + listed[end].size <= ModelRegistry.batchLength || end == start {
                length += listed[end].size
                end += 1
            }
            try read(listed[start..<end], git, length: length)
            start = end
        }
    }

    private mutating func read(_ batch: ArraySlice<Listed>, _ git: GitCommand, length: Int) throws(TenonError) {
        let answer = try git.output(
            ["cat-file", "--batch"], input: batch.flatMap { Array("\($0.id)\n".utf8) }, limit: length + 128 * batch.count)
        var rest = answer.standardOutput[...]
        for entry in batch {
            guard answer.status == 0, let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
                throw TenonError(.git, "the tags can't be read", cause: answer.complaint)
            }
            rest = rest[(end + 1)...]
            guard rest.count > entry.size else { throw TenonError(.git, "the tags can't be read", cause: "an object has another size than Git said") }
            let bytes = Array(rest.prefix(entry.size))
            rest = rest.dropFirst(entry.size + 1)
            do {
                try take(TagObject(parsing: bytes), entry.reference)
            } catch {
                refuse(entry.reference, error.cause ?? error.message)
            }
        }
    }

    private mutating func take(_ tag: TagObject, _ reference: String) throws(TenonError) {
        guard let name = ModelTag(reference: reference) else { return }
        // A tag that was made and signed under another name says nothing about this one.
        guard tag.name == name.name else { throw TagObject.refused("it was made as '\(displayName(tag.name.utf8.prefix(200)))'") }
        guard tag.type == "commit" else { throw TagObject.refused("it tags no commit") }
        switch name {
        case .version(let model, let number): versions.append(try ModelVersion(tag: tag, name: model, number: number))
        case .promotion(let model, let stage, let number):
            promotions.append(try ModelPromotion(tag: tag, name: model, stage: stage, number: number))
        }
    }

    /// A promotion means a version; where that is something else here, it does not count. Where the version's tag is not here, it stands for itself.
    private mutating func refusePromotionsOfOthers() {
        var known: [String: [Int: ModelVersion]] = [:]
        for version in versions { known[version.model, default: [:]][version.version] = version }
        var kept: [ModelPromotion] = []
        for promotion in promotions {
            if let version = known[promotion.model]?[promotion.version], version.commit != promotion.commit || version.oid != promotion.oid {
                refuse("refs/tags/" + promotion.tag, "it names other content than '\(version.tag)'")
            } else {
                kept.append(promotion)
            }
        }
        promotions = kept
    }
}
