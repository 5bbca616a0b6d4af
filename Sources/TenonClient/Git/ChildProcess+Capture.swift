import Glibc
import TenonCore

extension ChildProcess {
    /// What a program that was not given the terminal wrote, and how it ended.
    package struct Captured {
        package var status: CInt
        package var output: [UInt8]
        package var errors: [UInt8]
    }

    /// Runs the program to its end and returns what it writes, at most `limit` bytes of each stream.
    ///
    /// - Parameter input: the descriptor that it reads; `nil`: it reads nothing.
    func captured(input: CInt? = nil, limit: Int = 16 << 20) throws(TenonError) -> Captured {
        var pipes: [[CInt]] = []
        defer { for descriptor in pipes.joined() where descriptor >= 0 { close(descriptor) } }
        for _ in 0..<2 {
            let ends = try makePipe()
            pipes.append([ends.reading, ends.writing])
        }
        var child = self
        child.redirections = [(0, input.map { .descriptor($0) } ?? .null), (1, .descriptor(pipes[0][1])), (2, .descriptor(pipes[1][1]))]
        let process = try child.start()
        for index in 0..<2 {
            close(pipes[index][1])
            pipes[index][1] = -1
        }
        let streams = ChildProcess.drain([pipes[0][0], pipes[1][0]], limit: limit)
        return Captured(status: ChildProcess.wait(for: process), output: streams[0], errors: streams[1])
    }

    /// Reads all streams to their end, as data comes, so that the child never waits on a full pipe.
    private static func drain(_ descriptors: [CInt], limit: Int) -> [[UInt8]] {
        var streams: [[UInt8]] = descriptors.map { _ in [] }
        var polls = descriptors.map { pollfd(fd: $0, events: CShort(POLLIN), revents: 0) }
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while polls.contains(where: { $0.fd >= 0 }) {
            guard retryingInterrupts({ poll(&polls, nfds_t(polls.count), -1) }) >= 0 else { break }
            for index in polls.indices where polls[index].fd >= 0 && polls[index].revents != 0 {
                let count = block.withUnsafeMutableBytes { buffer in retryingInterrupts { read(polls[index].fd, buffer.baseAddress, buffer.count) } }
                if count <= 0 {
                    polls[index].fd = -1
                } else if streams[index].count < limit {
                    streams[index] += block[..<count].prefix(limit - streams[index].count)
                }
            }
        }
        return streams
    }
}
