import TenonCore

/// A promotion of a version to a stage.
package struct ModelPromotion: Codable, Hashable, Sendable {
    package var model: String
    package var stage: String
    /// Which promotion to this stage it is; the one with the highest number counts.
    package var number: Int
    package var tag: String
    package var version: Int
    package var commit: String
    package var oid: String
    package var origin: TagOrigin

    init(tag: TagObject, name: ModelName, stage: ModelStage, number: Int) throws(TenonError) {
        let trailers = try TagTrailers(parsing: tag.message)
        guard trailers["Model"] == name.text, trailers["Stage"] == stage.text, trailers["Promotion"] == String(number) else {
            throw TagObject.refused("it was not made for promotion \(number) of '\(name.text)' to '\(stage.text)'")
        }
        guard let version = trailers["Version"].flatMap({ ModelTag.number($0[...]) }), let oid = try trailers.oid("Oid") else {
            throw TagObject.refused("it does not say which version is promoted")
        }
        model = name.text
        self.stage = stage.text
        self.number = number
        self.tag = ModelTag.promotion(name, stage, number).name
        self.version = version
        commit = tag.object
        self.oid = oid
        origin = TagOrigin(tag)
    }

    /// The message of the tag of a promotion that is to be made.
    package static func message(_ version: ModelVersion, to stage: ModelStage, _ number: Int, text: String?) -> String {
        let values =
            [("Model", version.model), ("Stage", stage.text), ("Promotion", "\(number)"), ("Version", "\(version.version)")]
            + ModelVersion.place(version.path, version.kind, version.oid)
        return "Promote \(version.model) v\(version.version) to \(stage.text)\n\n\(text.map { "\($0)\n\n" } ?? "")" + TagTrailers(values).text
    }
}
