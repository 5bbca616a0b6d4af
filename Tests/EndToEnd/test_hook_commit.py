"""What commits take along, and what they are refused for."""
import os
import shutil
import time

from harness import BIN
from hooked import HOOKS, HookedTest
from programs import NO_HOOKS


class HookCommit(HookedTest):
    def test_a_commit_of_code_takes_changed_data_along(self):
        self.hooked()
        self.change("two\n")
        self.write("train.py", "print(2)\n")
        self.git("add", "train.py")
        result = self.git("commit", "-qm", "two")
        self.assertIn("tenon: data changed and is in this commit", result.err)
        self.assertBound()
        self.assertEqual(self.committed("model.bin"), self.committed("model.bin", "HEAD~1"))
        self.assertClean()

    def test_commit_all_takes_changed_data_along(self):
        self.hooked()
        self.commit("two\n")
        self.assertBound()
        self.assertClean()

    def test_data_alone_asks_to_repeat_the_commit_which_then_works(self):
        self.hooked()
        # Git throws the index away in which it stages for -a.
        for flags, text, staged in ((["-m"], "two\n", "is now staged"), (["-am"], "three\n", "its pointer has followed")):
            self.change(text)
            result = self.git("commit", *flags, text.strip(), status=1)
            self.assertIn(f"tenon: data changed and {staged}; repeat the commit", result.err)
            self.git("commit", "-q", *flags, text.strip())
            self.assertBound()
            self.assertClean()
        self.change("four\n")
        self.git("commit", "-q", "--allow-empty", "-m", "four")
        self.assertBound()

    def test_a_commit_of_paths_takes_only_their_data_and_leaves_nothing_behind(self):
        self.hooked()
        self.change("two\n")
        self.write("model.bin", "other weights")
        self.write("train.py", "print(2)\n")
        self.git("commit", "-qm", "paths", "train.py", "data.tenon")
        self.assertBound()
        self.assertEqual(self.committed("model.bin"), self.committed("model.bin", "HEAD~1"))
        self.assertNotIn("data.tenon", self.git("status", "--porcelain").out)
        self.write("train.py", "print(3)\n")
        data = self.committed()
        self.git("commit", "-qam", "next")
        self.assertEqual(self.committed(), data)
        self.assertBound()
        self.assertBound(path="model.bin")
        self.assertClean()

    def test_hooks_that_are_installed_twice_do_the_same(self):
        self.hooked()
        for name in HOOKS:
            self.hook(name, f'#!/bin/sh\n"{BIN}/tenon" hook {name} "$@" </dev/null && exec "{BIN}/tenon" hook {name} "$@" </dev/null\n')
        self.change("two\n")
        self.write("train.py", "print(2)\n")
        self.git("commit", "-qm", "paths", "train.py", "data.tenon")
        self.assertBound()
        self.assertClean()

    def test_a_commit_of_paths_from_below_by_a_pattern(self):
        self.hooked()
        self.write("sub/code.py", "1\n")
        self.write("sub/data/x", "x\n")
        self.tenon("add", "sub/data")
        self.git("add", "sub/code.py")
        self.git("commit", "-qm", "sub")
        self.change("two\n")
        self.write("sub/data/x", "y\n")
        self.write("sub/code.py", "2\n")
        self.git("commit", "-qm", "below", "--", "*", cwd=self.repo / "sub")
        self.assertBound(path="sub/data")
        self.assertEqual(self.committed(), self.committed(revision="HEAD~1"))

    def test_amend_takes_nothing_unless_told(self):
        self.hooked()
        self.commit("two\n")
        before = self.committed()
        self.change("three\n")
        result = self.git("commit", "-q", "--amend", "-m", "reworded")
        self.assertIn("not in this commit, though changed: data", result.err)
        self.assertEqual(self.committed(), before)
        self.assertEqual(self.read(), "three\n")
        self.tenon("add", "-u")
        self.git("commit", "-q", "--ame", "--no-edit")
        self.assertBound()

    def test_an_alias_is_seen_through(self):
        self.hooked()
        self.git("config", "alias.again", "commit --amend --no-edit")
        before = self.committed()
        self.change("three\n")
        self.git("again", "-q")
        self.assertEqual(self.committed(), before)

    def test_what_is_being_written_is_left_out(self):
        self.hooked()
        before = self.committed()
        with open(self.repo / "data/a.csv", "a") as file:
            file.write("more\n")
            file.flush()
            self.write("train.py", "print(2)\n")
            result = self.git("commit", "-qam", "two")
            self.assertIn("'data' is being written to", result.err)
            self.assertEqual(self.committed(), before)
        self.git("commit", "-qm", "three", "--allow-empty")
        self.assertBound()

    def test_a_new_large_file_and_an_artifacts_own_bytes_are_refused(self):
        self.hooked()
        self.write("big.bin", self.noise(3, 11 << 20))
        self.git("add", "big.bin")
        result = self.git("commit", "-qm", "big", status=1)
        self.assertIn("max-git-file", result.err)
        self.assertIn("tenon add big.bin", result.err)
        self.git("rm", "-q", "--cached", "big.bin")
        self.git("add", "-f", "data/a.csv")
        result = self.git("commit", "-qm", "bytes", status=1)
        self.assertIn("belongs to the artifact 'data'", result.err)
        self.git("rm", "-qr", "--cached", "data")
        self.git("commit", "-qm", "fine", "--allow-empty")

    def test_a_pointer_without_bytes_is_refused_only_where_it_is_new(self):
        self.hooked()
        pointer = self.repo / "model.bin.tenon"
        good = pointer.read_text()
        pointer.write_text(good.replace(good.split("sha256:")[1][:8], "0" * 8))
        self.git("add", "model.bin.tenon")
        result = self.git("commit", "-qm", "bad", status=1)
        self.assertIn("nobody has the bytes", result.err)
        self.git("commit", "-qnm", "forced")
        self.write("train.py", "print(2)\n")
        self.git("commit", "-qm", "others go on", "train.py")
        pointer.write_text("no pointer\n")
        self.git("add", "model.bin.tenon")
        self.assertIn("can't be read", self.git("commit", "-qm", "bad", status=1).err)

    def test_a_pull_without_hooks_and_then_a_commit_takes_nothing_back(self):
        self.hooked()
        new = self.commit("two\n")
        self.git(*NO_HOOKS, "checkout", "-q", "HEAD~1")
        self.git(*NO_HOOKS, "checkout", "-q", "main")
        self.git(*NO_HOOKS, "reset", "-q", "--hard", "HEAD~1")
        self.git(*NO_HOOKS, "merge", "-q", new)
        self.write("README", "hello\n")
        self.git("add", "README")
        self.git("commit", "-qm", "readme")
        self.assertEqual(self.committed(), self.committed(revision=new))

    def test_policy_on_modified(self):
        self.hooked()
        self.write("tenon.yaml", "version: 1\npolicy:\n  on-modified: block\n")
        self.change("two\n")
        result = self.git("commit", "-qam", "blocked", status=1)
        self.assertIn("on-modified", result.err)
        self.write("tenon.yaml", "version: 1\npolicy:\n  on-modified: warn\n")
        before = self.committed()
        self.assertIn("on-modified", self.git("commit", "-qam", "warned").err)
        self.assertEqual(self.committed(), before)

    def test_inside_the_pre_commit_framework_it_only_checks(self):
        self.hooked()
        self.change("two\n")
        self.write("train.py", "print(2)\n")
        before = self.committed()
        self.git("commit", "-qam", "two", env={"PRE_COMMIT": "1"})
        self.assertEqual(self.committed(), before)

    def test_a_stopped_daemon_is_started_and_nothing_is_inherited(self):
        self.hooked()
        self.stop_daemon()
        self.change("two\n")
        self.write("train.py", "print(2)\n")
        started = time.monotonic()
        self.run_command("sh", "-c", 'out=$(git commit -am two 2>&1); printf %s "$out"', timeout=20)
        self.assertLess(time.monotonic() - started, 10)
        self.assertBound()
        pid = self.daemon_pid()
        self.assertIsNotNone(pid)
        environment = open(f"/proc/{pid}/environ").read()
        self.assertNotIn("GIT_", environment)
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                self.assertNotIn("pipe:", os.readlink(f"/proc/{pid}/fd/{name}") if int(name) < 3 else "")
            except FileNotFoundError:
                pass

    def test_without_a_daemon_it_fails_closed_and_can_be_skipped(self):
        self.hooked()
        self.stop_daemon()
        link = self.base / "alone"
        link.mkdir()
        shutil.copy(BIN / "tenon", link / "tenon")
        for name in HOOKS:
            self.hook(name, f'#!/bin/sh\nexec "{link}/tenon" hook {name} "$@"\n')
        bare = {"PATH": "/usr/bin:/bin"}
        self.write("train.py", "print(2)\n")
        result = self.git("commit", "-qam", "two", status=1, env=bare)
        self.assertIn("TENON_SKIP", result.err)
        result = self.git("commit", "-qam", "two", env={**bare, "TENON_SKIP": "on a plane"})
        self.assertIn("pre-commit is skipped: on a plane", result.err)
        self.assertIn("pre-commit on a plane", (self.repo / ".git/tenon/skipped").read_text())
