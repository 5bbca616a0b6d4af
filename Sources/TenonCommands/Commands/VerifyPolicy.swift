import ArgumentParser
import TenonAPI

extension Verify {
    /// `--policy`: the rules of `tenon.yaml`, for one commit, a range or all.
    func checkPolicy() throws {
        let session = try Session(common)
        var request = PolicyRequest(
            workTree: session.workTree, all: all, rules: try rules.map(session.resolve), environment: session.transferEnvironment)
        for word in revisions.isEmpty && !all ? ["HEAD"] : revisions {
            if let range = word.firstRange(of: "..") {
                request.known.append(try start(of: String(word[..<range.lowerBound]), session))
                request.starts.append(try session.resolve(end(word[range.upperBound...])))
            } else {
                request.commits.append(try session.resolve(word))
            }
        }
        if !request.starts.isEmpty, !request.commits.isEmpty {
            throw TenonError(.invalidArgument, "ranges and single commits can't be checked together")
        }
        var findings: [PolicyFinding] = []
        let reply = try session.report(
            request,
            item: { finding, presentation in
                findings.append(finding)
                return Array(PolicyText.finding(finding, presentation).utf8)
            }, reply: PolicyText.summary)
        if let junit { try SmallFile.replace(junit, with: Array(PolicyText.junit(findings, reply).utf8)) }
        if reply.findings > 0 { throw ExitCode(1) }
    }

    private func end(_ word: Substring) throws(TenonError) -> String {
        guard !word.hasPrefix(".") else {
            throw TenonError(.invalidArgument, "a range is written A..B", cause: "A...B names commits of both sides")
        }
        return word.isEmpty ? "HEAD" : String(word)
    }

    private func start(of word: String, _ session: Session) throws -> String {
        do {
            return try session.resolve(word.isEmpty ? "HEAD" : word)
        } catch var error as TenonError where error.code == .notFound {
            error.hint = "in a shallow clone: git fetch --unshallow, or a depth that reaches that commit"
            throw error
        }
    }
}
