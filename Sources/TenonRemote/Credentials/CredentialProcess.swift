import Glibc
import TenonCore
import TenonGit

/// A program of the user's that prints keys: `credential_process` in a profile. The user's own file names it, never a repository's.
struct CredentialProcess: CredentialSource {
    let environment: RemoteEnvironment
    let profile: String
    let command: String

    private static let limit = Duration.seconds(60)
    private static let maximumOutput = 256 << 10

    func credentials() async throws -> AWSCredentials? {
        let output = try await onFileThread { try run() }
        return try MachineKeys.credentials(output, from: "the credential_process of AWS profile '\(displayName(profile.utf8))'")
    }

    private func run() throws -> [UInt8] {
        let variables = environment.variables.map { Array("\($0.key)=\($0.value)".utf8) }
        var child = try ChildProcess(
            executable: Array("/bin/sh".utf8), arguments: ["sh", "-c", command].map { Array($0.utf8) }, environment: variables)
        child.input.close()
        let deadline = Deadline(after: CredentialProcess.limit)
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { scratch.deallocate() }
        var output: [UInt8] = []
        var errors: [UInt8] = []
        while child.output.isOpen {
            var waiting = [
                pollfd(fd: child.output.raw, events: Int16(POLLIN), revents: 0), pollfd(fd: child.errors.raw, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&waiting, 2, deadline.milliseconds(atMost: 1000))
            if waiting[0].revents != 0 { try drain(&child.output, into: &output, scratch) }
            if waiting[1].revents != 0 { try drain(&child.errors, into: &errors, scratch) }
            guard output.count <= CredentialProcess.maximumOutput, errors.count <= CredentialProcess.maximumOutput, !deadline.isOver else {
                throw failure("it does not come to an end")
            }
        }
        let status = child.wait(until: deadline)
        guard status == 0 else { throw failure("it ended with status \(status): \(displayName(errors.prefix(200)))") }
        return output
    }

    private func failure(_ cause: String) -> TenonError {
        TenonError(.permission, "the AWS profile '\(displayName(profile.utf8))' can't be used", cause: "its credential_process: \(cause)")
    }
}
