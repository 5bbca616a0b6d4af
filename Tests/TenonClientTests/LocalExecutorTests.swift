import Foundation
import TenonAPI
import TenonCore
import Testing

@testable import TenonClient

/// Trials as processes of this machine.
struct LocalExecutorTests {
    /// An experiment that waits, and has said nothing of a process.
    private func waiting(_ id: String) -> ExperimentState {
        ExperimentState(
            id: id, name: "e", group: nil, commit: "", snapshot: "", prefix: WirePath(""), overrides: [], scope: TrialScope(), parameters: [],
            metrics: [], command: nil, leftOut: [], created: 0)
    }

    @Test("a trial that has just been started is ended with all that it has started, before it says its process")
    func cancel() throws {
        try withScratchDirectory { scratch in
            try git("init", "-q", in: scratch)
            let program = scratch + "/program"
            try "#!/bin/sh\nsleep 600 &\nwait\n".write(toFile: program, atomically: true, encoding: .utf8)
            chmod(program, 0o755)
            var environment = environment(in: scratch)
            environment.program = program
            let shelf = try ExperimentShelf(environment: environment)
            let state = waiting("0123456789abcdef")
            try shelf.save(state)
            var executor = LocalExecutor(shelf: shelf, environment: environment)
            try executor.submit([state], jobs: 1)
            try executor.cancel(state, isForced: false)
            var ended: [(id: String, ending: TrialEnding)] = []
            while ended.isEmpty { ended = try executor.ended() }
            #expect(ended.map(\.id) == [state.id])
            #expect(ended.map(\.ending) == [.killed(SIGTERM)])
        }
    }
}
