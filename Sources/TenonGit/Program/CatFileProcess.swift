import Glibc
import TenonCore

/// A `git cat-file --batch-command` that is kept open and answers for one object at a time.
///
/// Not thread-safe: its owner asks one question after the other.
final class CatFileProcess {
    private var child: ChildProcess
    private var buffer: [UInt8] = []
    private var start = 0
    private var errors: [UInt8] = []
    private let directory: [UInt8]
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    /// Set once an answer was not read to its end: nothing that comes after it could be told apart.
    private(set) var isUnusable = false

    /// How long one answer may take; a partial clone may fetch the object first.
    private static let timeout = Duration.seconds(120)

    init(_ process: GitProcess) throws {
        child = try process.start(["cat-file", "--batch-command"])
        directory = process.directory
    }

    deinit {
        scratch.deallocate()
    }

    /// The object called `name` (a full id, or one of the names that Tenon itself asks for); `nil` if there is none.
    func info(_ name: String) throws -> (id: GitObjectID, info: GitObjectInfo)? {
        try answer(to: "info \(name)\n")
    }

    /// Reads an object; `nil` if it is missing. Throws `corrupt` if it is longer than `limit`, before reading it.
    func object(_ id: GitObjectID, limit: Int) throws -> GitObject? {
        guard let (_, info) = try answer(to: "contents \(id.hex)\n") else { return nil }
        guard info.size <= UInt64(limit) else {
            isUnusable = true
            throw ObjectError.tooLong(id, size: info.size, limit: limit)
        }
        let count = Int(info.size)
        try fill(count + 1)
        let bytes = Array(buffer[start..<(start + count)])
        consume(count + 1)
        return GitObject(type: info.type, bytes: bytes)
    }

    private func answer(to question: String) throws -> (id: GitObjectID, info: GitObjectInfo)? {
        try write(Array(question.utf8))
        let deadline = Deadline(after: CatFileProcess.timeout)
        var searched = start
        var end: Int?
        while end == nil {
            end = buffer[searched...].firstIndex(of: 0x0A)
            searched = buffer.count
            if end == nil {
                let before = start
                try receive(deadline)
                searched -= before - start
            }
        }
        guard let end else { return nil }
        let words = buffer[start..<end].split(separator: UInt8(ascii: " "))
        consume(end + 1 - start)
        if words.last.map({ $0.elementsEqual("missing".utf8) || $0.elementsEqual("ambiguous".utf8) }) == true { return nil }
        guard words.count == 3, let id = GitObjectID(hexBytes: words[0]),
            let type = GitObjectType(rawValue: String(decoding: words[1], as: UTF8.self)),
            let size = UInt64(String(decoding: words[2], as: UTF8.self))
        else {
            isUnusable = true
            throw TenonError(.git, "git cat-file gave an answer that is not understood", cause: displayName(Array(words.joined(separator: [0x20]))))
        }
        return (id, GitObjectInfo(type: type, size: size))
    }

    private func consume(_ count: Int) {
        start += count
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
            start = 0
        }
    }

    /// Receives until `count` bytes are there.
    private func fill(_ count: Int) throws {
        let deadline = Deadline(after: CatFileProcess.timeout)
        while buffer.count - start < count { try receive(deadline) }
    }

    /// Waits for more of the answer and appends it.
    private func receive(_ deadline: Deadline) throws {
        if start > 1 << 20 {
            buffer.removeSubrange(..<start)
            start = 0
        }
        var waiting = [
            pollfd(fd: child.output.raw, events: Int16(POLLIN), revents: 0), pollfd(fd: child.errors.raw, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&waiting, 2, deadline.milliseconds(atMost: 1_000))
        if ready < 0 && errno != EINTR { throw failure(systemError("can't wait for git cat-file")) }
        if waiting[1].revents != 0 && ready > 0 {
            try drain(&child.errors, into: &errors, scratch)
            if errors.count > 16 << 10 { errors.removeFirst(errors.count - 16 << 10) }
        }
        if waiting[0].revents != 0 && ready > 0 { try drain(&child.output, into: &buffer, scratch) }
        if !child.output.isOpen { throw endedEarly() }
        if deadline.isOver { throw failure(TenonError(.io, "git cat-file did not answer in \(CatFileProcess.timeout)")) }
    }

    private func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { send(child.input.raw, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                sent += count
            } else if errno == EPIPE {
                throw endedEarly()
            } else if errno != EINTR && errno != EAGAIN {
                throw failure(systemError("can't write to git cat-file"))
            }
        }
    }

    private func failure(_ error: TenonError) -> TenonError {
        isUnusable = true
        return error
    }

    /// The error for a process that has ended without an answer, from what it said last.
    private func endedEarly() -> TenonError {
        isUnusable = true
        while child.errors.isOpen {
            let count = errors.count
            guard (try? drain(&child.errors, into: &errors, scratch)) != nil else { break }
            if errors.count == count && child.errors.isOpen {
                var waiting = [pollfd(fd: child.errors.raw, events: Int16(POLLIN), revents: 0)]
                if poll(&waiting, 1, 200) <= 0 { break }
            }
        }
        let status = child.wait(until: Deadline(after: .seconds(1)))
        let outcome = GitProcess.Outcome(status: status, output: [], errors: errors)
        return GitFailure.error(of: outcome, command: "git cat-file", directory: directory)
    }
}
