import TenonCore
import TenonFormat
import Yams

/// Reads `tenon.yaml`: one method for each section, each with the keys that it knows.
struct SettingsParser {
    /// The largest `tenon.yaml` that is read.
    static let maximumLength = 256 << 10

    private var settings = Settings()

    /// Throws an error that names line and key. Keys that are not known only warn: a newer Tenon may have written them.
    static func parse(_ bytes: [UInt8]) throws(TenonError) -> Settings {
        guard let root = try SettingsText.compose(bytes) else { return Settings() }
        var parser = SettingsParser()
        try parser.readTop(SettingsNode(node: root, key: "", line: root.mark?.line))
        return parser.settings
    }

    private mutating func readTop(_ top: SettingsNode) throws(TenonError) {
        let entries = try top.entries(expected: "a mapping such as 'version: 1'")
        // First of all: what is wrong with a newer file is not for this version to say.
        for (name, value) in entries where name == "version" {
            let version = try value.integer()
            guard version == 1 else {
                throw TenonError(
                    .unsupportedVersion, "\(SettingsError.place(value.line)): 'version' is \(version)", cause: "this Tenon reads version 1",
                    hint: "install a newer Tenon")
            }
        }
        for (name, value) in entries {
            switch name {
            case "version": break
            case "remotes": try readRemotes(value)
            case "store": try readStore(value)
            case "policy": try readPolicy(value)
            case "stages": try readStages(value)
            // Read with the stages, when they are asked for.
            case "vars", "params", "metrics", "plots": break
            default: warn(value, ["version", "remotes", "store", "policy", "stages", "vars", "params", "metrics", "plots"])
            }
        }
    }

    private mutating func warn(_ value: SettingsNode, _ known: [String]) {
        settings.warnings.append(value.unknown(among: known))
    }

    private mutating func readStore(_ node: SettingsNode) throws(TenonError) {
        for (name, value) in try node.entries() {
            switch name {
            case "compression": settings.compression = try value.choice()
            default: warn(value, ["compression"])
            }
        }
    }

    private mutating func readPolicy(_ node: SettingsNode) throws(TenonError) {
        for (name, value) in try node.entries() {
            switch name {
            case "on-modified": settings.policy.onModified = try value.choice()
            case "max-git-file": settings.policy.largestGitFile = try value.byteCount()
            case "large-ok": settings.policy.largeAllowed = try value.globs()
            case "lineage": settings.policy.lineage = try value.globs()
            case "validated": settings.policy.validated = try value.globs()
            case "metrics": try readMetricRules(value)
            case "strict": settings.policy.strict = try value.flag()
            case "require-remote": settings.policy.requireRemote = try value.choice()
            case "push": settings.policy.push = try value.choice()
            case "fetch-on-checkout": settings.policy.fetchLimit = try value.byteCount()
            default:
                warn(
                    value,
                    [
                        "on-modified", "max-git-file", "large-ok", "lineage", "validated", "metrics", "strict", "require-remote", "push",
                        "fetch-on-checkout",
                    ])
            }
        }
    }

    private mutating func readMetricRules(_ node: SettingsNode) throws(TenonError) {
        for (glob, value) in try node.entries() {
            try SettingsNode.requireGlob(glob, key: node.key, line: value.line)
            let expected = "a bound such as 'accuracy >= 0.90'"
            guard let rule = MetricRule(glob: glob, text: try value.text(expected: expected)) else { throw value.wrong(expected) }
            settings.policy.metrics.append(rule)
        }
    }

    private mutating func readRemotes(_ node: SettingsNode) throws(TenonError) {
        for (name, value) in try node.entries() {
            if name == "default" {
                settings.defaultRemote = try value.text(expected: "the name of a remote")
                continue
            }
            do {
                try RemoteConfiguration.check(name)
            } catch {
                throw SettingsError.at(value.line, "'\(value.key)' can't be a remote's name", error.cause ?? error.message)
            }
            var url: String?
            var remote = RemoteProposal(url: "")
            for (key, value) in try value.entries(expected: "a mapping such as { url: s3://bucket/prefix }") {
                switch key {
                case "url": url = try value.text()
                case "region": remote.region = try value.text()
                case "endpoint": remote.endpoint = try value.text()
                default: warn(value, ["url", "region", "endpoint"])
                }
            }
            guard let url else { throw SettingsError.at(value.line, "'\(value.key)' has no 'url'", "it says where the remote is") }
            remote.url = url
            settings.remotes[name] = remote
        }
    }

    /// Checks the shape of stages, so that a slip shows at once and not when the pipeline runs. `PipelineParser` reads them.
    private mutating func readStages(_ node: SettingsNode) throws(TenonError) {
        for (name, stage) in try node.entries() {
            guard SettingsParser.isName(name) else {
                throw SettingsError.at(stage.line, "'\(stage.key)' can't be a stage's name", SettingsParser.nameRule)
            }
            var hasCommand = false
            for (key, value) in try stage.entries(expected: "a mapping with 'cmd'") {
                switch key {
                // A list that a variable stands for.
                case _ where value.node.scalar?.string.hasPrefix("${") == true && key != "cmd": break
                case "cmd":
                    _ = try value.node.sequence == nil ? [value.text(expected: "a command line")] : value.texts().map(\.text)
                    hasCommand = true
                case "deps": _ = try value.texts()
                case "params", "outs", "metrics", "plots": _ = try value.items(expected: "a list of texts")
                case "do": hasCommand = try value.entries(expected: "a mapping with 'cmd'").contains { $0.name == "cmd" }
                case _ where PipelineParser.stageKeys.contains(key): break
                default: warn(value, PipelineParser.stageKeys)
                }
            }
            guard hasCommand else { throw SettingsError.at(stage.line, "'\(stage.key)' has no 'cmd'", "a stage is a command") }
        }
    }

    static let nameRule = "a name has 1 to 64 letters, digits, '.', '_' or '-', and begins with a letter or digit"

    static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && name.utf8.first.map(isWordCharacter) == true
            && name.utf8.allSatisfy { isWordCharacter($0) || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains($0) }
    }

    private static func isWordCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
