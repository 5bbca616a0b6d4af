import TenonCore
import Testing

@testable import TenonFormat

struct PointerTests {
    private let oid = String(repeating: "ab", count: 32)
    private let other = String(repeating: "0c", count: 32)

    private var tree: String {
        "tenon 1\nkind tree\noid sha256:\(oid)\nsize 12884901888\nfiles 48211\nmanifest sha256:\(other)\nrun sha256:\(oid)\nx-a 1\nx-note all!\n"
    }

    private var file: String { "tenon 1\nkind file\noid sha256:\(oid)\nsize 0\nmode executable\n" }

    private func code(_ text: String) -> TenonError.Code? {
        do {
            _ = try Pointer(parsing: Array(text.utf8))
            return nil
        } catch {
            return (error as? TenonError)?.code
        }
    }

    @Test("both kinds are read, and written as they were")
    func roundTrip() throws {
        for text in [tree, file] { #expect(try Pointer(parsing: Array(text.utf8)).bytes == Array(text.utf8)) }
        let pointer = try Pointer(parsing: Array(tree.utf8))
        #expect(pointer.kind == .tree && pointer.size == 12_884_901_888 && pointer.files == 48211)
        #expect(pointer.extensions.map(\.key) == ["x-a", "x-note"])
        #expect(try Pointer(parsing: Array(file.utf8)).executable)
        #expect(try Golden.bytes("tree.tenon") == Array(tree.utf8))
        #expect(try Golden.bytes("file.tenon") == Array(file.utf8))
    }

    @Test("everything but the one valid encoding is refused")
    func refusals() {
        let bad = [
            "", "tenon 1\n", "tenon 1", file.replacing("\n", with: "\r\n"), "\u{FEFF}" + file, String(file.dropLast()), file + "\n",
            file.uppercased(), file.replacing("ab", with: "AB"), file.replacing("sha256:", with: "md5:"), file.replacing("size 0", with: "size 00"),
            file.replacing("size 0", with: "size +1"), file.replacing("size 0", with: "size -1"),
            file.replacing("size 0", with: "size 9223372036854775808"),
            file.replacing("size 0", with: "size  0"), file.replacing("size 0\n", with: "size 0 \n"), file.replacing("size 0\n", with: ""),
            file.replacing("size 0\n", with: "size 0\nsize 0\n"), file + "mode executable\n",
            file.replacing("size 0\n", with: "size 0\nfiles 1\n"), tree.replacing("files 48211\n", with: ""),
            tree.replacing("manifest", with: "mode executable\nmanifest"), tree.replacing("x-a 1\nx-note all!\n", with: "x-note all!\nx-a 1\n"),
            tree.replacing("x-a 1\n", with: "x-a 1\nx-a 1\n"), tree.replacing("x-a", with: "x-A"), tree.replacing("x-a", with: "x-"),
            tree.replacing("x-a 1", with: "x-a " + String(repeating: "1", count: 201)), tree.replacing("x-a", with: "x-\u{E9}"),
            "<<<<<<< HEAD\n" + file, "version https://git-lfs.github.com/spec/v1\noid sha256:\(oid)\nsize 1\n",
            tree + (0..<10).map { "x-o\($0) \(String(repeating: "1", count: 150))\n" }.joined(),
        ]
        for text in bad { #expect(code(text) == .corrupt, "\(text.debugDescription)") }
    }

    @Test("what a newer Tenon may have written is said to be so")
    func newer() {
        let texts = [
            file.replacing("tenon 1", with: "tenon 2"), file.replacing("mode", with: "owner"), file.replacing("kind file", with: "kind table"),
            tree.replacing("run", with: "ran"), file + "colour red\n", file.replacing("mode executable", with: "mode private"),
        ]
        for text in texts { #expect(code(text) == .unsupportedVersion, "\(text.debugDescription)") }
    }

    @Test("the largest numbers are read")
    func largest() throws {
        let text = file.replacing("size 0", with: "size 9223372036854775807")
        #expect(try Pointer(parsing: Array(text.utf8)).size == UInt64(Int64.max))
    }

    @Test("run and x- lines don't make another content")
    func sameContent() throws {
        let pointer = try Pointer(parsing: Array(tree.utf8))
        #expect(pointer.withoutAnnotations != pointer)
        #expect(pointer.sameContent(as: pointer.withoutAnnotations))
        #expect(!pointer.sameContent(as: try Pointer(parsing: Array(file.utf8))))
    }

    @Test("x- lines are kept in order of their keys, and not beyond the longest pointer")
    func extensions() throws {
        var pointer = try Pointer(parsing: Array(file.utf8))
        for key in ["x-b", "x-a", "x-b"] { try pointer.set(try #require(Pointer.Extension(key: key, value: "v"))) }
        #expect(pointer.extensions.map(\.key) == ["x-a", "x-b"])
        #expect(try Pointer(parsing: pointer.bytes) == pointer)
        #expect(throws: TenonError.self) {
            for index in 0..<6 { try pointer.set(try #require(Pointer.Extension(key: "x-\(index)", value: String(repeating: "v", count: 200)))) }
        }
    }

    @Test("every truncation and every changed byte is refused, or is another pointer in its one encoding")
    func damage() throws {
        for text in [tree, file] {
            let bytes = Array(text.utf8)
            for length in 0..<bytes.count {
                if let pointer = try? Pointer(parsing: Array(bytes[..<length])) { #expect(pointer.bytes == Array(bytes[..<length])) }
            }
            for position in bytes.indices {
                for mask: UInt8 in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
                    var damaged = bytes
                    damaged[position] ^= mask
                    if let pointer = try? Pointer(parsing: damaged) { #expect(pointer.bytes == damaged, "\(position)") }
                }
            }
        }
    }
}
