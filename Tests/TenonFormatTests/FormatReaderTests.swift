import Foundation
import TenonCore
import Testing

@testable import TenonFormat

/// What `Tests/format-reader/restore.py`, a reader made from docs/format.md alone, makes of packs that this module writes.
struct FormatReaderTests {
    /// A directory for one test.
    private final class Place {
        let url = FileManager.default.temporaryDirectory.appending(path: "tenon-format-\(UUID().uuidString)")
        var packs: URL { url.appending(path: "packs") }
        var restored: URL { url.appending(path: "restored") }

        init(_ fixture: ArtifactFixture, name: String = "data.tenon") throws {
            try FileManager.default.createDirectory(at: packs, withIntermediateDirectories: true)
            try write(fixture.packs)
            try Data(fixture.pointer.bytes).write(to: url.appending(path: name))
        }

        deinit {
            try? FileManager.default.removeItem(at: url)
        }

        func write(_ packs: [[UInt8]]) throws {
            for (index, bytes) in packs.enumerated() { try Data(bytes).write(to: self.packs.appending(path: "\(index).pack")) }
        }

        func clear() throws {
            try? FileManager.default.removeItem(at: restored)
        }
    }

    private func run(_ arguments: [String], in directory: URL) throws -> (status: Int32, output: Data) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "umask 022; exec \"$@\"", "sh"] + arguments
        process.currentDirectoryURL = directory
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    private func restore(_ place: Place, scan: Bool = false, name: String = "data.tenon") throws -> Int32 {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "format-reader/restore.py")
        try place.clear()
        let options = scan ? ["--scan"] : []
        return try run(["python3", script.path] + options + ["packs", name, "restored"], in: place.url).status
    }

    /// One line for each thing below the directory: type, mode of files, path, target.
    private func listing(_ directory: URL) throws -> [[UInt8]] {
        let format = "find . -mindepth 1 \\( -type f -printf 'f %m %P\\n' -o -type l -printf 'l %P -> %l\\n' -o -printf 'd %P\\n' \\)"
        let (status, output) = try run(["sh", "-c", format], in: directory)
        #expect(status == 0)
        return Array(output).split(separator: 0x0A).map { Array($0) }.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private func expectedListing(_ items: [[UInt8]: ArtifactFixture.Item]) -> [[UInt8]] {
        var lines: Set<[UInt8]> = []
        for (path, item) in items {
            switch item {
            case .file(_, let executable, _): lines.insert(Array("f \(executable ? 755 : 644) ".utf8) + path)
            case .symlink(let target): lines.insert(Array("l ".utf8) + path + Array(" -> \(target)".utf8))
            case .emptyDirectory: lines.insert(Array("d ".utf8) + path)
            }
            for index in path.indices where path[index] == UInt8(ascii: "/") { lines.insert(Array("d ".utf8) + path[..<index]) }
        }
        return lines.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The directory's oid, by the line of coreutils and findutils that docs/format.md gives.
    private func oid(_ directory: URL) throws -> String {
        let line = "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 -r sha256sum -z -- | tr '\\0' '\\n' | sha256sum"
        return String(decoding: try run(["sh", "-c", line], in: directory).output.prefix(64), as: UTF8.self)
    }

    private func expectRestored(_ place: Place, _ fixture: ArtifactFixture, _ items: [[UInt8]: ArtifactFixture.Item]) throws {
        #expect(try listing(place.restored) == expectedListing(items))
        #expect(try oid(place.restored) == fixture.pointer.oid.digest.hex)
    }

    /// Everything that an artifact may hold.
    private func items() -> [[UInt8]: ArtifactFixture.Item] {
        var seeded = SeededBytes(seed: 21)
        let floats = ElementLayout(width: 4, rotation: 1, origin: 3)
        var result: [[UInt8]: ArtifactFixture.Item] = [
            Array("empty".utf8): .file([]),
            Array("notes/read me.txt".utf8): .file(seeded.text(500)),
            Array("notes.old".utf8): .file(seeded.text(3)),
            Array("run.sh".utf8): .file(Array("#!/bin/sh\n".utf8), executable: true),
            Array("table.csv".utf8): .file(seeded.text(700_000)),
            Array("noise.bin".utf8): .file(seeded.noise(200_000)),
            Array("zeros.bin".utf8): .file([UInt8](repeating: 0, count: 600_000)),
            Array("weights/model.bin".utf8): .file(Array("abc".utf8) + seeded.weights(80_000) + [1], layout: floats),
            Array("link".utf8): .symlink("notes/../run.sh"),
            Array("empty directory".utf8): .emptyDirectory,
            Array("name with \\ and \u{1B} and ".utf8) + [0xE9, 0xFF]: .file(seeded.text(40)),
        ]
        for index in 0..<600 { result[Array("many/part \(index % 7)/\(index)".utf8)] = .file(Array("file \(index)".utf8)) }
        return result
    }

    @Test("an artifact is restored from packs and pointer alone, with footers and without", arguments: CompressionChoice.allCases)
    func tree(compression: CompressionChoice) throws {
        let items = items()
        let fixture = try ArtifactFixture(tree: items, compression: compression)
        let place = try Place(fixture)
        for scan in [false, true] {
            #expect(try restore(place, scan: scan) == 0)
            try expectRestored(place, fixture, items)
        }
    }

    @Test("the artifact that is restored has blocks of every codec that auto writes")
    func codecs() throws {
        let packs = try ArtifactFixture(tree: items()).packs
        let codecs = try packs.flatMap { pack in
            let footer = try PackReader.open(ArraySource(pack)).footer
            return (0..<footer.blockCount).map { footer.block($0).codec }
        }
        #expect(Set(codecs).isSuperset(of: [Codec.stored, .zstd, .planes].map(\.rawValue)))
    }

    @Test("recipes and manifests of several levels are followed")
    func levels() throws {
        var seeded = SeededBytes(seed: 22)
        var items = items()
        items[Array("long".utf8)] = .file(seeded.noise(400_000))
        let fixture = try ArtifactFixture(tree: items, cut: .every(1000))
        let place = try Place(fixture)
        for scan in [false, true] {
            #expect(try restore(place, scan: scan) == 0)
            try expectRestored(place, fixture, items)
        }
    }

    @Test("one file is restored under the name of its pointer")
    func file() throws {
        var seeded = SeededBytes(seed: 23)
        let bytes = seeded.text(300_000)
        let place = try Place(try ArtifactFixture(file: bytes, executable: true), name: "model.bin.tenon")
        #expect(try restore(place, name: "model.bin.tenon") == 0)
        #expect(try Array(Data(contentsOf: place.restored.appending(path: "model.bin"))) == bytes)
        #expect(try listing(place.restored) == [Array("f 755 model.bin".utf8)])
    }

    @Test("packs that lost header, footer or end are read forward")
    func scan() throws {
        let items = items()
        let fixture = try ArtifactFixture(tree: items)
        let place = try Place(fixture)
        let footerless = try fixture.packs.map { pack in
            let reader = try PackReader.open(ArraySource(pack))
            return Array(pack.dropLast(PackTrailer.length + reader.footer.bytes.count))
        }
        let headless = fixture.packs.map { [UInt8](repeating: 0, count: PackHeader.writtenLength) + $0.dropFirst(PackHeader.writtenLength) }
        for packs in [footerless, headless] {
            try place.write(packs)
            #expect(try restore(place, scan: false) == 1)
            #expect(try restore(place, scan: true) == 0)
            try expectRestored(place, fixture, items)
        }
    }

    @Test("damage is found, whichever byte it hits")
    func damage() throws {
        let items = items().filter { $0.key.count < 10 }
        let fixture = try ArtifactFixture(tree: items)
        let place = try Place(fixture)
        var random = SeededBytes(seed: 24)
        for round in 0..<12 {
            var packs = fixture.packs
            let pack = round % packs.count
            packs[pack][Int(random.next() % UInt64(packs[pack].count))] ^= 1 << UInt8(random.next() % 8)
            try place.write(packs)
            for scan in [false, true] where try restore(place, scan: scan) == 0 {
                // Reading forward does without the footer, and a snapshot record is not needed to restore.
                try expectRestored(place, fixture, items)
            }
        }
    }
}
