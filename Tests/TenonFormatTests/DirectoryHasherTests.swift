import TenonCore
import Testing

@testable import TenonFormat

struct DirectoryHasherTests {
    @Test("no files: SHA-256 of nothing")
    func empty() {
        #expect(DirectoryHasher().finalize().digest.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("the lines are those of sha256sum, sorted, and unescaped")
    func lines() {
        let paths = (0..<3000).map { "d/file \($0)\\\t\u{E9}" }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var hasher = DirectoryHasher()
        var text = ""
        for path in paths {
            let oid = OID(SHA256Hasher.hash(Array(path.utf8)))
            hasher.add(path: Array(path.utf8)[...], oid: oid)
            text += "\(oid.digest.hex)  \(path)\n"
        }
        #expect(hasher.finalize() == OID(SHA256Hasher.hash(Array(text.utf8))))
    }
}
