import TenonCore

/// Reads a pack from front to back without its footer, and goes on after damage at the next block.
///
/// Ids come from decoding and hashing, so what it finds is as sure as what a footer says.
package struct PackScanner {
    /// A block whose two checksums are right.
    package struct Block: Sendable {
        package let info: PackBlockInfo
        package let head: BlockHead
        package let content: Content
    }

    package enum Content: Sendable {
        /// Decoded, with the id of each object.
        case objects(DecodedBlock, ids: [Digest])
        /// Written in a way that this version can't decode; the reason says so. Such a block is kept as it is.
        case unreadable(TenonError)
    }

    /// A stretch of the pack that holds no readable block.
    package struct Damage: Hashable, Sendable {
        package let range: Range<UInt64>
        package let error: TenonError
    }

    /// What a scan found besides blocks.
    package struct Result: Sendable {
        /// `nil` if the header is damaged and the trailer had to do.
        package let header: PackHeader?
        package let damages: [Damage]
        package let blockCount: Int
        /// Whether the scan met the mark of the footer; otherwise the pack was cut off.
        package let reachedFooter: Bool
    }

    private let source: any ByteSource
    private let marks: PackMarks
    private let header: PackHeader?
    private let decoder: BlockDecoder

    private static let windowLength = 1 << 20
    /// What a disk fails to read as one.
    private static let sectorLength: UInt64 = 4096

    /// Reads `source` forward and hands over each intact block, in order. Throws what `init` and `run` throw.
    package static func scan(
        _ source: any ByteSource, decoder: BlockDecoder = BlockDecoder(), _ body: (Block) throws -> Void
    ) throws -> Result {
        try PackScanner(source, decoder: decoder).run(body)
    }

    /// Finds out which marks to look for.
    ///
    /// Throws `unsupportedVersion` for a pack that this version must not read, `corrupt` if neither header nor trailer says what its marks are, and
    /// what `source` throws.
    package init(_ source: any ByteSource, decoder: BlockDecoder = BlockDecoder()) throws {
        guard source.count <= UInt64(PackLimits.maximumPackLength) else {
            throw TenonError(.corrupt, "the pack is refused", cause: "it is longer than \(PackLimits.maximumPackLength) bytes")
        }
        do {
            let read = try PackHeader(reading: source)
            header = read
            marks = read.marks
        } catch let error as TenonError where error.code == .corrupt {
            guard let nonce = PackScanner.nonceFromTrailer(of: source) else { throw error }
            header = nil
            marks = PackMarks(nonce: nonce)
        }
        self.source = source
        self.decoder = decoder
    }

    private static func nonceFromTrailer(of source: any ByteSource) -> [UInt8]? {
        let length = UInt64(PackTrailer.length)
        guard source.count >= length, let tail = try? source.read(at: source.count - length, count: PackTrailer.length) else { return nil }
        return tail.withUnsafeBytes { try? PackTrailer(parsing: $0, packLength: source.count).nonce }
    }

    /// Hands over each intact block, in order. Throws what `body` throws; what can't be read is damage, as is what is wrong.
    package func run(_ body: (Block) throws -> Void) throws -> Result {
        var position = UInt64(header?.length ?? 0)
        var damages: [Damage] = []
        var blockCount = 0
        var reachedFooter = false
        if header == nil {
            let next = try nextMark(from: 0)
            damages.append(Damage(range: 0..<next, error: TenonError(.corrupt, "the pack's header is damaged")))
            position = next
        }
        while position < source.count {
            do {
                if try isFooter(at: position) {
                    reachedFooter = true
                    break
                }
                let block = try readBlock(at: position)
                try body(block)
                blockCount += 1
                position += UInt64(block.info.length)
            } catch let error as BlockDamage {
                let next = try nextMark(from: position + 1)
                if let last = damages.last, last.range.upperBound == position {
                    damages[damages.count - 1] = Damage(range: last.range.lowerBound..<next, error: last.error)
                } else {
                    damages.append(Damage(range: position..<next, error: error.reason))
                }
                position = next
            }
        }
        return Result(header: header, damages: damages, blockCount: blockCount, reachedFooter: reachedFooter)
    }

    /// Keeps damage in the pack apart from errors of the caller's own.
    private struct BlockDamage: Error {
        let reason: TenonError
    }

    private func readBlock(at position: UInt64) throws -> Block {
        let location = "the block at \(position)"
        let remaining = source.count - position
        do {
            let fixed = try source.read(at: position, count: Int(min(remaining, UInt64(BlockHead.fixedLength + BlockHead.checksumLength))))
            let headLength = try fixed.withUnsafeBytes { try BlockHead.declaredLength($0, marks: marks, location: location) }
            let headBytes = try source.read(at: position, count: Int(min(remaining, UInt64(headLength))))
            let head = try headBytes.withUnsafeBytes { try BlockHead(parsing: $0, marks: marks, location: location) }
            guard UInt64(head.blockLength) <= remaining else {
                throw TenonError(.corrupt, "\(location) is damaged", cause: "the pack ends within it")
            }
            let block = try PackBlock(parsing: source.read(at: position, count: head.blockLength)[...], marks: marks, location: location)
            let info = PackBlockInfo(
                offset: UInt32(position), headLength: UInt32(head.length), storedLength: UInt32(head.storedLength),
                rawLength: UInt32(head.rawLength), type: head.type, codec: head.codec)
            return Block(info: info, head: head, content: try content(of: block))
        } catch let error as TenonError where PackScanner.isDamage(error) {
            throw BlockDamage(reason: error)
        }
    }

    private static func isDamage(_ error: TenonError) -> Bool {
        error.code == .corrupt || error.code == .io
    }

    private func content(of block: PackBlock) throws -> Content {
        do {
            let decoded = try block.decode(with: decoder)
            return .objects(decoded, ids: try decoded.objectIDs())
        } catch let error as TenonError where error.code == .unsupportedVersion {
            return .unreadable(error)
        }
    }

    private func isFooter(at position: UInt64) throws -> Bool {
        guard source.count - position >= UInt64(PackMarks.length) else { return false }
        guard let mark = try bytes(position..<(position + UInt64(PackMarks.length))) else {
            throw BlockDamage(reason: TenonError(.corrupt, "the block at \(position) can't be read"))
        }
        return mark.withUnsafeBytes { $0.littleEndian(at: 0, as: UInt64.self) } == marks.footer
    }

    /// Where the next mark of a block or of the footer begins at `start` or after it; the end of the source if there is none.
    ///
    /// Where a window can't be read, goes through it sector by sector, and passes over those that can't.
    private func nextMark(from start: UInt64) throws -> UInt64 {
        let overlap = UInt64(PackMarks.length - 1)
        var position = start
        /// Where windows may be tried again.
        var steppingEnd = start
        while position < source.count, source.count - position > overlap {
            if position >= steppingEnd {
                let end = min(source.count, position + UInt64(PackScanner.windowLength))
                guard let window = try bytes(position..<end) else {
                    steppingEnd = end
                    continue
                }
                if let found = markOffset(in: window) { return position + UInt64(found) }
                position = end - overlap
            } else {
                let end = min(source.count, (position / PackScanner.sectorLength + 1) * PackScanner.sectorLength)
                // A mark may lie across the boundary, unless what follows can't be read.
                let step = try bytes(position..<min(source.count, end + overlap)) ?? bytes(position..<end)
                if let step, let found = markOffset(in: step) { return position + UInt64(found) }
                position = end
            }
        }
        return source.count
    }

    /// `nil` if the source can't give them.
    private func bytes(_ range: Range<UInt64>) throws -> [UInt8]? {
        do {
            return try source.read(at: range.lowerBound, count: range.count)
        } catch let error as TenonError where PackScanner.isDamage(error) {
            return nil
        }
    }

    private func markOffset(in window: [UInt8]) -> Int? {
        guard window.count >= PackMarks.length else { return nil }
        return window.withUnsafeBytes { window in
            (0...(window.count - PackMarks.length)).first { offset in
                guard window[offset] == PackMarks.blockPrefix[0] else { return false }
                let value = window.littleEndian(at: offset, as: UInt64.self)
                return value == marks.block || value == marks.footer
            }
        }
    }
}
