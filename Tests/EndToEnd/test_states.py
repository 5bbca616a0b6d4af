"""How data, pointer and base stand to each other; half-done work is never taken for a change."""
import hashlib
import mmap
import os
import re
import shutil
import signal
import subprocess
import time

from harness import BIN, TenonTest


class States(TenonTest):
    """How data, pointer and base stand to each other when no hook moves the data: what Git does unseen."""

    def initialised(self):
        self.tenon("init", "--no-hooks")
        self.git("add", "-A")
        self.git("commit", "-qm", "tenon init", "--allow-empty")

    def two_commits(self):
        self.initialised()
        self.make_data(seed=1)
        self.tenon("add", "data")
        self.git("commit", "-qm", "one")
        self.one = self.tree(self.repo / "data")
        self.write("data/part0/file000.csv", "two\n")
        self.tenon("commit", "-qm", "two")
        self.two = self.tree(self.repo / "data")

    def test_new_files_have_the_modes_that_the_umask_of_who_asks_leaves(self):
        self.initialised()
        self.write("data/sub/a", b"a\n")
        self.write("data/b", b"b\n")
        os.chmod(self.repo / "data/b", 0o755)
        self.tenon("add", "data")
        self.git("commit", "-qm", "one")
        for started, asked in ((0o077, 0o022), (0o000, 0o027), (0o022, 0o002), (0o077, 0o077)):
            with self.subTest(daemon=oct(started), client=oct(asked)):
                self.stop_daemon()
                self.tenon("store", umask=started)
                for name in ("data", ".gitignore", "out"):
                    self.run_command("rm", "-rf", name)
                self.tenon("restore", umask=asked)
                self.tenon("restore", "--to", str(self.repo / "out"), "data", umask=asked)
                (self.repo / "data/sub/a").unlink()
                self.tenon("restore", umask=asked)
                self.write(f"new{started}{asked}/a", b"new\n")
                self.tenon("add", f"new{started}{asked}", umask=asked)
                wanted = {
                    "data": 0o777, "data/sub": 0o777, "data/sub/a": 0o666, "data/b": 0o777, "out": 0o777, "out/data/sub/a": 0o666,
                    ".gitignore": 0o666, f"new{started}{asked}.tenon": 0o666}
                modes = {name: oct((self.repo / name).stat().st_mode & 0o7777) for name in wanted}
                self.assertEqual(modes, {name: oct(mode & ~asked) for name, mode in wanted.items()})
                # What is there keeps its mode.
                os.chmod(self.repo / "data.tenon", 0o664)
                self.write("data/c", f"{started} {asked}\n".encode())
                self.tenon("add", "data", umask=asked)
                self.assertEqual((self.repo / "data.tenon").stat().st_mode & 0o777, 0o664)
        # The store is its owner's alone, whoever started the daemon.
        self.stop_daemon()
        self.tenon("store", umask=0)
        self.write("more", b"more\n")
        self.tenon("add", "more", umask=0)
        self.tenon("fsck", "--rebuild", umask=0)
        for path in self.store.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o077 if path.is_dir() or path.suffix == ".pack" else 0, 0, path)

    def test_a_switch_that_tenon_did_not_see_is_behind_and_never_a_change(self):
        self.two_commits()
        self.git("checkout", "-q", "HEAD~1")
        self.assertEqual(self.states(), {"data": "behind"})
        self.tenon("add", "-u")
        self.git("commit", "-qam", "nothing of data", "--allow-empty")
        self.assertEqual(self.pointer("data", "HEAD"), self.pointer("data", "main~1"))
        self.tenon("restore")
        self.assertEqual(self.tree(self.repo / "data"), self.one)
        self.assertEqual(self.states(), {"data": "clean"})

    def test_diverged_data_is_saved_before_it_is_overwritten(self):
        self.two_commits()
        self.git("checkout", "-q", "HEAD~1")
        self.write("data/part0/file000.csv", "mine, not stored anywhere\n")
        mine = self.tree(self.repo / "data")
        self.assertEqual(self.states(), {"data": "diverged"})
        self.refused("add", "-u", says="data", hint=True)
        self.tenon("restore", "data")
        self.assertEqual(self.tree(self.repo / "data"), self.one)
        state = self.tenon("recover", "--json").json()["states"][0]
        self.tenon("recover", state["id"], str(self.base / "mine"))
        self.assertEqual(self.tree(self.base / "mine"), mine)
        which = self.tenon("which", self.base / "mine/part0/file000.csv", "--json").json()
        self.assertEqual(which["states"], [{"path": "data/part0/file000.csv", "runs": [], "saved": [state["id"]]}])
        self.assertIn("saved: tenon recover", self.tenon("which", self.base / "mine").out)

    def test_git_refuses_to_overwrite_changed_data(self):
        self.two_commits()
        self.write("data/part0/file001.csv", "changed, not committed\n")
        changed = self.tree(self.repo / "data")
        result = self.tenon("checkout", "HEAD~1", check=False)
        self.assertNotEqual(result.status, 0)
        self.assertIn("data.tenon", result.err)
        self.assertEqual(self.tree(self.repo / "data"), changed)

    def cut_power(self):
        """The base as it lies there when the power was cut before the file system was synced: written in another boot"""
        self.kill_daemon()
        path = self.repo / ".git/tenon/base"
        text = re.sub(rb"^(base|written [0-9a-f-]+) (\d+)$", rb"written 0 \2", path.read_bytes(), flags=re.M)
        text = text[: text.rindex(b"end ")]
        path.write_bytes(text + b"end " + hashlib.sha256(text).hexdigest().encode() + b"\n")

    def test_a_daemon_killed_before_the_disk_has_the_files(self):
        self.two_commits()
        self.tenon("checkout", "-q", "HEAD~1")
        self.kill_daemon()
        self.assertEqual(self.states(), {"data": "clean"})
        self.write("data/part0/file001.csv", "mine\n")
        self.assertEqual(self.states(), {"data": "changed"})
        self.tenon("commit", "-qam", "mine")

    def test_files_that_a_power_cut_took_back_are_never_a_change(self):
        self.two_commits()
        self.tenon("checkout", "-q", "HEAD~1")
        self.cut_power()
        self.assertEqual(self.states(), {"data": "clean"})
        self.cut_power()
        self.write("data/part0/file001.csv", "")
        self.assertEqual(self.states(), {"data": "moving"})
        self.refused("add", "-u", says="tenon restore", hint=True)
        self.refused("commit", "-qam", "half", says="tenon restore")
        self.git("commit", "-qam", "by plain git", "--allow-empty")
        self.assertEqual(self.pointer("data", "HEAD"), self.pointer("data", "main~1"))
        self.tenon("restore")
        self.assertEqual(self.tree(self.repo / "data"), self.one)
        self.assertEqual(self.states(), {"data": "clean"})

    def test_a_checkout_killed_half_way_is_moving(self):
        self.initialised()
        for number in range(1500):
            self.write(f"data/d{number % 30}/f{number}", self.text(number, 3000))
        self.tenon("add", "data")
        self.git("commit", "-qm", "one")
        one = self.tree(self.repo / "data")
        for number in range(1500):
            self.write(f"data/d{number % 30}/f{number}", self.text(number + 5000, 3000))
        self.tenon("commit", "-qm", "two")
        moved = 0
        for delay in (0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2):
            self.git("checkout", "-q", "main~1")
            self.tenon("daemon", "start")
            pid = self.daemon_pid()
            process = subprocess.Popen([BIN / "tenon", "restore"], cwd=self.repo, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            os.kill(pid, signal.SIGKILL)
            process.wait()
            state = self.states()["data"]
            self.assertIn(state, ("moving", "behind", "clean"))
            if state == "moving":
                moved += 1
                self.refused("add", "-u", says="tenon restore", hint=True)
                self.refused("commit", "-qam", "half", says="tenon restore")
                self.git("commit", "-qam", "by plain git", "--allow-empty")
                self.assertEqual(self.pointer("data", "HEAD"), self.pointer("data", "main~1"))
            self.tenon("restore")
            self.assertEqual(self.states(), {"data": "clean"})
            self.assertEqual(self.tree(self.repo / "data"), one)
            self.tenon("checkout", "-qf", "main")
        self.assertGreater(moved, 0, "no kill hit a checkout in the middle")

    def test_data_written_through_a_mapping_that_is_still_open(self):
        self.initialised()
        path = self.write("array.bin", bytes(1 << 20))
        self.tenon("add", "array.bin")
        self.git("commit", "-qm", "zeros")
        with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as mapping:
            mapping[0:4] = b"one!"
            self.tenon("add", "-u")
            # Same page again: neither mtime nor ctime moves now.
            time.sleep(0.1)
            mapping[4096 * 0 + 8:12] = b"two!"
            self.tenon("commit", "-qm", "mapped")
            self.assertEqual(self.pointer("array.bin", "HEAD")["oid"], "sha256:" + self.sha256(path))
        content = path.read_bytes()
        os.unlink(path)
        self.tenon("restore", "array.bin")
        self.assertEqual(path.read_bytes(), content)

    def test_a_same_size_change_in_the_same_tick_is_seen(self):
        self.initialised()
        path = self.write("data/f", b"aaaa")
        self.tenon("add", "data")
        for number in range(20):
            content = b"%04d" % number
            with open(path, "r+b") as file:
                file.write(content)
            self.tenon("add", "-u")
            self.assertEqual(self.pointer("data")["oid"], "sha256:" + self.directory_hash(self.repo / "data"))

    def test_conflicted_pointers(self):
        self.two_commits()
        self.git("checkout", "-q", "-b", "other", "main~1")
        self.tenon("restore")
        self.write("data/part0/file000.csv", "other\n")
        self.tenon("commit", "-qm", "other")
        other = self.tree(self.repo / "data")
        merge = self.git("merge", "main", check=False)
        self.assertEqual(merge.status, 1)
        self.assertEqual(self.states(), {"data": "conflicted"})
        self.assertNotIn("<<<<", (self.repo / "data.tenon").read_text())
        self.refused("add", "-u", says="data", hint=True)
        self.tenon("restore", "--theirs", "data")
        self.assertEqual(self.tree(self.repo / "data"), self.two)
        self.tenon("restore", "--ours", "data")
        self.assertEqual(self.tree(self.repo / "data"), other)

    def test_not_fetched_is_not_a_change(self):
        self.two_commits()
        clone = self.base / "clone"
        self.git("clone", "-q", str(self.repo), str(clone), cwd=self.base)
        self.tenon("init", cwd=clone)
        self.assertEqual(self.states(cwd=clone), {"data": "not_fetched"})
        self.tenon("add", "-u", cwd=clone)
        self.assertEqual(self.git("status", "--porcelain", "data.tenon", cwd=clone).out, "")
        self.tenon("restore", cwd=clone)
        self.assertEqual(self.tree(clone / "data"), self.two)

    def test_a_store_that_lost_bytes_says_that_it_has_them_again(self):
        self.two_commits()
        self.tenon("daemon", "stop")
        shutil.rmtree(self.store)
        self.assertIn("Pointers whose bytes the store lacks:", self.tenon("status").out)
        self.assertRegex(self.tenon("add", "data").out, r"^Nothing changed; the store lacked .* of it, and has it now\n$")
        self.assertEqual(self.tenon("add", "data").out, "Nothing changed\n")

    def test_missing_is_not_a_change(self):
        self.two_commits()
        self.run_command("rm", "-rf", "data")
        self.assertEqual(self.states(), {"data": "missing"})
        self.tenon("add", "-u")
        self.assertEqual(self.git("status", "--porcelain").out, "")

    def test_linked_worktrees_have_states_of_their_own(self):
        self.two_commits()
        other = self.base / "other"
        self.git("worktree", "add", "-q", "--detach", str(other), "main~1")
        self.tenon("restore", cwd=other)
        self.assertEqual(self.tree(other / "data"), self.one)
        self.assertEqual(self.states(cwd=other), {"data": "clean"})
        self.assertEqual(self.states(), {"data": "clean"})
        self.assertEqual(self.tree(self.repo / "data"), self.two)
