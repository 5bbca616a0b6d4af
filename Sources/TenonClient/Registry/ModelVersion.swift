import TenonAPI
import TenonCore

/// A version of a model, as its tag names it: an artifact at a commit.
package struct ModelVersion: Codable, Hashable, Sendable {
    package var model: String
    package var version: Int
    /// As `git tag` lists it; a revision that every command takes.
    package var tag: String
    package var commit: String
    package var path: WirePath
    package var kind: ArtifactKind
    package var oid: String
    /// Bytes.
    package var size: UInt64
    /// The record of the run that made it.
    package var run: String?
    package var origin: TagOrigin

    /// What a tag that has passed all checks says. Throws `corrupt` for one that is not what its name says.
    init(tag: TagObject, name: ModelName, number: Int) throws(TenonError) {
        let trailers = try TagTrailers(parsing: tag.message)
        guard trailers["Model"] == name.text, trailers["Version"] == String(number) else {
            throw TagObject.refused("it was not made for version \(number) of '\(name.text)'")
        }
        guard let kind = trailers["Kind"].flatMap(ArtifactKind.init(rawValue:)), let oid = try trailers.oid("Oid"),
            let size = trailers["Size"].flatMap({ UInt64($0) })
        else { throw TagObject.refused("it does not say what the content is") }
        model = name.text
        version = number
        self.tag = ModelTag.version(name, number).name
        commit = tag.object
        path = WirePath(try trailers.path("Path"))
        self.kind = kind
        self.oid = oid
        self.size = size
        run = try trailers.oid("Run")
        origin = TagOrigin(tag)
    }

    /// The message of the tag of a version that is to be made.
    package static func message(_ name: ModelName, _ number: Int, content: BoundArtifact, text: String?) -> String {
        var values = [("Model", name.text), ("Version", "\(number)")] + place(content.path, content.pointer.kind, content.pointer.oid)
        values.append(("Size", "\(content.pointer.size)"))
        if let run = content.pointer.run { values.append(("Run", run)) }
        return "Register \(name.text) v\(number): \(TagTrailers.escaped(content.path.bytes))\n\n\(text.map { "\($0)\n\n" } ?? "")"
            + TagTrailers(values).text
    }

    static func place(_ path: WirePath, _ kind: ArtifactKind, _ oid: String) -> [(String, String)] {
        [("Path", TagTrailers.escaped(path.bytes)), ("Kind", kind.rawValue), ("Oid", oid)]
    }
}
