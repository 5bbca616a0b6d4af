import TenonAPI
import TenonCore

/// What Git must be told of the programs that merge and show pointers; the attributes of `*.tenon` name them.
package enum DriverConfiguration {
    /// Enters the drivers in the configuration that all work trees of the repository share. Returns whether they were not there as they should be.
    ///
    /// - Parameter program: `tenon`, by absolute path; where that is gone, the one in `PATH` is run.
    @discardableResult
    package static func install(_ workTree: WorkTreeContext, program: String, environment: ClientEnvironment) throws(TenonError) -> Bool {
        let git = git(workTree, environment)
        var isChange = false
        for (key, value) in settings(program: program) {
            let present = try git.output(["config", "--local", "--get", key], limit: 64 << 10)
            if present.status == 0, present.line == Array(value.utf8) { continue }
            let answer = try git.output(["config", "--local", "--replace-all", key, value], limit: 64 << 10)
            guard answer.status == 0 else { throw TenonError(.git, "'\(key)' can't be set", cause: answer.complaint) }
            isChange = true
        }
        return isChange
    }

    /// Takes out what `install` has entered, for whichever program; what somebody else has set stays. Returns whether there was anything.
    package static func uninstall(_ workTree: WorkTreeContext, environment: ClientEnvironment) throws(TenonError) -> Bool {
        let git = git(workTree, environment)
        var isChange = false
        for (key, value) in settings(program: "") {
            let present = try git.output(["config", "--local", "--get", key], limit: 64 << 10)
            guard present.status == 0, isOurs(String(decoding: present.line, as: UTF8.self), like: value) else { continue }
            // With its last value Git removes a section.
            let answer = try git.output(["config", "--local", "--unset-all", key], limit: 64 << 10)
            guard answer.status == 0 else { throw TenonError(.git, "'\(key)' can't be taken out", cause: answer.complaint) }
            isChange = true
        }
        return isChange
    }

    /// Whether a value is that of `settings` but for the program, which is an empty word in `value`.
    static func isOurs(_ present: String, like value: String) -> Bool {
        guard let word = value.firstRange(of: ShellWord.quoted("")) else { return present == value }
        return present.hasPrefix(value[..<word.lowerBound]) && present.hasSuffix(value[word.upperBound...])
    }

    private static func git(_ workTree: WorkTreeContext, _ environment: ClientEnvironment) -> GitCommand {
        var there = environment
        there.directory = workTree.topLevel.bytes
        return GitCommand(environment: there)
    }

    /// Git hands both commands to `sh`: the one of the merge driver with its place-holders replaced, the other with a file's name behind it.
    static func settings(program: String) -> [(key: String, value: String)] {
        let tenon = "tenon=\(ShellWord.quoted(program)); [ -x \"$tenon\" ] || tenon=tenon; \"$tenon\""
        // gitattributes(5): in the merge driver's command a percent sign introduces a place-holder.
        let doubled = tenon.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
        return [
            ("merge.tenon.name", "Tenon, file by file in a directory"),
            ("merge.tenon.driver", "\(doubled) merge-driver %O %A %B %P"),
            ("diff.tenon.textconv", "\(tenon) diff-driver"),
        ]
    }
}
