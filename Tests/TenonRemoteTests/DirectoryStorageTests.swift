import Foundation
import TenonCore
import TenonFormat
import TenonTesting
import Testing

@testable import TenonRemote

@Suite("A directory as a remote")
struct DirectoryStorageTests {
    private func withDirectory(_ body: (String, Remote) async throws -> Void) async throws {
        try await withScratchDirectory { scratch in
            let remote = Remote(try DirectoryStorage(path: scratch + "/remote"), policy: .forTests)
            try await remote.prepare()
            try await body(scratch + "/remote", remote)
        }
    }

    @Test("It is made where its parent is, and only when it is prepared")
    func preparing() async throws {
        try await withScratchDirectory { scratch in
            let remote = Remote(try DirectoryStorage(path: scratch + "/remote"), policy: .forTests)
            for call in [{ _ = try await remote.head(try ObjectName("a")) }, { _ = try await remote.create(try ObjectName("a"), bytes: []) }] {
                do {
                    try await call()
                    Issue.record("a directory that is not there was used")
                } catch let error as TenonError {
                    #expect(error.code == .notFound && error.hint?.contains("mounted") == true)
                }
            }
            try await remote.prepare()
            try await remote.prepare()
            #expect(try await remote.head(try ObjectName("a")) == nil)
            await #expect(throws: TenonError.self) {
                try await Remote(try DirectoryStorage(path: scratch + "/none/remote"), policy: .forTests).prepare()
            }
        }
    }

    @Test("A file may have any time", arguments: [(Int.min, Int64(0)), (-1, 0), (1_700_000_000, 1_700_000_000_000), (.max, 253_402_300_799_999)])
    func absurdTimes(_ seconds: Int, _ milliseconds: Int64) throws {
        var status = stat()
        status.st_mtim.tv_sec = seconds
        #expect(ObjectEntry(try ObjectName("a"), status).modified == milliseconds)
    }

    @Test("Relative paths are refused", arguments: ["", "a", "./a", "~/a"])
    func relative(_ path: String) {
        #expect(throws: TenonError.self) { try DirectoryStorage(path: path) }
    }

    @Test("What is no object is no part of a listing")
    func foreign() async throws {
        try await withDirectory { path, remote in
            _ = try await remote.create(try ObjectName("a/b"), bytes: [1])
            for name in ["README", ".hidden", "a/.b", "a/b~", "ü"] { touch(path + "/" + name) }
            #expect(try await remote.page(.all).entries.map(\.name.text) == ["a/b"])
        }
    }

    @Test("Symlinks below the root are neither followed nor listed")
    func symlinks() async throws {
        try await withDirectory { path, remote in
            let outside = path + "-outside"
            try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: false)
            touch(outside + "/secret")
            try FileManager.default.createSymbolicLink(atPath: path + "/packs", withDestinationPath: outside)
            try FileManager.default.createSymbolicLink(atPath: path + "/file", withDestinationPath: outside + "/secret")
            await #expect(throws: TenonError.self) { try await remote.create(try ObjectName("packs/x"), bytes: [1]) }
            await #expect(throws: TenonError.self) { try await remote.contents(of: try ObjectName("packs/secret"), limit: 10) }
            await #expect(throws: TenonError.self) { try await remote.contents(of: try ObjectName("file"), limit: 10) }
            #expect(try await remote.create(try ObjectName("file2"), bytes: [1]) == .created)
            #expect(try await remote.page(.all).entries.map(\.name.text) == ["file2"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == ["secret"])
        }
    }

    @Test("The work directory can't be a symlink")
    func workDirectory() async throws {
        try await withDirectory { path, remote in
            let outside = path + "-outside"
            try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: false)
            try FileManager.default.createSymbolicLink(atPath: path + "/.tenon", withDestinationPath: outside)
            await #expect(throws: TenonError.self) { try await remote.create(try ObjectName("x"), bytes: [1]) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside).isEmpty)
        }
    }

    @Test("FIFOs and devices are refused without waiting for them")
    func fifo() async throws {
        try await withDirectory { path, remote in
            #expect(mkfifo(path + "/pipe", 0o600) == 0)
            await #expect(throws: TenonError.self) { try await remote.contents(of: try ObjectName("pipe"), limit: 10) }
            let listed = try await remote.page(.all).entries
            #expect(listed.isEmpty)
        }
    }

    @Test("Old leftovers go with the first write, young ones stay")
    func leftovers() async throws {
        try await withDirectory { path, remote in
            _ = try await remote.create(try ObjectName("a"), bytes: [1])
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/.tenon").isEmpty)
            for (name, age) in [("incoming-1", 30.0 * 3600), ("incoming-2", 60), ("other", 30.0 * 3600)] {
                let file = path + "/.tenon/" + name
                touch(file)
                try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: file)
            }
            let fresh = Remote(try DirectoryStorage(path: path), policy: .forTests)
            _ = try await fresh.create(try ObjectName("b"), bytes: [1])
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/.tenon").sorted() == ["incoming-2", "other"])
        }
    }

    @Test("Who may use the root may use what lies in it, whatever the umask", arguments: [0o700, 0o770, 0o2775, 0o755])
    func modes(_ mode: Int) async throws {
        try await withDirectory { path, remote in
            #expect(chmod(path, mode_t(mode)) == 0)
            _ = try await remote.create(try ObjectName("packs/00/a"), bytes: [1])
            let entry = try #require(try await remote.head(try ObjectName("packs/00/a")))
            _ = try await remote.delete(try ObjectName("packs/none"), entry.tag)
            func bits(_ name: String) throws -> Int {
                var status = stat()
                #expect(lstat(path + "/" + name, &status) == 0)
                return Int(status.st_mode & 0o7777)
            }
            #expect(try bits("packs") == mode)
            #expect(try bits("packs/00") == mode)
            #expect(try bits(".tenon") == mode)
            #expect(try bits("packs/00/a") == mode & 0o444)
        }
    }

    @Test("A lock that another process holds is waited for, and one whose holder died is free")
    func lock() async throws {
        try await withDirectory { path, remote in
            let name = try ObjectName("a")
            _ = try await remote.create(name, bytes: [1])
            let tag = try #require(try await remote.head(name)).tag
            // Makes the lock's file.
            _ = try await remote.replace(name, ObjectTag(unchecked: "x"), with: [2])
            guard case .replaced(let second) = try await remote.replace(name, tag, with: [2]) else {
                Issue.record("not replaced")
                return
            }
            // `--no-fork`: the process that dies is the one that holds the lock.
            let holder = Process()
            holder.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
            holder.arguments = ["--no-fork", path + "/.tenon/lock", "sh", "-c", "echo held; exec sleep 600"]
            let output = Pipe()
            holder.standardOutput = output
            try holder.run()
            #expect(output.fileHandleForReading.readData(ofLength: 5) == Data("held\n".utf8))
            async let replaced = remote.replace(name, second, with: [3])
            #expect(try await remote.contents(of: name, limit: 10)?.bytes == [2])
            kill(holder.processIdentifier, SIGKILL)
            guard case .replaced = try await replaced else {
                Issue.record("not replaced")
                return
            }
        }
    }

    private func touch(_ path: String) {
        #expect(FileManager.default.createFile(atPath: path, contents: Data([1])))
    }
}
