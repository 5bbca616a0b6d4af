/// How the daemon watches the work trees that requests have named.
package struct WatchSettings: Sendable, Equatable {
    package var isOn = true
    /// How long nothing may happen in an artifact before it is stored and its pointer follows; `nil`: the environment says.
    package var quiet: Duration?
    /// How long after its last change a watched artifact keeps the daemon from leaving.
    package var lifetime = Duration.seconds(24 * 60 * 60)

    package static let defaultQuiet = Duration.seconds(1)

    package init() {}

    /// The same, with what was not said on the command line taken from `$TENON_WATCH_DELAY` and `$TENON_WATCH`.
    func completed(from environment: DaemonEnvironment) -> WatchSettings {
        var settings = self
        settings.quiet = quiet ?? environment["TENON_WATCH_DELAY"].flatMap(WatchSettings.seconds) ?? WatchSettings.defaultQuiet
        if environment["TENON_WATCH"] == "off" { settings.isOn = false }
        return settings
    }

    /// A number of seconds, between none and a day.
    static func seconds(_ text: String) -> Duration? {
        Double(text).flatMap { $0 >= 0 && $0 <= 86400 ? .seconds($0) : nil }
    }
}
