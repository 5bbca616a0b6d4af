/// `tenon plots`: metrics, experiments and curves of revisions as one HTML page.
package struct PlotsRequest: WorkTreeRequest {
    package static let verb = "plots"
    package var workTree: WorkTreeContext
    /// The page's.
    package var title: String
    /// Those whose curves and matrices are drawn, one over another or side by side; the first is what others are compared with.
    package var revisions: [NamedRevision]
    /// Those over which metrics are drawn, the earliest first.
    package var history: [NamedRevision]
    /// Those that are points among others: experiments.
    package var experiments: [NamedRevision]
    /// Data to draw, from the top. None: what stages declare.
    package var files: [WirePath]
    /// Columns of the axes; none: found out.
    package var x: String?
    package var y: [String]
    /// How data is drawn: `linear`, `scatter`, `confusion`, …; `nil`: found out.
    package var template: String?
    /// The metric by which experiments are coloured and the best is told; `nil`: the first.
    package var by: String?
    /// Whether the best is the lowest; `nil`: as the metric's name tells.
    package var prefersLowest: Bool?

    package init(
        workTree: WorkTreeContext, title: String, revisions: [NamedRevision], history: [NamedRevision] = [], experiments: [NamedRevision] = [],
        files: [WirePath] = [], x: String? = nil, y: [String] = [], template: String? = nil, by: String? = nil, prefersLowest: Bool? = nil
    ) {
        self.workTree = workTree
        self.title = title
        self.revisions = revisions
        self.history = history
        self.experiments = experiments
        self.files = files
        self.x = x
        self.y = y
        self.template = template
        self.by = by
        self.prefersLowest = prefersLowest
    }

    package struct Reply: Codable, Sendable {
        /// The document, which needs nothing else.
        package var html: String
        /// What is on it.
        package var charts: [DrawnChart]
        /// What is not drawn, and why: each a line for people.
        package var problems: [String]

        package init(html: String, charts: [DrawnChart], problems: [String]) {
            self.html = html
            self.charts = charts
            self.problems = problems
        }
    }
}

/// A chart on a page.
package struct DrawnChart: Codable, Sendable, Hashable {
    package var section: String
    package var title: String

    package init(section: String, title: String) {
        self.section = section
        self.title = title
    }
}
