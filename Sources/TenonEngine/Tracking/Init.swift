import TenonAPI
import TenonCore
import TenonFormat

extension Engine {
    /// `tenon init`: makes a Git work tree one of Tenon's. Safe to repeat.
    package func initialize(_ request: InitRequest, _ reporter: Reporter<InitRequest>) async throws -> InitRequest.Reply {
        try await writing(request, reporter) { job in
            let tree = job.tree
            let existed = try tree.isPrepared()
            let settingsFile = try RelativePath(Settings.fileName)
            let attributesFile = try RelativePath(".gitattributes")
            var changed: [RelativePath] = []
            try tree.requireFreeIndex()
            if try tree.files.kind(of: settingsFile) == .absent {
                try tree.files.replace(settingsFile, with: Array(Settings.template.utf8))
                changed.append(settingsFile)
            } else {
                _ = try job.settings()
            }
            if try tree.editRules(attributesFile, { IgnoreRules.adding(Attributes.trackedLine, to: $0) }) { changed.append(attributesFile) }
            try tree.prepare()
            try tree.uniteIgnoreFiles()
            try tree.setStore(self.store.home)
            try tree.register()
            try tree.stageFiles(changed)
            let found = try Scout(tree: tree, survey: Survey(tree)).look()
            return InitRequest.Reply(
                changed: changed.map { WirePath($0) }, store: WirePath(self.store.home), existed: existed, found: found)
        }
    }
}
