import Glibc
import TenonAPI
import TenonCore

/// Runs that have begun in a work tree and are ended by hand: a file each in its Git directory, so that neither the end of a daemon nor of a machine
/// forgets them.
package struct RunSessions {
    /// One of them.
    package struct Session: Codable, Sendable {
        /// Names it among those of the work tree.
        package var id: String
        package var name: String?
        /// What was known when it began, for `run-finish`.
        package var draft: String
        /// Milliseconds since 1970 UTC.
        package var started: UInt64
        /// Absolute path of the log of its metrics; `nil`: an older release began it.
        package var metricsLog: String?
    }

    /// A session that nobody else can end meanwhile.
    package final class Hold {
        package let session: Session
        private let path: String
        private let descriptor: CInt

        fileprivate init(session: Session, path: String, descriptor: CInt) {
            self.session = session
            self.path = path
            self.descriptor = descriptor
        }

        /// Forgets the session: it has been recorded, or is not wanted.
        package func remove() {
            unlink(path)
            if let log = session.metricsLog { unlink(log) }
        }

        deinit { close(descriptor) }
    }

    private let directory: String

    private static let maximumLength = 16 << 20
    private static let maximumCount = 1000

    /// - Parameter environment: in which `git` finds the repository.
    package init(environment: ClientEnvironment) throws(TenonError) {
        let answer = try GitCommand(environment: environment).output(["rev-parse", "--git-path", "tenon/sessions"])
        guard answer.status == 0, let path = String(validating: answer.line, as: UTF8.self) else {
            throw TenonError(.git, "the runs that have begun can't be found", cause: answer.complaint)
        }
        directory = path.hasPrefix("/") ? path : String(decoding: environment.directory, as: UTF8.self) + "/" + path
    }

    /// Writes a new session down. When this returns it is on disk.
    package func begin(name: String?, draft: String, started: UInt64) throws(TenonError) -> Session {
        let id = (0..<4).map { _ in UInt8.random(in: 0...255) }.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        // Beside the sessions, which are looked through: a directory of its own.
        let log = "\(directory)-metrics/\(id).log"
        let session = Session(id: id, name: name, draft: draft, started: started, metricsLog: log)
        guard let bytes = try? WireCoding.encode(session), bytes.count <= RunSessions.maximumLength else {
            throw failure("its parameters are too long")
        }
        let top = String(directory.prefix(upTo: directory.lastIndex(of: "/") ?? directory.endIndex))
        for path in [top, directory, directory + "-metrics"] where mkdir(path, 0o777) != 0 && errno != EEXIST { throw failure(reason(errno)) }
        let temporary = "\(directory)/.\(id)"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(reason(errno)) }
        let isWritten = writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
        let error = errno
        close(descriptor)
        guard isWritten, rename(temporary, "\(directory)/\(id)") == 0 else {
            unlink(temporary)
            throw failure(reason(isWritten ? errno : error))
        }
        let empty = open(log, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if empty >= 0 { close(empty) }
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
        return session
    }

    /// The session that `word` names by its name or id, or the only one. Throws `notFound` if there is none, `invalidArgument` if it may be one of several,
    /// `busy` if somebody ends it already.
    package func hold(_ word: String?) throws(TenonError) -> Hold {
        let session = try find(word)
        let path = "\(directory)/\(session.id)"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0, access(path, F_OK) == 0 else {
            if descriptor >= 0 { close(descriptor) }
            throw TenonError(.busy, "the run '\(session.id)' can't be ended", cause: "another 'tenon run' is ending it")
        }
        return Hold(session: session, path: path, descriptor: descriptor)
    }

    /// The log of the session that `word` names, or of the only one. Throws `notFound` if there is none, `invalidArgument` if it may be one of several.
    package func metricsLog(of word: String?) throws(TenonError) -> MetricsLog {
        let session: Session
        do {
            session = try find(word)
        } catch {
            guard error.code == .notFound, word == nil else { throw error }
            throw TenonError(
                .notFound, "the metric is not logged", cause: "no run is under way here",
                hint: "call it from what 'tenon run -- COMMAND' executes, or between 'tenon run --begin' and '--end'")
        }
        guard let path = session.metricsLog else {
            throw TenonError(.unsupportedVersion, "the metric is not logged", cause: "an older Tenon has begun the run")
        }
        return MetricsLog(path: path)
    }

    private func find(_ word: String?) throws(TenonError) -> Session {
        let all = all()
        let found = word.map { word in all.filter { $0.id == word || $0.name == word } } ?? all
        guard let session = found.first else {
            throw TenonError(
                .notFound, word.map { "no run '\(displayName($0.utf8))' has begun here" } ?? "no run has begun here",
                cause: all.isEmpty ? nil : "there are: \(RunSessions.list(all))", hint: "tenon run --begin")
        }
        guard found.count == 1 else {
            throw TenonError(
                .invalidArgument, "it is not said which run is meant", cause: "several have begun here: \(RunSessions.list(found))",
                hint: "-n with the name or the id of one")
        }
        return session
    }

    /// All that have begun, the earliest first.
    package func all() -> [Session] {
        SmallSystemFile.names(in: directory).prefix(RunSessions.maximumCount).compactMap { name in
            guard let bytes = contents(of: "\(directory)/\(name)", limit: RunSessions.maximumLength) else { return nil }
            return try? WireCoding.decode(Session.self, from: bytes)
        }.filter { $0.id.utf8.allSatisfy { $0 != UInt8(ascii: "/") } }.sorted { ($0.started, $0.id) < ($1.started, $1.id) }
    }

    private static func list(_ sessions: [Session]) -> String {
        let words = sessions.prefix(10).map { session in session.id + (session.name.map { " (\(displayName($0.utf8)))" } ?? "") }
        return words.joined(separator: ", ") + (sessions.count > 10 ? ", …" : "")
    }

    private func failure(_ cause: String) -> TenonError {
        TenonError(.io, "the run can't begin", cause: "it can't be written down in '\(displayName(directory.utf8))': \(cause)")
    }
}
