/// Versions of the socket API.
package enum APIVersion {
    /// The version that this build speaks. It grows with every change that an older client or daemon could not understand.
    package static let current = 1
    /// The oldest client version that a daemon of this build serves: two before its own.
    package static let minimum = max(1, current - 2)
    /// Request header with the client's API version.
    package static let header = "Tenon-API"
    /// Response header with the id of the daemon's store; the client refuses another than it was told.
    package static let storeHeader = "Tenon-Store"
    /// The release.
    package static let release = "0.1.0"
}
