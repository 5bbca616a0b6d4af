import TenonCore

/// One GET of an object, and the checks that what comes is what was asked for.
struct S3Reading {
    let storage: S3Storage
    let name: ObjectName
    let range: ObjectRange

    func run(into sink: some ByteSink) async throws -> ObjectSlice? {
        var request = S3Request(method: "GET", key: storage.place.key(name.text), action: "read '\(name)'")
        switch range {
        case .from(0): break
        case .from(let start): request.headers.append((name: "range", value: "bytes=\(start)-"))
        case .bytes(let part) where part.isEmpty: return try await withoutBytes()
        case .bytes(let part): request.headers.append((name: "range", value: "bytes=\(part.lowerBound)-\(part.upperBound - 1)"))
        case .last(0): return try await withoutBytes()
        case .last(let count): request.headers.append((name: "range", value: "bytes=-\(count)"))
        }
        let response = try await storage.client.send(request)
        switch response.status {
        case 200, 206: return try await deliver(response, request.action, into: sink)
        // No byte of the object is in the range: an empty one, or one that ends before.
        case 416: return try await withoutBytes()
        case 404 where try await response.failure().code != "NoSuchBucket": return nil
        default: throw try await response.error(storage.place)
        }
    }

    private func withoutBytes() async throws -> ObjectSlice? {
        guard let entry = try await storage.head(name) else { return nil }
        let part = try range.resolved(size: entry.size, of: name)
        guard part.isEmpty else { throw storage.refusal("read '\(name)'", "it has no bytes where it should") }
        return ObjectSlice(entry: entry, range: part)
    }

    private func deliver(_ response: S3Response, _ action: String, into sink: some ByteSink) async throws -> ObjectSlice {
        guard let length = response.header("content-length").flatMap({ UInt64($0) }) else {
            throw storage.refusal(action, "it does not say how long it is")
        }
        let part: Range<UInt64>
        let size: UInt64
        if response.status == 206 {
            guard let text = response.header("content-range"), let told = S3Reading.contentRange(text) else {
                throw storage.refusal(action, "it does not say which bytes it brings")
            }
            (part, size) = told
        } else {
            (part, size) = (0..<length, length)
        }
        let entry = try storage.entry(name, size: size, response, action)
        // Throws where the object ends before the range, which HTTP cuts short without a word.
        guard try range.resolved(size: size, of: name) == part, part.upperBound - part.lowerBound == length else {
            throw storage.refusal(action, "it brings other bytes than those that were asked for")
        }
        var received: UInt64 = 0
        try await response.forEachPiece { piece in
            received += UInt64(piece.count)
            guard received <= length else { throw storage.refusal(action, "it is longer than it says") }
            try await sink.write(piece)
        }
        guard received == length else {
            throw TransientFailure(
                TenonError(.remote, "can't \(action)", cause: "the connection was closed after \(received) of \(length) bytes"), isAnswer: false)
        }
        return ObjectSlice(entry: entry, range: part)
    }

    /// `bytes 0-9/443`; `nil` for another form, or one that can't be.
    static func contentRange(_ text: String) -> (Range<UInt64>, size: UInt64)? {
        guard let rest = text.afterPrefix("bytes "), let slash = rest.firstIndex(of: "/"), let dash = rest.firstIndex(of: "-"), dash < slash,
            let first = number(rest[..<dash]), let last = number(rest[rest.index(after: dash)..<slash]),
            let size = number(rest[rest.index(after: slash)...]),
            first <= last, last < size
        else { return nil }
        return (first..<(last + 1), size)
    }

    private static func number(_ text: Substring) -> UInt64? {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt64(text)
    }
}
