import TenonAPI

/// Something that is not now what it was when a run was recorded.
package struct EnvironmentDifference: Codable, Hashable, Sendable {
    package var name: String
    /// `nil`: there was none; there is none.
    package var recorded: String?
    package var now: String?

    /// What differs, the packages last.
    package static func between(_ recorded: RunEnvironment?, _ now: RunEnvironment) -> [EnvironmentDifference] {
        guard let recorded else { return [] }
        var result: [EnvironmentDifference] = []
        func compare(_ name: String, _ old: String?, _ new: String?) {
            if old != new { result.append(EnvironmentDifference(name: name, recorded: old, now: new)) }
        }
        func compare(_ prefix: String, _ old: [String: String], _ new: [String: String]) {
            for name in Set(old.keys).union(new.keys).sorted() { compare("\(prefix) \(name)", old[name], new[name]) }
        }
        compare("system", recorded.system, now.system)
        compare("architecture", recorded.architecture, now.architecture)
        compare("processor", recorded.processor, now.processor)
        compare("accelerators", recorded.accelerators.joined(separator: ", "), now.accelerators.joined(separator: ", "))
        compare("Python", recorded.python?.version, now.python?.version)
        // Those that decide are set as they were.
        let ours = Set(EnvironmentSurvey.decidingNames)
        compare("variable", recorded.variables.filter { !ours.contains($0.key) }, now.variables.filter { !ours.contains($0.key) })
        compare("package", recorded.python?.packages ?? [:], now.python?.packages ?? [:])
        return result
    }
}
