import Foundation
import Logging
import TenonCore
import Testing

@testable import TenonServer

struct DaemonArgumentsTests {
    @Test func `options are read in both forms`() throws {
        let read = try DaemonArguments(["--home", "/s", "--foreground", "--idle-timeout=1.5", "--ready-fd", "4", "-v"])
        #expect(read.home == "/s")
        #expect(read.foreground)
        #expect(read.verbose)
        #expect(read.idleTimeout == .milliseconds(1500))
        #expect(read.readyDescriptor == 4)
        #expect(try DaemonArguments(["--help"]).action == .showHelp)
        #expect(try DaemonArguments(["--version"]).action == .showVersion)
    }

    @Test(arguments: [
        ["--home"], ["--home", "rel"], ["--idle-timeout", "0"], ["--idle-timeout", "x"], ["--ready-fd", "-1"], ["--nothing"], ["x"],
    ])
    func `what is wrong is named`(arguments: [String]) {
        let error = #expect(throws: TenonError.self) { try DaemonArguments(arguments) }
        #expect(error?.code == .invalidArgument)
    }
}

struct DaemonEnvironmentTests {
    @Test func `nothing of Git's is kept`() {
        let scrubbed = DaemonEnvironment([
            "GIT_INDEX_FILE": "x", "HOME": "/h", "XDG_STATE_HOME": "/s", "TENON_A": "1", "SSH_AUTH_SOCK": "x", "LISTEN_FDS": "1",
        ]).scrubbed
        #expect(scrubbed == ["HOME": "/h", "XDG_STATE_HOME": "/s", "TENON_A": "1", "LISTEN_FDS": "1", "MALLOC_ARENA_MAX": "2"])
        #expect(DaemonEnvironment(scrubbed).scrubbed == scrubbed)
    }

    @Test func `places follow XDG`() throws {
        #expect(try DaemonEnvironment(["HOME": "/h"]).home() == "/h/.local/share/tenon")
        #expect(try DaemonEnvironment(["HOME": "/h", "XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s"]).home() == "/d/tenon")
        #expect(try DaemonEnvironment(["HOME": "/h", "XDG_STATE_HOME": "/s"]).log() == "/s/tenon/tenond.log")
        #expect(try DaemonEnvironment(["TENON_HOME": "/t"]).home() == "/t")
        #expect(throws: TenonError.self) { try DaemonEnvironment([:]).home() }
    }
}

struct LogFileTests {
    @Test func `lines are JSON that only the owner reads, and the file is begun anew`() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("tenon-log-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appendingPathComponent("a/b/tenond.log").path
        let file = try LogFile(path: path, limit: 2500)
        var log = file.logger()
        log[metadataKey: "home"] = "/h"
        log.debug("not wanted")
        for number in 0..<25 { log.warning("line \"\(number)\"\n\u{1}", metadata: ["n": "\(number)"]) }
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        var numbers: [String] = []
        for name in [path + ".1", path] {
            let text = try String(contentsOfFile: name, encoding: .utf8)
            #expect(text.utf8.count <= 2500)
            for line in text.split(separator: "\n") {
                let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                numbers.append(object["n"] as? String ?? "")
                #expect(object["home"] as? String == "/h")
                #expect(object["level"] as? String == "warning")
                #expect((object["message"] as? String)?.hasSuffix("\"\n\u{1}") == true)
            }
        }
        #expect(numbers == (0..<25).suffix(numbers.count).map { "\($0)" })
        #expect(numbers.count > 5)
    }
}
