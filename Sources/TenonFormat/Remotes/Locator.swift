import TenonCore

/// What of a remote's packs a snapshot needs: for each pack, runs of blocks. That it is there says that all of them are.
///
/// A hint, to be checked against the footers of the packs: with it a clone that wants one artifact reads no index.
package struct Locator: Equatable, Sendable {
    /// The snapshot: a file by its oid, a tree by its manifest.
    package struct Subject: Hashable, Sendable {
        package let kind: ArtifactKind
        package let id: Digest

        package init(kind: ArtifactKind, id: Digest) {
            self.kind = kind
            self.id = id
        }

        /// What of `pointer` is to be located: content that differs in an executable bit alone is the same bytes.
        package init(_ pointer: Pointer) {
            self.init(kind: pointer.kind, id: pointer.manifest?.digest ?? pointer.oid.digest)
        }
    }

    /// Blocks of one pack.
    package struct Part: Hashable, Sendable {
        package let pack: RemoteIndex.Pack
        /// Runs of block indexes: ascending, none empty, none touching the next.
        package let runs: [Range<UInt32>]

        /// - Parameter blocks: indexes in any order, each any number of times.
        package init(pack: RemoteIndex.Pack, blocks: some Sequence<Int>) {
            self.init(pack: pack, blocks: BlockRuns(blocks: blocks))
        }

        package init(pack: RemoteIndex.Pack, blocks: BlockRuns) {
            self.init(pack: pack, runs: blocks.runs)
        }

        fileprivate init(pack: RemoteIndex.Pack, runs: [Range<UInt32>]) {
            self.pack = pack
            self.runs = runs
        }
    }

    package let subject: Subject
    package let parts: [Part]

    /// Readers refuse a longer one.
    package static let maximumLength = 64 << 20

    private static let magic: [UInt8] = [0x89, 0x54, 0x4E, 0x4C, 0x4F, 0x0D, 0x0A, 0x1A]
    private static let version: UInt32 = 1
    private static let fixedLength = 49

    package init(subject: Subject, parts: [Part]) {
        self.subject = subject
        self.parts = parts.sorted { $0.pack.id < $1.pack.id }
    }

    package var bytes: [UInt8] {
        var bytes = Locator.magic
        bytes.appendLittleEndian(Locator.version)
        bytes.append(subject.kind == .file ? 0 : 1)
        subject.id.append(to: &bytes)
        bytes.appendLittleEndian(UInt32(parts.count))
        for part in parts {
            part.pack.id.digest.append(to: &bytes)
            bytes.appendLittleEndian(part.pack.length)
            bytes.appendLittleEndian(UInt32(part.runs.count))
            for run in part.runs {
                bytes.appendLittleEndian(run.lowerBound)
                bytes.appendLittleEndian(UInt32(run.count))
            }
        }
        SHA256Hasher.hash(bytes).append(to: &bytes)
        return bytes
    }

    /// Throws `corrupt` for what is no locator, `unsupportedVersion` if a newer Tenon wrote it.
    package init(parsing bytes: [UInt8]) throws(TenonError) {
        guard bytes.count <= Locator.maximumLength, bytes.count >= Locator.fixedLength + Digest.byteCount, bytes.starts(with: Locator.magic) else {
            throw Locator.damaged("it does not begin as a locator, or is too short or too long")
        }
        let body = bytes.count - Digest.byteCount
        let parsed = bytes.withUnsafeBytes { raw -> Result<Locator, TenonError> in
            let sum = Digest(loading: UnsafeRawBufferPointer(rebasing: raw[body...]))
            return Result { () throws(TenonError) in
                guard SHA256Hasher.hash(UnsafeRawBufferPointer(rebasing: raw[..<body])) == sum else {
                    throw Locator.damaged("its checksum does not hold")
                }
                return try Locator(body: UnsafeRawBufferPointer(rebasing: raw[..<body]))
            }
        }
        self = try parsed.get()
    }

    private init(body raw: UnsafeRawBufferPointer) throws(TenonError) {
        guard raw.littleEndian(at: 8, as: UInt32.self) == Locator.version else {
            throw TenonError(
                .unsupportedVersion, "a locator of the remote can't be read", cause: "a newer Tenon wrote it", hint: "install that version")
        }
        let kind = raw[12]
        guard kind <= 1 else { throw Locator.damaged("its kind is unknown") }
        subject = Subject(kind: kind == 0 ? .file : .tree, id: Digest(loading: UnsafeRawBufferPointer(rebasing: raw[13..<45])))
        var position = Locator.fixedLength
        var parts: [Part] = []
        for _ in 0..<raw.littleEndian(at: 45, as: UInt32.self) {
            guard raw.count - position >= 44 else { throw Locator.damaged("it is cut short") }
            let pack = RemoteIndex.Pack(
                id: PackID(Digest(loading: UnsafeRawBufferPointer(rebasing: raw[position..<(position + 32)]))),
                length: raw.littleEndian(at: position + 32, as: UInt64.self))
            let count = Int(raw.littleEndian(at: position + 40, as: UInt32.self))
            position += 44
            guard (raw.count - position) / 8 >= count, pack.length <= UInt64(PackLimits.maximumPackLength) else {
                throw Locator.damaged("it is cut short, or a pack in it is too long")
            }
            if let last = parts.last, !(last.pack.id < pack.id) { throw Locator.damaged("its packs are out of order") }
            parts.append(Part(pack: pack, runs: try Locator.runs(raw, at: position, count: count)))
            position += count * 8
        }
        guard position == raw.count else { throw Locator.damaged("something follows its last pack") }
        self.parts = parts
    }

    private static func runs(_ raw: UnsafeRawBufferPointer, at start: Int, count: Int) throws(TenonError) -> [Range<UInt32>] {
        var runs: [Range<UInt32>] = []
        runs.reserveCapacity(count)
        for index in 0..<count {
            let first = raw.littleEndian(at: start + index * 8, as: UInt32.self)
            let (end, overflow) = first.addingReportingOverflow(raw.littleEndian(at: start + index * 8 + 4, as: UInt32.self))
            guard !overflow, end > first, runs.last.map({ $0.upperBound < first }) ?? true else { throw damaged("its runs are out of order") }
            runs.append(first..<end)
        }
        return runs
    }

    private static func damaged(_ cause: String) -> TenonError {
        TenonError(.corrupt, "a locator of the remote is damaged", cause: cause)
    }
}
