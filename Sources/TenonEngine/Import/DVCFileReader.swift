import TenonCore
import Yams

/// Reads `.dvc` files and `dvc.lock`s: the outputs that they name, and what in them Tenon has no place for.
struct DVCFileReader {
    private(set) var outputs: [DVCOutput] = []
    /// What is not imported, and why.
    private(set) var problems: [TenonError] = []
    /// What is left out of what is imported.
    private(set) var notes: [String] = []
    private var places: [RelativePath: Int] = [:]

    /// Reads a `.dvc` file.
    mutating func readData(_ file: RelativePath, _ bytes: [UInt8]) throws {
        guard let root = try DVCFileReader.compose(bytes, file)?.mapping else {
            throw DVCFileReader.refused(file, "it is empty, or no mapping")
        }
        if root["cmd"] != nil {
            throw DVCFileReader.refused(
                file, "it is a stage of DVC before 1.0 ('cmd')", hint: "write the stage into dvc.yaml, or 'tenon run' its command")
        }
        let base = try DVCFileReader.directory(file.parent, root["wdir"]?.string ?? ".", file)
        for dependency in root["deps"]?.sequence ?? [] { noteSource(dependency, file) }
        for key in ["frozen", "always_changed", "meta", "desc"] where root[key] != nil && root["deps"] == nil {
            notes.append("\(file): '\(key)' has no effect")
        }
        guard let outs = root["outs"]?.sequence, !outs.isEmpty else { throw DVCFileReader.refused(file, "it has no 'outs'") }
        for out in outs { try take(out, base: base, file) }
    }

    /// Reads a `dvc.lock`.
    ///
    /// - Parameter directory: where a stage is executed; `nil`: the stage is not known, and its outputs may be anywhere.
    mutating func readLock(_ file: RelativePath, _ bytes: [UInt8], directory: (String) -> DVCStagePlace?) throws {
        guard let root = try DVCFileReader.compose(bytes, file)?.mapping else { return }
        let stages: Node.Mapping
        if let schema = root["schema"] {
            guard schema.string == "2.0" else {
                throw DVCFileReader.refused(file, "its schema is '\(displayName((schema.string ?? "").utf8.prefix(20)))', not 2.0")
            }
            if root["datasets"] != nil { notes.append("\(file): 'datasets' are not imported") }
            stages = root["stages"]?.mapping ?? Node.Mapping([])
        } else {
            stages = root
        }
        for (key, stage) in stages {
            let name = key.scalar?.string ?? ""
            guard let outs = stage.mapping?["outs"]?.sequence else { continue }
            guard let place = directory(name) else {
                problems.append(
                    TenonError(
                        .unsupported, "the outputs of the stage '\(displayName(name.utf8.prefix(200)))' are not imported",
                        cause: "'\(file)' has it, and the pipeline beside it has not, or can't be read"))
                continue
            }
            for out in outs { try take(out, base: place.directory, file, skipping: place.keptInGit) }
        }
    }

    // MARK: Outputs

    private mutating func take(_ node: Node, base: RelativePath?, _ file: RelativePath, skipping: Set<RelativePath> = []) throws {
        guard let out = node.mapping, let text = out["path"]?.string else { throw DVCFileReader.refused(file, "an output has no 'path'") }
        let name = displayName(text.utf8.prefix(300))
        if text.contains("://") || text.hasPrefix("/") || text.hasPrefix("~") {
            problems.append(
                TenonError(
                    .unsupported, "'\(name)' is not imported", cause: "it lies outside of the repository (\(file))",
                    hint: "copy it into the work tree and 'tenon add' it"))
            return
        }
        let path: RelativePath
        do {
            path = try DVCFileReader.joined(base, text)
        } catch let error as TenonError {
            problems.append(TenonError(.invalidArgument, "'\(name)' is not imported", cause: "\(file): \(error.cause ?? error.message)"))
            return
        }
        if skipping.contains(path) { return }
        if out["cache"]?.bool == false {
            notes.append("'\(path)' stays in Git ('cache: false' in \(file))")
            return
        }
        for key in ["persist", "remote", "push", "desc", "type", "labels", "meta", "checkpoint"] where out[key] != nil {
            notes.append("'\(path)': '\(key)' has no effect (\(file))")
        }
        if out["files"] != nil || out["cloud"] != nil {
            problems.append(
                TenonError(
                    .unsupported, "'\(path)' is not imported",
                    cause: "its versions are kept by the cloud ('\(out["files"] != nil ? "files" : "cloud")' in \(file))",
                    hint: "dvc pull \(file); then tenon add \(path)"))
            return
        }
        let algorithm = out["hash"]?.string
        guard algorithm == nil || algorithm == "md5" || algorithm == "md5-dos2unix", let digits = out["md5"]?.string else {
            problems.append(
                TenonError(
                    .unsupported, "'\(path)' is not imported",
                    cause: "\(file) names it by no MD5\(algorithm.map { ", but by '\(displayName($0.utf8.prefix(40)))'" } ?? "")",
                    hint: "bring its data and 'tenon add \(path)'"))
            return
        }
        let isDirectory = digits.hasSuffix(".dir")
        guard let digest = DVCDigest(hex: isDirectory ? digits.dropLast(4) : digits[...], isLegacy: algorithm != "md5") else {
            throw DVCFileReader.refused(file, "the MD5 of '\(path)' is not 32 hexadecimal digits")
        }
        let output = DVCOutput(path: path, digest: digest, isDirectory: isDirectory, isExecutable: out["isexec"]?.bool == true, source: file)
        if let other = places[path].map({ outputs[$0] }) {
            if other.digest.hex != digest.hex {
                problems.append(
                    TenonError(.conflict, "'\(path)' is imported as '\(other.source)' has it", cause: "'\(file)' names other content"))
            }
            return
        }
        places[path] = outputs.count
        outputs.append(output)
    }

    /// Where `dvc import` and `dvc import-url` have brought data from.
    private mutating func noteSource(_ node: Node, _ file: RelativePath) {
        guard let dependency = node.mapping else { return }
        let repository = dependency["repo"]?.mapping?["url"]?.string
        let source = (repository.map { "\($0) " } ?? "") + (dependency["path"]?.string ?? "")
        notes.append(
            "\(file): the data is imported as it is; that it came from '\(displayName(source.utf8.prefix(300)))', and can be updated from there, is not"
        )
    }

    // MARK: Text and paths

    private static func compose(_ bytes: [UInt8], _ file: RelativePath) throws -> Node? {
        do {
            return try SettingsText.compose(bytes, file: "\(file)")
        } catch {
            throw refused(file, error.cause.map { "\(error.message): \($0)" } ?? error.message)
        }
    }

    static func refused(_ file: RelativePath, _ cause: String, hint: String? = nil) -> TenonError {
        TenonError(.invalidArgument, "'\(file)' is not imported", cause: cause, hint: hint)
    }

    private static func directory(_ base: RelativePath?, _ text: String, _ file: RelativePath) throws -> RelativePath? {
        do {
            return try components(base, text).map { try RelativePath(bytes: Array($0.joined(separator: [UInt8(ascii: "/")]))) }
        } catch let error as TenonError {
            throw refused(file, "its 'wdir' is refused: \(error.cause ?? error.message)")
        }
    }

    static func joined(_ base: RelativePath?, _ text: String) throws -> RelativePath {
        guard let components = try components(base, text) else {
            throw TenonError(.invalidArgument, "path '\(displayName(text.utf8))' is refused", cause: "it is the top of the work tree")
        }
        return try RelativePath(bytes: Array(components.joined(separator: [UInt8(ascii: "/")])))
    }

    /// `text` seen from `base`; `nil`: the top.
    private static func components(_ base: RelativePath?, _ text: String) throws -> [[UInt8]]? {
        var result = base?.components.map { Array($0) } ?? []
        for component in text.utf8.split(separator: UInt8(ascii: "/")) where !component.elementsEqual(".".utf8) {
            guard component.elementsEqual("..".utf8) else {
                result.append(Array(component))
                continue
            }
            guard result.popLast() != nil else {
                throw TenonError(.invalidArgument, "path '\(displayName(text.utf8))' is refused", cause: "it leads out of the work tree")
            }
        }
        return result.isEmpty ? nil : result
    }
}
