import Glibc
import TenonHooks

/// How `tenon doctor` learns that a hook ran: `tenon hook` writes the hook's name down and does nothing else.
///
/// A hook that can refuse refuses, so that whatever would follow it, hooks of others too, does not happen.
package enum HookProbe {
    /// The environment variable that names the file to write to. The scripts leave out the hooks that they pass on to where it is set.
    package static let variable = "TENON_PROBE"

    /// Answers in place of the hook, if this is a probe: its exit status. The file must be there already.
    package static func answer(_ hook: String, environment: ClientEnvironment) -> CInt? {
        guard let path = environment[variable] else { return nil }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
        if descriptor >= 0 {
            let line = Array("\(hook)\n".utf8)
            _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            close(descriptor)
        }
        return hook.hasPrefix("pre-") ? 1 : 0
    }
}
