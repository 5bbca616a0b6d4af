import Glibc
import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// Compares an output with what was recorded: by hash, and where that differs by what its format says.
struct RerunComparison<R: WorkTreeRequest> {
    let job: Job<R>
    let place: RerunPlace
    let tolerance: Double

    /// So many differences are told of each output.
    private static var maximumDetails: Int { 20 }
    /// Larger texts are compared by hash alone.
    private static var maximumText: UInt64 { 64 << 20 }

    func compare(_ recorded: RecordedContent) throws -> RerunOutput {
        let path = try RelativePath(bytes: recorded.path)
        var output = RerunOutput(path: WirePath(bytes: recorded.path), verdict: .missing, recorded: PointerSummary(recorded.pointer))
        guard case .present(let content) = try job.store.look(place.place(path), progress: job.sink) else { return output }
        let found = try Pointer(content)
        output.found = PointerSummary(found)
        if found.kind == recorded.pointer.kind, found.oid == recorded.pointer.oid {
            output.verdict = .identical
            return output
        }
        var differences = Differences(limit: Self.maximumDetails)
        if found.kind == recorded.pointer.kind {
            try compareContent(path, recorded.pointer, &differences)
        } else {
            differences.note("it is a \(found.kind.rawValue) now", isClose: false)
        }
        output.verdict = differences.areClose ? .close : .different
        output.details = differences.texts
        return output
    }

    private func compareContent(_ path: RelativePath, _ pointer: Pointer, _ differences: inout Differences) throws {
        guard job.store.isStored(pointer) else {
            return differences.note("the recorded bytes are not stored, so that only hashes are compared", isClose: false)
        }
        guard pointer.kind == .tree else { return try compareFile(path, nil, pointer.oid, pointer.size, &differences) }
        var copy = differences
        try job.store.entries(of: pointer, under: nil) { entry in
            guard entry.isFile else { return }
            let inner = try RelativePath(bytes: path.bytes + [UInt8(ascii: "/")] + entry.path)
            guard case .present(let content) = try job.store.look(place.place(inner), progress: job.sink) else {
                return copy.note("\(inner): not there", isClose: false)
            }
            if content.oid.digest != entry.oid { try compareFile(inner, inner, OID(entry.oid), entry.size, &copy) }
        }
        // What is there now and was not before shows in the directory's hash alone.
        if copy.isEmpty { copy.note("files are there that were not recorded", isClose: false) }
        differences = copy
    }

    private func compareFile(_ path: RelativePath, _ named: RelativePath?, _ oid: OID, _ size: UInt64, _ differences: inout Differences) throws {
        let prefix = named.map { "\($0): " } ?? ""
        let full = "\(place.path)/".utf8 + path.bytes
        guard let new = RerunFile(path: Array(full)) else { return differences.note("\(prefix)can't be read", isClose: false) }
        let name = String(decoding: path.lastComponent, as: UTF8.self)
        let old = { (range: Range<UInt64>) throws -> [UInt8] in
            var bytes: [UInt8] = []
            try job.store.withBytes(of: oid, size: size, range: range) { bytes += $0 }
            return bytes
        }
        if name.hasSuffix(".safetensors") {
            let isCompared = try TensorComparison(tolerance: tolerance, prefix: prefix).compare(
                TensorFile(size: size, read: old), TensorFile(size: new.size, read: new.read), &differences)
            if isCompared { return }
        } else if size <= Self.maximumText, new.size <= Self.maximumText {
            let (before, after) = (try old(0..<size), try new.read(0..<new.size))
            if name.hasSuffix(".json"), let left = try? JSONReader.parse(before), let right = try? JSONReader.parse(after) {
                return JSONComparison(tolerance: tolerance, prefix: prefix).compare(left, right, at: "", &differences)
            }
            if name.hasSuffix(".csv") || name.hasSuffix(".tsv") {
                return TableComparison(tolerance: tolerance, prefix: prefix, separator: name.hasSuffix(".csv") ? "," : "\t")
                    .compare(before, after, &differences)
            }
        }
        differences.note("\(prefix)other bytes (\(size) before, \(new.size) now)", isClose: false)
    }
}

/// What differs, as far as it is told.
struct Differences {
    private let limit: Int
    private(set) var texts: [String] = []
    private var count = 0
    /// Whether all that differs is within the tolerance.
    private(set) var areClose = true

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { count == 0 }

    mutating func note(_ text: @autoclosure () -> String, isClose: Bool) {
        count += 1
        if !isClose { areClose = false }
        if texts.count < limit { texts.append(displayName(text().utf8)) } else if texts.count == limit { texts.append("and more") }
    }

    /// Whether two numbers count as the same: they differ by at most `tolerance`, or by that part of the recorded one.
    static func isClose(_ old: Double, _ new: Double, _ tolerance: Double) -> Bool {
        if old == new || (old.isNaN && new.isNaN) { return true }
        let difference = abs(old - new)
        return difference <= tolerance || difference <= tolerance * abs(old)
    }
}

/// A file that a rerun has made.
final class RerunFile {
    private let descriptor: Int32
    let size: UInt64

    /// `nil` unless it is a regular file that can be read.
    init?(path: [UInt8]) {
        descriptor = path.withCPath { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        size = UInt64(status.st_size)
    }

    deinit { close(descriptor) }

    func read(_ range: Range<UInt64>) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(range.lowerBound) + off_t(done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw TenonError(.changedWhileReading, "an output changed while it was compared") }
            done += count
        }
        return bytes
    }
}
