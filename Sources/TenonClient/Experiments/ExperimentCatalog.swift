import TenonAPI
import TenonCore

/// The experiments that have a result, in this clone: what one `git for-each-ref` tells.
package struct ExperimentCatalog {
    /// One of them.
    package struct Entry: Sendable {
        package var name: String
        package var commit: String
        /// The commit that it started from.
        package var parent: String?
        /// `nil` where it says nothing of itself that this version reads.
        package var document: ExperimentDocument?

        package init(name: String, commit: String, parent: String? = nil, document: ExperimentDocument? = nil) {
            self.name = name
            self.commit = commit
            self.parent = parent
            self.document = document
        }
    }

    /// A longer document is not read.
    package static let maximumDocument = 1 << 20
    private static let maximumOutput = 256 << 20

    private let git: GitCommand

    package init(environment: ClientEnvironment) {
        git = GitCommand(environment: environment)
    }

    /// All of them, or the one with this name, in the order of their names.
    package func entries(named name: String? = nil) throws(TenonError) -> [Entry] {
        let answer = try git.output(
            [
                "for-each-ref", "--format=%(refname)%00%(objectname)%00%(objecttype)%00%(parent)%00%(contents)%00",
                ExperimentDocument.referencePrefix + (name ?? ""),
            ],
            limit: ExperimentCatalog.maximumOutput)
        guard answer.status == 0 else { throw TenonError(.git, "experiments can't be listed", cause: answer.complaint) }
        var entries: [Entry] = []
        var fields = answer.standardOutput.split(separator: 0, omittingEmptySubsequences: false)[...]
        while fields.count > 5 {
            let reference = String(decoding: fields[fields.startIndex].drop { $0 == 0x0A }, as: UTF8.self)
            let words = fields.dropFirst().prefix(4).map { String(decoding: $0, as: UTF8.self) }
            let message = fields[fields.startIndex + 4]
            fields = fields.dropFirst(5)
            let own = String(reference.dropFirst(ExperimentDocument.referencePrefix.count))
            guard reference.hasPrefix(ExperimentDocument.referencePrefix), words[1] == "commit", name == nil || own == name else { continue }
            entries.append(
                Entry(
                    name: own, commit: words[0], parent: words[2].split(separator: " ").first.map(String.init),
                    document: ExperimentCatalog.document(in: message)))
        }
        return entries
    }

    /// The document in a commit's message: the last line that is one.
    static func document(in message: ArraySlice<UInt8>) -> ExperimentDocument? {
        let mark = Array(ExperimentDocument.trailer.utf8)
        guard let line = message.split(separator: 0x0A).last(where: { $0.starts(with: mark) }), line.count <= maximumDocument else { return nil }
        guard let document = try? WireCoding.decode(ExperimentDocument.self, from: line.dropFirst(mark.count)),
            document.version == ExperimentDocument.currentVersion
        else { return nil }
        return document
    }
}
