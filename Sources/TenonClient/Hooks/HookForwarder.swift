import TenonHooks

/// Scripts for the events that Tenon has no hook for, where `core.hooksPath` leads to Tenon's directory: each runs the hook of the directory before.
enum HookForwarder {
    /// Events that a person may have a hook for at any time, and for which an idle script costs a start of `sh` and changes nothing.
    private static let always: Set<String> = [
        "applypatch-msg", "pre-applypatch", "prepare-commit-msg", "commit-msg", "pre-rebase", "pre-auto-gc", "sendemail-validate",
    ]

    /// Other events: Git behaves differently as soon as there is a hook.
    private static let ifPresent: Set<String> = [
        "reference-transaction", "push-to-checkout", "pre-receive", "update", "proc-receive", "post-receive", "post-update", "p4-changelist",
        "p4-prepare-changelist", "p4-post-changelist", "p4-pre-submit", "fsmonitor-watchman",
    ]

    /// - Parameter present: names of the files in the directory before.
    static func names(present: [String]) -> [String] { always.union(ifPresent.intersection(present)).sorted() }

    static func text(_ name: String, former: String) -> String {
        let next = ShellWord.quoted("\(former)/\(name)")
        return """
            #!/bin/sh
            \(GitHook.marker)1. "tenon hooks uninstall" takes it out; what is written into it is lost.
            next=\(next)
            [ ! -x "$next" ] || exec "$next" "$@"

            """
    }
}
