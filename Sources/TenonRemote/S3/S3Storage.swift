import Synchronization
import TenonCore

/// A remote in a bucket of an S3-compatible storage.
package final class S3Storage: RemoteStorage {
    package let location: String
    let client: S3Client
    let place: S3Location
    let settings: S3Settings
    /// Uploads in parts that broke off, to go on with when the same object is written again.
    let uploads = Mutex<[ObjectName: MultipartUpload]>([:])

    /// Reads the shared AWS files; sends nothing yet.
    package init(_ place: S3Location, settings: S3Settings, environment: RemoteEnvironment) async throws {
        self.place = place
        self.settings = settings
        location = place.description
        client = try await S3Client(place, settings, environment)
    }

    /// Sees that the bucket is there and can be listed, and removes uploads that were given up long ago.
    package func prepare() async throws {
        _ = try await list(.all, after: nil, limit: 1)
        try await abortStaleUploads()
    }

    package func close() async {
        let unfinished = uploads.withLock { uploads in
            defer { uploads = [:] }
            return uploads
        }
        for upload in unfinished.values { try? await abort(upload) }
        await client.close()
    }

    package func head(_ name: ObjectName) async throws -> ObjectEntry? {
        let request = S3Request(method: "HEAD", key: place.key(name.text), action: "look for '\(name)'")
        var response = try await client.send(request)
        if response.status != 200, response.status != 404 {
            // The answer to HEAD has no body to say what is wrong; that to GET has. Where it could be put right, HEAD is asked once more.
            var asking = request
            asking.method = "GET"
            asking.headers.append((name: "range", value: "bytes=0-0"))
            let second = try await client.send(asking)
            if second.status == 404, try await second.failure().code != "NoSuchBucket" { return nil }
            guard second.status < 300 || second.status == 416 else { throw try await second.error(place) }
            response = try await client.send(request)
        }
        switch response.status {
        case 200:
            guard let size = response.header("content-length").flatMap({ UInt64($0) }) else {
                throw refusal(request.action, "it does not say how long the object is")
            }
            return try entry(name, size: size, response, request.action)
        case 404: return nil
        default: throw try await response.error(place)
        }
    }

    package func read(_ name: ObjectName, _ range: ObjectRange, into sink: some ByteSink) async throws -> ObjectSlice? {
        let reading = S3Reading(storage: self, name: name, range: range)
        return try await reading.run(into: sink)
    }

    package func create(_ name: ObjectName, _ body: ObjectBody) async throws -> CreateOutcome {
        if settings.looksBeforeCreating, try await head(name) != nil { return .alreadyThere }
        if body.count > settings.partThreshold { return try await createInParts(name, body) }
        var request = S3Request(method: "PUT", key: place.key(name.text), body: .object(body), action: "write '\(name)'")
        if !settings.looksBeforeCreating { request.headers.append((name: "if-none-match", value: "*")) }
        let response = try await client.send(request)
        switch response.status {
        case 200..<300: return .created
        case 412: return .alreadyThere
        default: throw try await conflictOr(response, request.action)
        }
    }

    package func replace(_ name: ObjectName, _ tag: ObjectTag, with bytes: [UInt8]) async throws -> ReplaceOutcome {
        let request = S3Request(
            method: "PUT", key: place.key(name.text), headers: [(name: "if-match", value: tag.text)], body: .bytes(bytes), action: "replace '\(name)'"
        )
        let response = try await client.send(request)
        switch response.status {
        case 200..<300:
            guard let now = response.header("etag").flatMap({ ObjectTag($0) }) else { throw refusal(request.action, "it gives the object no ETag") }
            return .replaced(now)
        case 412: return .changed
        case 404 where try await response.failure().code != "NoSuchBucket": return .changed
        default: throw try await conflictOr(response, request.action)
        }
    }

    package func delete(_ name: ObjectName, _ tag: ObjectTag) async throws -> DeleteOutcome {
        let request = S3Request(
            method: "DELETE", key: place.key(name.text), headers: [(name: "if-match", value: tag.text)], action: "remove '\(name)'")
        let response = try await client.send(request)
        switch response.status {
        case 200..<300: return .deleted
        // Some answer so for an object that is gone, too.
        case 412: return try await head(name) == nil ? .missing : .changed
        case 404 where try await response.failure().code != "NoSuchBucket": return .missing
        default: throw try await conflictOr(response, request.action)
        }
    }

    /// 409 says that someone else is writing: the next attempt shows who was first.
    func conflictOr(_ response: S3Response, _ action: String) async throws -> any Error {
        if response.status == 409 {
            return TransientFailure(TenonError(.remote, "can't \(action)", cause: "someone else writes it at the same time"), isAnswer: true)
        }
        return try await response.error(place)
    }

    func entry(_ name: ObjectName, size: UInt64, _ response: S3Response, _ action: String) throws -> ObjectEntry {
        guard size <= UInt64(Int64.max) else { throw refusal(action, "it says that the object has \(size) bytes") }
        guard let tag = response.header("etag").flatMap({ ObjectTag($0) }) else { throw refusal(action, "it gives the object no ETag") }
        guard let modified = response.header("last-modified").flatMap({ CalendarTime.milliseconds(httpDate: $0) }) else {
            throw refusal(action, "it does not say when the object was written")
        }
        return ObjectEntry(name: name, size: size, tag: tag, modified: modified)
    }

    func refusal(_ action: String, _ cause: String) -> TenonError {
        TenonError(.corrupt, "can't \(action)", cause: "the storage's answer can't be used: \(cause)", hint: "check the remote's endpoint: is it S3?")
    }
}
