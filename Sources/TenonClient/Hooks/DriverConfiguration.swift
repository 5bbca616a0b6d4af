import TenonAPI
import TenonCore

/// What Git must be told of the programs that merge and show pointers; the attributes of `*.tenon` name them.
package enum DriverConfiguration {
    /// Enters the drivers in the configuration that all work trees of the repository share.
    ///
    /// - Parameter program: `tenon`, by absolute path; where that is gone, the one in `PATH` is run.
    package static func install(_ workTree: WorkTreeContext, program: String, environment: ClientEnvironment) throws(TenonError) {
        var there = environment
        there.directory = workTree.topLevel.bytes
        let git = GitCommand(environment: there)
        for (key, value) in settings(program: program) {
            let present = try git.output(["config", "--local", "--get", key], limit: 64 << 10)
            if present.status == 0, present.line == Array(value.utf8) { continue }
            let answer = try git.output(["config", "--local", "--replace-all", key, value], limit: 64 << 10)
            guard answer.status == 0 else { throw TenonError(.git, "'\(key)' can't be set", cause: answer.complaint) }
        }
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
