import ArgumentParser
import TenonAPI

/// A path as it was typed: bytes, relative to where the person stands, or absolute.
struct PathArgument: ExpressibleByArgument, Hashable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    init?(argument: String) {
        bytes = ArgumentEscape.bytes(of: argument)
    }

    static var defaultCompletionKind: CompletionKind { .file() }
}

extension PathArgument: CustomStringConvertible {
    var description: String { displayName(bytes) }
}
