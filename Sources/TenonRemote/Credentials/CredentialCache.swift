import Glibc
import TenonCore

/// The credentials of one remote: asked for when they are first needed, and again before they expire.
actor CredentialCache {
    /// Credentials that expire sooner than this are not used for a new request, in milliseconds.
    private static let margin: Int64 = 5 * 60_000

    private let sources: [any CredentialSource]
    private let now: @Sendable () -> Int64
    private var current: AWSCredentials?
    private var fetching: Task<AWSCredentials, any Error>?

    init(_ sources: [any CredentialSource], now: @escaping @Sendable () -> Int64 = { wallClock() }) {
        self.sources = sources
        self.now = now
    }

    /// Throws `permission`, with what can be done, if no source has any.
    func credentials() async throws -> AWSCredentials {
        if let current, current.expiry.map({ $0 - CredentialCache.margin > now() }) ?? true { return current }
        // Many transfers begin at once; one of them asks.
        let task = fetching ?? Task { [sources] in try await CredentialCache.first(of: sources) }
        fetching = task
        let result = await task.result
        if fetching == task { fetching = nil }
        current = try result.get()
        return try result.get()
    }

    /// Drops credentials that the storage does not take any more.
    func expire(_ credentials: AWSCredentials) {
        if current == credentials { current = nil }
    }

    private static func first(of sources: [any CredentialSource]) async throws -> AWSCredentials {
        for source in sources {
            if let found = try await source.credentials() { return found }
        }
        throw TenonError(
            .permission, "there are no credentials for the S3 remote",
            cause: "none in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in ~/.aws, nor from the machine that this is",
            hint: "aws configure, or aws sso login, or set AWS_PROFILE")
    }
}

/// Milliseconds since 1970 by this machine's clock.
func wallClock() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
