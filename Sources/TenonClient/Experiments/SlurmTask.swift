/// A task of a job array, written as Slurm does: `JOB_TASK`.
struct SlurmTask: Hashable, CustomStringConvertible {
    let job: UInt64
    let index: UInt32

    init(job: UInt64, index: UInt32) {
        self.job = job
        self.index = index
    }

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, let job = UInt64(parts[0]), let index = UInt32(parts[1]) else { return nil }
        self.init(job: job, index: index)
    }

    var description: String { "\(job)_\(index)" }
}
