import AsyncHTTPClient
import TenonCore
import TenonFormat

/// One request to a bucket, before it is signed.
struct S3Request: Sendable {
    enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Bytes that are read as they are sent.
        case object(ObjectBody)
    }

    var method: String
    /// `nil`: the bucket itself.
    var key: String?
    var query: [(name: String, value: String)] = []
    /// In small letters.
    var headers: [(name: String, value: String)] = []
    var body = Body.none
    /// What is done, for errors: `read 'packs/ab'`.
    var action: String

    /// Base64 of an object's SHA-256, for the storage to compare and keep: not every one compares the hash that is signed.
    var checksum: String? {
        guard method == "PUT", query.isEmpty else { return nil }
        switch body {
        case .none: return nil
        case .bytes(let bytes): return Base64.encode(SHA256Hasher.hash(bytes).bytes)
        case .object(let body): return Base64.encode(body.digest.bytes)
        }
    }

    /// In hexadecimal.
    var payloadHash: String {
        switch body {
        case .none: SignatureV4.hash([])
        case .bytes(let bytes): SignatureV4.hash(bytes)
        case .object(let body): body.digest.hex
        }
    }
}
