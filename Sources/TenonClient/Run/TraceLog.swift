import TenonAPI
import TenonCore

/// Reads what `strace -f -y -xx` writes, line by line, and gathers which files below a directory were read, written and made.
///
/// A traced program can't write into the log, but it chooses the names in it; with `-xx` they are hexadecimal, so that no name looks like something else.
/// Memory is bounded, whatever comes.
package struct TraceLog {
    /// Absolute path of the directory, without a slash at its end.
    private let top: [UInt8]
    /// Where processes start that nothing else is known of.
    private let start: [UInt8]
    /// Current directories, by process.
    private var directories: [Int: [UInt8]] = [:]
    /// Calls whose end has not been seen.
    private var unfinished: [Int: [UInt8]] = [:]
    /// The first process: the command itself.
    private var command: Int?

    private var read: Set<[UInt8]> = []
    private var written: Set<[UInt8]> = []
    private var made: Set<[UInt8]> = []
    private var length = 0
    private var isCut = false
    /// Whether the command itself has ended.
    package private(set) var hasEnded = false

    /// A longer line is no call that matters: the longest path in hexadecimal, three times.
    package static let maximumLine = 64 << 10
    private static let maximumPaths = 100_000
    private static let maximumLength = 6 << 20
    private static let maximumProcesses = 10_000

    /// The calls that matter, as `-e trace=` takes them; those with `?` are not on every machine.
    static let calls = [
        "?open", "openat", "?openat2", "?creat", "?rename", "?renameat", "?renameat2", "?link", "linkat", "?symlink", "symlinkat", "?mkdir",
        "mkdirat",
        "truncate", "chdir", "fchdir", "execve",
    ]

    package init(top: [UInt8], start: [UInt8]) {
        self.top = top
        self.start = start
    }

    /// What was found; to be called when all lines were taken.
    package var trace: RunTrace {
        func list(_ paths: Set<[UInt8]>) -> [WirePath] { paths.sorted { $0.lexicographicallyPrecedes($1) }.map { WirePath(bytes: $0) } }
        return RunTrace(read: list(read), written: list(written), made: list(made), isCut: isCut || !hasEnded)
    }

    /// Takes one line, without its line feed.
    package mutating func take(_ line: ArraySlice<UInt8>) {
        guard line.count <= TraceLog.maximumLine else { return isCut = true }
        let digits = line.prefix { (0x30...0x39).contains($0) }
        guard let process = Int(String(decoding: digits, as: UTF8.self)) else { return }
        var rest = line.dropFirst(digits.count).drop { $0 == UInt8(ascii: " ") }
        if command == nil { command = process }
        if rest.starts(with: "+++".utf8) {
            if process == command { hasEnded = true }
            directories[process] = nil
            unfinished[process] = nil
            return
        }
        if rest.starts(with: "<... ".utf8) {
            guard let begun = unfinished.removeValue(forKey: process), let end = TraceLog.position(of: " resumed>", in: rest) else { return }
            rest = (begun + rest[end...])[...]
        } else if let mark = TraceLog.position(of: "<unfinished ...>", in: rest, isAtEnd: true) {
            if unfinished.count < TraceLog.maximumProcesses {
                unfinished[process] = Array(rest[..<(mark - "<unfinished ...>".utf8.count)])
            } else {
                isCut = true
            }
            return
        }
        if let call = TraceCall(parsing: rest) { take(call, by: process) }
    }

    // MARK: Calls

    private mutating func take(_ call: TraceCall, by process: Int) {
        if let directory = call.directory {
            if directories.count < TraceLog.maximumProcesses || directories[process] != nil { directories[process] = directory }
        }
        guard call.succeeded else { return }
        switch call.name {
        case "open", "openat", "openat2", "creat":
            guard let path = call.resultPath ?? resolved(call, call.name.hasPrefix("openat") ? 1 : 0, process) else { return }
            let writes = call.name == "creat" || call.flags(contain: "O_WRONLY") || call.flags(contain: "O_RDWR") || call.flags(contain: "O_TRUNC")
            if call.flags(contain: "O_PATH") || call.flags(contain: "O_TMPFILE") { return }
            if writes { note(path, in: \.written) }
            if !call.flags(contain: "O_WRONLY") && call.name != "creat" { note(path, in: \.read) }
        case "execve": note(resolved(call, 0, process), in: \.read)
        case "truncate": note(resolved(call, 0, process), in: \.written)
        case "mkdir": note(resolved(call, 0, process), in: \.made)
        case "mkdirat": note(resolved(call, 1, process), in: \.made)
        case "rename": rename(resolved(call, 0, process), resolved(call, 1, process))
        case "renameat", "renameat2": rename(resolved(call, 1, process), resolved(call, 3, process))
        case "link", "symlink": note(resolved(call, 1, process), in: \.written)
        case "linkat": note(resolved(call, 3, process), in: \.written)
        case "symlinkat": note(resolved(call, 2, process), in: \.written)
        case "chdir": if let path = resolved(call, 0, process) { directories[process] = path }
        case "fchdir": if let path = call.argument(0)?.path { directories[process] = path }
        default: break
        }
    }

    /// The absolute path that an argument means; `nil` where it is not known from where it starts.
    private func resolved(_ call: TraceCall, _ place: Int, _ process: Int) -> [UInt8]? {
        guard let text = call.argument(place)?.text, !text.isEmpty else { return nil }
        if text.first == UInt8(ascii: "/") { return TraceLog.normalized(text) }
        let around = place > 0 ? call.argument(place - 1)?.path : nil
        return TraceLog.normalized((around ?? directories[process] ?? start) + [UInt8(ascii: "/")] + text)
    }

    private mutating func rename(_ old: [UInt8]?, _ new: [UInt8]?) {
        note(new, in: \.written)
        if let old = old.flatMap(relative), made.remove(old) != nil { note(new, in: \.made) }
    }

    private mutating func note(_ path: [UInt8]?, in list: WritableKeyPath<TraceLog, Set<[UInt8]>>) {
        guard let path = path.flatMap(relative), !self[keyPath: list].contains(path) else { return }
        guard read.count + written.count + made.count < TraceLog.maximumPaths, length + path.count <= TraceLog.maximumLength else {
            return isCut = true
        }
        length += path.count
        self[keyPath: list].insert(path)
    }

    /// `path` from the top; `nil` if it lies elsewhere, or is Git's own.
    private func relative(_ path: [UInt8]) -> [UInt8]? {
        guard path.count > top.count + 1, path.starts(with: top), path[top.count] == UInt8(ascii: "/") else { return nil }
        let result = Array(path[(top.count + 1)...])
        return RelativePath.reasonToRefuse(result) == nil ? result : nil
    }

    // MARK: Text

    /// Without `.`, `..` and double slashes, by its spelling alone.
    private static func normalized(_ path: [UInt8]) -> [UInt8] {
        var components: [ArraySlice<UInt8>] = []
        for component in path.split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual("..".utf8) {
                _ = components.popLast()
            } else if !component.elementsEqual(".".utf8) {
                components.append(component)
            }
        }
        return [UInt8(ascii: "/")] + Array(components.joined(separator: [UInt8(ascii: "/")]))
    }

    /// Where the text ends in `bytes`: its first occurrence, or the one that ends them.
    private static func position(of text: String, in bytes: ArraySlice<UInt8>, isAtEnd: Bool = false) -> Int? {
        let text = Array(text.utf8)
        guard bytes.count >= text.count else { return nil }
        if isAtEnd { return bytes.suffix(text.count).elementsEqual(text) ? bytes.endIndex : nil }
        return (bytes.startIndex...(bytes.endIndex - text.count)).first { bytes[$0...].starts(with: text) }.map { $0 + text.count }
    }
}

/// One call in a log of `strace -y -xx`.
struct TraceCall {
    /// An argument: a string, and the path that `-y` adds to a descriptor.
    struct Argument {
        var text: [UInt8]?
        var path: [UInt8]?
        /// As it stands there.
        var raw: [UInt8]
    }

    let name: String
    private let arguments: [Argument]
    let succeeded: Bool
    /// The path of the descriptor that it returned.
    let resultPath: [UInt8]?

    /// `NAME(ARGUMENTS) = RESULT`; `nil` for anything else.
    init?(parsing line: ArraySlice<UInt8>) {
        guard let open = line.firstIndex(of: UInt8(ascii: "(")) else { return nil }
        name = String(decoding: line[..<open], as: UTF8.self)
        var arguments: [Argument] = []
        var start = line.index(after: open)
        var position = start
        var depth = 0
        var quote: UInt8?
        scan: while position < line.endIndex {
            let byte = line[position]
            if let end = quote {
                if byte == end { quote = nil }
            } else {
                switch byte {
                case UInt8(ascii: "\""): quote = byte
                case UInt8(ascii: "<"): quote = UInt8(ascii: ">")
                case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: ")") where depth == 0: break scan
                case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
                case UInt8(ascii: ",") where depth == 0:
                    arguments.append(TraceCall.argument(line[start..<position]))
                    start = position + 1
                default: break
                }
            }
            position += 1
        }
        guard position < line.endIndex else { return nil }
        arguments.append(TraceCall.argument(line[start..<position]))
        self.arguments = arguments
        let rest = line[(position + 1)...].drop { $0 == UInt8(ascii: " ") }
        guard rest.starts(with: "= ".utf8) else { return nil }
        let result = rest.dropFirst(2)
        succeeded = result.first.map { (0x30...0x39).contains($0) } ?? false
        resultPath = TraceCall.argument(result).path
    }

    func argument(_ place: Int) -> Argument? { place < arguments.count ? arguments[place] : nil }

    /// Whether a flag stands in an argument that is no string.
    func flags(contain flag: String) -> Bool {
        arguments.contains { argument in
            argument.text == nil
                && argument.raw.split(whereSeparator: { !TraceCall.isWord($0) }).contains { $0.elementsEqual(flag.utf8) }
        }
    }

    /// The current directory, where `-y` has told it.
    var directory: [UInt8]? { arguments.first { $0.raw.starts(with: "AT_FDCWD".utf8) }?.path }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
    }

    private static func argument(_ bytes: ArraySlice<UInt8>) -> Argument {
        let raw = Array(bytes.drop { $0 == UInt8(ascii: " ") })
        var argument = Argument(raw: raw)
        if raw.first == UInt8(ascii: "\""), let end = raw.dropFirst().firstIndex(of: UInt8(ascii: "\"")) {
            // A string that was cut short is followed by dots.
            if end == raw.count - 1 { argument.text = decoded(raw[1..<end]) }
        } else if let open = raw.firstIndex(of: UInt8(ascii: "<")), let end = raw[open...].firstIndex(of: UInt8(ascii: ">")) {
            let path = decoded(raw[(open + 1)..<end])
            if path?.first == UInt8(ascii: "/") { argument.path = path }
        }
        return argument
    }

    /// `\x2f\x74` and plain characters, as bytes; `nil` for other escapes.
    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var position = text.startIndex
        while position < text.endIndex {
            guard text[position] == UInt8(ascii: "\\") else {
                result.append(text[position])
                position += 1
                continue
            }
            guard position + 3 < text.endIndex, text[position + 1] == UInt8(ascii: "x"),
                let value = UInt8(String(decoding: text[(position + 2)...(position + 3)], as: UTF8.self), radix: 16)
            else { return nil }
            result.append(value)
            position += 4
        }
        return result
    }
}
