import TenonCore
import Testing

@testable import TenonClient

struct HTTPResponseReaderTests {
    /// A reader of `text`, which comes in pieces of `size` bytes.
    private func reader(_ text: String, by size: Int = .max) -> HTTPResponseReader {
        var rest = Array(text.utf8)[...]
        return HTTPResponseReader { buffer in
            let piece = rest.prefix(min(size, buffer.count))
            buffer.copyBytes(from: piece)
            rest = rest.dropFirst(piece.count)
            return piece.count
        }
    }

    private func body(_ reader: HTTPResponseReader) throws -> String {
        _ = try reader.readHead()
        return String(decoding: try reader.readWholeBody(limit: 1 << 20), as: UTF8.self)
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `a body of chunks comes whole, however it is cut`(size: Int) throws {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n, 0123456!\r\n0\r\nTrailer: x\r\n\r\n"
        #expect(try body(reader(text, by: size)) == "hello, 0123456!")
    }

    @Test(arguments: [1, 4, 1000])
    func `a body with a length ends with it`(size: Int) throws {
        let reader = reader("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nTenon-API:  7 \r\n\r\nabcHTTP/1.1", by: size)
        let head = try reader.readHead()
        #expect(head.status == 404)
        #expect(head["tenon-api"] == "7")
        #expect(try reader.readWholeBody(limit: 10) == Array("abc".utf8))
    }

    @Test func `a body without either ends with the stream`() throws {
        #expect(try body(reader("HTTP/1.1 200 OK\r\n\r\nabc")) == "abc")
        #expect(try body(reader("HTTP/1.1 204 No Content\r\n\r\nabc")) == "")
    }

    @Test func `interim answers are skipped`() throws {
        #expect(try body(reader("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")) == "x")
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent", "HTTP/1.1 200 OK",
    ])
    func `an answer that is cut is a failure`(text: String) {
        #expect(throws: TenonError.self) { try self.body(self.reader(text)) }
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 -12 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
    ])
    func `what is not HTTP is refused`(text: String) {
        #expect(throws: TenonError.self) { try self.body(self.reader(text)) }
    }

    @Test func `heads and chunk heads are bounded`() {
        let head = "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 70_000) + "\r\n\r\n"
        #expect(throws: TenonError.self) { try self.body(self.reader(head)) }
        let many = "HTTP/1.1 200 OK\r\n" + String(repeating: "X: 1\r\n", count: 20_000) + "\r\n"
        #expect(throws: TenonError.self) { try self.body(self.reader(many)) }
        let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + String(repeating: "x", count: 2_000) + "\r\n"
        #expect(throws: TenonError.self) { try self.body(self.reader(chunk)) }
        #expect(throws: TenonError.self) { try self.reader("HTTP/1.1 200 OK\r\n\r\nabcdef").readWholeBodyAfterHead(limit: 5) }
    }

    @Test func `a stream that ends before it begins may be asked for again`() {
        #expect(throws: ClosedEarly.self) { try self.body(self.reader("")) }
    }

    @Test func `random bytes never trap`() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("HTTP/1.1 200\r\n\r\n:;0fContent-Length: Transfer-Encoding: chunked".utf8) + [0, 0xFF]
        for _ in 0..<2000 {
            let length = Int.random(in: 0..<200, using: &generator)
            let noise = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            _ = try? body(reader("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + String(decoding: noise, as: UTF8.self), by: 5))
            _ = try? body(reader(String(decoding: noise, as: UTF8.self), by: 5))
        }
    }
}

extension HTTPResponseReader {
    fileprivate func readWholeBodyAfterHead(limit: Int) throws -> [UInt8] {
        _ = try readHead()
        return try readWholeBody(limit: limit)
    }
}

struct LineSplitterTests {
    @Test(arguments: [1, 2, 3, 100])
    func `lines come whole, however they are cut`(size: Int) throws {
        var splitter = LineSplitter()
        var lines: [String] = []
        var rest = Array("one\ntwo\n\nthree\nfo".utf8)[...]
        while !rest.isEmpty {
            try Array(rest.prefix(size)).withUnsafeBytes { try splitter.add($0) { lines.append(String(decoding: $0, as: UTF8.self)) } }
            rest = rest.dropFirst(size)
        }
        #expect(lines == ["one", "two", "three"])
        #expect(splitter.isIncomplete)
    }
}
