import TenonCore

/// The name of a tag of the registry: `model/NAME/vN` for a version, `model/NAME/stage/STAGE/N` for the N-th promotion to a stage.
package enum ModelTag: Hashable, Sendable {
    case version(ModelName, Int)
    case promotion(ModelName, ModelStage, Int)

    /// Below which all references of the registry lie.
    package static let prefix = "refs/tags/model/"
    /// The last number that is given.
    package static let maximumNumber = 999_999_999

    package var model: ModelName {
        switch self {
        case .version(let model, _), .promotion(let model, _, _): model
        }
    }

    /// As `git tag` lists it.
    package var name: String {
        switch self {
        case .version(let model, let number): "model/\(model.text)/v\(number)"
        case .promotion(let model, let stage, let number): "model/\(model.text)/stage/\(stage.text)/\(number)"
        }
    }

    package var reference: String { "refs/tags/" + name }

    /// `nil` for any other name, so that there is one name for each.
    package init?(reference: String) {
        guard reference.hasPrefix(ModelTag.prefix) else { return nil }
        let words = reference.dropFirst(ModelTag.prefix.count).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let first = words.first, let model = try? ModelName(first) else { return nil }
        if words.count == 2, words[1].hasPrefix("v"), let number = ModelTag.number(words[1].dropFirst()) {
            self = .version(model, number)
        } else if words.count == 4, words[1] == "stage", let stage = try? ModelStage(words[2]), let number = ModelTag.number(words[3][...]) {
            self = .promotion(model, stage, number)
        } else {
            return nil
        }
    }

    /// A number from 1 without a sign or leading zeros.
    static func number(_ text: Substring) -> Int? {
        guard text.utf8.count <= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text.utf8.first != 0x30 else { return nil }
        return Int(text)
    }
}
