import FoundationEssentials

/// Base64 as headers want it, padded.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }
}
