import TenonCore

/// How a bucket is reached: what `git config tenon.remote.NAME.*` says.
package struct S3Settings: Hashable, Sendable {
    /// How the bucket's name goes into the URL.
    package enum Addressing: String, Sendable {
        /// In the path where there is an endpoint of one's own, else in the host's name.
        case automatic = "auto"
        case path
        case virtual
    }

    /// `https://minio.example.com:9000`; `nil`: Amazon's.
    package var endpoint: String?
    package var region: String?
    package var addressing = Addressing.automatic
    /// A profile of the shared AWS files.
    package var profile: String?
    /// The storage has no create-only write: what is there is looked for before.
    package var looksBeforeCreating = false
    /// Objects longer than this are sent in parts, in bytes.
    package var partThreshold: UInt64 = 96 << 20
    /// In bytes; at least 5 MiB by S3's rules, but for the last one.
    package var partSize: UInt64 = 16 << 20

    package init(endpoint: String? = nil, region: String? = nil) {
        self.endpoint = endpoint
        self.region = region
    }
}
