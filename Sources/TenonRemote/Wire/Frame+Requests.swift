import TenonCore

/// Payloads of the frames that begin and end requests.
extension Frame {
    static func list(_ request: UInt32, _ prefix: ObjectPrefix, after name: ObjectName?, limit: Int) -> Frame {
        var writer = WireWriter()
        writer.put(prefix.text)
        writer.put(name?.text ?? "")
        writer.put(UInt32(clamping: limit))
        return Frame(kind: .list, request: request, payload: writer.bytes)
    }

    static func named(_ kind: Kind, _ request: UInt32, _ name: ObjectName, _ more: (inout WireWriter) -> Void = { _ in }) -> Frame {
        var writer = WireWriter()
        writer.put(name.text)
        more(&writer)
        return Frame(kind: kind, request: request, payload: writer.bytes)
    }

    static func credit(_ request: UInt32, _ count: Int) -> Frame {
        var writer = WireWriter()
        writer.put(UInt32(clamping: count))
        return Frame(kind: .credit, request: request, payload: writer.bytes)
    }

    static func failed(_ request: UInt32, _ error: any Error) -> Frame {
        var writer = WireWriter()
        let transient = error as? TransientFailure
        let shown =
            transient?.error ?? error as? TenonError
            ?? TenonError(.internal, "the other side failed", cause: displayName("\(error)".utf8.prefix(500)))
        writer.put(UInt8(transient == nil ? 0 : 1))
        for text in [shown.code.rawValue, shown.message, shown.cause ?? "", shown.hint ?? ""] { writer.put(text) }
        return Frame(kind: .failed, request: request, payload: writer.bytes)
    }

    /// The error that a `failed` frame brings, fit to be shown: the other side is not trusted with control characters, nor with saying
    /// that a person here has cancelled something.
    var failure: any Error {
        var reader = WireReader(payload)
        do {
            let isTransient = try reader.integer(UInt8.self) != 0
            let texts = try (0..<4).map { _ in displayName(try reader.text(limit: 65_535).utf8.prefix(1000)) }
            let code = TenonError.Code(rawValue: texts[0]) ?? .remote
            let error = TenonError(
                code == .cancelled ? .remote : code, texts[1], cause: texts[2].isEmpty ? nil : texts[2],
                hint: texts[3].isEmpty ? nil : texts[3])
            return isTransient ? TransientFailure(error, isAnswer: true) : error
        } catch {
            return error
        }
    }
}

extension WireWriter {
    mutating func put(_ range: ObjectRange) {
        let (kind, first, second): (UInt8, UInt64, UInt64) =
            switch range {
            case .from(let start): (0, start, 0)
            case .bytes(let range): (1, range.lowerBound, range.upperBound)
            case .last(let count): (2, count, 0)
            }
        put(kind)
        put(first)
        put(second)
    }

    mutating func put(_ entry: ObjectEntry) {
        put(entry.name.text)
        put(entry.size)
        put(entry.tag.text)
        put(UInt64(bitPattern: entry.modified))
    }
}

extension WireReader {
    mutating func name() throws -> ObjectName {
        try ObjectName(try text())
    }

    mutating func tag() throws -> ObjectTag {
        guard let tag = ObjectTag(try text()) else { throw WireReader.broken }
        return tag
    }

    mutating func range() throws -> ObjectRange {
        let kind = try integer(UInt8.self)
        let (first, second) = (try integer(UInt64.self), try integer(UInt64.self))
        guard first <= UInt64(Int64.max), second <= UInt64(Int64.max) else { throw WireReader.broken }
        switch kind {
        case 0: return .from(first)
        case 1 where first <= second: return .bytes(first..<second)
        case 2: return .last(first)
        default: throw WireReader.broken
        }
    }

    mutating func entry() throws -> ObjectEntry {
        let name = try name()
        let size = try integer(UInt64.self)
        guard size <= UInt64(Int64.max) else { throw WireReader.broken }
        return ObjectEntry(name: name, size: size, tag: try tag(), modified: Int64(bitPattern: try integer(UInt64.self)))
    }
}
