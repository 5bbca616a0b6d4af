import Dispatch
import Glibc
import TenonCore
import TenonRemote

/// `tenond serve --stdio DIR`: serves a directory remote to whoever is at standard input and output, which is an SSH client. No daemon: it ends with
/// its input.
enum StdioServing {
    static let help = """
        Serves a directory as a remote, for the 'tenon' at the other end of an SSH connection.

        Usage: tenon serve --stdio DIR

        Who may use a key for nothing else is given this in ~/.ssh/authorized_keys:
            restrict,command="tenon serve --stdio /srv/data" ssh-ed25519 …
        """

    /// The directory in the arguments after `serve`. Throws `invalidArgument` for others.
    static func directory(_ arguments: [String], home: String?) throws(TenonError) -> String {
        var rest = arguments[...]
        guard rest.popFirst() == "--stdio" else { throw usage("'--stdio' is missing") }
        if rest.first == "--" { rest.removeFirst() }
        guard rest.count == 1, let path = rest.first else { throw usage("it takes one directory") }
        guard path == "~" || path.hasPrefix("~/") else { return path }
        guard let home else { throw usage("HOME is not set") }
        return home + path.dropFirst()
    }

    static func main(_ arguments: [String]) -> Never {
        if arguments.contains("--help") {
            print(help)
            exit(0)
        }
        signal(SIGPIPE, SIG_IGN)
        do {
            let storage = try DirectoryStorage(path: directory(arguments, home: getenv("HOME").map { String(cString: $0) }))
            Task {
                do {
                    try await StorageServer(storage).run(input: STDIN_FILENO, output: STDOUT_FILENO)
                    exit(0)
                } catch {
                    end(error as? TenonError ?? TenonError(.io, "the connection failed", cause: "\(error)"), 2)
                }
            }
            dispatchMain()
        } catch {
            end(error, 64)
        }
    }

    private static func usage(_ cause: String) -> TenonError {
        TenonError(.invalidArgument, "wrong usage of 'serve'", cause: cause, hint: "tenon serve --stdio DIR")
    }

    private static func end(_ error: TenonError, _ status: Int32) -> Never {
        Daemon.complain(error)
        exit(status)
    }
}
