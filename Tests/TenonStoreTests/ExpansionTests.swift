import Glibc
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// Content that is written once and given to many work trees.
struct ExpansionTests {
    let tree: WorkTreeFixture

    init() throws {
        tree = try WorkTreeFixture()
    }

    private var directory: String { tree.root + "/expansions" }

    private func makeSample() throws -> Pointer {
        for index in 0..<40 { tree.write("data/d\(index % 5)/f\(index)", bytes(index * 300, seed: UInt64(index))) }
        tree.write("data/run", "x", isExecutable: true)
        tree.write("data/empty-file", "")
        tree.link("data/link", to: "d0/f0")
        tree.makeDirectory("data/empty")
        tree.settle()
        return try tree.pointer("data")
    }

    private func sharing(_ path: String) throws -> ArtifactPlace {
        ArtifactPlace(workTreeRoot: tree.root, workTreeID: "trial", path: try RelativePath(path), sharesFiles: true)
    }

    @Test func `many places get the same content, which is written once and read never`() throws {
        let pointer = try makeSample()
        let before = tree.listing("data")
        let first = try tree.store.expansion(of: pointer, below: directory, progress: tree.progress)
        let again = try tree.store.expansion(of: pointer, below: directory, progress: tree.progress)
        #expect(first.identity == again.identity)
        for name in ["one", "two", "three"] {
            let result = try tree.store.place(pointer, from: first, at: sharing("\(name)/data"), mayLink: true, progress: tree.progress)
            #expect(result.filesWritten == 42)
            #expect(result.method == tree.store.expansionMethod(below: directory))
            #expect(tree.listing("\(name)/data").count == before.count)
        }
        // Each new name of a file changes its ctime; the first place is known without reading all the same.
        let progress = ProgressSink()
        let found = try tree.store.look(sharing("one/data"), progress: progress)
        guard case .present(let content) = found else { return #expect(Bool(false), "nothing lies there") }
        #expect(content.pointer?.sameContent(as: pointer) == true)
        #expect(progress.totals.bytes == 0)
    }

    @Test func `what may be written to is nobody else's`() throws {
        let pointer = try makeSample()
        let expansion = try tree.store.expansion(of: pointer, below: directory, progress: tree.progress)
        let result = try tree.store.place(pointer, from: expansion, at: sharing("own/data"), mayLink: false, progress: tree.progress)
        #expect(result.method != .link)
        tree.write("own/data/d1/f1", "changed")
        #expect(tree.store.isExpansionIntact(of: pointer, below: directory, identity: expansion.identity))
    }

    @Test func `a file that is written through one of its names shows, and the next expansion is new`() throws {
        let pointer = try makeSample()
        let expansion = try tree.store.expansion(of: pointer, below: directory, progress: tree.progress)
        _ = try tree.store.place(pointer, from: expansion, at: sharing("one/data"), mayLink: true, progress: tree.progress)
        let file = "\(directory)/\(Store.expansionName(of: pointer))/content/d1/f1"
        var information = stat()
        #expect(lstat(file, &information) == 0 && information.st_mode & 0o222 == 0)
        chmod(file, 0o644)
        let descriptor = open(file, O_WRONLY | O_APPEND)
        write(descriptor, "x", 1)
        close(descriptor)
        #expect(!tree.store.isExpansionIntact(of: pointer, below: directory, identity: expansion.identity))
        let next = try tree.store.expansion(of: pointer, below: directory, progress: tree.progress)
        #expect(next.identity != expansion.identity || tree.store.isExpansionIntact(of: pointer, below: directory, identity: next.identity))
        #expect(lstat(file, &information) == 0 && information.st_size == 300)
    }

    /// As if nobody had touched it for years.
    private func age(_ name: String) {
        var times = (timeval(tv_sec: 1_000_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000_000, tv_usec: 0))
        withUnsafePointer(to: &times) { pair in
            _ = pair.withMemoryRebound(to: timeval.self, capacity: 2) { utimes("\(directory)/\(name)", $0) }
        }
    }

    @Test func `what was cut short is removed, and what is written or in use stays`() throws {
        let pointer = try makeSample()
        let expansion = try tree.store.expansion(of: pointer, below: directory, progress: tree.progress)
        mkdir("\(directory)/new.0123", 0o755)
        mkdir("\(directory)/new.4567", 0o755)
        age("new.0123")
        tree.store.removeExpansions(below: directory, unusedFor: 60)
        #expect(!tree.exists("expansions/new.0123"))
        // It may be the work of another machine's daemon.
        #expect(tree.exists("expansions/new.4567"))
        #expect(tree.store.isExpansionIntact(of: pointer, below: directory, identity: expansion.identity))
        age(Store.expansionName(of: pointer))
        tree.store.removeExpansions(below: directory, unusedFor: 60)
        #expect(!tree.store.hasExpansion(of: pointer, below: directory))
    }
}
