import TenonAPI

/// What `tenon run` recorded.
enum RunText {
    static func summary(_ reply: RunFinishRequest.Reply, _ presentation: Presentation) -> String {
        var text = "recorded run \(presentation.identifier(reply.run))"
        if !reply.outputs.isEmpty { text += ", " + Quantity.count(reply.outputs.count, "output") }
        text += "\n"
        for output in reply.outputs {
            text += "  \(presentation.name(output.path, output.pointer.kind))  \(PointerText.extent(output.pointer))  "
            text += "\(presentation.identifier(output.pointer.oid))\n"
        }
        for (name, value) in reply.metrics.sorted(by: { $0.key < $1.key }) { text += "  \(displayName(name.utf8)) = \(value)\n" }
        for path in reply.changedInputs { text += "  the input \(presentation.name(path)) changed while the command ran\n" }
        return text
    }
}
