import TenonCore
import TenonFormat
import Yams

/// Reads `tenon.yaml`. What it says may come from anyone, so size, depth and sharing are bounded before the YAML parser sees it.
enum SettingsParser {
    /// The largest `tenon.yaml` that is read.
    static let maximumLength = 256 << 10

    /// Top-level keys that other parts of Tenon own.
    private static let topLevelKeys: Set<String> = ["version", "remotes", "store", "policy", "stages"]
    private static let policyKeys: Set<String> = [
        "on-modified", "max-git-file", "large-ok", "lineage", "validated", "metrics", "strict", "require-remote", "fetch-on-checkout",
    ]

    static func parse(_ bytes: [UInt8]) throws(TenonError) -> Settings {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw refused("it is not UTF-8") }
        if let reason = reasonToRefuse(bytes) { throw refused(reason) }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw refused("it is not YAML: \(firstLine(of: "\(error)"))")
        }
        guard let root, root.null == nil else { return Settings() }
        guard let top = root.mapping else { throw refused("its top level is not a mapping") }
        var settings = Settings()
        for (key, value) in top {
            let name = key.string ?? "?"
            switch name {
            case "version":
                guard let version = value.int else { throw refused("'version' is not a number") }
                guard version == 1 else {
                    throw TenonError(
                        .unsupportedVersion, "tenon.yaml can't be used", cause: "it is of version \(version), this Tenon reads version 1",
                        hint: "install a newer Tenon")
                }
            case "store": try readStore(value, into: &settings)
            case "policy": try readPolicy(value, into: &settings)
            default: if !topLevelKeys.contains(name) { settings.unknownKeys.append(name) }
            }
        }
        return settings
    }

    private static func readStore(_ node: Node, into settings: inout Settings) throws(TenonError) {
        for (key, value) in try mapping(node, "store") {
            switch key.string {
            case "compression":
                guard let choice = value.string.flatMap(CompressionChoice.init(rawValue:)) else {
                    throw refused("'store.compression' is none of auto, zstd, zlib, none")
                }
                settings.compression = choice
            default: settings.unknownKeys.append("store.\(key.string ?? "?")")
            }
        }
    }

    private static func readPolicy(_ node: Node, into settings: inout Settings) throws(TenonError) {
        for (key, value) in try mapping(node, "policy") {
            switch key.string {
            case "max-git-file":
                guard let size = value.string.flatMap(byteCount) else { throw refused("'policy.max-git-file' is not a size such as '10 MiB'") }
                settings.largestGitFile = size
            case "large-ok":
                guard let globs = value.sequence?.map(\.string), globs.count <= 1000 else {
                    throw refused("'policy.large-ok' is not a list of globs")
                }
                settings.largeAllowed = globs.compactMap(\.self)
            default:
                if !policyKeys.contains(key.string ?? "") { settings.unknownKeys.append("policy.\(key.string ?? "?")") }
            }
        }
    }

    private static func mapping(_ node: Node, _ name: String) throws(TenonError) -> Node.Mapping {
        if node.null != nil { return Node.Mapping([]) }
        guard let mapping = node.mapping else { throw refused("'\(name)' is not a mapping") }
        return mapping
    }

    /// Bytes of a size as people write it: a number, then nothing, `B`, `kB`, `KiB`, `MB`, `MiB`, `GB`, `GiB`, `TB` or `TiB`.
    static func byteCount(_ text: String) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt64(digits) else { return nil }
        let factor: UInt64
        switch text.dropFirst(digits.count).drop(while: { $0 == " " }).lowercased() {
        case "", "b": factor = 1
        case "kb": factor = 1000
        case "k", "kib": factor = 1 << 10
        case "mb": factor = 1_000_000
        case "m", "mib": factor = 1 << 20
        case "gb": factor = 1_000_000_000
        case "g", "gib": factor = 1 << 30
        case "tb": factor = 1_000_000_000_000
        case "t", "tib": factor = 1 << 40
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    /// Why the parser should not see this text: nested so deeply, or with anchors that share so much, that reading it would take all memory.
    private static func reasonToRefuse(_ bytes: [UInt8]) -> String? {
        var depth = 0
        // Whether a YAML node may begin here: at the start of a line or after an indicator.
        var nodeMayBegin = true
        var indicators = 0
        for (position, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth > 100 { return "it is nested too deeply" }
                nodeMayBegin = true
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
            case 0x0A:
                nodeMayBegin = true
                indicators = 0
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
                // An indicator only before white space; else part of a word.
                guard position + 1 == bytes.count || bytes[position + 1] <= 0x20 else {
                    nodeMayBegin = false
                    continue
                }
                if byte != UInt8(ascii: ":"), nodeMayBegin { indicators += 1 }
                if indicators > 100 { return "it is nested too deeply" }
                nodeMayBegin = true
            case UInt8(ascii: ","): nodeMayBegin = true
            case 0x20, 0x09, 0x0D: break
            case UInt8(ascii: "&"):
                let next = position + 1 < bytes.count ? bytes[position + 1] : 0x20
                if nodeMayBegin, isAnchorCharacter(next) { return "anchors and aliases are not allowed in it" }
                nodeMayBegin = false
            default: nodeMayBegin = false
            }
        }
        return nil
    }

    private static func isAnchorCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func refused(_ cause: String) -> TenonError {
        TenonError(.invalidArgument, "tenon.yaml can't be read", cause: cause, hint: "correct the file, or take the one of an earlier commit")
    }

    private static func firstLine(of text: String) -> String {
        displayName((text.split(separator: "\n").first ?? "").utf8)
    }
}
