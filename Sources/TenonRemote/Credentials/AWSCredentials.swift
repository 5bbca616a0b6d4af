/// Keys to sign with. Shown nowhere: its description names only which key it is.
struct AWSCredentials: Sendable, Equatable {
    let accessKey: String
    let secretKey: String
    let sessionToken: String?
    /// In milliseconds since 1970; `nil`: they don't expire.
    let expiry: Int64?

    init(accessKey: String, secretKey: String, sessionToken: String? = nil, expiry: Int64? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
        self.expiry = expiry
    }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "AWS credentials \(accessKey.prefix(4))…" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
