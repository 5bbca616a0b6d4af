import TenonAPI
import TenonCore
import TenonFormat
import Yams

/// Reads the values of a run's parameters, and of its metrics, from small files of JSON or YAML.
struct RunParameters {
    let files: WorkTreeFiles

    /// The largest file that is read.
    static let maximumLength = 1 << 20
    private static let maximumCount = 1000

    func read(_ parameters: [RunParameter]) throws -> [RunDefinition.Parameter] {
        var result: [RunDefinition.Parameter] = []
        for parameter in parameters {
            guard let file = parameter.file else {
                guard let key = parameter.key, let value = parameter.value else {
                    throw TenonError(.invalidArgument, "a parameter can't be recorded", cause: "it has neither a value nor a file")
                }
                result.append(RunDefinition.Parameter(name: key, value: RunParameters.typed(value)))
                continue
            }
            let path = try RelativePath(bytes: file.bytes)
            let values = RunParameters.flattened(try document(at: path))
            var isFound = false
            for (name, value) in values where parameter.key.map({ name == $0 || name.hasPrefix($0 + ".") }) ?? true {
                result.append(RunDefinition.Parameter(name: name, value: value, file: path.description))
                isFound = true
            }
            if let key = parameter.key, !isFound {
                throw TenonError(.notFound, "the parameter '\(displayName(key.utf8))' is not there", cause: "'\(path)' has no such key")
            }
        }
        guard result.count <= RunParameters.maximumCount else {
            throw TenonError(
                .invalidArgument, "the parameters can't be recorded", cause: "there are more than \(RunParameters.maximumCount)",
                hint: "name those that matter: -p FILE:KEY")
        }
        return result
    }

    /// The numbers in a file of metrics, by their keys.
    func metrics(at path: RelativePath) throws -> [String: Double] {
        var result: [String: Double] = [:]
        for (name, value) in RunParameters.flattened(try document(at: path)) {
            if let number = value.number { result[name] = number }
        }
        guard result.count <= RunParameters.maximumCount else {
            throw TenonError(
                .invalidArgument, "the metrics can't be recorded", cause: "there are more than \(RunParameters.maximumCount) in '\(path)'")
        }
        return result
    }

    private func document(at path: RelativePath) throws -> JSONValue {
        let what = "'\(path)' can't be read for its values"
        let bytes: [UInt8]
        do {
            guard let found = try files.read(path, limit: RunParameters.maximumLength) else {
                throw TenonError(.notFound, what, cause: try files.kind(of: path) == .absent ? "it is not there" : "it is not a regular file")
            }
            bytes = found
        } catch let error as TenonError where error.code == .corrupt || error.code == .invalidArgument {
            throw TenonError(
                .invalidArgument, what, cause: "it has more than \(RunParameters.maximumLength) bytes", hint: "write a small file of numbers")
        }
        do {
            if path.bytes.suffix(5).elementsEqual(".json".utf8) { return try JSONReader.parse(bytes) }
            return try SettingsText.compose(bytes).map(RunParameters.value) ?? .object([:])
        } catch {
            throw TenonError(.invalidArgument, what, cause: "it is neither JSON nor YAML: \(error.cause ?? error.message)")
        }
    }

    private static func value(_ node: Node) -> JSONValue {
        switch node {
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, value) in mapping { members[key.scalar?.string ?? ""] = self.value(value) }
            return .object(members)
        case .sequence(let sequence): return .array(sequence.map(value))
        case .scalar(let scalar): return scalar.style == .plain ? typed(scalar.string) : .string(scalar.string)
        case .alias: return .null
        }
    }

    /// A word as what it looks like: a number, true or false, nothing, else text.
    private static func typed(_ text: String) -> JSONValue {
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "", "null", "~": return .null
        default:
            let isDecimal = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
            if isDecimal, let number = Double(text), number.isFinite { return .number(number) }
            return .string(text)
        }
    }

    /// Leaves with their keys, dots between levels; a list is a leaf.
    private static func flattened(_ value: JSONValue, prefix: String = "") -> [(String, JSONValue)] {
        guard let members = value.object else { return prefix.isEmpty ? [] : [(prefix, value)] }
        return members.sorted { $0.key < $1.key }.flatMap { flattened($0.value, prefix: prefix.isEmpty ? $0.key : "\(prefix).\($0.key)") }
    }
}
