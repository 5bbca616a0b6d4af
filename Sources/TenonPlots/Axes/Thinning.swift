/// Points of a series that look like the whole.
enum Thinning {
    /// At most `count` of the points by largest-triangle-three-buckets: the first and the last, and from each of as many buckets as remain the point that makes the largest triangle with
    /// the one chosen before it and the mean of the next bucket (Sveinn Steinarsson, "Downsampling Time Series for Visual Representation", University of Iceland, 2013, §4.2).
    static func largestTriangle(_ points: [(x: Double, y: Double)], to count: Int) -> [Int] {
        guard points.count > count, count > 2 else { return Array(points.indices) }
        let width = Double(points.count - 2) / Double(count - 2)
        func bucket(_ index: Int) -> Range<Int> {
            let start = 1 + Int(Double(index) * width)
            return start..<min(points.count - 1, max(start + 1, 1 + Int(Double(index + 1) * width)))
        }
        var chosen = [0]
        chosen.reserveCapacity(count)
        for index in 0..<(count - 2) {
            let next = index + 1 < count - 2 ? bucket(index + 1) : points.count - 1..<points.count
            let mean = (
                x: next.reduce(0) { $0 + points[$1].x } / Double(next.count), y: next.reduce(0) { $0 + points[$1].y } / Double(next.count)
            )
            let before = points[chosen[chosen.count - 1]]
            var best = (area: -1.0, index: bucket(index).lowerBound)
            for candidate in bucket(index) {
                let point = points[candidate]
                let area = ((before.x - mean.x) * (point.y - before.y) - (before.x - point.x) * (mean.y - before.y)).magnitude
                if area > best.area { best = (area, candidate) }
            }
            chosen.append(best.index)
        }
        chosen.append(points.count - 1)
        return chosen
    }

    /// In captions.
    static let name = "largest-triangle-three-buckets"
}
