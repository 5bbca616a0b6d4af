/// Words of a command line and paths in records: text, or `{"percent": "…"}` where the bytes are not UTF-8.
enum RecordText {
    static func json(_ bytes: [UInt8]) -> JSONValue {
        if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
        return .object(["percent": .string(PercentEncoding.encode(bytes))])
    }

    static func bytes(_ json: JSONValue) -> [UInt8]? {
        json.string.map { Array($0.utf8) } ?? json["percent"]?.string.flatMap(PercentEncoding.decode)
    }

    static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}
