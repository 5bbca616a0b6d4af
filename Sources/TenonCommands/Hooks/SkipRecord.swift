import Glibc
import TenonAPI
import TenonClient
import TenonHooks

/// Notes that a hook was skipped on a person's word: `tenon/skipped` in the Git directory, a line each, so that it can be found later.
struct SkipRecord {
    let environment: ClientEnvironment

    /// The record is started anew beyond this.
    private static let maximumLength: off_t = 1 << 20

    /// Says it in a line, and notes it. A record that can't be written does not stop what the person asked for.
    func note(_ hook: GitHook, reason: String) throws {
        let reason = displayName(reason.utf8.prefix(500))
        if hook != .postIndexChange && hook != .referenceTransaction {
            OutputStream.write("tenon: \(hook.rawValue) is skipped: \(reason)\n".utf8, to: STDERR_FILENO)
        }
        let workTree = try WorkTreeDiscovery(environment: environment).find()
        guard let gitDirectory = workTree.gitDirectory else { return }
        let directory = gitDirectory.bytes + Array("/tenon".utf8)
        mkdir(directory.zeroTerminated, 0o777)
        let path = (directory + Array("/skipped".utf8)).zeroTerminated
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        if lseek(descriptor, 0, SEEK_END) > SkipRecord.maximumLength { ftruncate(descriptor, 0) }
        let line = Array("\(Timestamp.local(Int64(time(nil)))) \(hook.rawValue) \(reason)\n".utf8)
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
