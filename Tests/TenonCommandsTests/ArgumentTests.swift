import ArgumentParser
import TenonAPI
import Testing

@testable import TenonCommands

@Suite struct ArgumentEscapeTests {
    @Test(arguments: [
        Array("plain".utf8), [], [0xFF], [0x61, 0xC3, 0x28, 0x62], Array("\u{10FF41}\u{10FE00}é".utf8), [0xF4, 0x8F, 0xBF, 0xBF],
        Array(0...255 as ClosedRange<UInt8>),
    ])
    func `any bytes come back as they were`(bytes: [UInt8]) {
        #expect(ArgumentEscape.bytes(of: ArgumentEscape.text(of: bytes)) == bytes)
    }

    @Test func `text that is UTF-8 stays as it is`() {
        #expect(ArgumentEscape.text(of: Array("données/é".utf8)) == "données/é")
    }

    @Test func `bytes that are not UTF-8 pass through the parser`() throws {
        let argument = ArgumentEscape.text(of: [0x61, 0xFF, 0x2F, 0x80])
        let command = try #require(try Tenon.parseAsRoot(["add", argument]) as? Add)
        #expect(command.paths.map(\.bytes) == [[0x61, 0xFF, 0x2F, 0x80]])
    }
}

@Suite struct ByteRangeTests {
    @Test func `all three forms are read`() {
        #expect(ByteRange(argument: "10-20").map { [$0.start, $0.end] } == [10, 20])
        #expect(ByteRange(argument: "10-").map { [$0.start, $0.end] } == [10, nil])
        #expect(ByteRange(argument: "-20").map { [$0.start, $0.end] } == [nil, 20])
        #expect(ByteRange(argument: "0-0").map { [$0.start, $0.end] } == [0, 0])
    }

    @Test(arguments: ["", "-", "5", "a-b", "20-10", "1-2-3", "+1-2", "99999999999999999999-"])
    func `anything else is refused`(text: String) {
        #expect(ByteRange(argument: text) == nil)
    }

    @Test func `a range that starts with a dash is an option's value`() throws {
        let command = try #require(try Tenon.parseAsRoot(["cat", "data/a", "--range", "-5"]) as? Cat)
        #expect(command.range?.end == 5)
    }
}

@Suite struct RevisionPathTests {
    private func parts(_ text: String) -> [String?]? {
        RevisionPath(argument: text).map { [$0.revision, String(decoding: $0.path, as: UTF8.self)] }
    }

    @Test func `the first colon outside of braces divides`() {
        #expect(parts("data/a") == [nil, "data/a"])
        #expect(parts("HEAD~1:data/a:b") == ["HEAD~1", "data/a:b"])
        #expect(parts("HEAD^{/fix: typo}:data") == ["HEAD^{/fix: typo}", "data"])
        #expect(parts("main:") == ["main", ""])
        #expect(parts("./a:b") == [nil, "./a:b"])
        #expect(parts("/abs/a:b") == [nil, "/abs/a:b"])
    }

    @Test func `a colon at the start is refused`() {
        #expect(parts(":data") == nil)
    }
}

@Suite struct PathResolverTests {
    private let top = PathResolver(topLevel: Array("/home/u/repo".utf8), prefix: [])
    private let below = PathResolver(topLevel: Array("/home/u/repo".utf8), prefix: Array("sub/dir".utf8))

    private func resolved(_ resolver: PathResolver, _ path: String) throws -> String {
        String(decoding: try resolver.resolve(PathArgument(bytes: Array(path.utf8))).bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("a", "a", "sub/dir/a"), ("./a/", "a", "sub/dir/a"), (".", "", "sub/dir"), ("a//b/./c", "a/b/c", "sub/dir/a/b/c"),
        ("x/../a", "a", "sub/dir/a"),
        ("/home/u/repo/data", "data", "data"), ("/home/u/../u/repo", "", ""),
    ])
    func `paths are made relative to the top`(path: String, fromTop: String, fromBelow: String) throws {
        #expect(try resolved(top, path) == fromTop)
        #expect(try resolved(below, path) == fromBelow)
    }

    @Test func `dots climb as far as the top`() throws {
        #expect(try resolved(below, "../../data") == "data")
        #expect(try resolved(below, "../..") == "")
    }

    @Test(arguments: ["..", "../x", "a/../../x", "/home/u/repository", "/etc/passwd", "/"])
    func `a path outside the repository is refused`(path: String) {
        let error = #expect(throws: TenonError.self) { try resolved(top, path) }
        #expect(error?.cause?.contains("outside the repository") == true)
    }

    @Test func `an empty path is refused`() {
        #expect(throws: TenonError.self) { try resolved(top, "") }
    }

    @Test func `an absolute path through a symlink is followed up to its last component`() throws {
        var resolver = top
        resolver.realPath = { path in path == Array("/mnt/link".utf8) ? Array("/home/u/repo".utf8) : path == [0x2F] ? path : nil }
        #expect(try resolved(resolver, "/mnt/link/data") == "data")
        #expect(try resolved(resolver, "/mnt/link/gone/data") == "gone/data")
    }

    @Test func `bytes that are not UTF-8 stay`() throws {
        #expect(try below.resolve(PathArgument(bytes: [0xFF, 0x2F, 0x80])).bytes == Array("sub/dir/".utf8) + [0xFF, 0x2F, 0x80])
    }

    @Test func `the top means everything, and is no artifact`() throws {
        #expect(try top.scope([PathArgument(bytes: Array("a".utf8)), PathArgument(bytes: [0x2E])]).isEmpty)
        #expect(throws: TenonError.self) { try top.artifacts([PathArgument(bytes: [0x2E])]) }
    }

    @Test func `the path behind a revision starts at the top unless it starts with a dot`() throws {
        #expect(try below.resolveInTree(Array("data/a".utf8)).bytes == Array("data/a".utf8))
        #expect(try below.resolveInTree(Array("./a".utf8)).bytes == Array("sub/dir/a".utf8))
        #expect(try below.resolveInTree(Array("../a".utf8)).bytes == Array("sub/a".utf8))
        #expect(try below.resolveInTree([]).bytes == [])
        #expect(throws: TenonError.self) { try below.resolveInTree(Array("/data".utf8)) }
    }

    @Test func `paths for other places become absolute`() throws {
        func absolute(_ path: String) throws -> String {
            "\(try PathResolver.absolute(PathArgument(bytes: Array(path.utf8)), from: Array("/a/b".utf8)))"
        }
        #expect(try absolute("c") == "/a/b/c")
        #expect(try absolute("../c/") == "/a/c")
        #expect(try absolute("../../../../c") == "/c")
        #expect(try absolute("/x/./y") == "/x/y")
    }
}

@Suite struct RevisionWordsTests {
    private let words = RevisionWords(
        resolve: { ["HEAD": "h", "main": "m", "v1": "1", "both": "b"][$0] },
        exists: { [Array("data".utf8), Array("both".utf8), Array("..".utf8), Array("data/a".utf8)].contains($0.bytes) })

    private func split(_ given: [String], after: [String] = [], limit: Int = 2) throws -> [[String]] {
        let result = try words.split(given + after.map(ArgumentEscape.marked), limit: limit)
        return [result.commits, result.paths.map(\.description)]
    }

    @Test func `revisions come first, then paths`() throws {
        #expect(try split([]) == [[], []])
        #expect(try split(["main", "v1", "data"]) == [["m", "1"], ["data"]])
        #expect(try split(["data", "data/a"]) == [[], ["data", "data/a"]])
        #expect(try split(["main", "data"], limit: 1) == [["m"], ["data"]])
        #expect(try split(["main"], after: ["gone"]) == [["m"], ["gone"]])
    }

    @Test func `two dots name two revisions`() throws {
        #expect(try split(["v1..main", "data"]) == [["1", "m"], ["data"]])
        #expect(try split(["v1.."]) == [["1", "h"], []])
        #expect(try split(["..v1"]) == [["h", "1"], []])
        #expect(try split([".."]) == [[], [".."]])
    }

    @Test(arguments: [["both"], ["nonsense"], ["main", "v1", "main"], ["data", "nonsense"], ["v1..nonsense"]])
    func `what is not clear is refused`(given: [String]) {
        #expect(throws: TenonError.self) { try split(given) }
    }

    @Test func `words behind two dashes are known from the command line`() throws {
        let diff = try #require(try Tenon.parseAsRoot(RevisionWords.marked(["diff", "main", "--stat", "--", "main", "-x"])) as? Diff)
        #expect(try split(diff.words) == [["m"], ["main", "-x"]])
        #expect(diff.stat)
    }

    @Test func `before two dashes stand revisions only`() {
        #expect(throws: TenonError.self) { try split(["data"], after: ["data"]) }
        #expect(throws: Never.self) { try split(["both"], after: ["both"]) }
    }
}
