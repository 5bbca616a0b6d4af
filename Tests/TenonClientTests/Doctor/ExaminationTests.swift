import TenonHooks
import Testing

@testable import TenonClient

struct ExaminationTests {
    @Test func `the kind of file system is that of the last of the longest mount points above`() {
        let mounts = """
            22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root rw
            23 22 0:21 / /home rw shared:2 - nfs4 server:/home rw
            24 23 0:22 / /home/a\\040b rw - fuse.sshfs other:/ rw
            25 22 0:23 / /mnt rw - 9p share rw
            26 22 0:24 / /mnt rw - xfs /dev/sdb rw
            broken line
            """
        func kind(_ path: String) -> VolumeKind? { VolumeKind(of: path, mounts: mounts) }
        #expect(kind("/work")?.name == "ext4" && kind("/work")?.isShared == false)
        #expect(kind("/home/x")?.name == "nfs4" && kind("/home/x")?.isShared == true)
        #expect(kind("/homes")?.name == "ext4")
        #expect(kind("/home/a b/c")?.name == "fuse.sshfs" && kind("/home/a b")?.isShared == true)
        #expect(kind("/mnt/d")?.name == "xfs")
        #expect(VolumeKind(of: "/x", mounts: "") == nil)
    }

    @Test func `low limits are warnings with the command that raises them`() {
        #expect(SystemLimits(watches: 524_288, openFiles: 4096).findings.allSatisfy { $0.verdict == .ok && $0.remedy == nil })
        let low = SystemLimits(watches: 8192, openFiles: 256).findings
        #expect(low.allSatisfy { $0.verdict == .warning && $0.remedy != nil })
        #expect(SystemLimits(watches: nil, openFiles: 4096).findings.count == 1)
    }

    @Test(arguments: [
        (HookStanding.State.installed, true, Finding.Verdict.ok), (.outdated, true, .warning), (.installed, false, .wrong), (.missing, false, .wrong),
        (.replaced, false, .wrong), (.disabled, false, .wrong),
    ])
    func `a hook is well only if it ran`(state: HookStanding.State, ran: Bool, verdict: Finding.Verdict) {
        let outcome = HookTrial.Outcome(fired: ran ? ["pre-push"] : [], tried: ["pre-push"])
        let finding = Examination.finding(HookStanding(hook: "pre-push", state: state, file: "/f"), outcome)
        #expect(finding.verdict == verdict)
        #expect((finding.remedy == nil) == (verdict == .ok))
    }

    @Test func `a probe is answered with the hook's name, and refused where a hook can refuse`() throws {
        try withScratchDirectory { base in
            #expect(HookProbe.answer("pre-commit", environment: environment(in: base)) == nil)
            let there = environment(in: base, [HookProbe.variable: base + "/record"])
            // No file is made that was not there.
            #expect(HookProbe.answer("pre-commit", environment: there) == 1)
            #expect(contents(of: base + "/record", limit: 100) == nil)
            try HookStep.write(path: base + "/record", text: "", isExecutable: false).execute(git: GitCommand(environment: there))
            #expect(HookProbe.answer("pre-commit", environment: there) == 1)
            #expect(HookProbe.answer("post-merge", environment: there) == 0)
            #expect(contents(of: base + "/record", limit: 100) == Array("pre-commit\npost-merge\n".utf8))
        }
    }
}
