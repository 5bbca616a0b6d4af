import TenonAPI
import Testing

@testable import TenonClient

struct TraceLogTests {
    private func hex(_ text: String) -> String { text.utf8.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
    private func string(_ text: String) -> String { "\"\(hex(text))\"" }
    private func at(_ directory: String) -> String { "AT_FDCWD<\(hex(directory))>" }

    private func trace(_ lines: [String], start: String = "/w") -> RunTrace {
        var log = TraceLog(top: Array("/w".utf8), start: Array(start.utf8))
        for line in lines { log.take(Array(line.utf8)[...]) }
        return log.trace
    }

    private func texts(_ paths: [WirePath]) -> [String] { paths.map(\.description) }

    @Test func `opened files are read, written or both, by the path that the kernel says`() {
        let found = trace([
            "7  openat(\(at("/w")), \(string("link/a")), O_RDONLY|O_CLOEXEC) = 3<\(hex("/w/data/a"))>",
            "7  openat(\(at("/w")), \(string("out")), O_WRONLY|O_CREAT|O_TRUNC, 0666) = 4<\(hex("/w/out"))>",
            "7  open(\(string("both")), O_RDWR) = 5<\(hex("/w/both"))>", "7  creat(\(string("made")), 0666) = 6<\(hex("/w/made"))>",
            "7  openat2(\(at("/w")), \(string("two")), {flags=O_WRONLY, resolve=0}, 24) = 7<\(hex("/w/two"))>",
            "7  openat(\(at("/w")), \(string("missing")), O_RDONLY) = -1 ENOENT (No such file or directory)",
            "7  openat(\(at("/w")), \(string("p")), O_RDONLY|O_PATH) = 8<\(hex("/w/p"))>",
            "7  openat(\(at("/w")), \(string("/etc/passwd")), O_RDONLY) = 9<\(hex("/etc/passwd"))>",
            "7  openat(\(at("/w")), \(string(".git/config")), O_RDONLY) = 9<\(hex("/w/.git/config"))>",
            "7  openat(\(at("/w")), \(string("/wide/a")), O_RDONLY) = 9<\(hex("/wide/a"))>", "7 +++ exited with 0 +++",
        ])
        #expect(texts(found.read) == ["both", "data/a"])
        #expect(texts(found.written) == ["both", "made", "out", "two"])
        #expect(!found.isCut)
    }

    @Test func `names can look like anything`() {
        let odd = "a, O_WRONLY) = 3</w/x>\n7 +++ exited\"\\"
        let found = trace([
            "7 openat(\(at("/w")), \(string("d/" + odd.replacing("\n", with: " "))), O_RDONLY) = 3<\(hex("/w/d/" + odd.replacing("\n", with: " ")))>",
            "7 +++ exited with 0 +++",
        ])
        #expect(found.read.map(\.bytes) == [Array("d/\(odd.replacing("\n", with: " "))".utf8)])
        #expect(found.written.isEmpty)
    }

    @Test func `relative paths start where their process is`() {
        let found = trace(
            [
                "7 mkdir(\(string("new")), 0777) = 0", "7 chdir(\(string("new"))) = 0", "7 rename(\(string("../a")), \(string("b"))) = 0",
                "7 renameat2(\(at("/w/new")), \(string("b")), 4<\(hex("/w/dir"))>, \(string("c")), RENAME_NOREPLACE) = 0",
                "8 openat(\(at("/w/sub")), \(string("x")), O_RDONLY) = -1 ENOENT (No such file or directory)", "8 truncate(\(string("y")), 1) = 0",
                "7 fchdir(4<\(hex("/w/dir"))>) = 0", "7 mkdirat(\(at("/w/dir")), \(string("m")), 0777) = 0",
                "7 symlink(\(string("target")), \(string("s"))) = 0",
                "7 linkat(\(at("/w/dir")), \(string("s")), 5<\(hex("/w/e"))>, \(string("l")), 0) = 0",
                "7 execve(\(string("./run.sh")), [\(string("x"))], 0x7ffe /* 3 vars */) = 0", "7 +++ killed by SIGKILL +++",
            ])
        #expect(texts(found.made) == ["dir/m", "new"])
        #expect(texts(found.written) == ["dir/c", "dir/s", "e/l", "new/b", "sub/y"])
        #expect(texts(found.read) == ["dir/run.sh"])
    }

    @Test func `a directory that is made under another name and renamed is one that was made`() {
        let found = trace(["7 mkdir(\(string("tmp")), 0777) = 0", "7 rename(\(string("tmp")), \(string("final"))) = 0", "7 +++ exited with 0 +++"])
        #expect(texts(found.made) == ["final"])
        #expect(texts(found.written) == ["final"])
    }

    @Test func `calls that others interrupt are put together`() {
        let found = trace([
            "7 openat(\(at("/w")), \(string("a")), O_RDONLY <unfinished ...>",
            "8 openat(\(at("/w")), \(string("b")), O_WRONLY|O_CREAT <unfinished ...>",
            "7 <... openat resumed>) = 3<\(hex("/w/a"))>", "8 <... openat resumed>, 0666) = 3<\(hex("/w/b"))>", "8 +++ exited with 0 +++",
            "7 +++ exited with 0 +++",
        ])
        #expect((texts(found.read), texts(found.written)) == (["a"], ["b"]))
    }

    @Test func `a log that ends before the command is said to be cut`() {
        #expect(trace(["7 mkdir(\(string("new")), 0777) = 0", "8 +++ exited with 0 +++"]).isCut)
    }

    @Test func `what is no call is passed over, and memory is bounded`() {
        let lines = [
            "", "x", "7", "7 openat(", "7 openat(\"\\x2", "7 openat(AT_FDCWD<\\x2>, \"\\xzz\", O_RDONLY) = 3<\\x2f", "7 <... openat resumed>) = 3",
            ") = 5",
        ]
        #expect(trace(lines + ["7 +++ exited with 0 +++"]) == RunTrace())
        var log = TraceLog(top: Array("/w".utf8), start: Array("/w".utf8))
        for number in 0..<120_000 { log.take(Array("7 truncate(\(string("f\(number)")), 1) = 0".utf8)[...]) }
        log.take(Array("7 +++ exited with 0 +++".utf8)[...])
        #expect(log.trace.isCut && log.trace.written.count == 100_000)
        var long = TraceLog(top: Array("/w".utf8), start: Array("/w".utf8))
        long.take([UInt8](repeating: 0x37, count: 1 << 20)[...])
        #expect(long.trace.isCut)
    }
}
