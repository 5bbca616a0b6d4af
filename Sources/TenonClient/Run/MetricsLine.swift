import TenonAPI

/// A line of a log of metrics: `{"metrics":{"loss":0.25},"step":100,"time":1764266400000}`.
struct MetricsLine: Codable {
    /// A number; one that JSON has no word for as text: `NaN`, `Infinity`, `-Infinity`.
    struct Value: Codable {
        var value: Double

        init(_ value: Double) { self.value = value }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                value = number
                return
            }
            switch try container.decode(String.self) {
            case "NaN": value = .nan
            case "Infinity": value = .infinity
            case "-Infinity": value = -.infinity
            default: throw DecodingError.dataCorruptedError(in: container, debugDescription: "no number")
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if value.isFinite { return try container.encode(value) }
            try container.encode(value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity")
        }
    }

    var metrics: [String: Value]
    var step: Int64?
    /// Milliseconds since 1970 UTC.
    var time: UInt64

    init(_ values: [(name: String, value: Double)], step: Int64?, time: UInt64) {
        metrics = Dictionary(values.map { ($0.name, Value($0.value)) }) { _, later in later }
        self.step = step
        self.time = time
    }

    init?(parsing bytes: ArraySlice<UInt8>) {
        guard let line = try? WireCoding.decode(MetricsLine.self, from: bytes) else { return nil }
        self = line
    }

    /// With its line feed.
    var bytes: [UInt8] { ((try? WireCoding.encode(self)) ?? []) + [UInt8(ascii: "\n")] }
}
