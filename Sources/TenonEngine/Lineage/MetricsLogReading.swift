import Glibc
import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// The log of metrics that a command has written while it ran: a line of JSON each time, by anybody who has its environment.
struct MetricsLogReading {
    /// The last finite value of each metric whose last value is one.
    private(set) var last: [String: Double] = [:]
    private(set) var isEmpty = true
    /// What is not in the record, and why.
    private(set) var problems: [TenonError] = []
    /// The file.
    let place: ArtifactPlace

    /// The largest log that is read: what `tenon metric` writes at most, and a few lines of those who came at the same time.
    private static let maximumLength = 33 << 20
    private static let maximumNames = 1000
    private static let maximumName = 200

    /// - Parameter path: absolute path of a regular file. Throws `notFound`, `invalidArgument` or `io`.
    init(_ path: WirePath) throws {
        let what = "the log of metrics is not recorded"
        let bytes = path.bytes
        guard bytes.first == UInt8(ascii: "/"), !bytes.contains(0), let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash > 0,
            let directory = String(validating: bytes[..<slash], as: UTF8.self)
        else { throw TenonError(.invalidArgument, what, cause: "it is not named by an absolute path") }
        let name = try RelativePath(bytes: Array(bytes[(slash + 1)...]))
        place = ArtifactPlace(workTreeRoot: directory, workTreeID: "metrics", path: name)
        let found: [UInt8]?
        do {
            found = try WorkTreeFiles(root: Array(bytes[..<slash])).read(name, limit: MetricsLogReading.maximumLength)
        } catch let error as TenonError where error.code == .invalidArgument {
            throw TenonError(.invalidArgument, what, cause: "it has more than \(MetricsLogReading.maximumLength >> 20) MiB")
        }
        guard let found else { throw TenonError(.notFound, what, cause: "the command has removed it") }
        isEmpty = found.isEmpty
        read(found)
    }

    private mutating func read(_ bytes: [UInt8]) {
        var damaged = 0
        var ignored: Set<String> = []
        var isNaming = true
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let values = (try? JSONReader.parse(Array(line)))?["metrics"]?.object else {
                damaged += 1
                continue
            }
            for (name, value) in values where !name.isEmpty && name.utf8.count <= MetricsLogReading.maximumName {
                if let number = value.number, number.isFinite {
                    if last[name] == nil, last.count >= MetricsLogReading.maximumNames {
                        if isNaming { ignored.insert(name) }
                        isNaming = ignored.count < MetricsLogReading.maximumNames
                    } else {
                        last[name] = number
                    }
                } else {
                    // What has become no number has no last value.
                    last[name] = nil
                }
            }
        }
        if damaged > 0 {
            problems.append(
                TenonError(
                    .corrupt, "\(damaged == 1 ? "a line" : "\(damaged) lines") of the log of metrics can't be read",
                    cause: "not 'tenon metric' wrote them, or the disk was full"))
        }
        if let first = ignored.sorted().first {
            problems.append(
                TenonError(
                    .invalidArgument, "not all metrics are recorded",
                    cause:
                        "there are more than \(MetricsLogReading.maximumNames) names; '\(displayName(first.utf8))' is one of those that are left out")
            )
        }
    }
}
