import Glibc
import TenonAPI
import TenonCore

/// The experiments of a repository that are queued, run, or came to no result: a file each in `tenon/experiments` of the common Git directory, so that
/// they outlive daemons and machines and are the same in all work trees.
package struct ExperimentShelf {
    /// Absolute path of the Git directory that all work trees share.
    package let commonDirectory: String
    private let directory: String

    private static let maximumLength = 4 << 20
    package static let maximumCount = 100_000

    /// - Parameter environment: in which `git` finds the repository.
    package init(environment: ClientEnvironment) throws(TenonError) {
        let answer = try GitCommand(environment: environment).output(["rev-parse", "--path-format=absolute", "--git-common-dir"])
        guard answer.status == 0, let path = String(validating: answer.line, as: UTF8.self), path.hasPrefix("/") else {
            throw TenonError(.notARepository, "experiments can't be found", cause: answer.complaint, hint: "change to a work tree of a repository")
        }
        commonDirectory = path
        directory = path + "/tenon/experiments"
    }

    // MARK: Places

    /// Where the work tree of a trial lies while it runs.
    package func workTree(_ id: String) -> String { "\(commonDirectory)/tenon/trials/\(id)" }
    /// What its commands have written.
    package func log(_ id: String) -> String { "\(directory)/\(id).log" }
    /// What `tenon metric` has told while it runs.
    package func metrics(_ id: String) -> String { "\(directory)/\(id).metrics" }
    /// What the stage of a pipeline that is at work tells, in a log of its own.
    package func stageMetrics(_ id: String) -> String { "\(directory)/\(id).stages" }
    /// What a worker says.
    package var workerLog: String { "\(directory)/worker.log" }
    /// A file of this experiment's own, for a moment.
    package func scratch(_ id: String, _ purpose: String) -> String { "\(directory)/\(id).\(purpose)" }
    private func file(_ id: String) -> String { "\(directory)/\(id).json" }
    private func lockFile(_ name: String) -> String { "\(directory)/\(name).lock" }

    /// Whether `text` may be an id: no path hides in it.
    package static func isID(_ text: String) -> Bool {
        text.utf8.count == 16 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// A new one: milliseconds, so that they sort by age, and random digits.
    package static func newID(time: UInt64) -> String {
        func digits(_ number: UInt64, _ count: Int) -> String {
            let text = String(number, radix: 16)
            return String(repeating: "0", count: max(0, count - text.count)) + text.suffix(count)
        }
        return digits(time, 11) + digits(UInt64.random(in: 0..<(1 << 20)), 5)
    }

    // MARK: States

    /// All of them, the earliest first. What can't be read is passed over.
    package func all() -> [ExperimentState] {
        ids().compactMap(state)
    }

    private func ids() -> [String] {
        SmallSystemFile.names(in: directory).compactMap { $0.hasSuffix(".json") ? String($0.dropLast(5)) : nil }
    }

    package func state(_ id: String) -> ExperimentState? {
        guard ExperimentShelf.isID(id), let bytes = contents(of: file(id), limit: ExperimentShelf.maximumLength),
            let state = try? WireCoding.decode(ExperimentState.self, from: bytes), state.id == id
        else { return nil }
        return state
    }

    /// Writes one down, whole: whoever reads finds the old or the new. When this returns it is on disk.
    package func save(_ state: ExperimentState) throws(TenonError) {
        let bytes: [UInt8]
        do {
            bytes = try WireCoding.encode(state)
        } catch {
            throw TenonError(.internal, "the experiment '\(state.name)' can't be written down", cause: "\(error)")
        }
        guard bytes.count <= ExperimentShelf.maximumLength else { throw failure(state, "it has too many parameters") }
        try makeDirectory()
        let temporary = "\(directory)/.\(state.id).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(state, reason(errno)) }
        let isWritten = writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
        let number = errno
        close(descriptor)
        guard isWritten, rename(temporary, file(state.id)) == 0 else {
            let number = isWritten ? errno : number
            unlink(temporary)
            throw failure(state, reason(number))
        }
        try syncDirectory(state)
    }

    private func syncDirectory(_ state: ExperimentState) throws(TenonError) {
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure(state, reason(errno)) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure(state, reason(errno)) }
    }

    private func failure(_ state: ExperimentState, _ cause: String) -> TenonError {
        TenonError(.io, "the experiment '\(displayName(state.name.utf8))' can't be written down", cause: cause)
    }

    /// Whether the directory is there; it goes with the repository.
    package var exists: Bool { access(directory, F_OK) == 0 }

    package func makeDirectory() throws(TenonError) {
        for path in [commonDirectory + "/tenon", directory] where mkdir(path, 0o777) != 0 && errno != EEXIST {
            throw TenonError(.io, "'\(displayName(path.utf8))' can't be made", cause: reason(errno))
        }
    }

    /// Forgets one; its log stays if it has a result.
    package func remove(_ id: String, keepingLog: Bool = false) {
        guard ExperimentShelf.isID(id) else { return }
        unlink(file(id))
        unlink(metrics(id))
        for log in stageLogs(id) { unlink(log.path) }
        rmdir(stageMetrics(id))
        unlink(lockFile(id))
        if !keepingLog { unlink(log(id)) }
    }

    // MARK: Metrics

    /// The last value of each metric that it has told of so far.
    package func liveMetrics(_ id: String) -> [String: MetricPoint] {
        stageLogs(id).reduce(into: MetricsLog(path: metrics(id)).last()) { found, log in
            found.merge(log.last()) { $0.time <= $1.time ? $1 : $0 }
        }
    }

    private func stageLogs(_ id: String) -> [MetricsLog] {
        SmallSystemFile.names(in: stageMetrics(id)).map { MetricsLog(path: "\(stageMetrics(id))/\($0)") }
    }

    // MARK: Locks

    /// Takes the lock of an experiment or of the queue; `nil` if somebody has it.
    package func lock(_ name: String) throws(TenonError) -> ExperimentLock? {
        try makeDirectory()
        return try ExperimentLock(path: lockFile(name))
    }

    /// The name of the lock that a worker holds.
    package static let queue = "worker"

    package func isHeld(_ name: String) -> Bool { ExperimentLock.isHeld(lockFile(name)) }

    /// The earliest that a worker is to take up, at most `count`: those that wait and, if it gives trials to a batch system, those that somebody else gave it
    /// and left.
    package func next(_ count: Int, besides running: Set<String>, ofBatchSystem isFar: Bool) -> [ExperimentState] {
        var result: [ExperimentState] = []
        for id in ids() where result.count < count && !running.contains(id) {
            guard let state = state(id) else { continue }
            let isMeant =
                if state.job != nil { isFar && (state.status == .queued || state.status == .running) } else {
                    state.status == .queued && !isHeld(state.id)
                }
            if isMeant { result.append(state) }
        }
        return result
    }

    /// How far one is: one that runs by its file, and that nobody holds, was left by whoever ran it.
    package func status(_ state: ExperimentState) -> ExperimentStatus {
        guard state.status == .running, state.job == nil, !isHeld(state.id) else { return state.status }
        // It may have ended between both looks.
        return self.state(state.id)?.status == .running ? .interrupted : self.state(state.id)?.status ?? .done
    }
}
