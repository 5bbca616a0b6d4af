import Glibc
import TenonCore

/// Sockets handed over by systemd, as sd_listen_fds(3) describes.
package enum SocketActivation {
    private static let firstDescriptor: CInt = 3
    static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]

    /// The descriptors that were handed to this process.
    package static func descriptors(_ environment: [String: String], process: pid_t = getpid()) -> [CInt] {
        guard environment["LISTEN_PID"] == "\(process)", let count = environment["LISTEN_FDS"].flatMap({ CInt($0) }), (1...64).contains(count) else {
            return []
        }
        return Array(firstDescriptor..<(firstDescriptor + count))
    }

    /// The socket that was handed over, if one was.
    package static func socket(_ environment: [String: String]) throws(TenonError) -> ListeningSocket? {
        guard let descriptor = descriptors(environment).first else { return nil }
        return try ListeningSocket.inherited(descriptor)
    }
}
