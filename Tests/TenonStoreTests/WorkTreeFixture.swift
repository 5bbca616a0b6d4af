import Glibc
import TenonCore
import TenonFormat

@testable import TenonStore

/// A work tree in a directory of its own with an artifact in it, and a store to keep it in.
final class WorkTreeFixture {
    let root: String
    let fixture = StoreFixture()
    let store: Store
    let progress = ProgressSink()

    init() throws {
        root = "/tmp/tenon-files-test-\(randomName())"
        mkdir(root, 0o755)
        store = try fixture.open()
    }

    deinit {
        store.close()
        removeTree(root)
    }

    func place(_ path: String) throws -> ArtifactPlace {
        ArtifactPlace(workTreeRoot: root, workTreeID: "tree", path: try RelativePath(path))
    }

    // MARK: Files

    /// Writes a file as it is, with the directories that it needs, and makes it a minute old so that the stat cache may know it.
    func write(_ path: String, _ content: [UInt8], isExecutable: Bool = false, age: Int = 60) {
        makeDirectories(path)
        let full = "\(root)/\(path)"
        let descriptor = open(full, O_WRONLY | O_CREAT | O_TRUNC, isExecutable ? 0o755 : 0o644)
        var done = 0
        while done < content.count {
            let count = content.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), content.count - done) }
            precondition(count > 0)
            done += count
        }
        close(descriptor)
        setAge(path, age)
    }

    func write(_ path: String, _ text: String, isExecutable: Bool = false) {
        write(path, Array(text.utf8), isExecutable: isExecutable)
    }

    /// Sets mtime; ctime is now, so what must be trusted waits for `settle`.
    func setAge(_ path: String, _ seconds: Int) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        now.tv_sec -= seconds
        var times = (now, now)
        withUnsafePointer(to: &times) { pair in
            _ = pair.withMemoryRebound(to: timespec.self, capacity: 2) { utimensat(AT_FDCWD, "\(root)/\(path)", $0, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Waits until what was written is older than the file system's granularity.
    func settle() {
        usleep(60_000)
    }

    func makeDirectories(_ path: String) {
        var current = root
        for component in path.split(separator: "/").dropLast() {
            current += "/" + component
            mkdir(current, 0o755)
        }
    }

    func makeDirectory(_ path: String) {
        makeDirectories(path + "/x")
    }

    func link(_ path: String, to target: String) {
        makeDirectories(path)
        symlink(target, "\(root)/\(path)")
    }

    func remove(_ path: String) {
        removeTree("\(root)/\(path)")
    }

    func read(_ path: String) -> [UInt8]? {
        let descriptor = open("\(root)/\(path)", O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count <= 0 { return result }
            result.append(contentsOf: buffer[..<count])
        }
    }

    func text(_ path: String) -> String? {
        read(path).map { String(decoding: $0, as: UTF8.self) }
    }

    func information(_ path: String) -> stat? {
        var information = stat()
        return lstat("\(root)/\(path)", &information) == 0 ? information : nil
    }

    func exists(_ path: String) -> Bool { information(path) != nil }

    /// Every path below `path` with what it is, in byte order.
    func listing(_ path: String) -> [String] {
        var result: [String] = []
        func visit(_ relative: String) {
            for name in (try? FileSystem().names(in: "\(root)/\(path)\(relative)")) ?? [] {
                let inner = "\(relative)/\(name)"
                let mode = information(path + inner)?.st_mode ?? 0
                switch mode & S_IFMT {
                case S_IFDIR:
                    result.append("\(inner.dropFirst())/")
                    visit(inner)
                case S_IFLNK: result.append("\(inner.dropFirst())@")
                default: result.append("\(inner.dropFirst())\(mode & S_IXUSR != 0 ? "*" : "")")
                }
            }
        }
        visit("")
        return result
    }

    // MARK: Verbs

    func add(_ path: String) throws -> IngestResult {
        try store.ingest(place(path), compression: .auto, progress: progress)
    }

    func pointer(_ path: String) throws -> Pointer {
        try require(try add(path).content.pointer)
    }

    func look(_ path: String) throws -> Content? {
        guard case .present(let content) = try store.look(place(path), progress: progress) else { return nil }
        return content
    }

    @discardableResult
    func checkout(_ pointer: Pointer, _ path: String, only: [String] = [], discard: Bool = false) throws -> CheckoutResult {
        try store.checkout(pointer, at: place(path), only: only.map { try RelativePath($0) }, discard: discard, progress: progress)
    }

    func require<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw TenonError(.internal, "a test's value is missing") }
        return value
    }
}
