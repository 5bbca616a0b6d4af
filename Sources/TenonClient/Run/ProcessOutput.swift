import Glibc
import TenonCore

extension ChildProcess {
    /// Runs the program without a terminal and returns what it writes to standard output, at most `limit` bytes; `nil` if it does not end well within
    /// `timeout`, when it is killed.
    func output(limit: Int, timeout: Duration) -> [UInt8]? {
        guard let pipe = try? makePipe() else { return nil }
        defer { close(pipe.reading) }
        var child = self
        child.redirections = [(0, .null), (1, .descriptor(pipe.writing)), (2, .null)]
        child.closesOthers = true
        guard let process = try? child.start() else {
            close(pipe.writing)
            return nil
        }
        close(pipe.writing)
        let end = ContinuousClock.now + timeout
        var text: [UInt8] = []
        var isWhole = false
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while text.count <= limit {
            let left = (end - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else { break }
            var waiting = pollfd(fd: pipe.reading, events: CShort(POLLIN), revents: 0)
            guard retryingInterrupts({ poll(&waiting, 1, CInt(min(left, 60_000))) }) > 0 else { continue }
            let count = block.withUnsafeMutableBytes { buffer in retryingInterrupts { read(pipe.reading, buffer.baseAddress, buffer.count) } }
            if count <= 0 {
                isWhole = count == 0
                break
            }
            text += block[..<count]
        }
        if !isWhole { kill(process, SIGKILL) }
        return ChildProcess.wait(for: process) == 0 && isWhole ? text : nil
    }
}
