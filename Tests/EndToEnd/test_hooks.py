"""Tenon's hooks beside those of others: installed, run, taken out again; and the doctor who says which of them do not run."""
import os
import pathlib
import shutil
import stat

from harness import BIN, TenonTest
from programs import SYSTEM

TOOLS = pathlib.Path(os.environ.get("TENON_TEST_TOOLS", "/nonexistent"))
EVENTS = (
    "pre-commit", "pre-merge-commit", "post-commit", "post-checkout", "post-merge", "post-rewrite", "post-applypatch", "post-index-change", "pre-push")


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def files(top):
    """Every file below `top`: mode, and bytes or the target of a link."""
    found = {}
    for path in top.rglob("*"):
        mode = path.lstat().st_mode
        if not stat.S_ISDIR(mode):
            found[str(path.relative_to(top))] = (mode, os.readlink(path) if path.is_symlink() else path.read_bytes())
    return found


class HooksTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.log = self.base / "log"

    def recorder(self, name, status=0):
        """A hook of someone else: writes down its arguments and its standard input."""
        executable(
            self.repo / ".git/hooks" / name, f"#!/bin/sh\n{{ printf '{name}'; printf ' [%s]' \"$@\"; printf ' <'; cat; echo '>'; }} >>'{self.log}'\nexit {status}\n")

    def logged(self):
        text = self.log.read_text() if self.log.exists() else ""
        self.log.unlink(missing_ok=True)
        return text

    @property
    def is_configured(self):
        """Git 2.54 and later read hooks from the configuration, beside the directory of hooks."""
        return tuple(int(part) for part in self.git("version").out.split()[2].split(".")[:2]) >= (2, 54)

    def needs_files(self):
        if self.is_configured:
            self.skipTest("this Git reads Tenon's hooks from its configuration")

    def own(self, hook):
        """Where Tenon's script for a hook lies."""
        return self.repo / (".git/tenon/hooks" if self.is_configured else ".git/hooks") / hook

    def states(self, **options):
        report = self.tenon("hooks", "status", "--json", check=False, **options)
        return {hook["hook"]: hook["state"] for hook in report.json()["hooks"]}

    def assert_all(self, state, **options):
        self.assertEqual(self.states(**options), dict.fromkeys(EVENTS, state))

    def test_nothing_was_there(self):
        before = files(self.repo / ".git/hooks")
        self.tenon("init")
        self.assert_all("installed")
        self.tenon("hooks", "status")
        again = self.tenon("hooks", "install", "--json").json()
        self.assertFalse(again["changed"])
        self.write("data/a", "one")
        self.tenon("add", "data")
        self.git("commit", "-qm", "data")
        self.tenon("hooks", "uninstall")
        self.assertEqual(files(self.repo / ".git/hooks"), before)
        self.assert_all("missing")
        self.tenon("hooks", "status", status=1)

    def test_init_without_hooks(self):
        before = files(self.repo / ".git/hooks")
        self.tenon("init", "--no-hooks")
        self.assertEqual(files(self.repo / ".git/hooks"), before)
        # The drivers are there all the same.
        attributes = self.git("check-attr", "merge", "diff", "filter", "--", "x.tenon").out
        self.assertIn("merge: tenon", attributes)
        self.assertIn("diff: tenon", attributes)

    def test_the_drivers_go_with_the_hooks_and_what_others_have_set_stays(self):
        def drivers():
            return self.git("config", "--local", "--get-regexp", r"^(merge|diff)\.tenon\.", check=False).out.splitlines()

        self.tenon("init")
        self.assertEqual(len(drivers()), 3)
        self.tenon("hooks", "uninstall")
        self.assertEqual(drivers(), [])
        self.assertNotIn("[merge", (self.repo / ".git/config").read_text())
        self.assertFalse(self.tenon("hooks", "uninstall", "--json").json()["changed"])
        self.assertTrue(self.tenon("hooks", "install", "--json").json()["changed"])
        self.assertEqual(len(drivers()), 3)
        self.git("config", "diff.tenon.textconv", "my-own diff-driver")
        self.git("config", "diff.tenon.cachetextconv", "true")
        self.tenon("hooks", "uninstall")
        self.assertEqual(drivers(), ["diff.tenon.textconv my-own diff-driver", "diff.tenon.cachetextconv true"])

    def test_scripts_of_the_project_run_with_arguments_input_and_status(self):
        self.needs_files()
        for name in ("pre-commit", "post-commit", "post-checkout", "pre-push", "post-rewrite", "commit-msg"):
            self.recorder(name)
        (self.repo / ".git/hooks/pre-commit").chmod(0o711)
        before = files(self.repo / ".git/hooks")
        said = self.tenon("init").out
        self.assertIn("pre-push: a script was there and runs after Tenon", said)
        self.git("add", "-A")
        self.git("commit", "-qm", "one")
        self.assertEqual([line.split()[0] for line in self.logged().splitlines()], ["pre-commit", "commit-msg", "post-commit"])
        self.git("commit", "-q", "--amend", "-m", "two")
        head = self.git("rev-parse", "HEAD").out.strip()
        self.assertIn(f"post-rewrite [amend] <{self.git('rev-parse', 'HEAD@{1}').out.strip()} {head}\n>", self.logged())
        self.git("init", "-q", "--bare", self.base / "remote.git")
        self.git("push", "-q", self.base / "remote.git", "HEAD:refs/heads/main")
        self.assertIn(f"<HEAD {head} refs/heads/main {'0' * 40}\n>", self.logged())
        self.git("switch", "-qc", "other")
        self.assertIn(f"post-checkout [{head}] [{head}] [1]", self.logged())
        self.recorder("pre-commit.before-tenon", status=7)
        self.git("commit", "-q", "--allow-empty", "-m", "refused", status=1)
        self.assertEqual(self.git("rev-parse", "HEAD").out.strip(), head)
        self.tenon("hooks", "uninstall")
        after = files(self.repo / ".git/hooks")
        after["pre-commit"] = before["pre-commit"]
        self.assertEqual(after, before)

    def test_husky_runs_after_and_keeps_running(self):
        self.needs_files()
        executable(self.repo / ".husky/_/pre-commit", '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n')
        executable(self.repo / ".husky/_/h", 'sh -e "$(dirname "$(dirname "$0")")/$(basename "$0")" "$@"\n')
        executable(self.repo / ".husky/pre-commit", f"echo husky >>'{self.log}'\n")
        self.git("config", "core.hooksPath", ".husky/_")
        before = files(self.repo / ".husky"), (self.repo / ".git/config").read_bytes()
        said = self.tenon("hooks", "install").out
        self.assertIn("core.hooksPath is .husky/_: its hooks run after Tenon's", said)
        self.assert_all("installed")
        self.git("commit", "-q", "--allow-empty", "-m", "one")
        self.assertEqual(self.logged(), "husky\n")
        # `npm install` runs husky, which sets its path again.
        self.git("config", "core.hooksPath", ".husky/_")
        self.assert_all("installed")
        self.git("commit", "-q", "--allow-empty", "-m", "two")
        self.assertEqual(self.logged(), "husky\n")
        findings = self.tenon("doctor", "--json", check=False).json()["findings"]
        self.assertEqual({finding["verdict"] for finding in findings if finding["subject"].startswith("hook ")}, {"ok"})
        self.tenon("hooks", "uninstall")
        self.assertEqual((files(self.repo / ".husky"), (self.repo / ".git/config").read_bytes()), before)
        self.git("commit", "-q", "--allow-empty", "-m", "three")
        self.assertEqual(self.logged(), "husky\n")

    def test_hooks_that_husky_switched_off_are_told_and_mended(self):
        self.needs_files()
        self.tenon("init")
        self.git("config", "core.hooksPath", ".husky/_")
        self.assert_all("disabled")
        self.refused_by_doctor("post-checkout")
        self.tenon("hooks", "install")
        self.assert_all("installed")
        self.tenon("doctor")

    def test_hooks_turned_off_by_the_person(self):
        self.needs_files()
        self.git("config", "core.hooksPath", "/dev/null")
        self.refused("hooks", "install", says="turns all hooks off", hint=True)
        self.tenon("init", "--no-hooks")

    # The pre-commit framework

    def framework(self, *arguments, **options):
        if not (TOOLS / "bin/pre-commit").exists():
            self.skipTest("the pre-commit framework is not installed")
        return self.run_command(TOOLS / "bin/pre-commit", *arguments, **options)

    def framework_project(self):
        hook = "{id: note, name: note, entry: ./note, language: system, always_run: true, pass_filenames: false, stages: [pre-commit]}"
        self.write(".pre-commit-config.yaml", f"repos:\n- repo: local\n  hooks:\n  - {hook}\n")
        executable(self.repo / "note", f"#!/bin/sh\necho note >>'{self.log}'\n")
        self.git("add", "-A")
        self.git("commit", "-qm", "project")

    def test_the_framework_found_by_tenon(self):
        self.needs_files()
        self.framework_project()
        self.framework("install")
        before = files(self.repo / ".git/hooks")
        self.assertIn("pre-commit: the pre-commit framework was there", self.tenon("init").out)
        self.git("commit", "-q", "--allow-empty", "-m", "one")
        self.assertEqual(self.logged(), "note\n")
        # Asked again, it takes Tenon's script for one that it found: still each runs once.
        self.framework("install")
        self.git("commit", "-q", "--allow-empty", "-m", "two")
        self.assertEqual(self.logged(), "note\n")
        self.assert_all("installed")
        self.tenon("doctor")
        self.tenon("hooks", "uninstall")
        self.assertEqual(files(self.repo / ".git/hooks"), before)

    def test_tenon_found_by_the_framework(self):
        self.recorder("pre-commit")
        self.framework_project()
        self.logged()
        self.tenon("init")
        self.framework("install")
        self.assert_all("installed")
        self.git("commit", "-q", "--allow-empty", "-m", "one")
        self.assertEqual(self.logged(), "pre-commit [] <>\nnote\n")
        self.tenon("doctor")
        # What is left is the framework with the script that it would have found.
        self.tenon("hooks", "uninstall")
        self.git("commit", "-q", "--allow-empty", "-m", "two")
        self.assertEqual(self.logged(), "pre-commit [] <>\nnote\n")
        self.assertFalse(list((self.repo / ".git/hooks").glob("*tenon*")))

    # lefthook

    def lefthook(self, *arguments, **options):
        if not (TOOLS / "bin/lefthook").exists():
            self.skipTest("lefthook is not installed")
        return self.run_command(TOOLS / "bin/lefthook", *arguments, **options)

    def lefthook_project(self):
        self.write("lefthook.yml", f"pre-commit:\n  commands:\n    note:\n      run: echo lefthook >>'{self.log}'\n")
        self.git("add", "-A")
        self.git("commit", "-qm", "project")

    def test_lefthook_found_by_tenon(self):
        self.needs_files()
        self.lefthook_project()
        self.lefthook("install")
        before = files(self.repo / ".git/hooks")
        self.assertIn("pre-commit: lefthook was there", self.tenon("init").out)
        self.write("data/a", "one")
        self.tenon("add", "data")
        self.git("commit", "-qm", "one")
        self.assertEqual(self.logged(), "lefthook\n")
        self.tenon("doctor")
        self.tenon("hooks", "uninstall")
        self.assertEqual(files(self.repo / ".git/hooks"), before)

    def test_lefthook_that_takes_tenons_place_is_told_and_mended(self):
        self.needs_files()
        self.lefthook_project()
        self.tenon("init")
        self.lefthook("install", "--force")
        self.assertEqual(self.states()["pre-commit"], "replaced")
        self.refused_by_doctor("pre-commit")
        self.tenon("hooks", "install")
        self.assert_all("installed")
        # It runs nothing for a commit without a file.
        self.write("one.txt", "one")
        self.git("add", "-A")
        self.git("commit", "-qm", "one")
        self.assertEqual(self.logged(), "lefthook\n")
        self.tenon("doctor")
        self.tenon("hooks", "uninstall")
        self.write("two.txt", "two")
        self.git("add", "-A")
        self.git("commit", "-qm", "two")
        self.assertEqual(self.logged(), "lefthook\n")
        self.assertFalse([path for path in (self.repo / ".git/hooks").iterdir() if "# Tenon hook" in path.read_text(errors="replace")])

    # Git LFS

    def test_git_lfs(self):
        self.needs_files()
        if not shutil.which("git-lfs"):
            self.skipTest("Git LFS is not installed")
        self.git("lfs", "install", "--local")
        before = files(self.repo / ".git/hooks")
        self.assertIn("pre-push: Git LFS was there", self.tenon("init").out)
        self.git("lfs", "track", "*.big")
        self.write("x.big", self.noise(1, 100_000))
        self.git("add", "-A")
        self.git("commit", "-qm", "large")
        self.git("init", "-q", "--bare", self.base / "remote.git")
        self.git("remote", "add", "origin", self.base / "remote.git")
        self.git("push", "-q", "origin", "main")
        oid = self.sha256(self.repo / "x.big")
        self.assertTrue((self.base / f"remote.git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}").exists())
        # It writes over Tenon's hooks when told to; Tenon then says so, and mends it.
        self.git("lfs", "install", "--local", "--force")
        self.assertEqual(self.states()["pre-push"], "replaced")
        self.refused_by_doctor("pre-push")
        self.tenon("hooks", "install")
        self.assert_all("installed")
        self.tenon("hooks", "uninstall")
        self.assertEqual(files(self.repo / ".git/hooks"), before)

    # Where hooks run

    def test_a_graphical_program_with_an_empty_path(self):
        self.initialised()
        self.write("data/a", "one")
        self.tenon("add", "data")
        git = shutil.which("git", path=self.environment["PATH"])
        self.run_command(git, "commit", "-qm", "data", env={"PATH": ""})
        self.run_command(git, "checkout", "-q", "HEAD~1", env={"PATH": ""})
        self.assertFalse((self.repo / "data").exists())

    def test_the_program_is_gone(self):
        self.initialised()
        script = self.own("pre-commit")
        for hook in script.parent.iterdir():
            hook.write_text(hook.read_text().replace(f"tenon='{BIN.resolve()}", "tenon='/nowhere"))
        self.assertIn("tenon='/nowhere", script.read_text())
        without = {"PATH": SYSTEM}
        self.git("commit", "-q", "--allow-empty", "-m", "no artifact", env=without)
        self.write("data/a", "one")
        self.tenon("add", "data")
        refused = self.git("commit", "-qm", "data", env=without, status=1)
        self.assertIn("install it", refused.err)
        self.git("commit", "-qm", "data")
        self.git("checkout", "-q", "HEAD~1")
        self.assertIn("tenon restore", self.git("checkout", "-q", "main", env=without).err)

    def test_a_linked_work_tree_and_a_submodule(self):
        self.initialised()
        self.git("worktree", "add", "-q", self.base / "linked")
        self.assert_all("installed", cwd=self.base / "linked")
        self.tenon("doctor", cwd=self.base / "linked")
        self.new_repository(self.base / "inner")
        self.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", self.base / "inner", "sub")
        self.assert_all("missing", cwd=self.repo / "sub")
        self.tenon("init", cwd=self.repo / "sub")
        self.assert_all("installed", cwd=self.repo / "sub")
        self.assertTrue((self.repo / ".git/modules/sub" / ("tenon/hooks" if self.is_configured else "hooks") / "pre-push").exists())
        self.tenon("doctor", cwd=self.repo / "sub")

    def test_a_place_that_can_not_be_written_to(self):
        self.needs_files()
        shutil.rmtree(self.repo / ".git/hooks")
        (self.repo / ".git/hooks").write_text("")
        said = self.refused("init", says="the hooks could not be changed")
        # All else was done.
        self.assertTrue((self.repo / "tenon.yaml").exists())
        self.assertIn("Tenon is set up here", said.out)
        self.tenon("init", "--no-hooks")

    def test_strict_policy_brings_one_hook_more(self):
        self.tenon("init")
        script = self.own("reference-transaction")
        self.assertFalse(script.exists())
        with open(self.repo / "tenon.yaml", "a") as settings:
            settings.write("policy:\n  strict: true\n")
        self.assertEqual(self.states()["reference-transaction"], "missing")
        self.tenon("init")
        self.assertTrue(os.access(script, os.X_OK))
        self.tenon("doctor")
        self.tenon("hooks", "uninstall")
        self.assertFalse(script.exists())

    def test_a_newer_git_is_told_by_its_configuration(self):
        """With an older Git (`TENON_TEST_GIT` names a newer one) only the decision: it does not read hooks from there."""
        self.needs_files()
        executable(self.base / "bin/git", f'#!/bin/sh\n[ "$3" = version ] && echo "git version 2.54.0" && exit\nexec {shutil.which("git")} "$@"\n')
        path = {"PATH": f"{self.base}/bin:{self.environment['PATH']}"}
        before = files(self.repo / ".git/hooks"), (self.repo / ".git/config").read_bytes()
        report = self.tenon("hooks", "install", "--json", env=path).json()
        self.assertEqual((report["manner"], report["git"]), ("config", "2.54.0"))
        self.assertEqual(files(self.repo / ".git/hooks"), before[0])
        self.assertEqual(self.git("config", "--get-regexp", r"^hook\..*\.event$").out.count("\n"), len(EVENTS))
        command = self.git("config", "hook.tenon-pre-commit.command").out.rstrip("\n")
        self.run_command("sh", "-c", command)
        # That Git would not run them is seen.
        self.refused_by_doctor("pre-commit", env=path)
        self.tenon("hooks", "uninstall", env=path)
        self.assertEqual((files(self.repo / ".git/hooks"), (self.repo / ".git/config").read_bytes()), before)

    def test_a_newer_git_runs_them_from_its_configuration(self):
        """In the order that the configuration has them, before what lies in `.git/hooks`."""
        self.needs_configuration()
        for name in ("pre-commit", "post-commit", "post-checkout", "pre-push"):
            self.recorder(name)
        before = files(self.repo / ".git/hooks"), (self.repo / ".git/config").read_bytes()
        self.assertEqual(self.tenon("hooks", "install", "--json").json()["manner"], "config")
        self.assertEqual(files(self.repo / ".git/hooks"), before[0])
        self.assert_all("installed")
        self.tenon("init")
        self.tenon("doctor")
        self.assertEqual(self.logged(), "")
        self.write("data/a", "one")
        self.tenon("add", "data")
        self.git("commit", "-qm", "one")
        self.assertEqual([line.split()[0] for line in self.logged().splitlines()], ["pre-commit", "post-commit"])
        self.write("data/a", "two")
        self.write("code.py", "two")
        self.git("add", "code.py")
        self.git("commit", "-qm", "two")
        self.git("switch", "-q", "--detach", "HEAD~1")
        self.assertEqual((self.repo / "data/a").read_text(), "one")
        self.git("switch", "-q", "main")
        self.assertEqual((self.repo / "data/a").read_text(), "two")
        self.tenon("hooks", "uninstall")
        self.assertEqual(files(self.repo / ".git/hooks"), before[0])
        self.assertEqual(self.git("config", "--get-regexp", r"^hook\.", status=1).out, "")

    def test_a_newer_git_runs_the_hooks_of_others_as_before(self):
        """The framework, lefthook and Git LFS, there before Tenon or installed after it: each runs once, and none takes Tenon's place."""
        self.needs_configuration()
        for before in (True, False):
            for name, install in (("framework", self.framework), ("lefthook", self.lefthook)):
                with self.subTest(name=name, before=before):
                    self.new_repository(self.enter_repository(f"{name}-{before}"))
                    getattr(self, f"{name}_project")()
                    if before:
                        install("install")
                    self.tenon("init")
                    if not before:
                        install("install")
                    self.assert_all("installed")
                    self.tenon("doctor")
                    self.logged()
                    self.write("data/a", "one")
                    self.tenon("add", "data")
                    self.git("commit", "-qm", "one")
                    self.assertEqual(self.logged(), {"framework": "note\n", "lefthook": "lefthook\n"}[name])
                    self.tenon("hooks", "uninstall")
                    self.write("data/b", "two")
                    self.git("add", "-A")
                    self.git("commit", "-q", "--allow-empty", "-m", "two")

    def test_a_newer_git_with_hooks_elsewhere_or_off(self):
        """`core.hooksPath` leads Git to the hooks of others; the configuration's run all the same."""
        self.needs_configuration()
        executable(self.repo / ".husky/_/pre-commit", f"#!/bin/sh\necho husky >>'{self.log}'\n")
        self.tenon("init")
        for path, said in ((".husky/_", "husky\n"), ("/dev/null", "")):
            self.git("config", "core.hooksPath", path)
            self.assert_all("installed")
            self.tenon("doctor")
            self.assertEqual(self.logged(), "")
            self.git("commit", "-q", "--allow-empty", "-m", path)
            self.assertEqual(self.logged(), said)

    def needs_configuration(self):
        if not self.is_configured:
            self.skipTest("this Git reads no hooks from its configuration: TENON_TEST_GIT names another")

    def enter_repository(self, name):
        self.repo = self.base / name
        return self.repo

    # The doctor

    def refused_by_doctor(self, hook, **options):
        findings = self.tenon("doctor", "--json", status=1, **options).json()["findings"]
        finding = next(finding for finding in findings if finding["subject"] == f"hook {hook}")
        self.assertEqual(finding["verdict"], "wrong", finding)
        self.assertIn("tenon hooks install", finding["remedy"])

    def test_the_doctor_leaves_no_trace(self):
        self.recorder("pre-commit")
        self.recorder("post-checkout")
        self.initialised()
        self.git("config", "commit.gpgSign", "true")
        self.write("train.py", "unsaved\n")
        self.logged()

        def seen():
            refs = self.git("for-each-ref").out, self.git("stash", "list").out, self.git("worktree", "list").out
            return refs, {name: value for name, value in files(self.repo).items() if not name.startswith((".git/objects/", ".git/tenon/"))}

        temporary = self.base / "tmp"
        temporary.mkdir()
        before = seen()
        said = self.tenon("doctor", env={"TMPDIR": str(temporary)}).out
        self.assertIn("Nothing is wrong", said)
        self.assertEqual(said.count("  runs"), len(EVENTS))
        self.assertEqual(seen(), before)
        self.assertEqual(self.logged(), "")
        self.assertEqual(list(temporary.iterdir()), [])

    def test_the_doctor_finds_what_does_not_run(self):
        self.initialised()
        self.own("post-merge").chmod(0o644)
        self.refused_by_doctor("post-merge")
        self.own("pre-push").unlink()
        self.refused_by_doctor("pre-push")
        executable(self.own("post-commit"), "#!/bin/sh\n")
        self.refused_by_doctor("post-commit")
        self.tenon("hooks", "install")
        self.tenon("doctor")

    def test_the_doctor_outside_a_repository(self):
        report = self.tenon("doctor", "--json", cwd=self.base).json()
        self.assertEqual([finding["subject"] for finding in report["findings"]], ["git", "tenon", "tenond", "store", "watches", "open files"])
