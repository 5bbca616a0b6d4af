#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A path on the wire: a JSON string, or `{"b64": "…"}` where its bytes are not UTF-8. Not checked yet: whoever uses it makes a `RelativePath` of it.
package struct WirePath: Codable, Sendable, Hashable {
    package var bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }
    package init(_ string: String) { bytes = Array(string.utf8) }
    package init(_ path: RelativePath) { bytes = path.bytes }

    private struct Encoded: Codable {
        var b64: Data
    }

    package init(from decoder: any Decoder) throws {
        if let string = try? decoder.singleValueContainer().decode(String.self) {
            bytes = Array(string.utf8)
        } else {
            bytes = Array(try Encoded(from: decoder).b64)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        if let string = String(validating: bytes, as: UTF8.self) {
            var container = encoder.singleValueContainer()
            try container.encode(string)
        } else {
            try Encoded(b64: Data(bytes)).encode(to: encoder)
        }
    }
}

extension WirePath: CustomStringConvertible {
    /// For people, escaped.
    package var description: String { displayName(bytes) }
}
