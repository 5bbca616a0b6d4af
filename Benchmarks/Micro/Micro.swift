import Glibc
import TenonCore
import TenonFormat

/// What one core does with each step of the pipeline. Usage: tenon-bench FILE... (real inputs; each is cut to its first 256 MiB).
@main
struct Micro {
    static func main() throws {
        let paths = CommandLine.arguments.dropFirst()
        guard !paths.isEmpty else {
            print("usage: tenon-bench FILE...")
            exit(64)
        }
        for path in paths {
            let bytes = try read(path)
            print("\n\(path.split(separator: "/").last ?? ""), \(bytes.count) bytes, one core; median (slowest to fastest) of 7")
            try bytes.withUnsafeBytes { try measure($0) }
        }
    }

    static func measure(_ bytes: UnsafeRawBufferPointer) throws {
        let gigabyte = 1e9
        var sink = 0
        print(Measurement("memory: read every word", amount: bytes.count) { sink &+= sum(bytes) }.row(unit: "GB/s", scale: gigabyte))
        print(
            Measurement("SHA-256, one stream", amount: bytes.count) { sink &+= Int(truncatingIfNeeded: SHA256Hasher.hash(bytes).words.0) }
                .row(unit: "GB/s", scale: gigabyte))
        var chunks: [BlockChunk] = []
        print(Measurement("chunker std-v1", amount: bytes.count) { sink &+= lengths(bytes).count }.row(unit: "GB/s", scale: gigabyte))
        let cut = lengths(bytes)
        print(
            Measurement("SHA-256, file and chunks in one pass", amount: bytes.count) { chunks = identify(bytes, cut) }
                .row(unit: "GB/s", scale: gigabyte, note: "\(cut.count) chunks"))
        for choice in [CompressionChoice.zstd, .zlib, .auto] {
            let encoder = BlockEncoder()
            var stored = 0
            var codecs: [String: Int] = [:]
            let amount = choice == .zlib ? min(bytes.count, 32 << 20) : bytes.count
            let measured = try Measurement("encode and verify, \(choice.rawValue)", amount: amount, repetitions: choice == .zlib ? 1 : 3) {
                stored = 0
                codecs = [:]
                for block in blocks(of: chunks, upTo: amount) {
                    let raw = UnsafeRawBufferPointer(rebasing: bytes[block.range])
                    let encoded = try encoder.encode(type: .data, chunks: block.chunks, raw: raw, choice: choice)
                    stored += encoded.payload.count
                    codecs["\(encoded.codec)", default: 0] += 1
                }
            }
            let share = (Double(stored) / Double(amount) * 10_000).rounded() / 10_000
            print(
                measured.row(
                    unit: "GB/s", scale: gigabyte, note: "stored \(share) \(codecs.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })"))
        }
        if sink == 0 { print("") }
    }

    static func sum(_ bytes: UnsafeRawBufferPointer) -> Int {
        var total: UInt64 = 0
        for offset in stride(from: 0, to: bytes.count & ~7, by: 8) {
            total &+= bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        }
        return Int(truncatingIfNeeded: total)
    }

    static func lengths(_ bytes: UnsafeRawBufferPointer) -> [Int] {
        var chunker = Chunker()
        var result: [Int] = []
        var offset = 0
        while let length = chunker.next(in: UnsafeRawBufferPointer(rebasing: bytes[offset...]), isEnd: true) {
            result.append(length)
            offset += length
        }
        return result
    }

    static func identify(_ bytes: UnsafeRawBufferPointer, _ lengths: [Int]) -> [BlockChunk] {
        var hasher = FileHasher()
        var offset = 0
        var result: [BlockChunk] = []
        for length in lengths {
            let id = hasher.add(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + length)]), isLast: offset + length == bytes.count)
            result.append(BlockChunk(id: id.digest, length: UInt32(length), fileOffset: UInt64(offset)))
            offset += length
        }
        _ = hasher.finalize()
        return result
    }

    struct Block {
        var range: Range<Int>
        var chunks: [BlockChunk]
    }

    /// Consecutive chunks in blocks of up to 4 MiB, as ingest forms them from a large file.
    static func blocks(of chunks: [BlockChunk], upTo limit: Int) -> [Block] {
        var result: [Block] = []
        for chunk in chunks where Int(chunk.fileOffset) + Int(chunk.length) <= limit {
            let start = Int(chunk.fileOffset)
            let end = start + Int(chunk.length)
            if let last = result.last, end - last.range.lowerBound <= 4 << 20 {
                result[result.count - 1].range = last.range.lowerBound..<end
                result[result.count - 1].chunks.append(chunk)
            } else {
                result.append(Block(range: start..<end, chunks: [chunk]))
            }
        }
        return result
    }

    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TenonError(.io, "can't open \(path)", cause: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let limit = 256 << 20
        return [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            while count < limit {
                let got = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), limit - count)
                if got <= 0 { break }
                count += got
            }
        }
    }
}
