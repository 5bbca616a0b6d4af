import TenonAPI
import TenonClient

/// Which artifacts a commit takes along, as far as the hook's environment and the command line of `git commit` tell.
struct CommitScope {
    var taking: PrepareCommitRequest.Taking
    var allowsEmpty = false
    /// Whether what the hook stages stays staged if there is no commit: Git throws other indexes away.
    var stages = true
    private var pathspecs: [[UInt8]] = []
    private var environment: ClientEnvironment?

    init(taking: PrepareCommitRequest.Taking) {
        self.taking = taking
    }

    init(environment: ClientEnvironment) {
        let line = GitCommitLine(GitAncestor.find())
        allowsEmpty = line?.allowsEmpty ?? false
        pathspecs = line?.pathspecs ?? []
        self.environment = environment
        stages = environment.variables["GIT_INDEX_FILE"].map { $0 == "index" || $0.hasSuffix("/index") } ?? true
        let index = environment.variables["GIT_INDEX_FILE"]?.split(separator: "/").last ?? ""
        if environment.variables["PRE_COMMIT"] != nil || line?.amends == true {
            // The pre-commit framework takes what its hooks stage for a mistake of theirs.
            taking = .none
        } else {
            // The name that Git gives to the index of a commit of some paths.
            taking = index.hasPrefix("next-index-") ? .named : .all
        }
    }

    /// The pointers that the paths given to `git commit` match, by Git's own rules.
    func paths(_ workTree: WorkTreeContext) throws -> [WirePath] {
        guard taking == .named, !pathspecs.isEmpty, var environment else { return [] }
        let prefix = Array((environment.variables["GIT_PREFIX"] ?? "").utf8)
        environment.directory = workTree.topLevel.bytes + (prefix.isEmpty ? [] : [UInt8(ascii: "/")] + prefix)
        let options = ["ls-files", "--full-name", "-z", "--"].map { Array($0.utf8) }
        let answer = try GitCommand(environment: environment).output(options + pathspecs, limit: 256 << 20)
        guard answer.status == 0 else { throw TenonError(.git, "the paths of the commit can't be told", cause: answer.complaint) }
        return answer.standardOutput.split(separator: 0).filter { $0.suffix(6).elementsEqual(".tenon".utf8) }.map { WirePath(bytes: Array($0)) }
    }
}
