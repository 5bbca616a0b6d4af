import TenonCore
import TenonFormat

/// A safetensors file from wherever it is to be had: https://huggingface.co/docs/safetensors/index#format.
struct TensorFile {
    struct Tensor: Equatable {
        var type: String
        var shape: [Int]
        /// In the file.
        var range: Range<UInt64>
    }

    private static let maximumHeader: UInt64 = 16 << 20

    let size: UInt64
    let read: (Range<UInt64>) throws -> [UInt8]

    init(size: UInt64, read: @escaping (Range<UInt64>) throws -> [UInt8]) {
        self.size = size
        self.read = read
    }

    /// The tensors by name; `nil` if it is no safetensors file.
    func tensors() throws -> [String: Tensor]? {
        guard size >= 8 else { return nil }
        let length = try read(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= TensorFile.maximumHeader, length <= size - 8, let header = try? JSONReader.parse(read(8..<(8 + length))).object else {
            return nil
        }
        var result: [String: Tensor] = [:]
        for (name, value) in header where name != "__metadata__" {
            guard let type = value["dtype"]?.string, let shape = value["shape"]?.array?.compactMap({ $0.number.flatMap { Int(exactly: $0) } }),
                let offsets = value["data_offsets"]?.array?.compactMap({ $0.number.flatMap { UInt64(exactly: $0) } }), offsets.count == 2,
                offsets[0] <= offsets[1], offsets[1] <= size - 8 - length
            else { return nil }
            result[name] = Tensor(type: type, shape: shape, range: (8 + length + offsets[0])..<(8 + length + offsets[1]))
        }
        return result
    }
}

/// Compares tensor by tensor, number by number.
struct TensorComparison {
    let tolerance: Double
    let prefix: String

    /// Read at a time; a multiple of every width.
    private static let window: UInt64 = 1 << 20

    /// Returns `false` where one of them is no safetensors file.
    func compare(_ old: TensorFile, _ new: TensorFile, _ differences: inout Differences) throws -> Bool {
        guard let left = try old.tensors(), let right = try new.tensors() else { return false }
        for name in Set(left.keys).union(right.keys).sorted() {
            let what = "\(prefix)tensor \(name)"
            guard let before = left[name] else {
                differences.note("\(what): was not there", isClose: false)
                continue
            }
            guard let after = right[name] else {
                differences.note("\(what): is not there any more", isClose: false)
                continue
            }
            guard before.type == after.type, before.shape == after.shape, before.range.count == after.range.count else {
                differences.note("\(what): \(before.type) \(before.shape) before, \(after.type) \(after.shape) now", isClose: false)
                continue
            }
            try compare(what, before, old, after, new, &differences)
        }
        if differences.isEmpty { differences.note("\(prefix)the same tensors, laid out or described otherwise", isClose: true) }
        return true
    }

    private func compare(
        _ what: String, _ before: TensorFile.Tensor, _ old: TensorFile, _ after: TensorFile.Tensor, _ new: TensorFile,
        _ differences: inout Differences
    ) throws {
        let width = TensorNumber.width(before.type)
        var count = 0
        var largest = 0.0
        var isClose = width != nil
        var offset: UInt64 = 0
        let length = UInt64(before.range.count)
        while offset < length {
            let end = min(length, offset + TensorComparison.window)
            let left = try old.read((before.range.lowerBound + offset)..<(before.range.lowerBound + end))
            let right = try new.read((after.range.lowerBound + offset)..<(after.range.lowerBound + end))
            offset = end
            guard left != right else { continue }
            guard let width else {
                count += 1
                continue
            }
            for place in stride(from: 0, to: left.count - width + 1, by: width) {
                let (a, b) = (TensorNumber.value(left, place, before.type), TensorNumber.value(right, place, before.type))
                if a == b || (a.isNaN && b.isNaN) { continue }
                count += 1
                largest = max(largest, abs(a - b))
                if (a - b).isNaN { largest = .infinity }
                if !Differences.isClose(a, b, tolerance) { isClose = false }
            }
        }
        guard count > 0 else { return }
        if width == nil { return differences.note("\(what): other bytes", isClose: false) }
        differences.note("\(what): \(count) of \(Int(length) / (width ?? 1)) numbers differ, by at most \(largest)", isClose: isClose)
    }
}

/// Numbers as safetensors stores them, little-endian.
enum TensorNumber {
    static func width(_ type: String) -> Int? {
        switch type {
        case "F64", "I64", "U64": 8
        case "F32", "I32", "U32": 4
        case "F16", "BF16", "I16", "U16": 2
        case "I8", "U8", "BOOL": 1
        default: nil
        }
    }

    static func value(_ bytes: [UInt8], _ place: Int, _ type: String) -> Double {
        func bits(_ width: Int) -> UInt64 { (0..<width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[place + $1]) } }
        switch type {
        case "F64": return Double(bitPattern: bits(8))
        case "F32": return Double(Float(bitPattern: UInt32(bits(4))))
        case "BF16": return Double(Float(bitPattern: UInt32(bits(2)) << 16))
        case "F16": return half(UInt16(bits(2)))
        case "I64": return Double(Int64(bitPattern: bits(8)))
        case "I32": return Double(Int32(bitPattern: UInt32(bits(4))))
        case "I16": return Double(Int16(bitPattern: UInt16(bits(2))))
        case "I8": return Double(Int8(bitPattern: UInt8(bits(1))))
        case "U64": return Double(bits(8))
        case "U32": return Double(bits(4))
        case "U16": return Double(bits(2))
        default: return Double(bits(1))
        }
    }

    /// IEEE 754 binary16.
    private static func half(_ bits: UInt16) -> Double {
        let sign = bits >> 15 == 0 ? 1.0 : -1.0
        let (exponent, fraction) = (Int(bits >> 10 & 0x1F), Double(bits & 0x3FF))
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
        }
    }
}
