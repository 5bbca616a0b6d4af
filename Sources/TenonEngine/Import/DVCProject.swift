import Glibc
import TenonCore
import TenonGit

/// A DVC project in a work tree: where it begins, its configuration, and its files.
struct DVCProject {
    /// The directory that `.dvc` lies in, or where there is none `dvc.yaml`; `nil`: the top.
    let root: RelativePath?
    let cache: DVCCache
    /// Remotes that its configuration names: their URLs by name.
    let remotes: [(name: String, url: String)]
    /// `.dvc` files and `dvc.lock`s, in byte order.
    let files: [RelativePath]
    let pipelines: [RelativePath]

    private static let maximumConfiguration = 1 << 20
    static let maximumFile = 8 << 20

    /// Finds the project around `directory`.
    ///
    /// - Parameter cache: the absolute path of the cache, where it is not as configured. Throws `notFound` where there is no project.
    init(_ tree: WorkTree, directory: RelativePath?, cache: String?) throws {
        guard
            let beginning = try DVCProject.nearest(".dvc", .directory, tree, directory)
                ?? DVCProject.nearest(Pipeline.foreignName, .file, tree, directory)
        else {
            throw TenonError(
                .notFound, "there is no DVC project here", cause: "no directory from here to the top has '.dvc' or '\(Pipeline.foreignName)' in it")
        }
        let candidate = beginning.parent
        root = candidate
        let home = tree.path + "/" + (candidate.map { "\($0.string ?? "")/" } ?? "") + ".dvc"
        var configured: String?
        var remotes: [(name: String, url: String)] = []
        for name in ["config", "config.local"] {
            let path = try candidate?.appending(Array(".dvc".utf8)).appending(Array(name.utf8)) ?? RelativePath(".dvc/\(name)")
            guard let bytes = try tree.files.read(path, limit: DVCProject.maximumConfiguration) else { continue }
            for (section, key, value) in DVCProject.settings(String(decoding: bytes, as: UTF8.self)) {
                if section == "cache", key == "dir" { configured = value.hasPrefix("/") ? value : "\(home)/\(value)" }
                if section.hasPrefix("remote \""), section.hasSuffix("\""), key == "url" {
                    remotes.append((String(section.dropFirst(8).dropLast()), value))
                }
            }
        }
        self.cache = DVCCache(directories: cache.map { [$0] } ?? [configured ?? "\(home)/cache"])
        self.remotes = remotes
        let listed = try tree.repository.process.succeed(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).output.split(separator: 0)
        var files: Set<RelativePath> = []
        var pipelines: Set<RelativePath> = []
        for bytes in listed {
            guard let path = try? RelativePath(bytes: Array(bytes)), candidate.map(path.isWithin) ?? true else { continue }
            let name = path.lastComponent
            if name.elementsEqual("dvc.yaml".utf8) { pipelines.insert(path) }
            let isData = name.count > 4 && name.suffix(4).elementsEqual(".dvc".utf8)
            guard isData || name.elementsEqual("dvc.lock".utf8), try tree.files.kind(of: path) == .file else { continue }
            files.insert(path)
        }
        self.files = files.sorted()
        self.pipelines = try pipelines.sorted().filter { try tree.files.kind(of: $0) == .file }
    }

    /// What has this name in `directory` or the nearest above it that has it.
    private static func nearest(
        _ name: String, _ kind: WorkTreeFiles.Kind, _ tree: WorkTree, _ directory: RelativePath?
    ) throws -> RelativePath? {
        for base in sequence(first: directory, next: { $0.map(\.parent) }) {
            let place = try base?.appending(Array(name.utf8)) ?? RelativePath(name)
            if try tree.files.kind(of: place) == kind { return place }
        }
        return nil
    }

    /// The lines of a configuration file as Python's ConfigObj writes it.
    private static func settings(_ text: String) -> [(section: String, key: String, value: String)] {
        var section = ""
        var result: [(section: String, key: String, value: String)] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = trimmed(line)
            if words.isEmpty || words.hasPrefix("#") { continue }
            if words.hasPrefix("["), words.hasSuffix("]") {
                section = unquoted(words.dropFirst().dropLast())
            } else if let equal = words.firstIndex(of: "=") {
                result.append((section, trimmed(words[..<equal]), unquoted(trimmed(words[words.index(after: equal)...])[...])))
            }
        }
        return result
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private static func unquoted(_ text: Substring) -> String {
        guard let first = text.first, text.count > 1, first == text.last, first == "'" || first == "\"" else { return String(text) }
        return String(text.dropFirst().dropLast())
    }
}
