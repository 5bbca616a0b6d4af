import Testing

@testable import TenonPlots

@Suite struct AxisTests {
    @Test(arguments: [
        (0.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]), (0.82, 0.957, ["0.82", "0.84", "0.86", "0.88", "0.90", "0.92", "0.94", "0.96"]),
        (-3, 7, ["−4", "−2", "0", "2", "4", "6", "8"]), (0, 30000, ["0", "5,000", "10,000", "15,000", "20,000", "25,000", "30,000"]),
        (0, 2e-5, ["0", "5×10⁻⁶", "10⁻⁵", "1.5×10⁻⁵", "2×10⁻⁵"]), (0, 4e9, ["0", "10⁹", "2×10⁹", "3×10⁹", "4×10⁹"]),
    ])
    func `ticks stand at nice numbers around the values`(_ least: Double, _ greatest: Double, _ labels: [String]) {
        #expect(LinearTicks(least, greatest).labels == labels)
    }

    @Test(arguments: [
        (0.0, 0.0), (5, 5), (-1e-300, 1e-300), (5e-324, 1e-323), (-.greatestFiniteMagnitude, .greatestFiniteMagnitude), (1e16, 1e16 + 2),
        (0.1, 0.1 + 1e-17),
        (9_007_199_254_740_991, 9_007_199_254_740_993), (-1e300, 1), (1e305, 1e306), (1e307, 1e307), (-1e305, -1e302), (1e299, 1e308),
    ])
    func `odd ranges have ticks in order`(_ least: Double, _ greatest: Double) {
        let ticks = LinearTicks(least, greatest)
        #expect(ticks.values.count >= 2 && ticks.values.count <= 21)
        #expect(zip(ticks.values, ticks.values.dropFirst()).allSatisfy { $0 < $1 })
        #expect(ticks.values.allSatisfy { $0.isFinite })
        let axis = Axis("x", numbers: [least, greatest])
        for value in [least, greatest] {
            let position = axis.position(value) ?? -1
            #expect(position >= 0 && position <= 1)
        }
    }

    @Test func `logarithmic axes have powers of ten`() {
        #expect(LogTicks(0.0001, 0.1).labels == ["0.0001", "0.001", "0.01", "0.1"])
        #expect(LogTicks(3, 90).labels == ["1", "2", "5", "10", "20", "50", "100"])
        let wide = LogTicks(1e-200, 1e200)
        #expect(wide.values.count < 12)
        #expect((wide.values.last ?? 0) >= 1e200)
    }

    @Test func `parameters that span decades are logarithmic`() {
        #expect(Axis("lr", numbers: [0.0001, 0.1], prefersLogarithm: true).isLogarithmic)
        #expect(!Axis("depth", numbers: [2, 8], prefersLogarithm: true).isLogarithmic)
        #expect(!Axis("bias", numbers: [0, 1000], prefersLogarithm: true).isLogarithmic)
        let middle = Axis("lr", numbers: [0.001, 0.1], prefersLogarithm: true).position(0.01) ?? 0
        #expect((middle - 0.5).magnitude < 1e-9)
    }

    @Test func `values without a place have none`() {
        let axis = Axis("x", numbers: [.nan, 1, .infinity, 3])
        #expect(axis.position(.nan) == nil)
        #expect(axis.position(.infinity) == nil)
        #expect(Axis("x", numbers: [] as [Double]).ticks.count > 1)
        #expect(Axis("x", names: []).ticks.isEmpty)
    }

    @Test func `numbers are short`() {
        let shown = [0, 1, 0.1, 0.95, 1.0 / 3, 123456.789, 1e-7, 6.02e23, -0.5, 0.000123456, .nan, -.infinity].map { NumberText.short($0) }
        #expect(
            shown == ["0", "1", "0.1", "0.95", "0.333333", "123,457", "10⁻⁷", "6.02×10²³", "−0.5", "0.000123456", "NaN", "−∞"])
    }
}
