"""What plain Git is promised beside the matrix: merges, a daemon that is away or hung, other environments, refusals, and leaving without a trace."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import foreign_hooks
from harness import BIN
from programs import NO_HOOKS, SYSTEM, search_path
from world import CLASH, MODEL_ONE, MODEL_TWO, NOTES, ONE, SIDE_TWO, THREE, TWO, WorldTest, file_oid, read_tree, tree_oid, union


class Merges(WorldTest):
    """Datasets are joined file by file; a pointer never holds a marker."""

    def test_different_files_added_on_two_branches_are_united(self):
        self.git("merge", "-q", "--no-edit", "side")
        self.pinned("HEAD", union(SIDE_TWO, TWO), MODEL_TWO)
        self.here(union(SIDE_TWO, TWO))
        self.all_clean()

    def test_of_a_true_conflict_both_sides_can_be_had(self):
        for side, wanted in (("--ours", TWO), ("--theirs", union(TWO, CLASH))):
            self.git("merge", "-q", "clash", status=1)
            self.assertNotIn("<<<<", (self.repo / "data/train.tenon").read_text())
            report = self.tenon("status").out
            self.assertIn("b.csv", report)
            self.assertNotIn("two.csv", report)
            self.tenon("restore", side, "data/train/b.csv")
            self.assertEqual((self.repo / "data/train/b.csv").read_bytes(), wanted["b.csv"])
            self.tenon("add", "data/train")
            self.git("commit", "-qm", side)
            self.pinned("HEAD", wanted)
            self.here(wanted)
            self.all_clean()
            self.git("reset", "-q", "--hard", "HEAD~1")
            self.here(TWO)

    def test_a_third_version_resolves_a_conflict_too(self):
        self.git("merge", "-q", "clash", status=1)
        mine = {**TWO, "b.csv": b"b, a third\n"}
        self.lay(mine)
        self.tenon("add", "data/train")
        self.git("commit", "-qm", "third")
        self.pinned("HEAD", mine)
        self.here(mine)
        self.all_clean()

    def test_a_dataset_that_both_sides_made_is_united(self):
        for branch, name in (("left", "l.csv"), ("right", "r.csv")):
            self.git("switch", "-q", "-c", branch, "one")
            self.lay({name: b"1\n", "same.csv": b"same\n"}, at="data/fresh")
            self.tenon("add", "data/fresh")
            self.git("commit", "-qm", branch)
        self.git("merge", "-q", "--no-edit", "left")
        both = {"l.csv": b"1\n", "r.csv": b"1\n", "same.csv": b"same\n"}
        self.assertEqual(self.oid_at("HEAD", "data/fresh"), tree_oid(both))
        self.assertEqual(read_tree(self.repo / "data/fresh"), both)

    def test_an_artifact_that_one_side_removed_and_the_other_changed(self):
        self.git("switch", "-q", "-c", "without", "one")
        self.tenon("rm", "data/train")
        self.git("commit", "-qm", "without")
        self.git("switch", "-q", "main")
        self.here(TWO)
        self.assertEqual(self.git("merge", "without", check=False).status, 1)
        self.here(TWO)
        self.git("add", "data/train.tenon")
        self.git("commit", "-qm", "kept")
        self.pinned("HEAD", TWO)
        self.here(TWO)

    def test_a_model_that_both_sides_changed_is_a_conflict_with_two_whole_sides(self):
        self.git("switch", "-q", "clash")
        self.write("model.bin", b"their model")
        self.tenon("add", "-u")
        self.git("commit", "-qm", "their model")
        self.git("switch", "-q", "main")
        self.git("merge", "-q", "clash", status=1)
        self.tenon("restore", "--theirs", "model.bin")
        self.assertEqual((self.repo / "model.bin").read_bytes(), b"their model")
        self.tenon("restore", "--ours", "model.bin")
        self.assertEqual((self.repo / "model.bin").read_bytes(), MODEL_TWO)

    def test_without_tenon_a_conflict_keeps_one_whole_side(self):
        clone = self.base / "clone"
        path = {"PATH": SYSTEM}
        self.git("clone", "-q", "--no-local", str(self.repo), str(clone), cwd=self.base, env=path)
        for branch in ("clash", "side"):
            self.git("merge", "-q", "--no-edit", f"origin/{branch}", cwd=clone, status=1, env=path)
            text = (clone / "data/train.tenon").read_text()
            self.assertEqual(re.search(r"(?m)^oid (\S+)$", text)[1], tree_oid(TWO))
            self.assertEqual(text, self.git("show", "HEAD:data/train.tenon", cwd=clone).out)
            self.git("merge", "--abort", cwd=clone, env=path)

    def test_git_diff_shows_files_not_hashes(self):
        shown = self.git("diff", "one", "main", "--", "data/train.tenon").out
        self.assertIn("two.csv", shown)
        self.assertIn("b.csv", shown)
        self.assertNotIn("sub/c.csv", "".join(line for line in shown.splitlines(True) if line[:1] in "+-"))


class Daemon(WorldTest):
    """Hooks start a daemon that is away, and are not held up by one that hangs."""

    @contextlib.contextmanager
    def hung(self):
        self.tenon("daemon", "start")
        pid = self.daemon_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def test_a_commit_in_a_command_substitution_starts_the_daemon_and_returns(self):
        self.stop_daemon()
        self.lay(THREE)
        self.write("train.py", "three")
        started = time.monotonic()
        self.run_command("sh", "-c", 'out=$(git commit -am x) || exit; test -n "$out"', timeout=60)
        self.assertLess(time.monotonic() - started, 15)
        pid = self.daemon_pid()
        self.assertIsNotNone(pid)
        self.pinned("HEAD", THREE)
        environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        self.assertEqual([variable for variable in environment if variable.startswith(b"GIT_")], [])
        opened = {os.readlink(entry) for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir() if entry.exists()}
        self.assertEqual([path for path in opened if path.startswith(str(self.repo) + "/.git/") and "lock" in path], [])

    def test_a_hung_daemon_fails_a_commit_closed_and_soon(self):
        self.lay(THREE)
        self.git("add", "-A")
        before = self.head()
        self.write("train.py", "three")
        with self.hung():
            started = time.monotonic()
            result = self.git("commit", "-qam", "three", check=False)
            self.assertLess(time.monotonic() - started, 10)
            self.assertNotEqual(result.status, 0)
            said = [line for line in result.err.splitlines() if line.startswith(("tenon: ", "hint: "))]
            self.assertTrue(said and len(said) <= 2, result.err)
            self.assertRegex(result.err, "TENON_SKIP|tenon daemon")
            self.assertEqual(self.head(), before)
            started = time.monotonic()
            self.git("commit", "-qam", "three", env={"TENON_SKIP": "the daemon hangs"})
            self.assertLess(time.monotonic() - started, 2)
        self.here(THREE)
        self.pinned("HEAD", TWO)

    def test_a_hung_daemon_does_not_hold_a_switch(self):
        with self.hung():
            started = time.monotonic()
            result = self.git("switch", "-q", "side", check=False)
            self.assertLess(time.monotonic() - started, 15)
            self.assertEqual(result.status, 1, "post-checkout says that the data was not brought")
            self.assertEqual(self.git("branch", "--show-current").out, "side\n")
        self.tenon("restore")
        self.here(SIDE_TWO, MODEL_ONE)

    def test_a_hung_daemon_is_no_matter_where_there_are_no_artifacts(self):
        plain = self.base / "plain"
        self.new_repository(plain)
        self.tenon("init", cwd=plain)
        with self.hung():
            self.git("commit", "-qm", "init", cwd=plain)

    def test_a_skip_is_recorded(self):
        self.lay(THREE)
        self.write("train.py", "three")
        self.git("commit", "-qam", "three", env={"TENON_SKIP": "because I say so"})
        found = [path for path in (*self.repo.glob(".git/tenon/*"), *self.home.rglob("*.log")) if path.is_file() and b"because I say so" in path.read_bytes()]
        said = self.git("log", "-1", "--format=%B%N").out
        self.assertTrue(found or "because I say so" in said)

    def test_a_daemon_that_is_killed_during_commits_never_lets_wrong_bytes_in(self):
        for number in range(4):
            content = {**TWO, "n.csv": b"%d\n" % number}
            self.lay(content)
            self.write("train.py", f"{number}")
            pid = self.daemon_pid()
            process = subprocess.Popen(["git", "commit", "-qam", str(number)], cwd=self.repo, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            time.sleep(0.004 * number)
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            said = process.communicate(timeout=60)[0]
            self.here(content)
            if process.returncode == 0:
                self.pinned("HEAD", content)
            else:
                self.assertIn(b"tenon: ", said)
                self.git("commit", "-qam", "again")
                self.pinned("HEAD", content)
        self.everything_pinned_is_stored()


class Surroundings(WorldTest):
    """Hooks run by a GUI, without Tenon, in places that can't be written."""

    def test_a_gui_with_an_empty_path(self):
        git = shutil.which("git", path=SYSTEM)
        self.lay(THREE)
        self.write("train.py", "three")
        self.run_command(git, "commit", "-qam", "three", env={"PATH": ""})
        self.pinned("HEAD", THREE)
        self.run_command(git, "switch", "-q", "side", env={"PATH": ""})
        self.here(SIDE_TWO, MODEL_ONE)

    def test_with_tenon_gone_only_commits_without_artifacts_pass(self):
        programs = self.base / "programs"
        programs.mkdir()
        for name in ("tenon", "tenond"):
            os.link(BIN / name, programs / name) if os.stat(BIN).st_dev == os.stat(programs).st_dev else shutil.copy(BIN / name, programs / name)
        plain = self.base / "plain"
        self.new_repository(plain)
        for repo in (plain, self.repo):
            self.run_command(programs / "tenon", "init", cwd=repo)
        shutil.rmtree(programs)
        without = {"PATH": SYSTEM}
        self.git("commit", "-qm", "init", cwd=plain, env=without)
        self.write("train.py", "three")
        refused = self.git("commit", "-qam", "three", check=False, env=without)
        self.assertNotEqual(refused.status, 0)
        self.assertRegex(refused.err, "(?i)tenon.*install|install.*tenon")
        # By PATH it is found again.
        self.git("commit", "-qam", "three")

    def test_a_read_only_repository_can_be_looked_at(self):
        if os.geteuid() == 0 and not shutil.which("setpriv"):
            self.skipTest("root needs setpriv to be refused anything")
        place = self.place / "nobody"
        place.mkdir(mode=0o755)
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        os.chmod(self.place, 0o755)
        for name in ("tenon", "tenond"):
            shutil.copy(BIN / name, place / name)
        home = place / "home"
        home.mkdir()
        self.environment.update(HOME=str(home), PATH=search_path(place))
        wrapper = []
        if os.geteuid() == 0:
            os.chown(home, 65534, 65534)
            wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        repo = place / "repo"
        shutil.copytree(self.repo, repo, symlinks=True)
        if not wrapper:
            subprocess.run(["chmod", "-R", "a-w", repo], check=True)
        self.environment.update(GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")
        try:
            for command in (("git", "status"), ("git", "log", "-1"), ("git", "diff", "one", "main")):
                self.run_command(*wrapper, *command, cwd=repo)
            result = self.run_command(*wrapper, place / "tenon", "status", cwd=repo, check=False)
            self.assertIn(result.status, (0, 2), result.err)
            self.assertNotIn("Fatal error", result.err)
            refused = self.run_command(*wrapper, "git", "commit", "--allow-empty", "-qm", "no", cwd=repo, check=False)
            self.assertNotEqual(refused.status, 0)
        finally:
            self.run_command(*wrapper, place / "tenon", "daemon", "stop", cwd=home, check=False)
            subprocess.run(["chmod", "-R", "u+w", place], check=False)


class Hostile(WorldTest):
    """What hooks are handed may be anything."""

    def hook(self, name, *arguments, stdin=b"", env=None, timeout=30):
        process = subprocess.run(
            [BIN / "tenon", "hook", name, *arguments], cwd=self.repo, env={**self.environment, **(env or {})}, input=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=timeout)
        said = (process.stdout + process.stderr).decode(errors="replace")
        self.assertGreaterEqual(process.returncode, 0, f"{name} was killed by a signal: {said}")
        self.assertNotIn("Fatal error", said)
        return process.returncode, said

    def test_malformed_input(self):
        zero, head = "0" * 40, self.head()
        inputs = [
            b"", b"\n", b"\0" * 1000, b"one\n", b"one two three four five six\n", os.urandom(10_000), b"x" * 2_000_000,
            f"refs/heads/main {head} refs/heads/main {zero}".encode(),
            f"refs/heads/main {'g' * 40} refs/heads/main {zero}\n".encode(),
            f"refs/heads/main {'1' * 40} refs/heads/main {zero}\n".encode(),
            f"refs/heads/main {head[:10]} refs/heads/main {zero}\n".encode(),
            f"(delete) {zero} refs/heads/x {head}\n".encode(),
            f"{zero} {head} HEAD\n{head} {zero} refs/heads/main\n".encode(),
            f"{head} {'2' * 40} HEAD\n".encode(),
        ]
        calls = [
            ("pre-push", "origin", "/nowhere"), ("pre-push",), ("post-rewrite", "rebase"), ("post-rewrite", "amend"), ("post-rewrite", "?"),
            ("reference-transaction", "prepared"), ("reference-transaction", "aborted"), ("reference-transaction",),
            ("post-checkout", "x", "y", "z"), ("post-checkout",), ("post-index-change", "1", "0"), ("post-index-change", "a"), ("post-merge", "?"),
            ("pre-commit", "surplus"), ("post-applypatch",), ("no-such-hook",), (), ("../../x",),
        ]
        for call in calls:
            for stdin in inputs if call and call[0] in ("pre-push", "post-rewrite", "reference-transaction") else inputs[:1]:
                with self.subTest(call=call, stdin=stdin[:60]):
                    self.hook(*call, stdin=stdin) if call else self.tenon("hook", check=False)
        self.here(TWO, MODEL_TWO, NOTES)
        self.all_clean()

    def test_wrong_environments(self):
        for env in ({"GIT_INDEX_FILE": "/nonexistent/index"}, {"GIT_INDEX_FILE": "../x"}, {"GIT_DIR": "/nonexistent"}, {"GIT_INDEX_FILE": "/dev/null"},
                    {"GIT_WORK_TREE": "/"}, {"GIT_INDEX_FILE": "x" * 5000}):
            for name in ("pre-commit", "post-index-change", "post-checkout", "post-commit"):
                with self.subTest(name=name, env=str(env)[:60]):
                    self.hook(name, "1", "0", env=env)
        self.here(TWO, MODEL_TWO, NOTES)
        self.all_clean()

    def test_odd_ref_names(self):
        for name in ("a'b", "a$(touch${IFS}owned)b", "ünïcode", "a\"b", "a;b", "a|b", "a&b", "x" * 200, "refs/heads/refs/heads/x"):
            self.git("switch", "-q", "-c", name, "one")
            self.here(ONE, MODEL_ONE)
            self.git("switch", "-q", "main")
            self.here(TWO, MODEL_TWO)
        origin = self.base / "origin.git"
        self.git("init", "-q", "--bare", str(origin))
        self.git("push", "-q", "--all", str(origin))
        self.assertFalse((self.repo / "owned").exists())
        self.assertEqual(self.git("for-each-ref", "refs/heads").out, self.git("for-each-ref", "refs/heads", cwd=origin).out)

    def test_thousands_of_refs(self):
        head, one = self.head(), self.git("rev-parse", "one").out.strip()
        packed = "".join(f"create refs/heads/many/{number} {head if number % 2 else one}\n" for number in range(5000))
        subprocess.run(["git", "update-ref", "--stdin"], cwd=self.repo, env=self.environment, input=packed.encode(), check=True)
        origin = self.base / "origin.git"
        self.git("init", "-q", "--bare", str(origin))
        started = time.monotonic()
        self.git("push", "-q", "--all", str(origin))
        self.lay(THREE)
        self.write("train.py", "three")
        self.git("commit", "-qam", "three")
        self.git("switch", "-q", "side")
        self.git("gc", "--quiet")
        self.assertLess(time.monotonic() - started, 30)
        self.pinned("main", THREE)
        self.here(SIDE_TWO)


class Refusals(WorldTest):
    """What a commit and a push must not carry."""

    def refuses_commit(self, *words):
        before = self.head()
        result = self.git("commit", "-qm", "no", check=False)
        self.assertNotEqual(result.status, 0)
        self.assertRegex(result.err, r"(?m)^tenon: ")
        for word in words:
            self.assertIn(word, result.err)
        self.assertEqual(self.head(), before)

    def unknown_pointer(self, repo=None):
        text = ((repo or self.repo) / "model.bin.tenon").read_text()
        return re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "ab" * 32, text)

    def test_a_pointer_to_bytes_that_nobody_has(self):
        self.write("other.bin.tenon", self.unknown_pointer())
        self.git("add", "other.bin.tenon")
        self.refuses_commit("other.bin")

    def test_a_damaged_pointer(self):
        self.write("other.bin.tenon", "tenon 1\nkind file\n<<<<<<< HEAD\n")
        self.git("add", "other.bin.tenon")
        self.refuses_commit("other.bin")

    def test_an_artifacts_own_bytes(self):
        self.git("add", "-f", "data/train/a.csv")
        self.refuses_commit("data/train")

    def test_a_large_file(self):
        self.write("huge.parquet", bytes(11 << 20))
        self.git("add", "huge.parquet")
        self.refuses_commit("huge.parquet", "tenon add")
        with open(self.repo / "tenon.yaml", "a") as settings:
            settings.write('policy:\n  large-ok: [ "*.parquet" ]\n')
        self.git("commit", "-qm", "allowed")

    def test_diverged_data(self):
        self.git(*NO_HOOKS, "checkout", "-q", "side", "--", "data/train.tenon")
        self.lay(THREE)
        self.refuses_commit("data/train")
        self.here(THREE)

    def test_a_conflict_marked_as_resolved_by_hand(self):
        self.git("merge", "-q", "clash", status=1)
        self.write("data/train.tenon", "<<<<<<< HEAD\nrubbish\n")
        self.git("add", "data/train.tenon")
        self.refuses_commit("data/train")

    def test_data_that_is_being_written_is_left_out_with_a_warning(self):
        with open(self.repo / "model.bin", "r+b") as writer:
            writer.write(b"half of ")
            writer.flush()
            self.write("train.py", "three")
            result = self.git("commit", "-qam", "three")
            self.pinned("HEAD", TWO, MODEL_TWO)
            self.assertIn("model.bin", result.err)
            writer.write(b"a model")
        self.settle()
        self.git("commit", "-qam", "model")
        self.pinned("HEAD", TWO, b"half of a model" + MODEL_TWO[15:])

    def test_a_push_of_bytes_that_nobody_has(self):
        origin = self.base / "origin.git"
        self.git("init", "-q", "--bare", str(origin))
        self.git("push", "-q", str(origin), "main")
        self.write("other.bin.tenon", self.unknown_pointer())
        self.git("add", "other.bin.tenon")
        self.git("commit", "-q", "--no-verify", "-m", "unknown")
        self.git("rm", "-q", "other.bin.tenon")
        self.git("commit", "-q", "--no-verify", "-m", "and gone again")
        refused = self.git("push", "-q", str(origin), "main", check=False)
        self.assertNotEqual(refused.status, 0)
        self.assertIn("other.bin", refused.err)
        self.assertNotEqual(self.git("rev-parse", "main", cwd=origin).out.strip(), self.head())
        # What holds nothing of it passes: a deletion, a tag, another branch, and what the person insists on.
        self.git("push", "-q", str(origin), "side", "refs/tags/one")
        self.git("push", "-q", str(origin), ":side")
        self.git("push", "-q", "--no-verify", str(origin), "main")

    def test_an_unchanged_commit_is_not_judged_for_what_its_parent_had(self):
        self.write("other.bin.tenon", self.unknown_pointer())
        self.git("add", "other.bin.tenon")
        self.git("commit", "-q", "--no-verify", "-m", "unknown")
        self.write("README.md", "still works")
        self.git("commit", "-qam", "readme")


class Strict(WorldTest):
    """`strict: true`: reference-transaction looks at what pre-commit never sees."""

    def after_init(self):
        with open(self.repo / "tenon.yaml", "a") as settings:
            settings.write("policy:\n  strict: true\n")
        self.tenon("hooks", "install")

    def wrong_branch(self):
        text = re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "ab" * 32, (self.repo / "model.bin.tenon").read_text())
        self.git(*NO_HOOKS, "switch", "-q", "-c", "wrong", "one")
        self.write("other.bin.tenon", text)
        self.git(*NO_HOOKS, "add", "other.bin.tenon")
        self.git(*NO_HOOKS, "commit", "-qm", "wrong")
        self.git(*NO_HOOKS, "switch", "-q", "main")
        self.tenon("restore")

    def test_everyday_work_passes(self):
        self.git("switch", "-q", "side")
        self.git("rebase", "-q", "main")
        self.git("switch", "-q", "main")
        self.git("merge", "-q", "side")
        self.git("gc", "--quiet")
        self.git("branch", "-D", "-q", "side")
        self.git("tag", "v1")
        self.git("reset", "-q", "--hard", "HEAD~1")
        self.pinned("HEAD~1", TWO)

    def test_a_pick_of_bytes_that_nobody_has_is_refused_and_can_be_aborted(self):
        self.wrong_branch()
        before = self.head()
        wrong = self.git("rev-parse", "wrong").out.strip()
        # The commit is known here, so a branch may name it; the pick makes a new one.
        result = self.git("cherry-pick", wrong, check=False)
        self.assertNotEqual(result.status, 0)
        self.assertEqual(self.head(), before)
        self.git("cherry-pick", "--abort")
        self.assertEqual(self.head(), before)
        self.here(TWO, MODEL_TWO)
        self.assertEqual(self.git("status", "--porcelain").out, "")


class Leaving(WorldTest):
    """`tenon hooks uninstall` leaves what was there, byte for byte."""

    def hooks_in(self, repo):
        top = repo / ".git/hooks"
        return {str(path.relative_to(top)): (path.read_bytes(), path.stat().st_mode) if path.is_file() else None for path in sorted(top.rglob("*"))}

    def check(self, column):
        repo = self.base / "fresh"
        self.new_repository(repo)
        column.before_init(self, repo)
        before = self.hooks_in(repo), self.git("config", "--list", "--local", cwd=repo).out
        tracked = read_tree(repo / ".husky") if (repo / ".husky").exists() else None
        self.tenon("init", cwd=repo)
        self.tenon("hooks", "install", cwd=repo)
        self.assertNotEqual((self.hooks_in(repo), self.git("config", "--list", "--local", cwd=repo).out), before)
        self.assertEqual(tracked, read_tree(repo / ".husky") if tracked is not None else None, "files of husky's were changed")
        self.tenon("hooks", "uninstall", cwd=repo)
        self.assertEqual(self.hooks_in(repo), before[0])
        left = self.git("config", "--list", "--local", cwd=repo).out.splitlines()
        self.assertEqual([line for line in left if line not in before[1].splitlines() and not line.startswith("tenon.")], [])
        self.tenon("hooks", "uninstall", cwd=repo)
        self.assertEqual(self.hooks_in(repo), before[0])

    def test_nothing_was_there(self):
        self.check(foreign_hooks.NoHooks())

    def test_scripts_were_there(self):
        self.check(foreign_hooks.Scripts())

    def test_odd_scripts_were_there(self):
        class Odd(foreign_hooks.NoHooks):
            def before_init(self, world, repo):
                directory = foreign_hooks.hooks_directory(world, repo)
                (directory / "pre-commit").write_bytes(b"#!/bin/sh\r\nexit 0")
                (directory / "post-commit").write_bytes(b"")
                os.chmod(directory / "post-commit", 0o640)
                os.symlink("../../elsewhere", directory / "post-merge")
                foreign_hooks.executable(directory / "post-checkout", "#!/usr/bin/env python3\nraise SystemExit(0)\n")
                os.chmod(directory / "post-checkout", 0o700)
        self.check(Odd())

    def test_husky_was_there(self):
        self.check(foreign_hooks.Husky())

    def test_the_pre_commit_framework_was_there(self):
        self.check(foreign_hooks.Framework())

    def test_git_lfs_was_there(self):
        self.check(foreign_hooks.LFS())


class Foreign(WorldTest):
    """Hooks of others see what Git hands them, and may still refuse."""

    def before_init(self):
        foreign_hooks.Scripts().before_init(self, self.repo)

    def setUp(self):
        super().setUp()
        self.log = self.base / "foreign.log"
        self.environment["FOREIGN_LOG"] = str(self.log)

    def calls(self, name):
        return [tuple(line.split("|", 2)[1:]) for line in self.log.read_text().splitlines() if line.startswith(name + "|")] if self.log.exists() else []

    def test_arguments_and_standard_input_reach_them(self):
        main, side = self.head(), self.git("rev-parse", "side").out.strip()
        self.git("switch", "-q", "side")
        self.assertEqual(self.calls("post-checkout"), [(f"{main} {side} 1", "")])
        self.git("rebase", "-q", "main")
        rewritten = self.calls("post-rewrite")
        self.assertEqual([arguments for arguments, _ in rewritten], ["rebase"])
        self.assertIn(f"{side} {self.head()}", rewritten[0][1])
        self.assertEqual(len(rewritten[0][1].strip(";").split(";")), 2)
        origin = self.base / "origin.git"
        self.git("init", "-q", "--bare", str(origin))
        self.git("remote", "add", "origin", str(origin))
        self.git("push", "-q", "origin", "side")
        self.assertEqual(self.calls("pre-push"), [(f"origin {origin}", f"refs/heads/side {self.head()} refs/heads/side {'0' * 40};")])
        self.git("switch", "-q", "main")
        self.git("merge", "-q", "side")
        self.assertEqual(self.calls("post-merge"), [("0", "")])
        self.lay(THREE)
        self.write("train.py", "three")
        self.git("commit", "-qam", "three")
        self.assertEqual([arguments for arguments, _ in self.calls("commit-msg")][-1:], [".git/COMMIT_EDITMSG"])
        self.pinned("HEAD", THREE)

    def test_they_may_refuse(self):
        for name, command in (
            ("pre-commit", ("commit", "-qam", "x")), ("commit-msg", ("commit", "-qam", "x")), ("pre-push", ("push", "-q", str(self.base / "o.git"), "main")),
            ("pre-merge-commit", ("merge", "-q", "--no-edit", "--no-ff", "side")),
        ):
            with self.subTest(name):
                self.git("init", "-q", "--bare", str(self.base / "o.git"))
                self.git("reset", "-q", "--hard", "main")
                self.write("train.py", name)
                if name.startswith("pre-merge"):
                    self.git("checkout", "-q", "--", "train.py")
                before = self.head()
                result = self.git(*command, check=False, env={"FOREIGN_REFUSE": name})
                self.assertNotEqual(result.status, 0)
                self.assertIn(f"foreign {name} refuses", result.err + result.out)
                self.assertEqual(self.head(), before)

    def test_a_post_checkout_of_theirs_that_fails_is_still_heard(self):
        self.git("switch", "-q", "side", status=1, env={"FOREIGN_REFUSE": "post-checkout"})
        self.here(SIDE_TWO, MODEL_ONE)
