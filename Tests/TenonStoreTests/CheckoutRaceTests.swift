import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// What happens when others write while a checkout replaces their files, or somebody has laid traps.
struct CheckoutRaceTests {
    let tree: WorkTreeFixture

    init() throws {
        tree = try WorkTreeFixture()
    }

    private func scan(_ path: String) throws -> ArtifactTree {
        try tree.require(try tree.store.examine(tree.place(path), tree.progress))
    }

    @Test func aFileThatChangedAfterTheLookIsPutBack() throws {
        tree.write("data/a", "looked")
        tree.settle()
        let scanned = try scan("data")
        tree.write("data/a", "edited")
        let parent = try DirectoryHandle.open(absolute: tree.root)
        let temporary = try TemporaryDirectory(in: parent)
        defer { temporary.remove() }
        let descriptor = try temporary.fresh.open(Array("new".utf8), flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        close(descriptor)
        let displacement = Displacement(temporary: temporary, discard: false)
        let check = DisplacedCheck(tree: scanned, progress: tree.progress)
        let node = scanned.nodes[0]
        #expect(throws: Displacement.Changed.self) {
            try displacement.exchange(Array("new".utf8), with: Array("a".utf8), in: scanned.base) {
                try check.isUnchanged(node.items[0], of: node, $0, $1)
            }
        }
        #expect(tree.text("data/a") == "edited")
        #expect(throws: Displacement.Changed.self) {
            try displacement.takeOut(Array("a".utf8), of: scanned.base, temporaryName: Array("out".utf8)) {
                try check.isUnchanged(node.items[0], of: node, $0, $1)
            }
        }
        #expect(tree.text("data/a") == "edited")
        // Nothing lies there: the one who removed it is not overruled.
        tree.remove("data/a")
        #expect(throws: Displacement.Changed.self) {
            try displacement.exchange(Array("new".utf8), with: Array("a".utf8), in: scanned.base) { _, _ in true }
        }
    }

    /// Exchanges `data/a` for a new file while `interfere` runs, as programs that save by rename do, and what was displaced is not as stored.
    private func exchange(_ interfere: @escaping () -> Void) throws -> TenonError? {
        tree.write("data/a", "save 1")
        let parent = try DirectoryHandle.open(absolute: tree.root)
        let directory = try parent.directory(Array("data".utf8))
        let temporary = try TemporaryDirectory(in: parent)
        defer { temporary.remove() }
        close(try temporary.fresh.open(Array("new".utf8), flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o644))
        let displacement = Displacement(temporary: temporary, discard: false)
        do {
            try displacement.exchange(Array("new".utf8), with: Array("a".utf8), in: directory) { _, _ in
                interfere()
                return false
            }
            Issue.record("a change was taken for what is stored")
        } catch let error as TenonError {
            return error
        } catch is Displacement.Changed {}
        return nil
    }

    /// What lies in folders of displaced things.
    private var kept: [String?] {
        tree.listing(".tenon-tmp").filter { $0.contains("/old/") && !$0.hasSuffix("/") }.map { tree.text(".tenon-tmp/\($0)") }
    }

    @Test func aSaveDuringTheLookIsNotThrownAway() throws {
        let error = try exchange {
            tree.write("data/b", "save 2")
            rename("\(tree.root)/data/b", "\(tree.root)/data/a")
        }
        #expect(error?.code == .changedWhileReading && error?.cause?.contains(".tenon-tmp") == true)
        #expect(tree.text("data/a") == "save 2")
        #expect(kept == ["save 1"])
    }

    @Test func whatWasDisplacedIsKeptIfItsNameIsGone() throws {
        let error = try exchange { tree.remove("data/a") }
        #expect(error?.code == .changedWhileReading && error?.cause?.contains(".tenon-tmp") == true)
        #expect(!tree.exists("data/a"))
        #expect(kept == ["save 1"])
    }

    @Test func aWriteThroughAMappingBeforeTheExchangeIsSaved() throws {
        tree.write("data/a", [UInt8](repeating: 1, count: 4096))
        tree.settle()
        let first = try tree.pointer("data")
        tree.write("data/a", [UInt8](repeating: 2, count: 4096))
        let descriptor = open("\(tree.root)/data/a", O_RDWR)
        let memory = try tree.require(mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0))
        close(descriptor)
        defer { munmap(memory, 4096) }
        memory.storeBytes(of: 3, as: UInt8.self)
        tree.settle()
        _ = try tree.look("data")
        memory.storeBytes(of: 4, toByteOffset: 1, as: UInt8.self)
        let scanned = try scan("data")
        let node = scanned.nodes[0]
        let check = DisplacedCheck(tree: scanned, progress: tree.progress)
        #expect(try check.isUnchanged(node.items[0], of: node, scanned.base, Array("a".utf8)))
        memory.storeBytes(of: 5, toByteOffset: 2, as: UInt8.self)
        #expect(try !check.isUnchanged(node.items[0], of: node, scanned.base, Array("a".utf8)))
        let saved = try tree.require(try tree.checkout(first, "data").saved)
        #expect(tree.read("data/a") == [UInt8](repeating: 1, count: 4096))
        try tree.checkout(saved.pointer, "data")
        #expect(tree.read("data/a")?[..<4] == [3, 4, 5, 2])
    }

    @Test func nothingIsWrittenThroughASymlink() throws {
        tree.write("outside/keep", "keep")
        tree.write("data/dir/a", "a")
        tree.write("data/file", "f")
        tree.settle()
        let pointer = try tree.pointer("data")
        tree.remove("data/dir")
        tree.link("data/dir", to: "../outside")
        tree.remove("data/file")
        tree.link("data/file", to: "../outside/keep")
        try tree.checkout(pointer, "data")
        #expect(tree.listing("outside") == ["keep"] && tree.text("outside/keep") == "keep")
        #expect(tree.listing("data") == ["dir/", "dir/a", "file"])
        // The artifact's own place, and the way to it.
        tree.remove("data")
        tree.link("data", to: "outside")
        #expect(throws: TenonError.self) { try tree.checkout(pointer, "data") }
        tree.link("way", to: "outside")
        #expect(throws: TenonError.self) { try tree.checkout(pointer, "way/data") }
        #expect(tree.listing("outside") == ["keep"])
    }

    @Test func nothingIsMadeBehindASymlinkInPlaceOfTheTemporaryFolder() throws {
        tree.write("data/dir/a", "a")
        tree.write("outside/keep", "keep")
        tree.settle()
        let pointer = try tree.pointer("data")
        tree.link(".tenon-tmp", to: "outside")
        for change in ["data/dir/a", "data"] {
            tree.remove(change)
            let error = #expect(throws: TenonError.self) { try tree.checkout(pointer, "data") }
            #expect(error?.message.contains(".tenon-tmp") == true && error?.hint?.contains("remove it") == true)
        }
        #expect(tree.listing("outside") == ["keep"])
        tree.remove(".tenon-tmp")
        tree.write(".tenon-tmp", "a file")
        #expect(throws: TenonError.self) { try tree.checkout(pointer, "data") }
        #expect(tree.text(".tenon-tmp") == "a file")
        tree.remove(".tenon-tmp")
        try tree.checkout(pointer, "data")
        #expect(tree.listing("data") == ["dir/", "dir/a"] && !tree.exists(".tenon-tmp"))
    }

    @Test func aFIFOInTheWayIsRefused() throws {
        tree.write("data/a", "a")
        let pointer = try tree.pointer("data")
        tree.remove("data/a")
        mkfifo("\(tree.root)/data/a", 0o644)
        #expect(throws: TenonError.self) { try tree.checkout(pointer, "data") }
        #expect(try tree.require(tree.information("data/a")).st_mode & S_IFMT == S_IFIFO)
    }

    @Test func aHardLinkElsewhereKeepsItsBytes() throws {
        tree.write("data/a", "first")
        let pointer = try tree.pointer("data")
        tree.write("data/a", "second")
        link("\(tree.root)/data/a", "\(tree.root)/other")
        try tree.checkout(pointer, "data")
        #expect(tree.text("data/a") == "first" && tree.text("other") == "second")
    }

    @Test func workThatWasCutShortIsClearedAwayButNotWhatItDisplaced() throws {
        tree.write("data/a", "a")
        let pointer = try tree.pointer("data")
        tree.write(".tenon-tmp/one/new/half", "half written")
        tree.write(".tenon-tmp/two/old/out0", "displaced, and perhaps stored nowhere")
        tree.write(".tenon-tmp/two/new/rest", "x")
        tree.write(".tenon-tmp/three/old/out0", "a")
        tree.remove("data")
        try tree.checkout(pointer, "data")
        #expect(tree.listing(".tenon-tmp") == ["two/", "two/old/", "two/old/out0"])
    }

    @Test func aFolderInUseIsLeftAlone() throws {
        let parent = try DirectoryHandle.open(absolute: tree.root)
        let first = try TemporaryDirectory(in: parent)
        let second = try TemporaryDirectory(in: parent)
        #expect(tree.listing(".tenon-tmp").filter { $0.hasSuffix("/new/") }.count == 2)
        second.remove()
        first.remove()
        #expect(!tree.exists(".tenon-tmp"))
    }

    @Test func cancellingBeforeTheExchangeLeavesTheOld() throws {
        tree.write("data/a", "one")
        tree.settle()
        let first = try tree.pointer("data")
        tree.write("data/a", "two")
        tree.settle()
        _ = try tree.pointer("data")
        let progress = ProgressSink()
        progress.cancel()
        let error = #expect(throws: TenonError.self) {
            try tree.store.checkout(first, at: tree.place("data"), only: [], discard: false, progress: progress)
        }
        #expect(error?.code == .cancelled && tree.text("data/a") == "two" && !tree.exists(".tenon-tmp"))
    }
}
