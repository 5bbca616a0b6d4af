import ArgumentParser
import TenonAPI
import TenonCore
import Testing

@testable import TenonCommands

@Suite struct CommandLineTests {
    @Test func `directories are taken from the front`() throws {
        var arguments = ["-C", "a", "-C", "", "-C", "b", "status", "-C", "c"]
        #expect(try GlobalOptions.takeDirectories(from: &arguments) == [Array("a".utf8), Array("b".utf8)])
        #expect(arguments == ["status", "-C", "c"])
        var incomplete = ["-C"]
        #expect(throws: (any Error).self) { try GlobalOptions.takeDirectories(from: &incomplete) }
    }

    @Test func `commit hands everything of Git's to Git`() throws {
        let command = try #require(try Tenon.parseAsRoot(["commit", "--json", "-qam", "two", "--json", "--", "-x", "-h"]) as? Commit)
        #expect(command.options.json)
        #expect(command.arguments == ["-qam", "two", "--json", "--", "-x", "-h"])
        #expect(command.options.settings(passing: ["-q"]).isQuiet)
        #expect(!command.options.settings(passing: ["--", "-q"]).isQuiet)
    }

    @Test func `checkout hands everything of Git's to Git`() throws {
        let command = try #require(try Tenon.parseAsRoot(["checkout", "-q", "HEAD~1"]) as? Checkout)
        #expect(command.arguments == ["-q", "HEAD~1"])
        #expect(!command.options.json)
    }

    @Test(arguments: [["-j3"], ["-j", "3"], ["--jobs=3"], ["--jobs", "3"]])
    func `a letter's value may follow at once, as in Git`(words: [String]) throws {
        #expect((try Tenon.parseAsRoot(["push", "-q"] + words + ["origin"]) as? Push)?.jobs == 3)
        #expect((try Tenon.parseAsRoot(["fetch", "-rorigin"] + words) as? Fetch)?.remote == "origin")
        #expect(throws: (any Error).self) { try Tenon.parseAsRoot(["push", "-jmany"]) }
    }

    @Test(arguments: [["-n3"], ["-n", "3"]])
    func `so does a number of commits or lines`(words: [String]) throws {
        #expect((try Tenon.parseAsRoot(["log"] + words + ["--max-count=3"]) as? Log)?.maximum == 3)
        #expect((try Tenon.parseAsRoot(["daemon", "logs"] + words) as? DaemonLogs)?.lines == 3)
        #expect((try Tenon.parseAsRoot(["params"] + words) as? ParamsShow)?.many.maximum == 3)
        #expect((try Tenon.parseAsRoot(["metrics", "show"] + words) as? MetricsShow)?.many.maximum == 3)
        #expect((try Tenon.parseAsRoot(["plots"] + words) as? Plots)?.maximum == 3)
    }

    @Test(arguments: [
        (["exp", "compare", "--bogus"], ["exp", "compare"], "--bogus"), (["help", "exp"], [], "help"), (["status"], ["status"], nil),
        (["remote", "nosuch"], ["remote"], "nosuch"),
    ])
    func `the commands that words name are found`(words: [String], names: [String], rest: String?) {
        let path = CommandPath(words)
        #expect(path.names == names)
        #expect(path.rest == rest)
    }

    @Test func `help of what is no command is refused`() {
        #expect(CommandLineTool.run(["help", "nosuch"]) == 64)
        #expect(CommandLineTool.run(["help", "exp", "nosuch"]) == 64)
        #expect(CommandLineTool.run(["help", "exp", "compare"]) == 0)
    }

    @Test(arguments: ["commit", "checkout", "pull", "run"])
    func `help is shown where it is asked for, also by commands that pass words on`(name: String) throws {
        var command = try Tenon.parseAsRoot([name, "--help"])
        let error = try #require(throws: (any Error).self) { try command.run() }
        #expect(Tenon.exitCode(for: error) == .success)
        #expect(Tenon.fullMessage(for: error).contains("USAGE: tenon \(name)"))
    }

    @Test func `cat offers no JSON, since it prints bytes`() throws {
        #expect(!Tenon.helpMessage(for: Cat.self).contains("--json"))
        #expect((try Tenon.parseAsRoot(["cat", "-q", "a"]) as? Cat)?.output.quiet == true)
    }

    @Test func `every command says its name`() {
        // Else the parser makes it of the type's name, for each command whenever any is run: milliseconds, which Git's hooks do not have.
        func check(_ command: any ParsableCommand.Type) {
            #expect(command.configuration.commandName != nil, "\(command)")
            command.configuration.subcommands.forEach(check)
        }
        check(Tenon.self)
    }

    @Test func `the words of a hook of Git's are taken as they are; all others go to the parser`() throws {
        let call = try #require(HookCall(["hook", "pre-push", "--help", "--", "url"]))
        #expect(call.hook == .prePush)
        #expect(call.arguments == ["--help", "--", "url"])
        #expect(HookCall(["hook"]) == nil)
        #expect(HookCall(["hook", "--help"]) == nil)
        #expect(HookCall(["hook", "pre-nothing"]) == nil)
        #expect(HookCall(["status", "pre-push"]) == nil)
    }

    @Test func `every subcommand has one line of help, and the overview shows it`() {
        for command in Tenon.configuration.groupedSubcommands.flatMap({ $0.subcommands }) {
            #expect(command.configuration.abstract.hasSuffix("."))
            #expect(Overview.text.contains("   \(command._commandName) "))
        }
        #expect(!Overview.text.contains("manual"))
        #expect(Overview.commandNames.contains("manual"))
    }

    @Test func `no command has an option for the program's version beside its own`() {
        func count(_ command: any ParsableCommand.Type) -> Int { Tenon.helpMessage(for: command).ranges(of: "  --version").count }
        #expect(count(Add.self) == 0)
        #expect(count(ModelShow.self) == 1)
    }

    @Test func `a word that is no command gets a suggestion`() {
        #expect(UnknownCommand(name: "chekcout").described.hint == "did you mean 'checkout'?")
        #expect(UnknownCommand(name: "stat").described.hint == "did you mean 'status'?")
        #expect(UnknownCommand(name: "xyzzy").described.hint == "'tenon' alone lists the commands")
        #expect(UnknownCommand(name: "a\u{1B}[m").described.message == "'a\\x1b[m' is not a command of Tenon")
    }

    @Test func `distances count a swap of neighbours once`() {
        #expect(EditDistance.between("", "abc") == 3)
        #expect(EditDistance.between("checkout", "chekcout") == 1)
        #expect(EditDistance.between("log", "lag") == 1)
        #expect(EditDistance.between("same", "same") == 0)
    }

    @Test func `exit statuses follow the kind of failure`() {
        #expect(ErrorText.exitStatus(TenonError(.noDaemon, "")) == 69)
        #expect(ErrorText.exitStatus(TenonError(.cancelled, "")) == 130)
        #expect(ErrorText.exitStatus(TenonError(.corrupt, "")) == 2)
        #expect([0, 1, 128, 129, 130, 143].map { GitExit.status($0).rawValue } == [0, 1, 2, 64, 130, 2])
    }

    @Test func `errors are one line and a hint`() {
        let error = TenonError(.io, "writing 'a' failed", cause: "No space left on device", hint: "free some")
        #expect(ErrorText.text(error, style: .plain) == "tenon: writing 'a' failed: No space left on device\nhint: free some\n")
        #expect(ErrorText.text(TenonError(.io, "it failed"), style: .colored) == "\u{1B}[31mtenon:\u{1B}[0m it failed\n")
    }

    @Test(arguments: [
        ["restore", "--ours", "--theirs", "a"], ["restore", "--ours"], ["restore", "--ours", "--source", "x", "a"], ["verify", "--all", "main"],
        ["verify", "--work-tree", "--stored"], ["verify", "--remote", "x", "--stored"], ["verify", "--read"],
        ["verify", "--remote", "x", "--sample", "0%"], ["verify", "--remote", "x", "--read", "--sample", "5%"],
        ["verify", "--remote", "x", "--seed", "1"], ["verify", "--work-tree", "main"], ["diff", "--stat", "--name-only"], ["cat", "a", "--json"],
        ["cat"],
        ["log", "-n", "-1"], ["add", "--no-such-option"], ["untrack"], ["completions", "tcsh"],
    ])
    func `wrong usage is seen before anything is asked of the daemon`(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { _ = try Tenon.parseAsRoot(arguments) }
        #expect(error.map { Tenon.exitCode(for: $0).rawValue } == 64)
    }

    @Test func `completions exist for each shell`() {
        for shell in [CompletionShell.bash, .zsh, .fish] {
            let script = Tenon.completionScript(for: shell)
            #expect(script.contains("restore") && script.contains("exit-code") && !script.contains("manual"))
        }
    }

    @Test func `each command has a manual page that troff can read`() throws {
        let pages = try ManualPages.all()
        #expect(pages.map(\.name).contains("tenon-ls.1"))
        #expect(!pages.map(\.name).contains("tenon-manual.1"))
        let restore = try #require(pages.first { $0.name == "tenon-restore.1" }).text
        #expect(restore.hasPrefix(".TH TENON\\-RESTORE 1 \"\" \"Tenon 0.1.0\" \"Tenon Manual\"\n.SH NAME\ntenon\\-restore \\- Bring artifacts"))
        #expect(restore.contains(".TP\n\\fB\\-s\\fR, \\fB\\-\\-source\\fR \\fIrev\\fR\nTake the artifacts of this commit.\n"))
        #expect(restore.contains("One of auto, json, none; auto if not given."))
        let daemon = try #require(pages.first { $0.name == "tenon-daemon.1" }).text
        #expect(daemon.contains(".SH DAEMON STOP\n"))
        #expect(pages.first { $0.name == "git-tenon.1" }?.text == ".so man1/tenon.1\n")
    }
}
