import Glibc
import TenonAPI
import TenonCore

/// Finds out where a command is executed: machine, interpreter, installed packages, container, chosen variables.
package struct EnvironmentSurvey {
    private let environment: ClientEnvironment
    private let command: [[UInt8]]

    /// Variables that decide what a computation gives, and hold no secrets.
    private static let variables = [
        "CUBLAS_WORKSPACE_CONFIG", "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "LANG", "LC_ALL", "MKL_NUM_THREADS", "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED", "PYTHONPATH", "TF_DETERMINISTIC_OPS", "TOKENIZERS_PARALLELISM", "TZ", "VIRTUAL_ENV",
        "CONDA_DEFAULT_ENV",
    ]
    /// Those of them that a command must find again, to compute the same.
    static let decidingNames = [
        "CUBLAS_WORKSPACE_CONFIG", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED", "TF_DETERMINISTIC_OPS", "TZ",
    ]
    /// Parts of names of variables that hold secrets.
    private static let secrets = ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "CREDENTIAL", "APIKEY", "API_KEY", "ACCESS_KEY", "PRIVATE_KEY", "AUTH"]

    /// - Parameter command: Of a text for `sh -c`, which is how stages are recorded, the program that counts is looked for in it.
    package init(environment: ClientEnvironment, command: [[UInt8]]) {
        self.environment = environment
        if command.count == 3, command.starts(with: ["sh", "-c"].map { Array($0.utf8) }) {
            self.command = [Array(EnvironmentSurvey.program(ofShell: String(decoding: command[2], as: UTF8.self)).utf8)]
        } else {
            self.command = command
        }
    }

    /// Of what a shell executes, the interpreter, wherever it stands; else the first word.
    package static func program(ofShell text: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).filter { $0 != "(" }
        let interpreter = words.first { word in
            let name = word.split(separator: "/").last ?? ""
            return name.hasPrefix("python") || name.hasPrefix("pypy")
        }
        return (interpreter ?? words.first).map(String.init) ?? "sh"
    }

    /// - Parameter names: variables to record beside the usual ones. Throws `invalidArgument` for one that is named like a secret.
    package func take(variables names: [String] = []) throws(TenonError) -> RunEnvironment {
        for name in names where EnvironmentSurvey.secrets.contains(where: name.uppercased().contains) {
            throw TenonError(
                .invalidArgument, "the variable '\(displayName(name.utf8))' is not recorded", cause: "by its name it holds a secret",
                hint: "secrets are never recorded")
        }
        var machine = utsname()
        uname(&machine)
        return RunEnvironment(
            host: place.host, user: place.user,
            system: "\(text(machine.sysname)) \(text(machine.release))", architecture: text(machine.machine), processor: processor(),
            processors: Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))),
            memory: UInt64(max(0, sysconf(CInt(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(CInt(_SC_PAGESIZE)))), accelerators: accelerators(),
            python: python(), container: container(), variables: chosen(EnvironmentSurvey.variables + names))
    }

    /// Of recorded variables, those that a command must find again.
    package static func deciding(_ variables: [String: String]) -> [String: String] { variables.filter { decidingNames.contains($0.key) } }

    /// Who is at work, and on which machine.
    package var place: (user: String, host: String) {
        var machine = utsname()
        uname(&machine)
        return (environment["USER"] ?? environment["LOGNAME"] ?? EnvironmentSurvey.systemUser, text(machine.nodename))
    }

    /// What the system calls the user that this process runs as, which is whom Git takes, too; the number where it knows no name.
    private static var systemUser: String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 << 10) { buffer in
            guard let start = buffer.baseAddress, getpwuid_r(getuid(), &entry, start, buffer.count, &found) == 0, let name = found?.pointee.pw_name
            else { return "\(getuid())" }
            return String(cString: name)
        }
    }

    private func chosen(_ names: [String]) -> [String: String] {
        var result: [String: String] = [:]
        for name in names {
            // An address with a name and password in it is a secret, whatever the variable is called.
            guard let value = environment[name], value.utf8.count <= 4096 else { continue }
            if value.contains("://"), value.contains("@") { continue }
            result[name] = value
        }
        return result
    }

    private func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private func processor() -> String? {
        for line in SmallSystemFile.lines("/proc/cpuinfo") where line.hasPrefix("model name") {
            return line.split(separator: ":", maxSplits: 1).last.map { trimmed($0) }
        }
        return nil
    }

    /// What NVIDIA's and AMD's drivers list.
    private func accelerators() -> [String] {
        var result: [String] = []
        for card in SmallSystemFile.names(in: "/proc/driver/nvidia/gpus") {
            for line in SmallSystemFile.lines("/proc/driver/nvidia/gpus/\(card)/information") where line.hasPrefix("Model") {
                result += line.split(separator: ":", maxSplits: 1).dropFirst().map { trimmed($0) }
            }
        }
        for node in SmallSystemFile.names(in: "/sys/class/kfd/kfd/topology/nodes") {
            let name = SmallSystemFile.lines("/sys/class/kfd/kfd/topology/nodes/\(node)/name").first ?? ""
            if !name.isEmpty, !name.hasPrefix("cpu") { result.append(name) }
        }
        return result
    }

    /// The container's id, as its runtime has it in the names of control groups or mounts.
    private func container() -> String? {
        for file in ["/proc/self/cgroup", "/proc/self/mountinfo"] {
            for line in SmallSystemFile.lines(file) where line.contains("docker") || line.contains("containers") || line.contains("kubepods") {
                for word in line.split(whereSeparator: { "/- .:".contains($0) }) where word.utf8.count == 64 && word.allSatisfy(\.isHexDigit) {
                    return String(word)
                }
            }
        }
        return nil
    }

    // MARK: Python

    /// Lists distributions with the interpreter that will run, in its own environment; the working directory is no place to import from meanwhile.
    private static let script = """
        sys = __import__('sys')
        sys.path = [p for p in sys.path if p]
        from importlib import metadata
        print('%d.%d.%d' % sys.version_info[:3])
        print(sys.executable)
        for d in metadata.distributions():
            name = d.metadata['Name']
            if name: print(name + ' ' + str(d.version))
        """

    private func python() -> RunEnvironment.Python? {
        guard let interpreter = interpreter() else { return nil }
        let child = ChildProcess(
            program: interpreter, arguments: [Array("-c".utf8), Array(EnvironmentSurvey.script.utf8)], environment: environment.list)
        guard let output = child.output(limit: 1 << 20, timeout: .seconds(20)) else { return nil }
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        guard lines.count >= 2 else { return nil }
        var packages: [String: String] = [:]
        for line in lines.dropFirst(2) {
            let words = line.split(separator: " ")
            // The first one found is the one that is imported.
            if words.count == 2, packages[String(words[0])] == nil { packages[String(words[0])] = String(words[1]) }
        }
        return RunEnvironment.Python(version: lines[0], executable: lines[1], packages: packages)
    }

    private func interpreter() -> String? {
        // A session may be a notebook's.
        let program = command.first.map { String(decoding: $0, as: UTF8.self) } ?? "python3"
        let name = program.split(separator: "/").last ?? ""
        if command.isEmpty, let root = environment["VIRTUAL_ENV"] ?? environment["CONDA_PREFIX"] { return "\(root)/bin/python" }
        if name.hasPrefix("python") || name.hasPrefix("pypy") { return program }
        for root in [environment["VIRTUAL_ENV"], environment["CONDA_PREFIX"]] {
            if let root, access("\(root)/bin/python", X_OK) == 0 { return "\(root)/bin/python" }
        }
        // A script that names its interpreter, or a launcher that a package has installed.
        guard program.contains("/"), let first = SmallSystemFile.lines(program, limit: 4096).first, first.hasPrefix("#!") else { return nil }
        return first.dropFirst(2).split(separator: " ").map(String.init).last { $0.contains("python") }
    }

    private func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
