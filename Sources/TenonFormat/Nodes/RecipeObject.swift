import TenonCore

/// How a file is made of chunks, as it stands in a pack: looked up under the file's oid, which it carries, and sealed by a hash of its own.
///
/// It may be replaced by another one for the same file at any time; so nothing refers to it by hash.
enum RecipeObject {
    static let magic: [UInt8] = [0x54, 0x4E, 0x52, 0x43]
    static let version: UInt8 = 1
    static let maximumProfileLength = 32
    /// Mark, version, oid, length of the profile's name.
    static let fixedLength = 4 + 1 + Digest.byteCount + 1
    static let maximumLength = fixedLength + maximumProfileLength + NodeFormat.maximumLength + Digest.byteCount

    /// What stands in a recipe besides its hash.
    struct Parts {
        let oid: OID
        let profile: String
        let root: [UInt8]
    }

    /// The oid of the file that `object` describes, once the object has been checked.
    static func fileOID(of object: UnsafeRawBufferPointer) throws -> OID {
        try check(object).oid
    }

    static func parse(_ object: UnsafeRawBufferPointer) throws -> Parts {
        let (oid, profile) = try check(object)
        return Parts(
            oid: oid, profile: String(decoding: object[profile], as: UTF8.self),
            root: Array(object[profile.upperBound..<(object.count - Digest.byteCount)]))
    }

    static func bytes(oid: OID, profile: String, root: [UInt8]) -> [UInt8] {
        precondition(isGoodProfile(profile.utf8))
        var result = magic
        result.reserveCapacity(fixedLength + profile.utf8.count + root.count + Digest.byteCount)
        result.append(version)
        oid.digest.append(to: &result)
        result.append(UInt8(profile.utf8.count))
        result += Array(profile.utf8)
        result += root
        SHA256Hasher.hash(result).append(to: &result)
        return result
    }

    static func isGoodProfile(_ name: some Collection<UInt8>) -> Bool {
        (1...maximumProfileLength).contains(name.count)
            && name.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "-")
            }
    }

    private static func damaged(_ cause: String) -> TenonError { TenonError(.corrupt, "a recipe is damaged", cause: cause) }

    private static func check(_ object: UnsafeRawBufferPointer) throws -> (oid: OID, profile: Range<Int>) {
        guard object.count > fixedLength + Digest.byteCount, object.count <= maximumLength else { throw damaged("its length is not possible") }
        guard object.starts(with: magic) else { throw damaged("it does not begin with the mark of a recipe") }
        guard object[4] == version else {
            throw TenonError(
                .unsupportedVersion, "a recipe has format version \(object[4])", cause: "this Tenon reads version \(version)",
                hint: "install a newer Tenon")
        }
        let end = object.count - Digest.byteCount
        let hash = Digest(loading: UnsafeRawBufferPointer(rebasing: object[end...]))
        guard SHA256Hasher.hash(UnsafeRawBufferPointer(rebasing: object[..<end])) == hash else { throw damaged("its SHA-256 does not match") }
        let profile = fixedLength..<(fixedLength + Int(object[fixedLength - 1]))
        guard profile.upperBound <= end, isGoodProfile(object[profile]) else { throw damaged("the name of its profile is not possible") }
        return (OID(Digest(loading: UnsafeRawBufferPointer(rebasing: object[5..<37]))), profile)
    }
}
