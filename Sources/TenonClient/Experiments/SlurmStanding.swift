/// How far a job is, in Slurm's words (https://slurm.schedmd.com/squeue.html, JOB STATE CODES).
struct SlurmStanding: RawRepresentable, Hashable {
    let rawValue: String

    static let completed = SlurmStanding(rawValue: "COMPLETED")
    /// Those of a job that will yet do something; all others are ends, also those that later versions may add.
    private static let unfinished: Set<String> = [
        "PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING", "REQUEUED", "REQUEUE_HOLD",
        "REQUEUE_FED", "RESV_DEL_HOLD", "SPECIAL_EXIT",
    ]

    var isOver: Bool { !SlurmStanding.unfinished.contains(rawValue) }

    /// Takes lines of a task and its state: `12_3 RUNNING`. Others, such as those of steps, are passed over.
    static func read(_ output: [UInt8], into found: inout [SlurmTask: SlurmStanding]) {
        for line in output.split(separator: UInt8(ascii: "\n")) {
            // `CANCELLED by 1000` ends with who did it.
            let words = line.split(separator: UInt8(ascii: " ")).prefix(2).map { String(decoding: $0, as: UTF8.self) }
            guard words.count == 2, let task = SlurmTask(words[0]) else { continue }
            found[task] = SlurmStanding(rawValue: words[1])
        }
    }
}
