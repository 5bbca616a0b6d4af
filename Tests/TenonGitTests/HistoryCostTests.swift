import Glibc
import TenonCore
import Testing

@testable import TenonGit

/// Cost on a longer history: one fast-import makes it.
@Suite(.serialized) struct HistoryCostTests {
    /// `count` commits, each changing one of `width` pointers in directories of their own, beside a thousand files that stay.
    private func fixture(commits count: Int, width: Int = 20) throws -> GitFixture {
        let fixture = try GitFixture()
        try fixture.repository()
        var stream = ""
        for number in 0..<count {
            stream += "commit refs/heads/main\ncommitter C <c@example.org> \(1_700_000_000 + number) +0000\ndata 2\nc\n"
            if number == 0 {
                for file in 0..<1_000 { stream += "M 100644 inline src/d\(file % 50)/f\(file).py\ndata 1\nx\n" }
            }
            let content = "pointer \(number)\n"
            stream += "M 100644 inline data/d\(number % width)/p.tenon\ndata \(content.utf8.count)\n\(content)\n"
        }
        try fixture.git("work", "fast-import", "--quiet", input: stream)
        try fixture.git("work", "reset", "-q", "--hard")
        return fixture
    }

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        let (seconds, attoseconds) = start.duration(to: .now).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    private func changesOfAll(_ repository: GitRepository) throws -> Int {
        var walk = try repository.historyOfAllReferences()
        var changes = 0
        while let commit = try walk.next() { changes += try repository.pointerChanges(in: commit).count }
        return changes
    }

    @Test(arguments: GitRepository.Reader.allCases) func aWalkWithChangesCostsTheSameForEachCommit(_ reader: GitRepository.Reader) throws {
        let short = try fixture(commits: 250)
        let long = try fixture(commits: 1_000)
        var changes = 0
        let shortTime = try seconds { changes = try changesOfAll(short.open(reader: reader)) }
        #expect(changes == 250)
        let longTime = try seconds { changes = try changesOfAll(long.open(reader: reader)) }
        #expect(changes == 1_000)
        print("history with changes, \(reader): 250 commits \(shortTime * 1e3) ms, 1000 commits \(longTime * 1e3) ms")
        #expect(longTime < shortTime * 4 * 3 + 0.1)
        var seen: Set<GitObjectID> = []
        var pointers = 0
        let repository = try long.open(reader: reader)
        let marking = try seconds {
            var walk = try repository.historyOfAllReferences()
            while let commit = try walk.next() { try repository.forEachNewPointer(inTree: commit.tree, seen: &seen) { _ in pointers += 1 } }
        }
        print("all pointers of 1000 commits, \(reader): \(marking * 1e3) ms, \(pointers)")
        #expect(pointers == 1_000)
    }
}
