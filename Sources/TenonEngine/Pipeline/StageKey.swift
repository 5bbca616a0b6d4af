import TenonAPI
import TenonCore
import TenonFormat

extension Stage {
    /// What `sh -c` executes: each command line in a shell of its own, the next if the one before ended well.
    var script: String {
        if commands.count == 1 { return commands[0] }
        return commands.map { "(\n\($0)\n)" }.joined(separator: " && ")
    }

    var commandLine: [[UInt8]] { [Array("sh".utf8), Array("-c".utf8), Array(script.utf8)] }

    /// One hash of all that decides what the stage makes: runs with the same key do the same.
    func key(inputs: [RecordedContent], parameters: [RunDefinition.Parameter]) -> Digest {
        func text(_ path: [UInt8]) -> JSONValue { .string(displayName(path)) }
        let inputs = inputs.sorted { $0.path.lexicographicallyPrecedes($1.path) }
        let parameters = parameters.sorted { ($0.file ?? "", $0.name) < ($1.file ?? "", $1.name) }
        return SHA256Hasher.hash(
            CanonicalJSON.encode(
                .object([
                    "version": .number(1), "commands": .array(commands.map(JSONValue.string)), "directory": text(directory?.bytes ?? []),
                    "inputs": .array(
                        inputs.map {
                            .array([
                                text($0.path), .string($0.pointer.kind.rawValue), .string($0.pointer.oid.description), .bool($0.pointer.executable),
                            ])
                        }),
                    "parameters": .array(parameters.map { .array([.string($0.file ?? ""), .string($0.name), $0.value]) }),
                    "outputs": .array(outputs.map(\.path).sorted().map { text($0.bytes) }),
                ])))
    }
}

/// Values of parameters by file, each file read once.
final class StageValues {
    private let files: WorkTreeFiles
    private var known: [RelativePath: [(name: String, value: JSONValue)]] = [:]

    init(files: WorkTreeFiles) { self.files = files }

    /// Throws `notFound` for a key that is not there.
    func read(_ parameters: [StageParameters]) throws -> [RunDefinition.Parameter] {
        var result: [RunDefinition.Parameter] = []
        for part in parameters {
            let values = try values(in: part.file)
            if part.keys.isEmpty { result += values.map { RunDefinition.Parameter(name: $0.name, value: $0.value, file: part.file.description) } }
            for key in part.keys {
                let found = values.filter { $0.name == key || $0.name.hasPrefix(key + ".") }
                guard !found.isEmpty else {
                    throw TenonError(
                        .notFound, "the parameter '\(displayName(key.utf8))' is not there", cause: "'\(part.file)' has no such key",
                        hint: SettingsError.suggestion(for: key, among: values.map(\.name)))
                }
                for (name, value) in found where !result.contains(where: { $0.name == name && $0.file == part.file.description }) {
                    result.append(RunDefinition.Parameter(name: name, value: value, file: part.file.description))
                }
            }
        }
        return result
    }

    private func values(in file: RelativePath) throws -> [(name: String, value: JSONValue)] {
        if let values = known[file] { return values }
        let read = try RunParameters(files: files).read([RunParameter(file: WirePath(file))])
        let values = read.map { (name: $0.name, value: $0.value) }
        known[file] = values
        return values
    }
}
