import TenonCore

/// Paths as a pipeline's file has them: relative to a directory of the work tree, `.` and `..` allowed.
enum PipelinePath {
    /// `text` from the top; `nil`: the top itself. Throws for what is no path in the work tree.
    static func resolve(_ text: String, from base: RelativePath?, at node: SettingsNode) throws(TenonError) -> RelativePath? {
        let what = "'\(node.key)' has \(SettingsError.shown(text))"
        if text.contains("://") {
            throw node.refusal(
                what, "what lies elsewhere can't be part of a stage", hint: "fetch it by a stage of its own, or keep it as an artifact")
        }
        if text.utf8.first == UInt8(ascii: "/") || text.utf8.first == UInt8(ascii: "~") {
            throw node.refusal(what, "paths of a stage are relative, and stay in the work tree")
        }
        var components = base?.components.map { Array($0) } ?? []
        for component in Array(text.utf8).split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                guard components.popLast() != nil else { throw node.refusal(what, "it lies outside the work tree") }
                continue
            }
            components.append(Array(component))
        }
        if components.isEmpty { return nil }
        do {
            return try RelativePath(bytes: Array(components.joined(separator: [UInt8(ascii: "/")])))
        } catch {
            throw node.refusal(what, error.cause ?? error.message)
        }
    }
}
