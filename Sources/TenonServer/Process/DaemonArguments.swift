import TenonAPI
import TenonCore

/// What `tenond` was told on its command line.
package struct DaemonArguments: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        case serve, showHelp, showVersion
    }

    package var action = Action.serve
    /// The store's directory; `nil`: the environment says.
    package var home: String?
    /// Stay in the terminal and log there.
    package var foreground = false
    package var idleTimeout = Duration.seconds(30 * 60)
    /// A descriptor to write to when clients are answered.
    package var readyDescriptor: CInt?
    package var verbose = false
    /// How the work trees that requests have named are watched.
    package var watch = WatchSettings()

    package init() {}

    /// Reads the arguments after the program's name. Throws `invalidArgument` that names the one that is wrong.
    package init(_ arguments: [String]) throws(TenonError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            func value() throws(TenonError) -> String {
                if parts.count == 2 { return String(parts[1]) }
                guard let next = rest.popFirst() else { throw TenonError(.invalidArgument, "'\(name)' needs a value") }
                return next
            }
            switch name {
            case "--help", "-h": action = .showHelp
            case "--version": action = .showVersion
            case "--foreground": foreground = true
            case "--verbose", "-v": verbose = true
            case "--home":
                let path = try value()
                guard path.hasPrefix("/") else {
                    throw TenonError(.invalidArgument, "'--home \(displayName(path.utf8))' can't be used", cause: "it is not an absolute path")
                }
                home = path
            case "--idle-timeout":
                guard let seconds = Double(try value()), seconds > 0, seconds < 1e9 else {
                    throw TenonError(.invalidArgument, "'--idle-timeout' takes a number of seconds")
                }
                idleTimeout = .seconds(seconds)
            case "--no-watch": watch.isOn = false
            case "--watch-delay":
                guard let delay = WatchSettings.seconds(try value()) else {
                    throw TenonError(.invalidArgument, "'--watch-delay' takes a number of seconds")
                }
                watch.quiet = delay
            case "--watch-days":
                guard let days = Double(try value()), days >= 0, days < 1e4 else {
                    throw TenonError(.invalidArgument, "'--watch-days' takes a number of days")
                }
                watch.lifetime = .seconds(days * 86400)
            case "--ready-fd":
                guard let descriptor = CInt(try value()), descriptor >= 0 else {
                    throw TenonError(.invalidArgument, "'--ready-fd' takes the number of a descriptor")
                }
                readyDescriptor = descriptor
            default:
                throw TenonError(.invalidArgument, "'\(displayName(argument.utf8))' is no option of tenond", hint: "tenond --help")
            }
        }
    }

    package static let help = """
        The daemon of Tenon: stores the data and models that go with commits, and serves 'tenon' on a Unix socket.

        Usage: tenond [--home DIR] [--foreground] [--idle-timeout SECONDS] [--watch-delay SECONDS] [--no-watch] [--ready-fd N] [--verbose]

        'tenon' starts it when it is needed; it leaves by itself after 30 minutes without a request, once no artifact that it watches has changed
        for a day.

        Options:
          --home DIR              the store's directory (default: $TENON_HOME, else $XDG_DATA_HOME/tenon, else ~/.local/share/tenon)
          --foreground            stay in the terminal, and log there as well
          --idle-timeout SECONDS  leave after so many seconds without a request (default: 1800)
          --watch-delay SECONDS   store what has changed once nothing has for so long (default: $TENON_WATCH_DELAY, else 1)
          --watch-days DAYS       stay so long for artifacts that change (default: 1)
          --no-watch              do not watch artifacts; each look at them walks them (default if $TENON_WATCH is 'off')
          --ready-fd N            write a line to descriptor N when clients are answered (default: $TENON_READY_FD)
          -v, --verbose           log more
          --version               show the version
          -h, --help              show this help

        Files:
          DIR/tenond.sock         the socket: HTTP/1.1 and JSON, as docs/openapi.yaml describes
          DIR/lock                held as long as the daemon runs: there is one daemon for a store
          $XDG_STATE_HOME/tenon/tenond.log (default: ~/.local/state/tenon/tenond.log)

        Exit status: 0 asked to leave, or idle · 2 it could not serve · 64 wrong usage
        """
}
