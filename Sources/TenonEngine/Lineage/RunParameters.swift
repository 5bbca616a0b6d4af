import TenonAPI
import TenonCore
import TenonFormat

/// Reads the values of a run's parameters, and of its metrics, from small files.
struct RunParameters {
    let files: WorkTreeFiles

    /// The largest file that is read.
    static let maximumLength = ValueLimits.values.length
    private static let maximumCount = 1000

    func read(_ parameters: [RunParameter]) throws -> [RunDefinition.Parameter] {
        var result: [RunDefinition.Parameter] = []
        for parameter in parameters {
            guard let file = parameter.file else {
                guard let key = parameter.key, let value = parameter.value else {
                    throw TenonError(.invalidArgument, "a parameter can't be recorded", cause: "it has neither a value nor a file")
                }
                result.append(RunDefinition.Parameter(name: key, value: ValueText.typed(value).json))
                continue
            }
            let path = try RelativePath(bytes: file.bytes)
            var isFound = false
            for found in try values(at: path) where parameter.key.map({ found.key == $0 || found.key.hasPrefix($0 + ".") }) ?? true {
                result.append(RunDefinition.Parameter(name: found.key, value: found.value.json, file: path.description))
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

    /// The numbers in a file of metrics, by their keys: those that are finite, as records hold no others.
    func metrics(at path: RelativePath) throws -> [String: Double] { try allMetrics(at: path).values }

    /// The same, and the keys of numbers that are not finite.
    func allMetrics(at path: RelativePath) throws -> (values: [String: Double], notFinite: [String]) {
        var result: [String: Double] = [:]
        var notFinite: [String] = []
        for found in try values(at: path) {
            guard let number = found.value.number else { continue }
            if number.value.isFinite { result[found.key] = number.value } else { notFinite.append(found.key) }
        }
        guard result.count <= RunParameters.maximumCount else {
            throw TenonError(
                .invalidArgument, "the metrics can't be recorded", cause: "there are more than \(RunParameters.maximumCount) in '\(path)'")
        }
        return (result, notFinite)
    }

    private func values(at path: RelativePath) throws -> [FlatValue] {
        let what = "'\(path)' can't be read for its values"
        let length = RunParameters.maximumLength
        let bytes: [UInt8]
        do {
            guard let found = try files.read(path, limit: length) else {
                throw TenonError(.notFound, what, cause: try files.kind(of: path) == .absent ? "it is not there" : "it is not a regular file")
            }
            bytes = found
        } catch let error as TenonError where error.code == .corrupt || error.code == .invalidArgument {
            throw TenonError(.invalidArgument, what, cause: "it has more than \(length) bytes", hint: "write a small file of numbers")
        }
        return try ValueFile.flat(bytes, path: path)
    }
}
