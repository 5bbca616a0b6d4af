import TenonCore

extension Remote {
    /// Tries on objects of its own, under `probe/`, what the storage does, and removes them where it lets one.
    ///
    /// Throws what the first write throws, unless that is `permission`: then the remote can only be read.
    package func probe() async throws -> Capabilities {
        var found = Capabilities()
        let name = try ObjectName("probe/" + String(UInt64.random(in: .min ... .max), radix: 16))
        let missing = try ObjectName(name.text + "x")
        let first = Array("tenon probe 1\n".utf8)
        let second = Array("tenon probe 2\n".utf8)
        do {
            guard try await create(name, bytes: first) == .created else {
                throw TenonError(.corrupt, "the remote '\(location)' can't be used", cause: "a new object is said to be there already")
            }
        } catch let error as TenonError where error.code == .permission {
            _ = try await page(.all, limit: 1)
            return found
        }
        found.writes = true
        guard let old = try await contents(of: name, limit: 1024), old.bytes == first else {
            throw TenonError(.corrupt, "the remote '\(location)' can't be used", cause: "an object that was just written is not there")
        }
        found.createOnly =
            try await unlessUnsupported {
                guard try await create(name, bytes: second) == .alreadyThere else { return false }
                return try await contents(of: name, limit: 1024)?.bytes == first
            }
        found.compareAndSwap = try await unlessUnsupported {
            guard let now = try await head(name), case .replaced(let tag) = try await replace(name, now.tag, with: second) else { return false }
            guard tag != now.tag, try await replace(name, now.tag, with: first) == .changed else { return false }
            return try await replace(missing, now.tag, with: first) == .changed
        }
        found.conditionalDelete = try await unlessUnsupported {
            guard let now = try await head(name) else { return false }
            let outdated = now.tag == old.entry.tag ? ObjectTag("\"0123456789abcdef0123456789abcdef\"") : old.entry.tag
            guard let outdated, try await delete(name, outdated) == .changed else { return false }
            return try await head(name) != nil
        }
        _ = try await unlessUnsupported {
            for leftover in [name, missing] {
                if let entry = try await head(leftover) { _ = try await delete(leftover, entry.tag) }
            }
            return true
        }
        return found
    }

    private func unlessUnsupported(_ body: () async throws -> Bool) async throws -> Bool {
        do {
            return try await body()
        } catch let error as TenonError where error.code == .unsupported || error.code == .permission {
            return false
        }
    }
}
