import Glibc
import Logging
import NIOCore

/// Lets only the daemon's own user in. The directory's mode says so already; this holds even where that is changed, and for root.
struct PeerCheck: Sendable {
    /// `struct ucred` of <sys/socket.h>.
    struct Credentials: Sendable {
        var process: pid_t
        var user: uid_t
        var group: gid_t
    }

    struct Refused: Error {}

    let user: uid_t
    let log: Logger

    init(user: uid_t = geteuid(), log: Logger) {
        self.user = user
        self.log = log
    }

    /// Fails for a connection of anyone else.
    func check(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let options = channel as? any SocketOptionProvider else { return channel.eventLoop.makeFailedFuture(Refused()) }
        let credentials: EventLoopFuture<Credentials> = options.unsafeGetSocketOption(level: .socket, name: .init(rawValue: SO_PEERCRED))
        return credentials.flatMapThrowing { peer in
            guard peer.user == user else {
                log.warning(
                    "a connection was refused", metadata: ["reason": "another user", "peer-uid": "\(peer.user)", "peer-pid": "\(peer.process)"])
                throw Refused()
            }
        }
    }
}
