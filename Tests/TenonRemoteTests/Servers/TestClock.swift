import Crypto
import Synchronization

/// A clock that a test moves.
final class TestClock: Sendable {
    private let value = Mutex<Int64>(0)

    var milliseconds: Int64 { value.withLock { $0 } }

    func set(_ milliseconds: Int64) { value.withLock { $0 = milliseconds } }
}

/// The hash that AWS's tools name the files of their sign-ins by.
func insecureSHA1(_ text: String) -> Insecure.SHA1Digest {
    Insecure.SHA1.hash(data: Array(text.utf8))
}
