import Foundation
import TenonCore
import Testing

@testable import TenonClient

struct WorkTreeDiscoveryTests {
    private func find(_ directory: String, _ more: [String: String] = [:]) throws -> (top: String, git: String?, prefix: String, index: String?) {
        let context = try WorkTreeDiscovery(environment: environment(in: directory, more)).find()
        return (context.topLevel.description, context.gitDirectory?.description, context.prefix.description, context.indexFile?.description)
    }

    private func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    @Test func `the top is found from below`() throws {
        try withScratchDirectory { base in
            try git("init", "-q", base, in: base)
            try makeDirectory(base + "/a/b")
            let found = try find(base + "/a/b")
            #expect(found == (base, base + "/.git", "a/b", nil))
            #expect(try find(base).prefix == "")
            let context = try WorkTreeDiscovery(environment: environment(in: base)).find()
            let inode = try FileManager.default.attributesOfItem(atPath: base)[.systemFileNumber] as? UInt64
            #expect(context.inode == inode)
        }
    }

    @Test func `linked work trees and submodule files are asked of Git`() throws {
        try withScratchDirectory { base in
            let main = base + "/main"
            try git("init", "-q", main, in: base)
            try git("commit", "-q", "--allow-empty", "-m", "x", in: main)
            try git("worktree", "add", "-q", base + "/other", in: main)
            let found = try find(base + "/other")
            #expect(found.top == base + "/other")
            #expect(found.git == main + "/.git/worktrees/other")
        }
    }

    @Test func `a moved work tree is asked of Git`() throws {
        try withScratchDirectory { base in
            try makeDirectory(base + "/elsewhere")
            try git("init", "-q", base + "/r", in: base)
            try git("config", "core.worktree", "../../elsewhere", in: base + "/r")
            // Git finds the directory, and its work tree beside it.
            #expect(try find(base + "/r").top == base + "/elsewhere")
        }
    }

    @Test func `no repository, a bare one and a Git directory itself are refused`() throws {
        try withScratchDirectory { base in
            let none = #expect(throws: TenonError.self) { try find(base) }
            #expect(none?.code == .notARepository)
            try git("init", "-q", "--bare", base + "/bare.git", in: base)
            let bare = #expect(throws: TenonError.self) { try find(base + "/bare.git") }
            #expect(bare?.code == .notARepository)
            try git("init", "-q", base + "/r", in: base)
            let inside = #expect(throws: TenonError.self) { try find(base + "/r/.git") }
            #expect(inside?.code == .notARepository)
        }
    }

    @Test func `what a hook sets is passed on with absolute paths`() throws {
        try withScratchDirectory { base in
            try git("init", "-q", base, in: base)
            let variables = ["GIT_DIR": ".git", "GIT_INDEX_FILE": ".git/next-index.lock", "GIT_PREFIX": "", "GIT_TRACE": "1", "GIT_EDITOR": ":"]
            let context = try WorkTreeDiscovery(environment: environment(in: base, variables)).find()
            #expect(context.indexFile?.description == base + "/.git/next-index.lock")
            #expect(context.gitEnvironment["GIT_DIR"] == base + "/.git")
            #expect(context.gitEnvironment["GIT_INDEX_FILE"] == base + "/.git/next-index.lock")
            #expect(context.gitEnvironment["GIT_CONFIG_NOSYSTEM"] == "1")
            #expect(context.gitEnvironment.keys.filter { ["GIT_PREFIX", "GIT_TRACE", "GIT_EDITOR"].contains($0) } == [])
        }
    }

    @Test func `revisions are resolved by Git, and options are no revisions`() throws {
        try withScratchDirectory { base in
            try git("init", "-q", base, in: base)
            try git("commit", "-q", "--allow-empty", "-m", "x", in: base)
            let head = try git("rev-parse", "HEAD", in: base)
            let command = GitCommand(environment: environment(in: base))
            #expect(try command.resolveCommit("HEAD") == head)
            for bad in ["nothing", "--all", "HEAD^{tree}", "", "-q"] {
                let error = #expect(throws: TenonError.self) { try command.resolveCommit(bad) }
                #expect(error?.code == .notFound)
            }
        }
    }
}

struct StoreLocationTests {
    @Test func `the repository goes before the environment, and that before the default`() throws {
        try withScratchDirectory { base in
            try git("init", "-q", base, in: base)
            let gitDirectory = Array((base + "/.git").utf8)
            let plain = StoreLocation(environment: environment(in: base))
            #expect(try plain.home(gitDirectory: gitDirectory) == base + "/.local/share/tenon")
            let xdg = StoreLocation(environment: environment(in: base, ["XDG_DATA_HOME": "/x"]))
            #expect(try xdg.home(gitDirectory: gitDirectory) == "/x/tenon")
            let own = StoreLocation(environment: environment(in: base, ["XDG_DATA_HOME": "/x", "TENON_HOME": "/t"]))
            #expect(try own.home(gitDirectory: gitDirectory) == "/t")
            try git("config", "tenon.store", "/s p/store", in: base)
            #expect(try own.home(gitDirectory: gitDirectory) == "/s p/store")
            try git("config", "tenon.store", #"/quoted "and" #more"#, in: base)
            #expect(try own.home(gitDirectory: gitDirectory) == #"/quoted "and" #more"#)
            #expect(try own.home() == "/t")
        }
    }

    @Test func `relative paths are refused, or ignored where XDG says so`() throws {
        #expect(throws: TenonError.self) { try StoreLocation(environment: environment(in: "/h", ["TENON_HOME": "rel"])).home() }
        #expect(try StoreLocation(environment: environment(in: "/h", ["XDG_DATA_HOME": "rel"])).home() == "/h/.local/share/tenon")
        #expect(throws: TenonError.self) { try StoreLocation(environment: ClientEnvironment(variables: [:], directory: [0x2F])).home() }
    }

    @Test(arguments: [
        ("[core]\n\tbare = false\n", GitConfigurationScan.Answer.absent), ("[tenon]\n\tstore = /a/b c \n", .value("/a/b c")),
        ("[core]\n\tbare = false\n[include]\n\tpath = tenon/hooks.gitconfig\n[tenon]\n\tstore = /a\n", .value("/a")),
        ("[include]\n\tpath = tenon/hooks.gitconfig\n", .absent), ("[include]\n\tpath = tenon/hooks.gitconfig\n\tpath = other\n", .askGit),
        ("[include]\n\tpath = other\n[include]\n\tpath = tenon/hooks.gitconfig\n", .askGit),
        ("[Tenon]\n\tStore=/a\n[tenon]\nstore = /b\n", .value("/b")), ("[tenon]\n\tstore = \"/a\"\n", .askGit), ("[tenon] store = /a\n", .askGit),
        ("[tenon]\n\tstore = /a\\\n b\n", .askGit), ("[include]\n\tpath = x\n", .askGit), ("[tenon]\n\tstored = /a\n", .absent),
        ("[tenon \"x\"]\n\tstore = /a\n", .absent), ("[merge \"tenon\"]\n\tdriver = tenon merge-driver %O\n[tenon]\n\tstore = /a\n", .value("/a")),
        ("[tenon]\n\tstore = /a ; why\n", .askGit), ("[tenon]\n\tstore = ~/x\n", .askGit),
    ])
    func `only plain settings are read without Git`(text: String, answer: GitConfigurationScan.Answer) {
        #expect(GitConfigurationScan.store(in: Array(text.utf8)) == answer)
    }
}
