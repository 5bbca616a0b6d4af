import Foundation
import TenonAPI
import TenonCore
import Testing

@testable import TenonClient

struct MetricsLogTests {
    private func withLog(_ body: (MetricsLog, MetricsLogHold) throws -> Void) throws {
        try withScratchDirectory { directory in
            let (log, hold) = try MetricsLog.make(in: directory + "/tenon/metrics")
            try body(log, hold)
        }
    }

    @Test func `the last values are read while it is written`() throws {
        try withLog { log, hold in
            #expect(hold.isEmpty)
            #expect(log.last().isEmpty)
            try log.append([("loss", 0.5), ("lr", 0.1)], step: 1, time: 10)
            try log.append([("loss", .nan)], step: 2, time: 20)
            try log.append([("camelCase_key", 1e300)], step: nil, time: 30)
            let last = log.last()
            #expect(last["lr"] == MetricPoint(value: 0.1, step: 1, time: 10))
            #expect(last["loss"]?.value.isNaN == true)
            #expect(last["loss"]?.step == 2)
            #expect(last["camelCase_key"]?.value == 1e300)
            #expect(!hold.isEmpty)
            hold.remove()
            #expect(log.last().isEmpty)
        }
    }

    @Test func `of a long log the end and the beginning are read`() throws {
        try withLog { log, _ in
            try log.append([("once", 7)], step: nil, time: 1)
            for step in 0..<5000 { try log.append([("loss", Double(step))], step: Int64(step), time: UInt64(step)) }
            let last = log.last()
            #expect(last["loss"]?.value == 4999)
            #expect(last["once"]?.value == 7)
        }
    }

    @Test func `a line that is damaged is passed over`() throws {
        try withLog { log, _ in
            try log.append([("a", 1)], step: nil, time: 1)
            let file = try #require(FileHandle(forWritingAtPath: log.path))
            try file.seekToEnd()
            try file.write(contentsOf: Data("{\"metrics\":{\"a\":".utf8))
            try file.close()
            try log.append([("b", 2)], step: nil, time: 2)
            #expect(log.last().mapValues(\.value) == ["a": 1, "b": 2])
        }
    }

    @Test func `logs that nobody holds are removed after a week, others not`() throws {
        try withScratchDirectory { directory in
            let metrics = directory + "/metrics"
            let (old, hold) = try MetricsLog.make(in: metrics)
            let (held, other) = try MetricsLog.make(in: metrics)
            let past = Date(timeIntervalSinceNow: -700_000)
            for log in [old, held] { try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: log.path) }
            try withExtendedLifetime(other) {
                _ = consume hold
                _ = try MetricsLog.make(in: metrics)
                #expect(FileManager.default.fileExists(atPath: held.path))
            }
        }
    }
}
