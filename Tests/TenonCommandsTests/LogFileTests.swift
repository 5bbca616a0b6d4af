import Glibc
import TenonAPI
import Testing

@testable import TenonCommands

@Suite struct LogFileTests {
    private func withFile(_ content: String, _ body: (LogFile, CInt) throws -> Void) throws {
        var template = Array("/tmp/tenon-log-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            close(descriptor)
            unlink(path)
        }
        OutputStream.write(content.utf8, to: descriptor)
        try body(try LogFile(path: path), descriptor)
    }

    @Test(arguments: [(0, ""), (1, "c\n"), (2, "b\nc\n"), (3, "a\nb\nc\n"), (9, "a\nb\nc\n")])
    func `the last lines are found`(count: Int, expected: String) throws {
        try withFile("a\nb\nc\n") { log, _ in #expect(String(decoding: log.lastLines(count), as: UTF8.self) == expected) }
    }

    @Test func `lines longer than a block are whole`() throws {
        let long = String(repeating: "x", count: 200_000)
        try withFile("first\n\(long)\nlast") { log, _ in
            #expect(String(decoding: log.lastLines(2), as: UTF8.self) == "\(long)\nlast")
        }
    }

    @Test func `what is written later is seen once`() throws {
        try withFile("a\n") { log, descriptor in
            _ = log.lastLines(1)
            OutputStream.write("b\n".utf8, to: descriptor)
            #expect(log.newBytes() == Array("b\n".utf8))
            #expect(log.newBytes() == [])
        }
    }

    @Test func `a log that is not there is an error with a hint`() {
        let error = #expect(throws: TenonError.self) { try LogFile(path: "/nonexistent/log") }
        #expect(error?.hint != nil)
    }
}
