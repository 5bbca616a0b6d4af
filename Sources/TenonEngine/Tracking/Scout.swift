import Glibc
import TenonAPI
import TenonCore
import TenonFormat
import TenonGit

/// Looks for what may be data in a work tree: large things that Git ignores, files of Git LFS, `.dvc` files and `dvc.yaml`. Bounded in time.
struct Scout {
    let tree: WorkTree
    /// Artifacts are known already.
    let survey: Survey

    private static let budget = Duration.seconds(2)
    /// Smaller things are not worth a word.
    private static let leastBytes: UInt64 = 10 << 20
    private static let shownCount = 5
    /// Directories that tools make for themselves, large and never data.
    private static let toolDirectories: Set<String> = [
        ".venv", "venv", "env", ".env", "node_modules", "__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache",
        ".ipynb_checkpoints", ".dvc", ".build", "build", "dist", "target", ".eggs", ".cache", ".idea", ".vscode", WorkTreeFiles.temporaryDirectory,
    ]

    func look() throws -> Surroundings {
        var found = Surroundings()
        let deadline = ContinuousClock.now + Scout.budget
        let index = try tree.repository.indexEntries()
        lookForIgnored(&found, until: deadline)
        try lookForLFS(&found, index, until: deadline)
        lookForDVC(&found, index, until: deadline)
        if let pipeline = try? Pipeline.read(tree), pipeline.file == (try? RelativePath(Pipeline.foreignName)), !pipeline.stages.isEmpty {
            found.dvcStages = pipeline.stages.count
        }
        return found
    }

    /// What Git answers in the time that is left; `nil`, and the report is marked, if that is not enough.
    private func ask(_ arguments: [GitArgument], _ found: inout Surroundings, until deadline: ContinuousClock.Instant) -> [[UInt8]]? {
        let left = deadline - ContinuousClock.now
        guard left > .milliseconds(10), let outcome = try? tree.repository.process.succeed(arguments, timeout: left) else {
            found.isComplete = false
            return nil
        }
        return outcome.output.split(separator: 0).map { Array($0) }
    }

    private func lookForIgnored(_ found: inout Surroundings, until deadline: ContinuousClock.Instant) {
        let listing = ["ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z"] as [GitArgument]
        let artifacts = survey.records.filter(\.isNamed).map(\.path)
        for bytes in ask(listing, &found, until: deadline) ?? [] {
            let isDirectory = bytes.last == UInt8(ascii: "/")
            guard let path = try? RelativePath(bytes: isDirectory ? Array(bytes.dropLast()) : bytes) else { continue }
            if path.components.contains(where: { Scout.toolDirectories.contains(String(decoding: $0, as: UTF8.self)) }) { continue }
            if artifacts.contains(where: { $0.isWithin(path) || path.isWithin($0) }) { continue }
            let full = Array("\(tree.path)/".utf8) + path.bytes
            if isDirectory {
                let size = DirectorySize(of: full, until: deadline)
                if !size.isComplete { found.isComplete = false }
                if size.bytes >= Scout.leastBytes {
                    found.ignored.append(Surroundings.Ignored(path: WirePath(path), size: size.bytes, files: size.files))
                }
            } else {
                var status = stat()
                guard full.withCPath({ lstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
                if UInt64(status.st_size) >= Scout.leastBytes {
                    found.ignored.append(Surroundings.Ignored(path: WirePath(path), size: UInt64(status.st_size)))
                }
            }
        }
        found.ignored = Array(found.ignored.sorted { $0.size > $1.size }.prefix(Scout.shownCount))
    }

    private func lookForLFS(_ found: inout Surroundings, _ index: [IndexEntry], until deadline: ContinuousClock.Instant) throws {
        let name = Array(".gitattributes".utf8)
        for entry in index where entry.path.suffix(name.count).elementsEqual(name) {
            guard let path = try? RelativePath(bytes: entry.path), path.lastComponent.elementsEqual(name) else { continue }
            for rule in try tree.lfsRules(in: path.parent) {
                found.lfsPatterns.append(
                    Surroundings.LFSPattern(file: WirePath(rule.file), line: rule.line, pattern: displayName(rule.pattern)))
            }
        }
        guard !found.lfsPatterns.isEmpty else { return }
        let files = Set(ask(["ls-files", "-z", "--", ":(top,attr:filter=lfs)"], &found, until: deadline) ?? [])
        for entry in index where entry.stage == 0 && files.contains(entry.path) {
            found.lfsFiles += 1
            found.lfsBytes &+= UInt64(entry.size)
        }
    }

    private func lookForDVC(_ found: inout Surroundings, _ index: [IndexEntry], until deadline: ContinuousClock.Instant) {
        let suffix = Array(".dvc".utf8)
        for entry in index where entry.stage == 0 && entry.mode.isFile && entry.path.suffix(suffix.count).elementsEqual(suffix) {
            guard let path = try? RelativePath(bytes: entry.path), !path.components.contains(where: { $0.elementsEqual(suffix) }) else { continue }
            found.dvcFiles += 1
            if found.dvc.count < Scout.shownCount { found.dvc.append(WirePath(path)) }
            guard ContinuousClock.now < deadline else {
                found.isComplete = false
                continue
            }
            found.dvcBytes &+= (try? tree.files.read(path, limit: 64 << 10)).flatMap { $0.map(Scout.dvcSize) } ?? 0
        }
    }

    /// The bytes that a `.dvc` file says its outputs have.
    static func dvcSize(_ text: [UInt8]) -> UInt64 {
        var sum: UInt64 = 0
        for line in text.split(separator: 0x0A) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard let key = words.firstIndex(of: "size:"), key <= 1, key + 1 < words.count else { continue }
            let (total, isTooMuch) = sum.addingReportingOverflow(UInt64(words[key + 1]) ?? 0)
            sum = isTooMuch ? .max : total
        }
        return sum
    }
}
