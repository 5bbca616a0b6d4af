import Crypto
import TenonCore

extension S3Storage {
    private static let maximumReply = 4 << 20
    private static let maximumParts: UInt64 = 10_000
    /// Uploads that nobody can be working on any more, in milliseconds.
    private static let staleAge: Int64 = 7 * 86_400_000

    /// Writes a long object in parts; the last step, create-only, makes it one object.
    func createInParts(_ name: ObjectName, _ body: ObjectBody) async throws -> CreateOutcome {
        let upload = try await unfinished(name, body)
        do {
            let partSize = max(settings.partSize, body.count / S3Storage.maximumParts + 1)
            let count = Int((body.count + partSize - 1) / partSize)
            for part in 0..<count {
                let offset = UInt64(part) * partSize
                let bytes = try await body.bytes(at: offset, count: Int(min(partSize, body.count - offset)))
                try await onFileThread { upload.hash(bytes, part: part) }
                if part >= upload.tags.count { upload.add(try await send(bytes, of: body, part: part + 1, of: upload)) }
            }
            guard upload.isWhole else { throw body.sourceChanged }
            let outcome = try await complete(upload)
            uploads.withLock { $0[name] = nil }
            if outcome == .alreadyThere { try? await abort(upload) }
            return outcome
        } catch let failure as TransientFailure {
            throw failure
        } catch is CancellationError {
            // Kept: it may be a stall, after which the same upload goes on. `close` ends it otherwise.
            throw CancellationError()
        } catch {
            uploads.withLock { $0[name] = nil }
            try? await abort(upload)
            throw error
        }
    }

    /// The upload that broke off before, or a new one.
    private func unfinished(_ name: ObjectName, _ body: ObjectBody) async throws -> MultipartUpload {
        if let known = uploads.withLock({ $0[name] }), known.digest == body.digest { return known }
        let request = S3Request(method: "POST", key: place.key(name.text), query: [("uploads", "")], action: "write '\(name)'")
        let response = try await client.send(request)
        guard response.status == 200 else { throw try await response.error(place) }
        let root = XMLReader.root(try await response.body(limit: S3Storage.maximumReply))
        guard let identifier = root?["UploadId"]?.text, !identifier.isEmpty, identifier.utf8.count <= 2048 else {
            throw refusal(request.action, "it begins no upload")
        }
        let upload = MultipartUpload(name: name, identifier: identifier, digest: body.digest)
        let replaced = uploads.withLock { $0.updateValue(upload, forKey: name) }
        if let replaced { try? await abort(replaced) }
        return upload
    }

    private func send(_ bytes: [UInt8], of body: ObjectBody, part: Int, of upload: MultipartUpload) async throws -> ObjectTag {
        let (sum, content) = try await onFileThread { (Base64.encode(Array(Insecure.MD5.hash(data: bytes))), body.part(bytes)) }
        let request = S3Request(
            method: "PUT", key: place.key(upload.name.text), query: [("partNumber", String(part)), ("uploadId", upload.identifier)],
            headers: [(name: "content-md5", value: sum)], body: .object(content),
            action: "write '\(upload.name)'")
        let response = try await client.send(request)
        guard response.status == 200 else { throw try await broken(response, upload) }
        guard let tag = response.header("etag").flatMap({ ObjectTag($0) }) else { throw refusal(request.action, "it gives a part no ETag") }
        return tag
    }

    private func complete(_ upload: MultipartUpload) async throws -> CreateOutcome {
        let parts = upload.tags.enumerated().map { "<Part><PartNumber>\($0 + 1)</PartNumber><ETag>\(S3Storage.escaped($1.text))</ETag></Part>" }
        let document = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(parts.joined())</CompleteMultipartUpload>"
        var request = S3Request(
            method: "POST", key: place.key(upload.name.text), query: [("uploadId", upload.identifier)], body: .bytes(Array(document.utf8)),
            action: "write '\(upload.name)'")
        if !settings.looksBeforeCreating { request.headers.append((name: "if-none-match", value: "*")) }
        let response = try await client.send(request)
        switch response.status {
        case 200:
            // An answer that takes long begins before its outcome is known, and may say 200 and then bring an error.
            let body = try await response.body(limit: S3Storage.maximumReply)
            if XMLReader.root(body)?.name == "CompleteMultipartUploadResult" { return .created }
            let failure = S3Failure(body)
            if failure.code == "PreconditionFailed" { return .alreadyThere }
            throw failure.error(status: 500, action: request.action, location: place, retryAfter: nil)
        case 412: return .alreadyThere
        default: throw try await broken(response, upload)
        }
    }

    /// An upload that the storage does not know may be one that is complete, its answer lost: the next attempt looks.
    private func broken(_ response: S3Response, _ upload: MultipartUpload) async throws -> any Error {
        if response.status == 404, try await response.failure().code == "NoSuchUpload" {
            uploads.withLock { $0[upload.name] = nil }
            return TransientFailure(
                TenonError(.remote, "can't write '\(upload.name)'", cause: "the storage has forgotten its upload"), isAnswer: true)
        }
        return try await conflictOr(response, "write '\(upload.name)'")
    }

    func abort(_ upload: MultipartUpload) async throws {
        try await abort(key: place.key(upload.name.text), upload.identifier)
    }

    private func abort(key: String, _ identifier: String) async throws {
        let request = S3Request(method: "DELETE", key: key, query: [("uploadId", identifier)], action: "end an upload")
        let response = try await client.send(request)
        guard (200..<300).contains(response.status) || response.status == 404 else { throw try await response.error(place) }
    }

    /// Ends uploads below the prefix that began over a week ago: whoever began them is gone, and their parts cost money. The first 1,000.
    func abortStaleUploads() async throws {
        let start = place.prefix.isEmpty ? "" : place.prefix + "/"
        let request = S3Request(method: "GET", query: [("uploads", ""), ("prefix", start), ("max-uploads", "1000")], action: "list uploads")
        let response = try await client.send(request)
        // Who may not list uploads, or can't, may do all else.
        guard response.status == 200, let root = XMLReader.root(try await response.body(limit: S3Storage.maximumReply)) else { return }
        let now = response.header("date").flatMap { CalendarTime.milliseconds(httpDate: $0) } ?? wallClock()
        for upload in root.all("Upload") {
            guard let key = upload["Key"]?.text, let name = place.name(key), ObjectName.reasonToRefuse(String(name)) == nil,
                let identifier = upload["UploadId"]?.text, let begun = upload["Initiated"].flatMap({ CalendarTime.milliseconds(iso: $0.text) }),
                begun < now - S3Storage.staleAge
            else { continue }
            try await abort(key: key, identifier)
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
