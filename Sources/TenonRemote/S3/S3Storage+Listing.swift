import TenonCore

extension S3Storage {
    private static let maximumListing = 16 << 20
    /// Pages in a row without one name of ours.
    private static let maximumForeignPages = 1000

    package func list(_ prefix: ObjectPrefix, after name: ObjectName?, limit: Int) async throws -> ObjectPage {
        var entries: [ObjectEntry] = []
        var after = name.map { place.key($0.text) }
        for _ in 0..<S3Storage.maximumForeignPages {
            let page = try await rawPage(prefix, after: after, limit: min(limit, 1000))
            entries += page.entries
            guard page.isCut else { return ObjectPage(entries: entries, next: nil) }
            if let last = entries.last { return ObjectPage(entries: entries, next: last.name) }
            guard let last = page.lastKey, last != after else { throw refusal("list '\(prefix)'", "its next page would be the same one") }
            after = last
        }
        throw refusal("list '\(prefix)'", "it does not end")
    }

    /// One answer. `lastKey` may be somebody else's.
    private func rawPage(_ prefix: ObjectPrefix, after: String?, limit: Int) async throws -> (entries: [ObjectEntry], lastKey: String?, isCut: Bool) {
        let action = prefix.text.isEmpty ? "list '\(place)'" : "list '\(prefix)'"
        let start = place.prefix.isEmpty ? prefix.text : place.prefix + "/" + prefix.text
        var request = S3Request(method: "GET", action: action)
        // Each page begins after a key, not at a token: a listing goes on after a break, and can't be led in a circle.
        request.query = [("list-type", "2"), ("prefix", start), ("max-keys", String(limit)), ("encoding-type", "url")]
        if let after { request.query.append(("start-after", after)) }
        let response = try await client.send(request)
        guard response.status == 200 else { throw try await response.error(place) }
        let body = try await response.body(limit: S3Storage.maximumListing)
        guard let root = XMLReader.root(body), root.name == "ListBucketResult" else { throw refusal(action, "it is no listing") }
        let contents = root.all("Contents")
        guard contents.count <= limit else { throw refusal(action, "it has more names than were asked for") }
        let isEncoded = root["EncodingType"]?.text == "url"

        var entries: [ObjectEntry] = []
        var lastKey: String?
        for element in contents {
            guard let text = element["Key"]?.text, let key = isEncoded ? PercentEncoding.decode(text, plusIsSpace: true) : text else {
                throw refusal(action, "a key can't be read")
            }
            guard key.utf8.count <= 4096, key.utf8.starts(with: start.utf8) else { throw refusal(action, "it has a key that does not begin so") }
            lastKey = key
            guard let text = place.name(key), let name = try? ObjectName(String(text)) else { continue }
            entries.append(try entry(name, element, action))
        }
        return (entries, lastKey, root["IsTruncated"]?.text == "true")
    }

    private func entry(_ name: ObjectName, _ element: XMLElement, _ action: String) throws -> ObjectEntry {
        guard let size = element["Size"].flatMap({ UInt64($0.text) }), size <= UInt64(Int64.max),
            let tag = element["ETag"].flatMap({ ObjectTag($0.text) }),
            let modified = element["LastModified"].flatMap({ CalendarTime.milliseconds(iso: $0.text) })
        else { throw refusal(action, "'\(name)' is without length, ETag or time") }
        return ObjectEntry(name: name, size: size, tag: tag, modified: modified)
    }
}
