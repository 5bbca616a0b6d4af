import Foundation
import TenonCore
import Testing

@testable import TenonRemote

/// A SeaweedFS of the tests' own, with S3 on a loopback port: one for all tests of a run, gone with the process.
actor SeaweedServer {
    static let shared = SeaweedServer()

    static let bucket = "tenon-test"
    static let environment = RemoteEnvironment([
        "AWS_ACCESS_KEY_ID": "AKTENONTEST", "AWS_SECRET_ACCESS_KEY": "secret/+=of the tests".replacing(" ", with: "-"), "HOME": "/nonexistent",
    ])

    /// The program `weed`; `nil` if it is not installed.
    static let program: String? = {
        // Where Scripts/test-servers.sh puts it.
        let own = URL(fileURLWithPath: #filePath + "/../../../../.build/test-servers/bin/weed").standardizedFileURL.path
        let paths = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/weed" }
        return ([ProcessInfo.processInfo.environment["TENON_TEST_WEED"], own].compactMap(\.self) + paths).first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }()

    static var isInstalled: Bool { program != nil }
    static let whenMissing: Comment = "SeaweedFS is not installed: run Scripts/test-servers.sh"

    private var starting: Task<String, any Error>?

    /// The endpoint's URL.
    func endpoint() async throws -> String {
        let task = starting ?? Task { try await SeaweedServer.start() }
        starting = task
        return try await task.value
    }

    private static func start() async throws -> String {
        let program = try #require(program)
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("tenon-weed-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory + "/data", withIntermediateDirectories: true)
        let identities = """
            {"identities": [{"name": "tests", "credentials": [{"accessKey": "\(environment["AWS_ACCESS_KEY_ID"] ?? "")",
            "secretKey": "\(environment["AWS_SECRET_ACCESS_KEY"] ?? "")"}], "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
            """
        try Data(identities.utf8).write(to: URL(fileURLWithPath: directory + "/s3.json"))
        let ports = try freePorts(4)
        // Ends with this process, however that ends: the shell's input is then at its end.
        let command = """
            "\(program)" server -dir="\(directory)/data" -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.port=\(ports[0]) -volume.port=\(ports[1]) \
            -filer.port=\(ports[2]) -s3 -s3.port=\(ports[3]) \
            -s3.port.iceberg=0 -s3.port.lance=0 -s3.config="\(directory)/s3.json" -master.volumeSizeLimitMB=64 -volume.max=20 \
            >"\(directory)/log" 2>&1 &
            server=$!; read line; kill -9 $server; wait; rm -rf "\(directory)"
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardInput = lifeline
        // Nobody else may hold it open.
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()

        let endpoint = "http://127.0.0.1:\(ports[3])"
        let client = try await S3Client(
            S3Location(bucket: bucket, prefix: ""), S3Settings(endpoint: endpoint, region: "us-east-1"), environment)
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            do {
                let made = try await client.send(S3Request(method: "PUT", key: nil, action: "make the bucket"))
                if made.status == 200 || made.status == 409 {
                    // The volume server may come later than S3.
                    let put = try await client.send(S3Request(method: "PUT", key: "ready", body: .bytes([1]), action: "write"))
                    if put.status == 200 { break }
                }
            } catch is TransientFailure {}
            let log = (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? ""
            guard !log.contains("bind: address already in use"), ContinuousClock.now < deadline else {
                throw TenonError(.io, "SeaweedFS does not start", cause: String(log.suffix(2000)))
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        await client.close()
        return endpoint
    }

    /// Open as long as this process lives.
    private static let lifeline = Pipe()

    /// Ports that are free, and whose numbers plus 10,000, which SeaweedFS takes for gRPC, are too.
    private static func freePorts(_ count: Int) throws -> [Int] {
        var ports: [Int] = []
        while ports.count < count {
            let port = Int.random(in: 11_000..<21_000)
            if !ports.contains(port), isFree(port), isFree(port + 10_000) { ports.append(port) }
        }
        return ports
    }

    private static func isFree(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
    }
}
