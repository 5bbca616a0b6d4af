import Testing

@testable import TenonPlots

@Suite struct ThinningTests {
    @Test func `ends and peaks stay`() {
        var points = (0..<10_000).map { (x: Double($0), y: 0.0) }
        points[4321].y = 5
        points[8765].y = -5
        let chosen = Thinning.largestTriangle(points, to: 100)
        #expect(chosen.count == 100)
        #expect(chosen.first == 0 && chosen.last == 9999)
        #expect(chosen.contains(4321) && chosen.contains(8765))
        #expect(zip(chosen, chosen.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func `what is short stays whole`() {
        let points = (0..<5).map { (x: Double($0), y: Double($0)) }
        #expect(Thinning.largestTriangle(points, to: 5) == [0, 1, 2, 3, 4])
        #expect(Thinning.largestTriangle([], to: 100).isEmpty)
    }

    @Test(arguments: [3, 4, 7, 99, 100, 101, 998, 999]) func `any count is kept`(_ count: Int) {
        let points = (0..<1000).map { (x: Double($0), y: Double($0 * $0 % 97)) }
        let chosen = Thinning.largestTriangle(points, to: count)
        #expect(chosen.count == count)
        #expect(Set(chosen).count == count)
    }
}
