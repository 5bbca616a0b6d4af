import Glibc
import TenonCore

/// AWS's shared files: `~/.aws/config` and `~/.aws/credentials`, or where the environment says.
struct AWSProfiles: Sendable {
    /// The settings of each profile, those of the credentials file over those of the config file.
    private let profiles: [String: [String: String]]
    private let sessions: [String: [String: String]]

    private static let maximumSize = 1 << 20

    init(config: String, credentials: String) {
        var profiles: [String: [String: String]] = [:]
        var sessions: [String: [String: String]] = [:]
        for (name, settings) in AWSProfiles.sections(config) {
            let words = name.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if words.count == 2, words[0] == "profile" {
                profiles[String(words[1]), default: [:]].merge(settings) { $1 }
            } else if words.count == 2, words[0] == "sso-session" {
                sessions[String(words[1]), default: [:]].merge(settings) { $1 }
            } else if name == "default" {
                profiles[name, default: [:]].merge(settings) { $1 }
            }
        }
        for (name, settings) in AWSProfiles.sections(credentials) { profiles[name, default: [:]].merge(settings) { $1 } }
        self.profiles = profiles
        self.sessions = sessions
    }

    /// Reads both files; one that is not there is empty.
    static func read(_ environment: RemoteEnvironment) async throws -> AWSProfiles {
        let home = environment["HOME"]
        func path(_ variable: String, _ name: String) -> String? {
            if let path = environment[variable] {
                return path.hasPrefix("~/") ? home.map { $0 + path.dropFirst() } : path
            }
            return home.map { "\($0)/.aws/\(name)" }
        }
        let paths = (path("AWS_CONFIG_FILE", "config"), path("AWS_SHARED_CREDENTIALS_FILE", "credentials"))
        return try await onFileThread {
            AWSProfiles(
                config: try paths.0.flatMap { try smallFile($0, limit: maximumSize) } ?? "",
                credentials: try paths.1.flatMap { try smallFile($0, limit: maximumSize) } ?? "")
        }
    }

    subscript(_ profile: String) -> [String: String]? { profiles[profile] }

    /// An `sso-session` section.
    func session(_ name: String) -> [String: String]? { sessions[name] }

    /// Sections in the files' INI form: `[name]`, `key = value`, comments from `#` or `;`, and indented lines, which belong to the key before
    /// and which nothing here needs.
    private static func sections(_ text: String) -> [(String, [String: String])] {
        var found: [(String, [String: String])] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, first != "#", first != ";" else { continue }
            let trimmed = trimmed(line)
            if first == "[" {
                guard let end = trimmed.firstIndex(of: "]") else { continue }
                found.append((String(AWSProfiles.trimmed(trimmed[trimmed.index(after: trimmed.startIndex)..<end])), [:]))
            } else if first != " ", first != "\t", !found.isEmpty, let equals = trimmed.firstIndex(of: "=") {
                let key = AWSProfiles.trimmed(trimmed[..<equals]).lowercased()
                var value = AWSProfiles.trimmed(trimmed[trimmed.index(after: equals)...])
                // A comment needs a space before it, for keys may hold '#'.
                for mark in [" #", " ;"] {
                    if let comment = value.firstRange(of: mark) { value = AWSProfiles.trimmed(value[..<comment.lowerBound]) }
                }
                found[found.count - 1].1[key] = String(value)
            }
        }
        return found
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}

/// A small text file; `nil` if there is none. Throws if it is too long or can't be read; blocks.
func smallFile(_ path: String, limit: Int) throws -> String? {
    let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if number < 0 {
        let error = errno
        if error == ENOENT || error == ENOTDIR { return nil }
        throw directoryFailure(error, "read", path)
    }
    let file = Descriptor(number)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = try fileCall("read", path) { read(file.number, &buffer, buffer.count) }
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += buffer[..<count]
        guard bytes.count <= limit else {
            throw TenonError(.invalidArgument, "'\(displayName(path.utf8))' can't be used", cause: "it is longer than \(limit) bytes")
        }
    }
}
