import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// What a look at an artifact's place finds.
struct ScanTests {
    let tree: WorkTreeFixture

    init() throws {
        tree = try WorkTreeFixture()
    }

    @Test func nothingIsAbsent() throws {
        #expect(try tree.look("data") == nil)
        #expect(try tree.look("no/such/place") == nil)
    }

    @Test func aFilesOidIsItsSHA256() throws {
        tree.write("model", "hello\n", isExecutable: true)
        let content = try tree.require(try tree.look("model"))
        #expect(content.oid.digest.hex == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")
        #expect(content.kind == .file && content.size == 6 && content.executable)
    }

    @Test func aDirectorysOidIsTheDirHashInByteOrderOfWholePaths() throws {
        // `a-b` comes before `a/…`, and `a.txt` between them.
        for name in ["a/z", "a-b", "a.txt", "b"] { tree.write("data/\(name)", name) }
        let content = try tree.require(try tree.look("data"))
        var hasher = DirectoryHasher()
        for name in ["a-b", "a.txt", "a/z", "b"] {
            hasher.add(path: Array(name.utf8)[...], oid: OID(SHA256Hasher.hash(Array(name.utf8))))
        }
        let oid = hasher.finalize()
        #expect(content.oid == oid)
        #expect(content.files == 4 && content.size == 12)
    }

    @Test func emptyDirectoriesSymlinksAndExecutableBitsAreInTheManifestAlone() throws {
        tree.write("data/a", "a")
        let plain = try tree.require(try tree.look("data"))
        tree.makeDirectory("data/empty")
        tree.link("data/link", to: "../elsewhere")
        let more = try tree.require(try tree.look("data"))
        #expect(more.oid == plain.oid && more.files == plain.files && more.size == plain.size)
        #expect(more.manifest != plain.manifest)
        chmod("\(tree.root)/data/a", 0o755)
        let executable = try tree.require(try tree.look("data"))
        #expect(executable.oid == plain.oid && executable.manifest != more.manifest)
    }

    @Test func anEmptyDirectoryAndAnEmptyFileAreContent() throws {
        tree.makeDirectory("data")
        tree.write("file", "")
        let empty = try tree.require(try tree.look("data"))
        #expect(empty.oid == Store.emptyOID && empty.files == 0)
        #expect(try tree.look("file")?.oid == Store.emptyOID)
    }

    @Test func namesThatAreNotUTF8AreKept() throws {
        tree.makeDirectory("data")
        let name: [UInt8] = Array("\(tree.root)/data/".utf8) + [0xFF, 0xFE, 0x80]
        close(name.withCString { open($0, O_WRONLY | O_CREAT, 0o644) })
        let pointer = try tree.pointer("data")
        tree.remove("data")
        try tree.checkout(pointer, "data")
        #expect(name.withCString { access($0, F_OK) } == 0)
        #expect(try tree.look("data")?.pointer?.sameContent(as: pointer) == true)
    }

    @Test(arguments: ["new\nline", ".git", ".GIT", "git~1", ".git ", ".g\u{200C}it"])
    func aNameThatIsRefusedIsNamed(name: String) throws {
        tree.write("data/inner/a", "a")
        tree.write("data/inner/\(name)", "b")
        let error = #expect(throws: TenonError.self) { try tree.look("data") }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("inner/") == true)
    }

    @Test func aFIFOIsRefusedByName() throws {
        tree.write("data/a", "a")
        mkfifo("\(tree.root)/data/pipe", 0o644)
        let error = #expect(throws: TenonError.self) { try tree.add("data") }
        #expect(error?.code == .invalidArgument && error?.cause?.contains("FIFO") == true && error?.message.contains("data/pipe") == true)
        mkfifo("\(tree.root)/alone", 0o644)
        #expect(throws: TenonError.self) { try tree.look("alone") }
    }

    @Test func symlinksAreNeverFollowed() throws {
        tree.write("secret/a", "secret")
        tree.link("data", to: "secret")
        let error = #expect(throws: TenonError.self) { try tree.look("data") }
        #expect(error?.code == .invalidArgument)
        #expect(throws: TenonError.self) { try tree.look("data/a") }
        tree.link("dir/way", to: "../secret")
        #expect(throws: TenonError.self) { try tree.look("dir/way/a") }
    }

    @Test func pathsResolveTheSameWithoutOpenat2() throws {
        tree.write("data/inner/file", "x")
        tree.link("data/way", to: "inner")
        tree.link("data/last", to: "inner/file")
        let root = try DirectoryHandle.open(absolute: tree.root)
        func open(_ path: String, _ flags: Int32) -> (Bool, Int32) {
            let descriptor = path.withCString {
                BeneathOpening.openByComponents(root.descriptor, $0, length: path.utf8.count, flags: flags | O_CLOEXEC | O_NOFOLLOW, mode: 0)
            }
            let number = errno
            if descriptor >= 0 { close(descriptor) }
            return (descriptor >= 0, descriptor >= 0 ? 0 : number)
        }
        for (path, flags) in [
            ("data/inner/file", O_RDONLY), ("data/inner", O_RDONLY | O_DIRECTORY), ("data/way/file", O_RDONLY), ("data/last", O_RDONLY),
            ("data/none", O_RDONLY), ("data/last", LinuxCalls.pathOnly), ("data/inner/file/x", O_RDONLY),
        ] {
            let descriptor = root.tryOpen(Array(path.utf8), flags: flags)
            let number = descriptor < 0 ? errno : 0
            if descriptor >= 0 { close(descriptor) }
            #expect(open(path, flags) == (descriptor >= 0, number), "\(path)")
        }
        #expect(open("data/../../etc", O_RDONLY).1 == EXDEV)
    }

    @Test func emptyDirectoriesAreEntriesInTheirOwnPlace() throws {
        // As an entry `d` comes before `d-x`; as a directory, `d/` comes after it.
        tree.makeDirectory("data/d")
        for name in ["d-x", "d.y", "c"] { tree.write("data/\(name)", name) }
        tree.makeDirectory("data/e/inner")
        let pointer = try tree.pointer("data")
        var paths: [String] = []
        try tree.store.entries(of: pointer, under: nil) { paths.append(String(decoding: $0.path, as: UTF8.self)) }
        #expect(paths == ["c", "d", "d-x", "d.y", "e/inner"])
        let before = tree.listing("data")
        tree.write("data/d/now", "x")
        tree.settle()
        _ = try tree.pointer("data")
        try tree.checkout(pointer, "data")
        #expect(tree.listing("data") == before)
        tree.write("file", "x")
        let file = try tree.pointer("file")
        #expect(try tree.checkout(file, "data").filesRemoved == 3)
        #expect(tree.text("data") == "x")
    }

    @Test func manyDirectoriesAreReadInOrder() throws {
        for directory in 0..<60 {
            for file in 0..<5 { tree.write("data/d\(directory)/s\(file)/f\(file)", "\(directory).\(file)") }
        }
        let content = try tree.require(try tree.look("data"))
        #expect(content.files == 300)
        #expect(try tree.look("data") == content)
    }

    @Test func theFolderForTemporaryFilesIsNoContent() throws {
        tree.write("data/a", "a")
        let content = try tree.look("data")
        tree.write("data/.tenon-tmp/rest", "x")
        #expect(try tree.look("data") == content)
    }

    @Test func cancellingStopsTheWork() throws {
        for file in 0..<100 { tree.write("data/d\(file)/f", "\(file)") }
        let progress = ProgressSink()
        progress.cancel()
        let error = #expect(throws: TenonError.self) { try tree.store.look(tree.place("data"), progress: progress) }
        #expect(error?.code == .cancelled)
    }
}
