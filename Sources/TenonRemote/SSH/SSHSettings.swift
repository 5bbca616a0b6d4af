/// How `ssh` is run: what `git config` says.
package struct SSHSettings: Hashable, Sendable {
    /// `core.sshCommand`: a command line for the shell, used where the environment has no `GIT_SSH_COMMAND`.
    package var command: String?
    /// The program at the other end, where it is not `tenon` on the PATH there.
    package var remoteProgram: String?

    package init(command: String? = nil, remoteProgram: String? = nil) {
        self.command = command
        self.remoteProgram = remoteProgram
    }
}
