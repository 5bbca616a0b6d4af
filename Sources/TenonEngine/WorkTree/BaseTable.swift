import TenonCore
import TenonFormat

/// The bases of a work tree's artifacts, and how they are written.
///
/// One text, so that it is replaced as a whole:
/// ```
/// tenon base 1
/// artifact <path>
/// base <bytes of the pointer>
/// <pointer>artifact <path>
/// written <boot> <bytes of the pointer>
/// <pointer>artifact <path>
/// moving <bytes of FROM> <bytes of TO>
/// <FROM><TO>end <SHA-256 of all before this line, in hexadecimal>
/// ```
/// A path holds no line feed, and a pointer ends with one. FROM or TO has no bytes where there is no data.
struct BaseTable: Equatable, Sendable {
    private(set) var bases: [RelativePath: Base] = [:]

    /// No base file is larger: 200,000 artifacts with the longest names and pointers would fit.
    static let maximumLength = 1 << 30

    private static let firstLine = Array("tenon base 1\n".utf8)

    subscript(path: RelativePath) -> Base? {
        get { bases[path] }
        set { bases[path] = newValue }
    }

    init() {}

    /// Takes what earlier boots wrote, and may not have brought to disk, for half moved.
    mutating func doubtBases(before boot: BootID) {
        for (path, base) in bases {
            guard case .written(let pointer, let written) = base, written != boot else { continue }
            bases[path] = .moving(from: pointer, to: pointer)
        }
    }

    /// The text of the table, artifacts in byte order.
    var bytes: [UInt8] {
        var text = BaseTable.firstLine
        for (path, base) in bases.sorted(by: { $0.key < $1.key }) {
            text += Array("artifact ".utf8) + path.bytes + [0x0A]
            switch base {
            case .settled(let pointer):
                let bytes = pointer.bytes
                text += Array("base \(bytes.count)\n".utf8) + bytes
            case .written(let pointer, let boot):
                let bytes = pointer.bytes
                text += Array("written \(boot.text) \(bytes.count)\n".utf8) + bytes
            case .moving(let from, let to):
                let (old, new) = (from?.bytes ?? [], to?.bytes ?? [])
                text += Array("moving \(old.count) \(new.count)\n".utf8) + old + new
            }
        }
        let digest = text.withUnsafeBytes { SHA256Hasher.hash($0) }
        return text + Array("end \(digest.hex)\n".utf8)
    }

    /// Reads a table. Throws `corrupt` if a byte of it is not as it was written, `unsupportedVersion` if a newer Tenon wrote it.
    init(parsing bytes: [UInt8]) throws(TenonError) {
        var reader = LineReader(bytes: bytes)
        guard let first = reader.line() else { throw BaseTable.damaged("it is cut short") }
        guard first.elementsEqual(BaseTable.firstLine.dropLast()) else {
            if first.starts(with: Array("tenon base ".utf8)) {
                throw TenonError(.unsupportedVersion, "the base file can't be read", cause: "a newer Tenon wrote it", hint: "install that version")
            }
            throw BaseTable.damaged("it begins with something else")
        }
        while true {
            let start = reader.position
            guard let line = reader.line() else { throw BaseTable.damaged("it is cut short") }
            if let hex = BaseTable.value(of: "end", in: line) {
                let digest = bytes[..<start].withUnsafeBytes { SHA256Hasher.hash($0) }
                guard Digest(hexBytes: hex) == digest, reader.isAtEnd else { throw BaseTable.damaged("its checksum does not hold") }
                return
            }
            guard let path = BaseTable.value(of: "artifact", in: line), let what = reader.line() else {
                throw BaseTable.damaged("a line is not as it should be")
            }
            try read(what, of: try RelativePath(bytes: Array(path)), from: &reader)
        }
    }

    private mutating func read(_ line: ArraySlice<UInt8>, of path: RelativePath, from reader: inout LineReader) throws(TenonError) {
        if let count = BaseTable.value(of: "base", in: line).flatMap(BaseTable.number) {
            guard let pointer = try BaseTable.pointer(reader.take(count)) else { throw BaseTable.damaged("a base is empty") }
            bases[path] = .settled(pointer)
        } else if let words = BaseTable.value(of: "written", in: line)?.split(separator: 0x20, omittingEmptySubsequences: false) {
            guard words.count == 2, let boot = BootID(words[0]), let count = BaseTable.number(words[1]),
                let pointer = try BaseTable.pointer(reader.take(count))
            else { throw BaseTable.damaged("a base is not as it should be") }
            bases[path] = .written(pointer, boot: boot)
        } else if let counts = BaseTable.value(of: "moving", in: line) {
            let numbers = counts.split(separator: 0x20, omittingEmptySubsequences: false).map(BaseTable.number)
            guard numbers.count == 2, let old = numbers[0], let new = numbers[1] else { throw BaseTable.damaged("a mark is not as it should be") }
            let from = try BaseTable.pointer(reader.take(old))
            bases[path] = .moving(from: from, to: try BaseTable.pointer(reader.take(new)))
        } else {
            throw BaseTable.damaged("a line is not as it should be")
        }
    }

    private static func pointer(_ bytes: ArraySlice<UInt8>?) throws(TenonError) -> Pointer? {
        guard let bytes else { throw damaged("it is cut short") }
        if bytes.isEmpty { return nil }
        do {
            return try Pointer(parsing: Array(bytes))
        } catch {
            throw damaged("a pointer in it can't be read")
        }
    }

    private static func value(of key: String, in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let prefix = Array((key + " ").utf8)
        return line.starts(with: prefix) ? line.dropFirst(prefix.count) : nil
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    private static func damaged(_ cause: String) -> TenonError {
        TenonError(.corrupt, "the base file is damaged", cause: cause)
    }
}

/// Takes lines and counted bytes off a text.
private struct LineReader {
    let bytes: [UInt8]
    private(set) var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    /// The next line without its line feed; `nil` if none is complete.
    mutating func line() -> ArraySlice<UInt8>? {
        guard let end = bytes[position...].firstIndex(of: 0x0A) else { return nil }
        defer { position = end + 1 }
        return bytes[position..<end]
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard bytes.count - position >= count else { return nil }
        defer { position += count }
        return bytes[position..<(position + count)]
    }
}
