import Foundation
import TenonCore
import Testing

@testable import TenonClient

/// What Slurm is told, and what is made of its answers.
struct SlurmTests {
    @Test("states are read by task, and what is none is passed over")
    func standing() {
        var found: [SlurmTask: SlurmStanding] = [:]
        let lines =
            "12_0 RUNNING\n12_1 CANCELLED by 1000\n12_2 COMPLETED\n12.batch COMPLETED\n12_[3-9] PENDING\nnonsense\n\n13_1 SOME_NEW_END\n12_-1 FAILED\n"
        SlurmStanding.read(Array(lines.utf8), into: &found)
        #expect(
            found.mapValues(\.rawValue) == [
                SlurmTask(job: 12, index: 0): "RUNNING", SlurmTask(job: 12, index: 1): "CANCELLED", SlurmTask(job: 12, index: 2): "COMPLETED",
                SlurmTask(job: 13, index: 1): "SOME_NEW_END",
            ])
        #expect(found.filter { !$0.value.isOver }.map(\.key) == [SlurmTask(job: 12, index: 0)])
    }

    @Test("a task is written as Slurm writes it", arguments: ["12_3", "1_0", "18446744073709551615_4294967295"])
    func task(_ text: String) {
        #expect(SlurmTask(text)?.description == text)
    }

    @Test("what is no task is none", arguments: ["", "12", "12_", "_3", "12_3_4", "a_b", "12_[0-3]", "99999999999999999999_1"])
    func noTask(_ text: String) {
        #expect(SlurmTask(text) == nil)
    }

    @Test("each task of the array runs its own trial, whatever the paths are called")
    func script() throws {
        try withScratchDirectory { scratch in
            let common = scratch + "/it's a \"repo\"; exit 9"
            let logs = common + "/tenon/experiments"
            try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
            let program = scratch + "/a program"
            try "#!/bin/sh\necho \"$TENON_STORE|$3 $4 $5\" >&2\n".write(toFile: program, atomically: true, encoding: .utf8)
            chmod(program, 0o755)
            var settings = SlurmSettings()
            settings.store = "/scratch/it's"
            let script = SlurmScript(commonDirectory: common, log: logs + "/.log", program: program, settings: settings).text(["aa", "bb"])
            for (task, id) in [("0", "aa"), ("1", "bb")] {
                let shell = try Process.run(
                    URL(fileURLWithPath: "/usr/bin/env"), arguments: ["SLURM_ARRAY_TASK_ID=\(task)", "/bin/sh", "-c", script])
                shell.waitUntilExit()
                #expect(shell.terminationStatus == 0)
                #expect(try String(contentsOfFile: "\(logs)/\(id).log", encoding: .utf8) == "/scratch/it's|exp trial \(id)\n")
            }
        }
    }

    @Test("settings are the person's, and are checked")
    func settings() throws {
        try withScratchDirectory { scratch in
            try git("init", "-q", in: scratch)
            #expect(try SlurmSettings.read(environment(in: scratch)).options == [])
            try git("config", "--add", "tenon.slurm.option", "--partition=gpu", in: scratch)
            try git("config", "--add", "tenon.slurm.option", "--gres=gpu:1", in: scratch)
            try git("config", "tenon.slurm.store", "/scratch/tenon", in: scratch)
            let settings = try SlurmSettings.read(environment(in: scratch))
            #expect(settings.options == ["--partition=gpu", "--gres=gpu:1"] && settings.store == "/scratch/tenon")
            try git("config", "tenon.slurm.store", "scratch", in: scratch)
            #expect(throws: TenonError.self) { try SlurmSettings.read(environment(in: scratch)) }
            try git("config", "tenon.slurm.store", "/scratch", in: scratch)
            try git("config", "--add", "tenon.slurm.option", "script.sh", in: scratch)
            #expect(throws: TenonError.self) { try SlurmSettings.read(environment(in: scratch)) }
        }
    }
}
