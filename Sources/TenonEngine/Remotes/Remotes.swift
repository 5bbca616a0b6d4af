import TenonAPI
import TenonCore
import TenonRemote

extension Engine {
    /// `tenon remote`: lists, adds, trusts, removes remotes, or says which one is the default.
    package func remote(_ request: RemoteRequest, _ reporter: Reporter<RemoteRequest>) async throws -> RemoteRequest.Reply {
        let meter = Meter()
        return try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
            try await self.locks.holding(WorkTree.lockName(request.workTree)) {
                var existed = false
                switch request.action {
                case .list: break
                case .add, .trust: existed = try await self.agree(request)
                case .probe: try await self.probe(request)
                case .remove, .makeDefault: try await self.blocking { try self.change(request) }
                }
                let found = existed
                return try await self.blocking { RemoteRequest.Reply(remotes: try self.summaries(request), existed: found) }
            }
        }
    }

    /// Looks at the place, makes it a remote if need be, and writes it down. Returns whether it was one.
    private func agree(_ request: RemoteRequest) async throws -> Bool {
        let wanted = try await blocking { try self.wanted(request) }
        let remote = try await openStorage(wanted, environment: request.environment)
        do {
            let existed = try await agree(request, wanted, remote)
            await remote.close()
            return existed
        } catch {
            await remote.close()
            throw error
        }
    }

    private func agree(_ request: RemoteRequest, _ wanted: RemoteConfiguration, _ remote: TenonRemote.Remote) async throws -> Bool {
        try await remote.prepare()
        let (id, existed) = try await RemoteDescription.establish(remote)
        let capabilities = try await remote.probe()
        try await blocking {
            var agreed = wanted
            agreed.id = id
            agreed.capabilities = capabilities
            try WorkTree(request.workTree, engine: self).setRemote(agreed)
        }
        log.info(
            "remote added", metadata: ["name": "\(wanted.name)", "id": "\(id)", "capabilities": "\(capabilities)"])
        return existed
    }

    /// Tries again what the storage can do, and records it.
    private func probe(_ request: RemoteRequest) async throws {
        let configuration = try await blocking {
            let tree = try WorkTree(request.workTree, engine: self)
            return try tree.remote(request.name, try tree.settings())
        }
        try await withRemotes([configuration], environment: request.environment) { sessions in
            for session in sessions {
                let capabilities = try await session.view.remote.probe()
                try await self.blocking { try WorkTree(request.workTree, engine: self).setCapabilities(capabilities, of: session.name) }
            }
        }
    }

    private func wanted(_ request: RemoteRequest) throws -> RemoteConfiguration {
        let tree = try WorkTree(request.workTree, engine: self)
        let name = try Engine.name(request)
        let proposal = try tree.settings().remotes[name]
        let known = try tree.remotes().first { $0.name == name }
        if request.action == .trust {
            guard let proposal else {
                throw TenonError(
                    .notFound, "remote '\(name)' can't be trusted", cause: "tenon.yaml proposes none of this name",
                    hint: "tenon remote add \(name) URL")
            }
            return RemoteConfiguration(
                name: name, url: proposal.url, endpoint: proposal.endpoint, region: proposal.region, agreedProposal: proposal.fingerprint,
                sshCommand: try tree.configuration(RemoteConfiguration.sshCommandKey))
        }
        guard let url = request.url, !url.isEmpty else {
            throw TenonError(.invalidArgument, "a remote needs a URL", hint: "tenon remote add \(name) URL")
        }
        if let known, known.url != url {
            throw TenonError(
                .conflict, "remote '\(name)' can't be added", cause: "there is one: \(displayName(known.url.utf8))",
                hint: "tenon remote remove \(name), or take another name")
        }
        let location = try RemoteLocation(url)
        try refuse(location, in: tree)
        var isBucket = false
        if case .s3 = location { isBucket = true }
        guard isBucket || (request.endpoint == nil && request.region == nil) else {
            throw TenonError(.invalidArgument, "remote '\(name)' can't be added", cause: "only a bucket (s3://) has an endpoint and a region")
        }
        return RemoteConfiguration(
            name: name, url: url, endpoint: request.endpoint, region: request.region, agreedProposal: proposal?.fingerprint ?? "",
            sshCommand: try tree.configuration(RemoteConfiguration.sshCommandKey))
    }

    /// A remote that lies in what is versioned would be versioned itself, with each push anew; one around it, or in a Git directory, mixes with what is there.
    private func refuse(_ location: RemoteLocation, in tree: WorkTree) throws {
        guard case .directory(let path) = location else { return }
        func components(_ path: some StringProtocol) -> [Substring] { Substring(path).split(separator: "/") }
        let place = components(path)
        let top = components(String(decoding: tree.context.topLevel.bytes, as: UTF8.self))
        func refusal(_ cause: String) -> TenonError {
            TenonError(
                .invalidArgument, "'\(displayName(path.utf8))' can't be a remote", cause: cause, hint: "take a directory beside the repository")
        }
        if top.starts(with: place) { throw refusal("the work tree lies in it") }
        for directory in [tree.commonDirectory, String(decoding: (tree.context.gitDirectory?.bytes ?? []), as: UTF8.self)] where !directory.isEmpty {
            if place.starts(with: components(directory)) { throw refusal("it lies in the Git directory") }
        }
        guard place.starts(with: top) else { return }
        let within = Array(place.dropFirst(top.count).joined(separator: "/").utf8)
        for record in try Survey(tree).records where within == record.path.bytes || within.starts(with: record.path.bytes + [UInt8(ascii: "/")]) {
            throw refusal("it lies in the artifact '\(record.path)'")
        }
    }

    private static func name(_ request: RemoteRequest) throws -> String {
        guard let name = request.name else { throw TenonError(.invalidArgument, "a remote's name is missing") }
        try RemoteConfiguration.check(name)
        return name
    }

    private func change(_ request: RemoteRequest) throws {
        let tree = try WorkTree(request.workTree, engine: self)
        let name = try Engine.name(request)
        guard try tree.remotes().contains(where: { $0.name == name }) else {
            throw TenonError(.notFound, "there is no remote '\(name)'", hint: "tenon remote lists them")
        }
        if request.action == .remove { try tree.removeRemote(name) } else { try tree.setDefaultRemote(name) }
    }

    private func summaries(_ request: RemoteRequest) throws -> [RemoteSummary] {
        let tree = try WorkTree(request.workTree, engine: self)
        let settings = (try? tree.settings()) ?? Settings()
        let remotes = try tree.remotes()
        let chosen = try tree.defaultRemote(among: remotes, settings)
        let usable = remotes.filter { tree.disagreement(on: $0, settings) == nil }
        let agreed = usable.map {
            RemoteSummary(
                name: $0.name, url: $0.url, endpoint: $0.endpoint, region: $0.region, id: $0.id, isDefault: $0.name == chosen?.name, trusted: true,
                capabilities: $0.capabilities?.words)
        }
        let proposed = settings.remotes.filter { name, _ in !usable.contains { $0.name == name } }.map { name, proposal in
            RemoteSummary(name: name, url: proposal.url, endpoint: proposal.endpoint, region: proposal.region, isDefault: false, trusted: false)
        }
        return (agreed + proposed).sorted { $0.name < $1.name }
    }
}
