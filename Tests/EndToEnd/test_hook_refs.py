"""No commit is published, or in strict mode made, whose data is not stored."""
import os
import signal
import time

from harness import BIN
from hooked import HookedTest


class HookRefs(HookedTest):
    def with_remote(self):
        self.hooked()
        self.remote = self.base / "remote.git"
        self.git("init", "-q", "--bare", "-b", "main", str(self.remote), cwd=self.base)
        self.git("remote", "add", "origin", str(self.remote))

    def with_input(self, text, *command, **options):
        (self.base / "input").write_text(text)
        return self.run_command("sh", "-c", f'exec "$@" <"{self.base}/input"', "sh", *command, **options)

    def lose(self, message="lost"):
        """Commits a pointer whose bytes nobody has, past the hook that would refuse it."""
        pointer = self.repo / "model.bin.tenon"
        good = pointer.read_text()
        pointer.write_text(good.replace(good.split("sha256:")[1][:8], "0" * 8))
        self.git("commit", "-qnam", message)
        return self.head()

    def test_a_push_of_commits_without_bytes_is_refused(self):
        self.with_remote()
        self.git("push", "-q", "-u", "origin", "main")
        self.git("push", "-q")
        self.lose()
        self.write("train.py", "print(3)\n")
        self.git("commit", "-qnm", "later", "train.py")
        for flags in ([], ["-n"], ["-f"], ["origin", "HEAD:refs/heads/a/b.c-d_é"]):
            result = self.git("push", *flags, status=1)
            self.assertIn("lacks data of 'model.bin'", result.err)
        self.git("tag", "-am", "t", "t1")
        self.assertIn("lacks data", self.git("push", "origin", "t1", status=1).err)
        self.git("push", "-q", "origin", "HEAD~2:refs/heads/fine")
        self.git("push", "-q", "origin", ":fine")
        self.assertIn("skipped: known", self.git("push", "-q", env={"TENON_SKIP": "known"}).err)
        # The remote has them now: what comes after is judged alone.
        self.write("train.py", "print(4)\n")
        self.git("commit", "-qm", "on top", "train.py")
        self.git("push", "-q")

    def test_thousands_of_refs_and_a_push_that_comes_too_late(self):
        self.with_remote()
        head = self.head()
        lines = "".join(f"create refs/heads/b{number} {head}\n" for number in range(3000))
        self.with_input(lines, "git", "update-ref", "--stdin")
        self.git("push", "-q", "origin", "--all")
        other = self.base / "other"
        self.git("clone", "-q", str(self.remote), str(other), cwd=self.base)
        self.git("commit", "-q", "--allow-empty", "-m", "theirs", cwd=other)
        self.git("push", "-q", "origin", "HEAD:main", cwd=other)
        self.commit("two\n")
        result = self.git("push", "origin", "main", check=False)
        self.assertIn("fetch first", result.err)
        self.assertNotIn("tenon:", result.err)

    def test_malformed_input_is_refused_in_words(self):
        self.hooked()
        for text in ("a b c\n", "x" * 1000, "\0\n", "refs/heads/a 1 refs/heads/a 2\n"):
            for hook in (["pre-push", "origin", "url"], ["reference-transaction", "prepared"]):
                result = self.with_input(text, BIN / "tenon", "hook", *hook, status=1)
                self.assertRegex(result.err, r"(?m)^tenon: .* can't be checked: ")
        self.assertEqual(self.tenon("hook", "no-such-hook", status=64).out, "")
        self.tenon("hook", "pre-push", status=1)
        self.tenon("hook", "reference-transaction", "committed")
        self.assertIn("TENON_SKIP", self.tenon("help", "hook").out)
        self.assertNotRegex(self.tenon().out, r"(?m)^ *hook ")

    def strict(self):
        self.hooked()
        self.hook("reference-transaction")

    def test_strict_mode_refuses_a_pick_and_lets_it_be_broken_off(self):
        self.strict()
        start = self.head()
        self.git("switch", "-q", "-c", "side")
        self.hook("reference-transaction", "#!/bin/sh\n")
        lost = self.lose()
        self.hook("reference-transaction")
        self.git("switch", "-q", "main")
        self.write("README", "x")
        self.git("add", "README")
        self.git("commit", "-qm", "readme")
        readme = self.head()
        result = self.git("cherry-pick", lost, check=False)
        self.assertNotEqual(result.status, 0)
        self.assertIn("lacks data of 'model.bin'", result.err)
        self.git("cherry-pick", "--abort")
        self.assertEqual(self.head(), readme)
        # A merge makes no new pointer: what it brings is on a branch already.
        self.git("merge", "-q", "--no-edit", "side", check=False)
        self.git("reset", "-q", "--hard", readme)
        self.git("rebase", "-q", "--onto", "main", start, "side", check=False)
        self.git("rebase", "--abort", check=False)
        self.assertEqual(self.head("side"), lost)
        self.git("switch", "-qf", "main")
        self.git("gc", "-q")
        self.git("pack-refs", "--all")
        self.git("branch", "-D", "side")
        self.assertClean()

    def test_strict_mode_does_not_hinder_daily_work(self):
        self.strict()
        one = self.head()
        self.commit("two\n")
        self.commit("three\n")
        self.git("switch", "-q", "-c", "side", one)
        self.write("README", "x")
        self.git("add", "README")
        self.git("commit", "-qm", "readme")
        self.git("rebase", "-q", "main")
        self.assertEqual(self.read(), "three\n")
        self.git("commit", "-q", "--amend", "-m", "again")
        self.change("four\n")
        self.tenon("status")
        self.git("stash", "-q")
        self.assertEqual(self.read(), "three\n")
        self.git("stash", "pop", "-q")
        self.assertEqual(self.read(), "four\n")
        self.git("tag", "-am", "t", "t")
        self.git("gc", "-q")

    def test_a_daemon_that_hangs_is_not_waited_for(self):
        self.hooked()
        pid = self.daemon_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            self.write("train.py", "print(2)\n")
            started = time.monotonic()
            result = self.git("commit", "-qam", "two", status=1, timeout=30)
            self.assertLess(time.monotonic() - started, 10)
            self.assertRegex(result.err, "daemon (does|did) not answer")
            self.assertIn("TENON_SKIP", result.err)
            self.git("commit", "-qam", "two", env={"TENON_SKIP": "it hangs"})
        finally:
            os.kill(pid, signal.SIGCONT)
        self.assertClean()

    def test_a_linked_work_tree_commits_its_own_data(self):
        self.hooked()
        other = self.base / "other"
        self.git("worktree", "add", "-q", "-b", "side", str(other))
        (other / "data/a.csv").write_text("side\n")
        (other / "train.py").write_text("print('side')\n")
        self.git("commit", "-qam", "side", cwd=other)
        self.assertEqual(self.committed(revision="side"), self.directory_hash(other / "data"))
        self.assertBound("main")
        self.assertClean()
        self.assertClean(cwd=other)
