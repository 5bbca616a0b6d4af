import TenonCore

/// The objects of a remote whose names begin with a prefix, in byte order, fetched page by page as they are asked for.
package struct ObjectListing: AsyncSequence, Sendable {
    package typealias Element = ObjectEntry

    let remote: Remote
    let prefix: ObjectPrefix

    package func makeAsyncIterator() -> Iterator {
        Iterator(remote: remote, prefix: prefix)
    }

    package struct Iterator: AsyncIteratorProtocol {
        let remote: Remote
        let prefix: ObjectPrefix
        private var page: [ObjectEntry] = []
        private var position = 0
        private var after: ObjectName?
        private var isLast = false

        init(remote: Remote, prefix: ObjectPrefix) {
            self.remote = remote
            self.prefix = prefix
        }

        package mutating func next() async throws -> ObjectEntry? {
            while position == page.count {
                if isLast { return nil }
                let fetched = try await remote.page(prefix, after: after)
                page = fetched.entries
                position = 0
                after = fetched.next
                isLast = fetched.next == nil
            }
            defer { position += 1 }
            return page[position]
        }
    }
}
