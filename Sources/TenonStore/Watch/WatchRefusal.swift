/// Why an artifact is not watched, so that each look at it walks it.
package enum WatchRefusal: Hashable, Sendable {
    /// The store does not watch at all.
    case off
    /// inotify can't be had; the reason.
    case unavailable(String)
    /// Changes on its file system may come from elsewhere, or give no events.
    case fileSystem
    /// Another file system is mounted in it.
    case mountInside
    /// The same directory is found in it twice.
    case directoryTwice
    /// No more directories may be watched: the user's limit is reached, or our share of it.
    case watchLimit
    /// It has more entries than memory is planned for.
    case tooLarge

    /// The reason in words, to follow "not watched: ".
    package var reason: String {
        switch self {
        case .off: "this daemon does not watch"
        case .unavailable(let cause): "inotify can't be used: \(cause)"
        case .fileSystem: "its file system does not tell of all changes"
        case .mountInside: "another file system is mounted in it"
        case .directoryTwice: "one of its directories is mounted in it a second time"
        case .watchLimit: "the limit of watched directories is reached (fs.inotify.max_user_watches)"
        case .tooLarge: "it has more entries than fit the daemon's memory budget"
        }
    }

    /// Whether it is worth asking again after a while.
    var mayPass: Bool {
        switch self {
        case .off, .fileSystem: false
        case .unavailable, .mountInside, .directoryTwice, .watchLimit, .tooLarge: true
        }
    }
}
