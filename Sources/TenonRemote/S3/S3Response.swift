import AsyncHTTPClient
import NIOCore
import Synchronization
import TenonCore

/// An answer of the storage whose body has not been read yet.
final class S3Response: Sendable {
    let status: Int
    private let response: HTTPClientResponse
    private let action: String
    private let url: String
    private let knownFailure = Mutex<S3Failure?>(nil)

    init(_ response: HTTPClientResponse, action: String, url: String) {
        self.response = response
        self.action = action
        self.url = url
        status = Int(response.status.code)
    }

    /// A header's value, if it is there once and is of an ordinary length.
    func header(_ name: String) -> String? {
        let values = response.headers[name]
        guard values.count == 1, values[0].utf8.count <= 4096 else { return nil }
        return values[0]
    }

    /// The body, whole. Throws `corrupt` if it is longer than `limit`.
    func body(limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await forEachPiece { piece in
            guard piece.count <= limit - bytes.count else {
                throw TenonError(.corrupt, "can't \(action)", cause: "the storage's answer is longer than \(limit) bytes")
            }
            bytes += piece
        }
        return bytes
    }

    private func beginning(limit: Int) async throws -> [UInt8] {
        struct Enough: Error {}
        var bytes: [UInt8] = []
        do {
            try await forEachPiece { piece in
                bytes += piece.prefix(limit - bytes.count)
                if bytes.count == limit { throw Enough() }
            }
        } catch is Enough {}
        return bytes
    }

    /// The body as it comes. Throws what `body` throws as it is.
    func forEachPiece(_ body: ([UInt8]) async throws -> Void) async throws {
        var iterator = response.body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do {
                piece = try await iterator.next()
            } catch {
                throw HTTPConnections.failure(error, action, url)
            }
            guard let piece else { return }
            var rest = piece.readableBytesView
            while !rest.isEmpty {
                try await body(Array(rest.prefix(ObjectBody.pieceSize)))
                rest = rest.dropFirst(ObjectBody.pieceSize)
            }
        }
    }

    /// What an answer that is no success says. Reads the body, the first time.
    func failure() async throws -> S3Failure {
        if let known = knownFailure.withLock({ $0 }) { return known }
        // The page of a proxy may be of any length; the status tells what to do.
        let failure = S3Failure(try await beginning(limit: S3Client.maximumErrorLength))
        knownFailure.withLock { $0 = failure }
        return failure
    }

    /// The error that stands for an answer that was not hoped for.
    func error(_ location: S3Location) async throws -> any Error {
        try await failure().error(status: status, action: action, location: location, retryAfter: header("retry-after"))
    }
}
