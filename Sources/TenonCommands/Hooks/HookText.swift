import TenonAPI

/// Lines that several hooks print.
enum HookText {
    /// A few names of many.
    static func names(_ paths: [WirePath]) -> String {
        let shown = paths.prefix(3).map { displayName($0.bytes) }.joined(separator: ", ")
        return paths.count > 3 ? "\(shown) and \(paths.count - 3) more" : shown
    }
}
