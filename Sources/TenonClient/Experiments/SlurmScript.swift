/// What Slurm executes: each task of the array is one trial.
struct SlurmScript {
    /// What the trials' work trees share.
    let commonDirectory: String
    /// A trial's log, but for its id before `.log`.
    let log: String
    let program: String
    let settings: SlurmSettings

    func text(_ ids: [String]) -> String {
        let cases = ids.enumerated().map { "    \($0)) id=\($1) ;;" }.joined(separator: "\n")
        let push = SlurmExecutor.pushVariable
        let own = settings.store.map { "TENON_STORE=\(ShellWord.quoted($0)) \(push)=1\nexport TENON_STORE \(push)\n" } ?? ""
        return """
            #!/bin/sh
            # The trials of 'tenon exp run', one for each task.
            case ${SLURM_ARRAY_TASK_ID:?} in
            \(cases)
                *) exit 64 ;;
            esac
            \(own)log=\(ShellWord.quoted(log))
            exec \(ShellWord.quoted(program)) -C \(ShellWord.quoted(commonDirectory)) exp trial "$id" </dev/null >"${log%.log}$id.log" 2>&1

            """
    }
}
