import TenonClient

/// What `tenon doctor` prints.
struct DoctorReport: Encodable {
    var findings: [Finding] = []

    var isHealthy: Bool { !findings.contains { $0.verdict == .wrong } }
}
