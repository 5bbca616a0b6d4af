import Foundation
import TenonTesting
import Testing

@testable import TenonRemote

/// The storages that the conformance suite runs on.
enum StorageKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, directory, s3, ssh

    /// Those whose servers are installed here.
    static var installed: [StorageKind] {
        allCases.filter { kind in
            switch kind {
            case .memory, .directory: true
            case .s3: SeaweedServer.isInstalled
            case .ssh: SSHServer.isInstalled
            }
        }
    }

    var testDescription: String { rawValue }

    /// Runs `body` on an empty storage of this kind.
    func withRemote(_ policy: RetryPolicy = .forTests, _ body: (Remote) async throws -> Void) async throws {
        switch self {
        case .memory:
            try await body(Remote(MemoryStorage(), policy: policy))
        case .directory:
            try await withScratchDirectory { directory in
                let remote = Remote(try DirectoryStorage(path: directory + "/remote"), policy: policy)
                try await remote.prepare()
                try await body(remote)
            }
        case .ssh:
            let access = try await SSHServer.shared.access()
            let path = "\(access.directory)/remote it's \(UUID().uuidString)"
            let place = SSHLocation(user: nil, host: "there", port: nil, path: path)
            let settings = SSHSettings(remoteProgram: SSHServer.tenon)
            let remote = Remote(SSHStorage(place, settings: settings, environment: access.environment), policy: policy)
            try await remote.prepare()
            try await body(remote)
            await remote.close()
        case .s3:
            let settings = S3Settings(endpoint: try await SeaweedServer.shared.endpoint())
            let place = S3Location(bucket: SeaweedServer.bucket, prefix: "tests/Ünï cödé+&%'\(UUID().uuidString)")
            let remote = Remote(try await S3Storage(place, settings: settings, environment: SeaweedServer.environment), policy: policy)
            try await remote.prepare()
            try await body(remote)
            await remote.close()
        }
    }
}

extension RetryPolicy {
    /// Pauses too short to notice, and time enough for a machine that runs hundreds of tests at once: those about silence set their own.
    static var forTests: RetryPolicy {
        var policy = RetryPolicy()
        policy.firstPause = .milliseconds(1)
        policy.longestPause = .milliseconds(5)
        policy.patience = .seconds(600)
        policy.stall = .seconds(600)
        return policy
    }
}

/// A directory that is removed with what is in it.
func withScratchDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().appendingPathComponent("tenon-remote-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

/// Bytes that look random and are the same for the same seed.
func seededBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}
