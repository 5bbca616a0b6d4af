import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// Bringing what lies at a place to what a pointer names.
struct CheckoutTests {
    let tree: WorkTreeFixture

    init() throws {
        tree = try WorkTreeFixture()
    }

    /// Nothing of ours is left beside the artifacts.
    private func expectNoLeftovers(_ comment: Comment? = nil) {
        #expect(!tree.exists(".tenon-tmp"), comment)
    }

    private func matches(_ path: String, _ pointer: Pointer) throws -> Bool {
        try tree.look(path)?.pointer?.sameContent(as: pointer) == true
    }

    private func makeSample() throws -> Pointer {
        for index in 0..<120 { tree.write("data/d\(index % 5)/f\(index)", bytes(index * 300, seed: UInt64(index))) }
        tree.write("data/large", bytes(11_000_000, seed: 1))
        tree.write("data/empty-file", "")
        tree.write("data/run", "x", isExecutable: true)
        tree.link("data/link", to: "d0/f0")
        tree.makeDirectory("data/empty")
        tree.settle()
        return try tree.pointer("data")
    }

    @Test func aDirectoryComesBackWhereNothingLies() throws {
        let pointer = try makeSample()
        let before = tree.listing("data")
        let large = tree.read("data/large")
        tree.remove("data")
        let result = try tree.checkout(pointer, "data")
        #expect(result.filesWritten == 123 && result.filesRemoved == 0 && result.bytesWritten == pointer.size && result.saved == nil)
        #expect(tree.listing("data") == before && tree.read("data/large") == large)
        #expect(try matches("data", pointer))
        expectNoLeftovers()
        // What was written is known without reading it.
        let progress = ProgressSink()
        _ = try tree.store.look(tree.place("data"), progress: progress)
        #expect(progress.totals.bytes == 0)
    }

    @Test func aFileComesBackWithItsExecutableBit() throws {
        tree.write("models/model", "weights", isExecutable: true)
        let pointer = try tree.pointer("models/model")
        tree.remove("models")
        try tree.checkout(pointer, "models/model")
        #expect(tree.text("models/model") == "weights")
        #expect(try tree.require(tree.information("models/model")).st_mode & 0o100 != 0)
        #expect(!tree.exists("models/.tenon-tmp"))
    }

    @Test func onlyWhatDiffersIsTouched() throws {
        let first = try makeSample()
        let untouched = try tree.require(tree.information("data/large"))
        tree.write("data/d0/f0", "changed")
        tree.write("data/new", "new")
        tree.remove("data/d1")
        tree.settle()
        let second = try tree.pointer("data")
        let result = try tree.checkout(first, "data")
        // 24 files of d1, and d0/f0.
        #expect(result.filesWritten == 25 && result.filesRemoved == 1 && result.saved == nil)
        #expect(FileStamp(try tree.require(tree.information("data/large"))) == FileStamp(untouched))
        #expect(try matches("data", first))
        try tree.checkout(second, "data")
        #expect(try matches("data", second))
        #expect(try tree.checkout(second, "data") == CheckoutResult())
        expectNoLeftovers()
    }

    @Test func typesChangeBothWays() throws {
        tree.write("data/a", "file")
        tree.write("data/b/inner/deep", "deep")
        tree.link("data/c", to: "a")
        tree.makeDirectory("data/d")
        tree.write("data/e", "plain")
        tree.settle()
        let first = try tree.pointer("data")
        tree.remove("data")
        tree.write("data/a/now/a/directory", "x")
        tree.write("data/b", "now a file")
        tree.write("data/c", "now a file")
        tree.write("data/d", "now a file")
        tree.write("data/e", "plain", isExecutable: true)
        tree.settle()
        let second = try tree.pointer("data")
        for _ in 0..<2 {
            try tree.checkout(first, "data")
            #expect(tree.listing("data") == ["a", "b/", "b/inner/", "b/inner/deep", "c@", "d/", "e"])
            #expect(try matches("data", first))
            try tree.checkout(second, "data")
            #expect(tree.listing("data") == ["a/", "a/now/", "a/now/a/", "a/now/a/directory", "b", "c", "d", "e*"])
            #expect(try matches("data", second))
        }
        expectNoLeftovers()
    }

    @Test func theWholeArtifactChangesItsKind() throws {
        tree.write("thing", "a file")
        let file = try tree.pointer("thing")
        tree.remove("thing")
        tree.write("thing/a", "in a directory")
        let directory = try tree.pointer("thing")
        for _ in 0..<2 {
            try tree.checkout(file, "thing")
            #expect(tree.text("thing") == "a file")
            try tree.checkout(directory, "thing")
            #expect(tree.text("thing/a") == "in a directory")
        }
        tree.write("thing/b", "new")
        tree.settle()
        let result = try tree.checkout(file, "thing")
        #expect(result.saved != nil && tree.text("thing") == "a file")
        expectNoLeftovers()
    }

    @Test func whatIsStoredNowhereIsSavedFirst() throws {
        tree.write("data/a", "one")
        tree.settle()
        let first = try tree.pointer("data")
        tree.write("data/a", "two")
        tree.write("data/b", "precious")
        let result = try tree.checkout(first, "data")
        let saved = try tree.require(result.saved)
        #expect(try tree.store.savedStates().map(\.record) == [saved])
        #expect(tree.listing("data") == ["a"] && tree.text("data/a") == "one")
        try tree.checkout(saved.pointer, "data")
        #expect(tree.text("data/a") == "two" && tree.text("data/b") == "precious")
    }

    @Test func discardingSavesNothing() throws {
        tree.write("data/a", "one")
        let first = try tree.pointer("data")
        tree.write("data/a", "two")
        #expect(try tree.checkout(first, "data", discard: true).saved == nil)
        #expect(try tree.store.savedStates().isEmpty && tree.text("data/a") == "one")
    }

    @Test func additionsAloneSaveNothing() throws {
        tree.write("data/a", "one")
        tree.write("data/b", "two")
        let pointer = try tree.pointer("data")
        tree.remove("data/b")
        #expect(try tree.checkout(pointer, "data").saved == nil)
        #expect(tree.text("data/b") == "two")
    }

    @Test func noSpaceToSaveRefusesAndTouchesNothing() throws {
        tree.write("data/a", "one")
        let first = try tree.pointer("data")
        tree.write("data/a", "two")
        tree.settle()
        tree.fixture.faults.arm(failing: 1, error: ENOSPC, extent: .crash)
        let error = #expect(throws: TenonError.self) { try tree.checkout(first, "data") }
        tree.fixture.faults.arm(failing: nil)
        #expect(error?.code == .noSpace && tree.text("data/a") == "two")
        expectNoLeftovers()
    }

    @Test func missingContentLeavesTheArtifactAsItWas() throws {
        tree.write("data/a", "one")
        tree.settle()
        _ = try tree.pointer("data")
        var manifest: [UInt8] = []
        var builder = ManifestBuilder {
            manifest = $1; _ = $0
        }
        let oid = OID(SHA256Hasher.hash(Array("not stored".utf8)))
        try builder.add(.file(path: Array("a".utf8)[...], size: 10, oid: oid))
        let root = try builder.finish().root
        var hasher = DirectoryHasher()
        hasher.add(path: Array("a".utf8)[...], oid: oid)
        let pointer = Pointer.tree(oid: hasher.finalize(), size: 10, files: 1, manifest: root)
        #expect(throws: TenonError.self) { try tree.checkout(pointer, "data") }
        // The manifest alone is stored now.
        let session = try tree.store.beginWrite()
        let metadata = MetadataWriter(store: tree.store, session: session, choice: .auto, progress: tree.progress)
        try metadata.add(node: root, manifest)
        try metadata.flush()
        try session.commit([])
        for path in ["data", "elsewhere"] {
            let error = #expect(throws: TenonError.self) { try tree.checkout(pointer, path) }
            #expect(error?.code == .missingContent && error?.message.contains("'a'") == true)
        }
        #expect(tree.text("data/a") == "one" && !tree.exists("elsewhere"))
        expectNoLeftovers()
    }

    @Test func aPointerThatNamesAnotherManifestIsRefused() throws {
        tree.write("data/a", "one")
        let pointer = try tree.pointer("data")
        let lie = Pointer.tree(oid: OID(SHA256Hasher.hash([1])), size: pointer.size, files: 1, manifest: try tree.require(pointer.manifest))
        #expect(throws: TenonError.self) { try tree.checkout(lie, "other") }
        #expect(!tree.exists("other"))
    }

    // MARK: Entries

    @Test func onlyTheNamedEntriesComeBack() throws {
        let first = try makeSample()
        tree.write("data/d0/f0", "changed")
        tree.write("data/d1/f1", "changed")
        tree.remove("data/d2")
        tree.write("data/extra", "extra")
        tree.write("data/d0/extra", "extra")
        tree.settle()
        let result = try tree.checkout(first, "data", only: ["d0", "d2/f2"])
        #expect(result.filesWritten == 2 && result.filesRemoved == 1)
        #expect(tree.text("data/d1/f1") == "changed" && tree.text("data/extra") == "extra")
        #expect(tree.listing("data/d2") == ["f2"] && !tree.exists("data/d0/extra"))
        #expect(result.saved != nil)
    }

    @Test func anEntryThatIsInTheWayIsAConflict() throws {
        tree.write("data/a/b", "one")
        let first = try tree.pointer("data")
        tree.remove("data/a")
        tree.write("data/a", "file")
        let error = #expect(throws: TenonError.self) { try tree.checkout(first, "data", only: ["a/b"]) }
        #expect(error?.code == .conflict && tree.text("data/a") == "file")
    }

    // MARK: Removing

    @Test func whatIsRemovedIsSavedIfItIsStoredNowhere() throws {
        _ = try makeSample()
        let stored = try tree.store.remove(tree.place("data"), discard: false, progress: tree.progress)
        #expect(stored.filesRemoved == 123 && stored.saved == nil && !tree.exists("data"))
        tree.write("file", "precious")
        let result = try tree.store.remove(tree.place("file"), discard: false, progress: tree.progress)
        let saved = try tree.require(result.saved)
        #expect(!tree.exists("file"))
        try tree.checkout(saved.pointer, "file")
        #expect(tree.text("file") == "precious")
        #expect(try tree.store.remove(tree.place("none"), discard: false, progress: tree.progress) == CheckoutResult())
        expectNoLeftovers()
    }
}
