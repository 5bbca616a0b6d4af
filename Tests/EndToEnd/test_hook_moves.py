"""Data follows every way in which Git moves a pointer."""
import os
import shutil

from hooked import HookedTest


class HookMoves(HookedTest):
    def history(self):
        """Three commits on main with the data "one", "two", "three"."""
        self.hooked()
        self.change("one\n")
        self.write("train.py", "print('1')\n")
        self.git("commit", "-qam", "uno")
        self.one = self.head()
        self.two = self.commit("two\n")
        self.three = self.commit("three\n")

    def assertData(self, text, revision="HEAD"):
        self.assertEqual(self.read(), text)
        self.assertBound(revision)

    def test_switch_and_checkout_of_a_path(self):
        self.history()
        self.git("switch", "-q", "--detach", self.one)
        self.assertData("one\n")
        self.assertClean()
        self.git("switch", "-q", "main")
        self.assertData("three\n")
        self.git("checkout", "-q", self.two, "--", "data.tenon")
        self.assertEqual(self.read(), "two\n")
        self.git("restore", "--staged", "--worktree", "data.tenon")
        self.assertData("three\n")

    def test_data_that_follows_a_moved_pointer_is_ignored(self):
        self.history()
        self.git("mv", "data.tenon", "moved.tenon")
        (self.repo / "sub").mkdir()
        self.git("mv", "model.bin.tenon", "sub/model.bin.tenon")
        self.git("commit", "-qm", "moved")
        self.tenon("restore")
        self.assertEqual(self.read("moved/a.csv"), "three\n")
        self.assertTrue((self.repo / "sub/model.bin").exists())
        self.assertEqual(self.git("status", "--porcelain", "-uall").out, "")
        shutil.rmtree(self.repo / ".git/tenon")
        (self.repo / ".git/info/exclude").write_text("")
        shutil.rmtree(self.repo / "moved")
        self.tenon("restore", "moved")
        self.assertEqual(self.git("status", "--porcelain", "-uall", "moved").out, "")

    def test_reset_stash_and_merge_abort(self):
        self.history()
        self.git("reset", "-q", "--hard", self.two)
        self.assertData("two\n")
        self.change("mine\n")
        self.tenon("status")
        self.git("stash", "-q")
        self.assertData("two\n")
        self.git("stash", "pop", "-q")
        self.assertEqual(self.read(), "mine\n")
        self.git("commit", "-qam", "mine")
        self.assertData("mine\n")
        self.assertEqual(self.git("merge", "-q", self.three, check=False).status, 1)
        self.assertEqual(self.read(), "mine\n")
        self.git("merge", "--abort")
        self.assertData("mine\n")
        self.assertClean()

    def test_merge_and_pull(self):
        self.history()
        self.git("switch", "-q", "-c", "side", self.one)
        self.write("README", "side\n")
        self.git("add", "README")
        self.git("commit", "-qm", "readme")
        self.git("merge", "-q", "--no-edit", "main")
        self.assertData("three\n")
        self.git("reset", "-q", "--hard", self.one)
        self.git("pull", "-q", "--ff-only", ".", "main")
        self.assertData("three\n")

    def test_rebase_brings_data_once_at_the_end(self):
        self.history()
        self.git("switch", "-q", "-c", "side", self.one)
        for number in range(3):
            self.write(f"file{number}", "x")
            self.git("add", f"file{number}")
            self.git("commit", "-qm", f"file {number}")
        self.git("switch", "-q", "main")
        self.git("switch", "-q", "-c", "topic", "side")
        self.write("watch", "")
        self.hook("post-rewrite", f'#!/bin/sh\ncat data/a.csv >>"{self.base}/seen"\nexec "{os.environ["TENON_BIN"]}/tenon" hook post-rewrite "$@"\n')
        self.git("rebase", "-q", "main")
        self.assertData("three\n")
        self.assertEqual(self.head("HEAD~3"), self.three)

    def rebase(self, todo, onto):
        script = self.base / "todo"
        script.write_text(todo)
        return self.git("rebase", "-q", "-i", "--no-ff", onto, env={"GIT_SEQUENCE_EDITOR": f"cp {script}"})

    def test_rebase_interactive_has_data_at_edit_break_and_exec(self):
        self.history()
        copy = f"exec cp data/a.csv {self.base}"
        self.rebase(f"pick {self.one}\n{copy}/at-exec\nedit {self.two}\npick {self.three}\nbreak\n{copy}/last\n", f"{self.one}~1")
        self.assertEqual((self.base / "at-exec").read_text(), "one\n")
        self.assertData("two\n")
        self.git("rebase", "--continue")
        self.assertData("three\n")
        self.git("rebase", "--continue")
        self.assertEqual((self.base / "last").read_text(), "three\n")
        self.assertData("three\n")
        self.assertClean()

    def test_rebase_abort_brings_the_branch_back(self):
        self.history()
        self.rebase(f"pick {self.one}\nedit {self.two}\npick {self.three}\n", f"{self.one}~1")
        self.assertData("two\n")
        self.git("rebase", "--abort")
        self.assertData("three\n")
        self.assertClean()

    def test_rebase_conflict_and_apply_backend(self):
        self.history()
        self.git("switch", "-q", "-c", "side", self.one)
        self.commit("side\n")
        side = self.head()
        result = self.git("rebase", "-q", "main", check=False)
        self.assertEqual(result.status, 1)
        # Ours, as at a stop of a merge: what `tenon add` takes now is not the old branch's.
        self.assertEqual(self.read(), "three\n")
        self.assertEqual(self.pointer("data", "main")["oid"], "sha256:" + self.here())
        self.git("rebase", "--abort")
        self.assertData("side\n")
        self.git("rebase", "-q", "main", check=False)
        self.change("mine, at the stop\n")
        self.git("reset", "-q", "--", "train.py")
        self.assertEqual(self.read(), "mine, at the stop\n")
        self.tenon("add", "data")
        self.git("rebase", "--abort")
        self.assertData("side\n")
        self.git("switch", "-q", "-c", "code", self.one)
        for number in range(2):
            self.write(f"file{number}", "x")
            self.git("add", f"file{number}")
            self.git("commit", "-qm", f"file {number}")
        self.git("rebase", "-q", "--apply", "main")
        self.assertData("three\n")
        self.assertEqual(self.head("side"), side)

    def test_cherry_pick_and_revert(self):
        self.history()
        self.git("switch", "-q", "-c", "side", self.one)
        self.write("README", "x")
        self.git("add", "README")
        self.git("commit", "-qm", "readme")
        self.git("cherry-pick", self.two)
        self.assertData("two\n")
        self.git("revert", "--no-edit", "HEAD")
        self.assertData("one\n")
        self.git("cherry-pick", "-n", self.two)
        self.assertEqual(self.read(), "two\n")
        self.git("cherry-pick", "--quit")
        self.git("reset", "-q", "--hard")
        self.assertData("one\n")
        self.git("revert", "-n", self.one)
        self.assertEqual(self.read(), "a,1\n")
        self.git("revert", "--abort", check=False)
        self.git("reset", "-q", "--hard")
        self.assertData("one\n")
        self.assertEqual(self.git("cherry-pick", self.three, check=False).status, 1)
        self.git("cherry-pick", "--abort")
        self.assertData("one\n")
        self.assertClean()

    def test_bisect_am_and_worktree(self):
        self.history()
        self.git("bisect", "start", "main", f"{self.one}~1")
        script = self.base / "check"
        script.write_text('#!/bin/sh\ngrep -q "one\\|a,1" data/a.csv\n')
        script.chmod(0o755)
        result = self.git("bisect", "run", str(script))
        self.assertIn(f"{self.two} is the first bad commit", result.out)
        self.git("bisect", "reset")
        self.assertData("three\n")
        patch = self.git("format-patch", "-1", "--stdout", self.three).out
        self.git("reset", "-q", "--hard", self.two)
        (self.base / "patch").write_text(patch)
        self.git("am", "-q", str(self.base / "patch"))
        self.assertData("three\n")
        other = self.base / "other"
        self.git("worktree", "add", "-q", "--detach", str(other), self.one)
        self.assertEqual((other / "data/a.csv").read_text(), "one\n")
        self.assertData("three\n")

    def test_an_unsaved_edit_survives_what_does_not_move_its_pointer(self):
        self.history()
        self.write("model.bin", "precious")
        for command in (["switch", "-q", "--detach", self.one], ["switch", "-q", "main"], ["reset", "-q", "--hard", self.two],
                        ["merge", "-q", "main"], ["cherry-pick", "-n", self.three], ["rebase", "-q", "--no-ff", self.one]):
            self.git(*command, check=False)
            self.assertEqual((self.repo / "model.bin").read_text(), "precious", command)

    def test_the_frameworks_rollback_brings_no_data(self):
        self.history()
        self.change("four\n")
        self.tenon("status")
        self.git("checkout", "--", ".", env={"_PRE_COMMIT_SKIP_POST_CHECKOUT": "1"})
        self.assertEqual(self.read(), "four\n")

    def test_bytes_that_are_nowhere_fail_the_checkout_and_leave_the_rest(self):
        self.history()
        self.git("switch", "-q", "-c", "lost")
        pointer = self.repo / "model.bin.tenon"
        good = pointer.read_text()
        pointer.write_text(good.replace(good.split("sha256:")[1][:8], "0" * 8))
        self.git("commit", "-qnam", "lost")
        self.git("switch", "-q", "main")
        before = (self.repo / "model.bin").read_bytes()
        result = self.git("switch", "lost", status=1)
        self.assertIn("model.bin", result.err)
        self.assertIn("hint: ", result.err)
        self.assertEqual((self.repo / "model.bin").read_bytes(), before)
        self.git("switch", "-q", "main")
        self.assertClean()
