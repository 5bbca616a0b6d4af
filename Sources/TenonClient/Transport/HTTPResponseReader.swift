import TenonCore

/// Reads one HTTP/1.1 answer (RFC 9112) from a byte stream: head, then a body with a length, in chunks, or up to the end of the stream.
///
/// What the other end sends is bounded: a head of more than 64 KiB, a chunk head of more than 1 KiB or numbers that are none are refused.
final class HTTPResponseReader {
    /// Status and header fields of an answer.
    struct Head {
        var status: Int
        /// Names in lower case, in the order in which they came.
        var fields: [(name: String, value: String)]

        /// The value of the first field of that name, given in any case.
        subscript(_ name: String) -> String? {
            let name = name.lowercased()
            return fields.first { $0.name == name }?.value
        }
    }

    private enum Framing {
        case length(UInt64)
        /// Bytes left in the present chunk.
        case chunked(UInt64)
        case untilEnd
        case finished
    }

    static let maximumHeadLength = 64 << 10
    static let maximumChunkHeadLength = 1 << 10

    private let source: (UnsafeMutableRawBufferPointer) throws -> Int
    private var buffer = [UInt8](repeating: 0, count: 128 << 10)
    private var unread = 0..<0
    private var framing = Framing.finished

    /// - Parameter source: fills the buffer with what has come, at least one byte; returns 0 at the end of the stream.
    init(source: @escaping (UnsafeMutableRawBufferPointer) throws -> Int) {
        self.source = source
    }

    /// Reads the head; answers of the 1xx class are skipped. Throws `ClosedEarly` if the stream ends before the first byte.
    func readHead() throws -> Head {
        if unread.isEmpty, try !fill() { throw ClosedEarly() }
        while true {
            let head = try parseHead()
            if (100..<200).contains(head.status) { continue }
            framing = try bodyFraming(head)
            return head
        }
    }

    /// Hands the body to `body`, piece by piece as it comes. Throws if the stream ends before the body does.
    func readBody(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        while try nextPiece(body) {}
    }

    /// The whole body, of at most `limit` bytes.
    func readWholeBody(limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try readBody { piece in
            guard bytes.count + piece.count <= limit else { throw malformed("its body is longer than \(limit) bytes") }
            bytes += piece
        }
        return bytes
    }

    private func nextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        switch framing {
        case .finished:
            return false
        case .untilEnd:
            if unread.isEmpty, try !fill() {
                framing = .finished
                return false
            }
            try take(upTo: UInt64(unread.count), body)
        case .length(let left):
            if unread.isEmpty, try !fill() { throw cut() }
            let taken = try take(upTo: left, body)
            framing = left == taken ? .finished : .length(left - taken)
        case .chunked(0):
            let length = try chunkLength(readLine(limit: HTTPResponseReader.maximumChunkHeadLength))
            if length > 0 {
                framing = .chunked(length)
            } else {
                try skipTrailers()
                framing = .finished
                return false
            }
        case .chunked(let left):
            if unread.isEmpty, try !fill() { throw cut() }
            let taken = try take(upTo: left, body)
            framing = .chunked(left - taken)
            if left == taken, try !readLine(limit: 2).isEmpty { throw malformed("a chunk is longer than it says") }
        }
        return true
    }

    @discardableResult
    private func take(upTo limit: UInt64, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> UInt64 {
        let count = Int(min(limit, UInt64(unread.count)))
        let piece = unread.prefix(count)
        unread = unread.dropFirst(count)
        try buffer.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[piece])) }
        return UInt64(count)
    }

    private func fill() throws -> Bool {
        let count = try buffer.withUnsafeMutableBytes { try source($0) }
        unread = 0..<count
        return count > 0
    }

    /// A line without its end, CR LF or LF.
    private func readLine(limit: Int) throws -> [UInt8] {
        var line: [UInt8] = []
        while true {
            if unread.isEmpty, try !fill() { throw cut() }
            let part = buffer[unread]
            if let end = part.firstIndex(of: UInt8(ascii: "\n")) {
                line += part[..<end]
                unread = (end + 1)..<unread.upperBound
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                guard line.count <= limit else { throw malformed("a line is too long") }
                return line
            }
            line += part
            unread = 0..<0
            guard line.count <= limit else { throw malformed("a line is too long") }
        }
    }

    private func parseHead() throws -> Head {
        var room = HTTPResponseReader.maximumHeadLength
        func line() throws -> String {
            let bytes = try readLine(limit: room)
            room -= bytes.count + 1
            guard room >= 0 else { throw malformed("its head is too long") }
            return String(decoding: bytes, as: UTF8.self)
        }
        let start = try line().split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard start.count >= 2, start[0] == "HTTP/1.1" || start[0] == "HTTP/1.0", start[1].utf8.count == 3, let status = Int(start[1]), status >= 100
        else { throw malformed("it does not speak HTTP/1.1") }
        var fields: [(name: String, value: String)] = []
        while true {
            let text = try line()
            if text.isEmpty { return Head(status: status, fields: fields) }
            guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else { throw malformed("a header field has no name") }
            fields.append((text[..<colon].lowercased(), trimmed(text[text.index(after: colon)...])))
        }
    }

    private func bodyFraming(_ head: Head) throws -> Framing {
        if head.status == 204 || head.status == 304 { return .finished }
        if let encoding = head["transfer-encoding"] {
            guard encoding.lowercased() == "chunked" else { throw malformed("its transfer encoding is unknown") }
            return .chunked(0)
        }
        guard let text = head["content-length"] else { return .untilEnd }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = UInt64(text) else { throw malformed("its length is no number") }
        return length == 0 ? .finished : .length(length)
    }

    private func chunkLength(_ line: [UInt8]) throws -> UInt64 {
        let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        let isHexadecimal = digits.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0) }
        guard isHexadecimal, (1...15).contains(digits.count), let length = UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw malformed("the length of a chunk is no number") }
        return length
    }

    private func skipTrailers() throws {
        var room = HTTPResponseReader.maximumHeadLength
        while true {
            let line = try readLine(limit: room)
            if line.isEmpty { return }
            room -= line.count + 1
            guard room > 0 else { throw malformed("its trailer is too long") }
        }
    }

    private func cut() -> TenonError {
        TenonError(.io, "the daemon's answer is incomplete", cause: "the connection ended before it was done", hint: "tenon daemon logs")
    }

    private func malformed(_ cause: String) -> TenonError {
        TenonError(.io, "the daemon's answer can't be read", cause: cause)
    }
}

private func trimmed(_ text: Substring) -> String {
    var text = text
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
}
