import Glibc
import Synchronization
import TenonCore

/// Tells of signals by a descriptor that can be waited on beside others, while commands run that are to be stopped first.
///
/// There is one at a time in a process.
package final class SignalRelay {
    /// A signal, and whether another process has sent it: a terminal sends its own to all that run in it.
    package struct Arrival: Sendable {
        package var signal: CInt
        package var isFromProcess: Bool
    }

    /// Becomes readable when a signal has come.
    package let descriptor: CInt
    private let writing: CInt
    private var previous: [(signal: CInt, action: sigaction)] = []

    /// Read in a signal handler: lock-free, and set before the handlers are.
    private static let pipe = Atomic<CInt>(-1)
    /// How many commands run. While none does, a signal ends this process: the daemon sees that and stops what it was asked for.
    private static let commands = Atomic<Int>(0)
    private static let stopping = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    package init() throws(TenonError) {
        let ends = try makePipe()
        descriptor = ends.reading
        writing = ends.writing
        for end in [descriptor, writing] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        SignalRelay.pipe.store(writing, ordering: .sequentiallyConsistent)
        SignalRelay.commands.store(0, ordering: .sequentiallyConsistent)
        for signal in SignalRelay.stopping + [SIGCHLD] {
            var old = sigaction()
            sigaction(signal, nil, &old)
            // What is ignored stays so, as under `nohup`.
            if signal != SIGCHLD, old.__sigaction_handler.sa_handler.map({ unsafeBitCast($0, to: Int.self) }) == 1 { continue }
            var action = sigaction()
            action.sa_flags = SA_SIGINFO | SA_RESTART
            action.__sigaction_handler.sa_sigaction = { signal, information, _ in
                if signal != SIGCHLD, SignalRelay.commands.load(ordering: .relaxed) == 0 { _exit(128 + signal) }
                let number = errno
                // SI_USER is 0, what the kernel sends is above. (<asm-generic/siginfo.h>)
                let isFromProcess = information.map { $0.pointee.si_code <= 0 } ?? false
                var bytes: (UInt8, UInt8) = (UInt8(truncatingIfNeeded: signal), isFromProcess ? 1 : 0)
                _ = write(SignalRelay.pipe.load(ordering: .relaxed), &bytes, 2)
                errno = number
            }
            sigaction(signal, &action, nil)
            previous.append((signal, old))
        }
    }

    deinit {
        for (signal, action) in previous {
            var action = action
            sigaction(signal, &action, nil)
        }
        SignalRelay.pipe.store(-1, ordering: .sequentiallyConsistent)
        close(descriptor)
        close(writing)
    }

    /// To be called when a command starts (1) and when its end was seen (-1).
    package func count(_ change: Int) { SignalRelay.commands.wrappingAdd(change, ordering: .sequentiallyConsistent) }

    /// The signals that have come and ask to stop.
    package func take() -> [Arrival] {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = bytes.withUnsafeMutableBytes { buffer in retryingInterrupts { read(descriptor, buffer.baseAddress, buffer.count) } }
        guard count > 1 else { return [] }
        return stride(from: 0, to: count - 1, by: 2).compactMap { place in
            let signal = CInt(bytes[place])
            return signal == SIGCHLD ? nil : Arrival(signal: signal, isFromProcess: bytes[place + 1] == 1)
        }
    }
}
