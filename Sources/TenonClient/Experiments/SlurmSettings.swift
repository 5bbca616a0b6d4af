import TenonCore

/// What the person's Git configuration says of Slurm.
package struct SlurmSettings {
    /// Each `tenon.slurm.option`: an argument for `sbatch`, such as `--partition=gpu`.
    package var options: [String] = []
    /// `tenon.slurm.store`: where nodes keep a store of their own, if they can't share this machine's; data then goes through the default remote.
    package var store: String?

    package init() {}

    package static func read(_ environment: ClientEnvironment) throws(TenonError) -> SlurmSettings {
        let git = GitCommand(environment: environment)
        func values(_ key: String) throws(TenonError) -> [String] {
            let answer = try git.output(["config", "--null", "--get-all", key], limit: 64 << 10)
            guard answer.status == 0 else { return [] }
            return answer.standardOutput.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        }
        var settings = SlurmSettings()
        settings.options = try values("tenon.slurm.option")
        for option in settings.options where !option.hasPrefix("-") {
            throw TenonError(
                .invalidArgument, "tenon.slurm.option is '\(displayName(option.utf8.prefix(200)))'", cause: "each is one option of sbatch",
                hint: "git config --add tenon.slurm.option -- --partition=gpu")
        }
        settings.store = try values("tenon.slurm.store").last
        if let store = settings.store, !store.hasPrefix("/") {
            throw TenonError(.invalidArgument, "tenon.slurm.store is '\(displayName(store.utf8.prefix(200)))'", cause: "it must be an absolute path")
        }
        return settings
    }
}
