import TenonCore

/// Where a remote is, as its URL says: `/path`, `file:///path`, `ssh://[user@]host[:port]/path`, `s3://bucket/prefix`.
package enum RemoteLocation: Hashable, Sendable {
    /// An absolute path on this machine.
    case directory(String)
    case ssh(SSHLocation)
    case s3(S3Location)

    package static let maximumLength = 2048

    /// Reads a URL. Throws `invalidArgument` that says what is wrong with it, and what can be written.
    package init(_ text: String) throws(TenonError) {
        func refusal(_ cause: String) -> TenonError {
            TenonError(
                .invalidArgument, "'\(displayName(text.utf8.prefix(200)))' can't be a remote", cause: cause,
                hint: "write /path, file:///path, ssh://[user@]host/path or s3://bucket/prefix")
        }
        guard text.utf8.count <= RemoteLocation.maximumLength else { throw refusal("it is too long") }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }) else {
            throw refusal("it has a control character")
        }
        if text.hasPrefix("/") {
            self = .directory(text)
        } else if let rest = text.afterPrefix("file://") {
            guard rest.hasPrefix("/") || rest.hasPrefix("localhost/") else { throw refusal("a file: URL names a path on this machine") }
            let path = rest.hasPrefix("/") ? rest : rest.dropFirst("localhost".count)
            guard let decoded = PercentEncoding.decode(path), !decoded.utf8.contains(0) else { throw refusal("its percent-encoding is broken") }
            self = .directory(decoded)
        } else if let rest = text.afterPrefix("ssh://") {
            switch SSHLocation.parse(rest) {
            case .success(let location): self = .ssh(location)
            case .failure(let reason): throw refusal(reason.text)
            }
        } else if let rest = text.afterPrefix("s3://") {
            switch S3Location.parse(rest) {
            case .success(let location): self = .s3(location)
            case .failure(let reason): throw refusal(reason.text)
            }
        } else {
            throw refusal("no remote begins so")
        }
    }
}

/// Why a part of a URL is refused.
struct RefusalReason: Error {
    let text: String
    init(_ text: String) { self.text = text }
}

extension StringProtocol {
    /// What follows `prefix`, if the text begins with it.
    func afterPrefix(_ prefix: String) -> Substring? {
        hasPrefix(prefix) ? Substring(self).dropFirst(prefix.count) : nil
    }
}
