@_exported import TenonCore

/// One line of an answer.
package enum Event<Item: Codable & Sendable, Reply: Codable & Sendable>: Sendable {
    case progress(Progress)
    case item(Item)
    /// Something that the person should know, though the work goes on.
    case warning(String)
    case done(Reply)
    case error(TenonError)
}

extension Event: Codable {
    private enum Name: String, Codable {
        case progress, item, warning, done, error
    }

    private enum Keys: String, CodingKey {
        case event, progress, item, message, result, error
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        switch try container.decode(Name.self, forKey: .event) {
        case .progress: self = .progress(try container.decode(Progress.self, forKey: .progress))
        case .item: self = .item(try container.decode(Item.self, forKey: .item))
        case .warning: self = .warning(try container.decode(String.self, forKey: .message))
        case .done: self = .done(try container.decode(Reply.self, forKey: .result))
        case .error: self = .error(try container.decode(TenonError.self, forKey: .error))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        switch self {
        case .progress(let progress):
            try container.encode(Name.progress, forKey: .event)
            try container.encode(progress, forKey: .progress)
        case .item(let item):
            try container.encode(Name.item, forKey: .event)
            try container.encode(item, forKey: .item)
        case .warning(let message):
            try container.encode(Name.warning, forKey: .event)
            try container.encode(message, forKey: .message)
        case .done(let reply):
            try container.encode(Name.done, forKey: .event)
            try container.encode(reply, forKey: .result)
        case .error(let error):
            try container.encode(Name.error, forKey: .event)
            try container.encode(error, forKey: .error)
        }
    }
}

/// How far long work has come. Totals are `nil` while they are not known.
package struct Progress: Codable, Sendable, Hashable {
    package enum Phase: String, Codable, Sendable {
        case scanning, storing, writing, verifying, reading, rebuilding, sending, receiving
    }

    package var phase: Phase
    /// What is worked on, for people: an artifact's path.
    package var subject: String?
    package var bytes: UInt64
    package var totalBytes: UInt64?
    package var files: UInt64
    package var totalFiles: UInt64?

    package init(
        phase: Phase, subject: String? = nil, bytes: UInt64 = 0, totalBytes: UInt64? = nil, files: UInt64 = 0, totalFiles: UInt64? = nil
    ) {
        self.phase = phase
        self.subject = subject
        self.bytes = bytes
        self.totalBytes = totalBytes
        self.files = files
        self.totalFiles = totalFiles
    }
}
