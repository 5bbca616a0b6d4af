/// What `git config` says of a remote beside its URL.
package struct RemoteSettings: Hashable, Sendable {
    package var s3: S3Settings
    package var ssh: SSHSettings

    package init(s3: S3Settings = S3Settings(), ssh: SSHSettings = SSHSettings()) {
        self.s3 = s3
        self.ssh = ssh
    }
}

extension Remote {
    /// The remote at a location. Reaches nothing yet; whoever opens it closes it.
    package static func open(
        _ location: RemoteLocation, settings: RemoteSettings = RemoteSettings(), environment: RemoteEnvironment, policy: RetryPolicy = RetryPolicy()
    ) async throws -> Remote {
        switch location {
        case .directory(let path): Remote(try DirectoryStorage(path: path), policy: policy)
        case .ssh(let place): Remote(SSHStorage(place, settings: settings.ssh, environment: environment), policy: policy)
        case .s3(let place): Remote(try await S3Storage(place, settings: settings.s3, environment: environment), policy: policy)
        }
    }
}
