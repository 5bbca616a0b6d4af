import TenonAPI
import TenonCore
import TenonFormat
import Testing

@testable import TenonEngine

/// The table of states, row by row.
struct StandingTests {
    private static func pointer(_ number: UInt64) -> Pointer {
        Pointer.file(oid: OID(Digest(words: (number, number, number, number))), size: number)
    }

    private let one = pointer(1)
    private let two = pointer(2)
    private let three = pointer(3)

    private func standing(_ pointer: PointerFile, _ data: Pointer?, _ base: Base?, conflict: Bool = false) -> Standing {
        Standing(pointer: pointer, data: data, base: base, isConflicted: conflict)
    }

    private func expect(
        _ standing: Standing, _ state: ArtifactState, _ step: Standing.Step, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(standing.state == state, sourceLocation: sourceLocation)
        #expect(standing.step == step, sourceLocation: sourceLocation)
    }

    @Test func `All three agree: clean, and nothing to do`() {
        expect(standing(.present(one), one, .settled(one)), .clean, .leave)
    }

    @Test func `Only the data differs: modified, and a pointer may be written`() {
        expect(standing(.present(one), two, .settled(one)), .modified, .take)
        expect(standing(.present(one), two, .written(one, boot: .current)), .modified, .take)
    }

    @Test func `Only the pointer differs: behind, and the data is brought to it`() {
        expect(standing(.present(two), one, .settled(one)), .behind, .bring)
        expect(standing(.present(two), one, .written(one, boot: .current)), .behind, .bring)
    }

    @Test func `Both differ from the base and each other: diverged, and the data is saved first`() {
        expect(standing(.present(two), three, .settled(one)), .diverged, .saveAndBring)
    }

    @Test func `Data and pointer agree and the base does not know: it is settled`() {
        expect(standing(.present(two), two, .settled(one)), .clean, .settle)
    }

    @Test func `Without data an artifact is missing, never modified`() {
        expect(standing(.present(one), nil, .settled(one)), .missing, .leave)
        expect(standing(.present(two), nil, .settled(one)), .missing, .bring)
    }

    @Test func `Without a base: settled, not fetched, or diverged`() {
        expect(standing(.present(one), one, nil), .clean, .settle)
        expect(standing(.present(one), nil, nil), .notFetched, .bring)
        expect(standing(.present(one), two, nil), .diverged, .saveAndBring)
    }

    @Test func `Conflict stages come before everything else`() {
        for base in [nil, Base.settled(one), .moving(from: one, to: two)] {
            for data in [nil, one, two] {
                expect(standing(.present(one), data, base, conflict: true), .conflicted, .leave)
            }
        }
    }

    @Test func `A conflict to which Git moved the pointer alone takes the data along, and what was changed by hand stays`() {
        expect(standing(.present(two), one, .settled(one), conflict: true), .conflicted, .bring)
        expect(standing(.present(two), three, .settled(one), conflict: true), .conflicted, .leave)
        expect(standing(.present(two), two, .settled(one), conflict: true), .conflicted, .leave)
        expect(standing(.present(two), nil, .settled(one), conflict: true), .conflicted, .leave)
        expect(standing(.hidden(two), one, .settled(one), conflict: true), .conflicted, .leave)
    }

    @Test func `Half a checkout is moving, whatever the data looks like`() {
        let base = Base.moving(from: one, to: two)
        expect(standing(.present(two), three, base), .moving, .saveAndBring)
        expect(standing(.present(two), one, base), .moving, .saveAndBring)
        expect(standing(.present(two), nil, base), .moving, .saveAndBring)
        // Git has moved the pointer on in the meantime.
        expect(standing(.present(three), two, base), .moving, .saveAndBring)
    }

    @Test func `A checkout whose last file is in place is over`() {
        expect(standing(.present(two), two, .moving(from: one, to: two)), .clean, .settle)
    }

    @Test func `A pointer that the index has and the work tree hides is no deletion`() {
        expect(standing(.hidden(one), one, .settled(one)), .clean, .leave)
        expect(standing(.hidden(one), nil, .settled(one)), .missing, .leave)
        expect(standing(.hidden(one), nil, nil), .notFetched, .leave)
        expect(standing(.hidden(two), one, .settled(one)), .behind, .leave)
    }

    @Test func `When the pointer is gone the data goes, saved where the base does not name it`() {
        expect(standing(.absent, one, .settled(one)), .behind, .drop)
        expect(standing(.absent, two, .settled(one)), .diverged, .saveAndDrop)
        expect(standing(.absent, two, .moving(from: one, to: nil)), .moving, .saveAndDrop)
        expect(standing(.absent, nil, .settled(one)), .clean, .forget)
        expect(standing(.absent, nil, .moving(from: one, to: nil)), .clean, .forget)
    }

    @Test func `Data that never was an artifact's is not touched`() {
        expect(standing(.absent, one, nil), .clean, .leave)
    }

    @Test func `A pointer that can't be read leaves everything alone`() {
        let damaged = PointerFile.damaged(TenonError(.corrupt, "no pointer"))
        expect(standing(damaged, two, .settled(one)), .damaged, .leave)
        expect(standing(damaged, nil, nil), .damaged, .leave)
    }

    @Test func `Pointers that differ only in run mean the same`() {
        var withRun = one
        withRun.run = RunID(Digest(words: (9, 9, 9, 9)))
        expect(standing(.present(withRun), one, .settled(one)), .clean, .leave)
        expect(standing(.present(withRun), two, .settled(one)), .modified, .take)
    }
}
