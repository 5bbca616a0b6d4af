import TenonAPI
import Testing

@testable import TenonCommands

@Suite struct ProgressLineTests {
    @Test func `bytes, files, rate and time left stand in one line`() {
        let progress = Progress(
            phase: .storing, subject: "data/train", bytes: 512 << 20, totalBytes: 2 << 30, files: 12_345, totalFiles: 50_000)
        #expect(
            ProgressLine.text(progress, seconds: 2, width: 140)
                == "Storing data/train  [####············]  25%  512.0 MiB of 2.0 GiB  12,345 of 50,000 files  256.0 MiB/s  0:06 left")
    }

    @Test func `what is not known is left out`() {
        #expect(ProgressLine.text(Progress(phase: .scanning), seconds: 0, width: 80) == "Scanning")
        #expect(ProgressLine.text(Progress(phase: .scanning, files: 1), seconds: 3, width: 80) == "Scanning  1 file")
        #expect(ProgressLine.text(Progress(phase: .reading, bytes: 3 << 20), seconds: 3, width: 80) == "Reading  3.0 MiB  1.0 MiB/s")
    }

    @Test func `a terminal of 80 columns gets rate and time left, and what else fits`() {
        let progress = Progress(
            phase: .storing, subject: "data/train", bytes: 512 << 20, totalBytes: 2 << 30, files: 12_345, totalFiles: 50_000)
        #expect(
            ProgressLine.text(progress, seconds: 2, width: 90)
                == "Storing   25%  512.0 MiB of 2.0 GiB  12,345 of 50,000 files  256.0 MiB/s  0:06 left")
        #expect(
            ProgressLine.text(progress, seconds: 2, width: 80) == "Storing data/train   25%  512.0 MiB of 2.0 GiB  256.0 MiB/s  0:06 left")
    }

    @Test func `a narrow terminal gets a shorter line`() {
        let progress = Progress(phase: .storing, subject: "a/very/long/path/to/some/data", bytes: 1 << 20, totalBytes: 4 << 20)
        for width in [0, 1, 10, 40, 60, 80, 100] {
            #expect(ProgressLine.text(progress, seconds: 1, width: width).count <= max(0, width - 1))
        }
        #expect(ProgressLine.text(progress, seconds: 1, width: 100).contains("…"))
    }

    @Test func `a subject with control characters is escaped`() {
        #expect(ProgressLine.text(Progress(phase: .storing, subject: "a\u{1B}[2J"), seconds: 0, width: 80) == "Storing a\\x1b[2J")
    }
}

@Suite struct ProgressDisplayTests {
    /// A display on a clock that the test moves, and what it wrote.
    private final class Fixture {
        var time = 100.0
        var written = ""
        let mode: ProgressMode
        lazy var display = ProgressDisplay(mode: mode, write: { self.written += $0 }, now: { self.time }, width: { 60 })
        init(_ mode: ProgressMode) {
            self.mode = mode
            _ = display
        }
    }

    @Test func `the bar comes after half a second and is cleared`() {
        let fixture = Fixture(.auto)
        let progress = Progress(phase: .storing, bytes: 1 << 20)
        fixture.display.show(progress)
        fixture.time += 0.4
        fixture.display.show(progress)
        #expect(fixture.written == "")
        fixture.time += 0.2
        fixture.display.show(progress)
        #expect(fixture.written == "\rStoring  1.0 MiB  1.7 MiB/s\u{1B}[K")
        fixture.display.show(progress)
        fixture.display.clear()
        fixture.display.clear()
        #expect(fixture.written == "\rStoring  1.0 MiB  1.7 MiB/s\u{1B}[K\r\u{1B}[K")
    }

    @Test func `a warning takes the bar's place`() {
        let fixture = Fixture(.auto)
        fixture.time += 1
        fixture.display.show(Progress(phase: .scanning))
        fixture.display.warn("large file")
        #expect(fixture.written == "\rScanning\u{1B}[K\r\u{1B}[Ktenon: warning: large file\n")
    }

    @Test func `events for programs are one a line`() {
        let fixture = Fixture(.json)
        fixture.display.show(Progress(phase: .writing, subject: "data", bytes: 3, totalBytes: 9))
        fixture.display.warn("careful")
        #expect(
            fixture.written == """
                {"event":"progress","progress":{"bytes":3,"files":0,"phase":"writing","subject":"data","total_bytes":9}}
                {"event":"warning","message":"careful"}

                """)
    }

    @Test func `none shows nothing but warnings`() {
        let fixture = Fixture(.none)
        fixture.time += 5
        fixture.display.show(Progress(phase: .writing))
        #expect(fixture.written == "")
        fixture.display.warn("careful")
        #expect(fixture.written == "tenon: warning: careful\n")
    }
}
