"""Bad input: each refused with a clear error, and nothing lost."""
import os
import pathlib
import socket
import subprocess
import threading
import time
import unittest

from harness import BIN, TenonTest


class BadInput(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()

    def test_paths_that_can_not_be_artifacts(self):
        self.write("data/a", b"a\n")
        outside = self.base / "outside"
        outside.write_bytes(b"x")
        self.refused("add", str(outside), says="outside")
        self.refused("add", "../outside", says="outside")
        self.refused("add", ".git/config", says=".git")
        self.refused("add", "nowhere", says="nowhere")
        self.refused("add", "train.py", says="train.py", hint=True)
        os.symlink("data", self.repo / "link")
        self.refused("add", "link", says="link")
        os.mkfifo(self.repo / "pipe")
        self.refused("add", "pipe", says="pipe")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.repo)
        listener.bind("sock")
        self.refused("add", "sock", says="sock")
        self.refused("add", ".", says="")
        self.assertFalse([p for p in os.listdir(self.repo) if p.endswith(".tenon")])

    def test_output_that_can_not_be_written(self):
        self.write("data/a", b"a\n")
        result = subprocess.run(
            ["sh", "-c", 'exec "$0" status >/dev/full', BIN / "tenon"], cwd=self.repo, env=self.environment, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, b"tenon: standard output can't be written: .+\n")
        # As in Git, no other file or socket takes the number of one that is closed.
        result = subprocess.run(["sh", "-c", 'exec "$0" status <&- >&-', BIN / "tenon"], cwd=self.repo, env=self.environment, stderr=subprocess.PIPE)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        # What goes wrong with its log stops no command half way.
        self.write("tenon.yaml", "version: 1\nunknown: { key: 1 }\n")
        result = subprocess.run(["sh", "-c", 'exec "$0" add data 2>/dev/full', BIN / "tenon"], cwd=self.repo, env=self.environment)
        self.assertEqual(result.returncode, 0)
        self.assertTrue((self.repo / "data.tenon").exists())

    def test_artifacts_do_not_nest(self):
        self.write("data/inner/a", b"a\n")
        self.tenon("add", "data")
        self.refused("add", "data/inner", says="data")
        self.write("top/inner/a", b"a\n")
        self.tenon("add", "top/inner")
        self.refused("add", "top", says="top/inner")

    def test_a_pipe_or_a_bad_name_inside_a_directory_is_named(self):
        self.write("data/a", b"a\n")
        os.mkfifo(self.repo / "data/pipe")
        self.refused("add", "data", says="data/pipe")
        os.unlink(self.repo / "data/pipe")
        self.write("data/new\nline", b"x")
        self.refused("add", "data", says="new\\x0aline")
        os.unlink(self.repo / "data/new\nline")
        self.write("data/.GIT/config", b"x")
        self.refused("add", "data", says=".GIT")
        self.run_command("rm", "-rf", "data/.GIT")
        self.tenon("add", "data")

    @unittest.skipIf(os.geteuid() == 0 and not pathlib.Path("/usr/bin/setpriv").exists(), "needs setpriv to drop the right to read everything")
    def test_an_unreadable_file_is_named(self):
        self.write("data/a", b"a\n")
        self.write("data/secret", b"x", mode=0o000)
        if os.geteuid() == 0:
            self.stop_daemon()
            dropped = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search", "--"]
            result = self.run_command(*dropped, BIN / "tenon", "add", "data", status=2)
        else:
            result = self.tenon("add", "data", status=2)
        self.assertIn("secret", result.err)
        self.assertFalse((self.repo / "data.tenon").exists())

    def test_a_file_that_never_stops_changing_is_refused(self):
        path = self.write("data/log", b"x" * 200_000_000)
        stop = threading.Event()

        def write():
            with open(path, "ab", buffering=0) as file:
                while not stop.is_set():
                    file.write(b"more")

        writer = threading.Thread(target=write)
        writer.start()
        try:
            result = self.tenon("add", "data", check=False)
        finally:
            stop.set()
            writer.join()
        self.assertEqual(result.status, 2, result.err)
        self.assertIn("data/log", result.err)
        self.assertFalse((self.repo / "data.tenon").exists())
        self.tenon("add", "data")
        self.assertEqual(self.pointer("data")["oid"], "sha256:" + self.directory_hash(self.repo / "data"))

    def test_damaged_pointers(self):
        self.write("data/a", b"a\n")
        self.tenon("add", "data")
        self.git("commit", "-qm", "one")
        good = (self.repo / "data.tenon").read_bytes()
        for bad in (b"", good[:-1], good.replace(b"\n", b"\r\n"), good + b"x-a b\nx-a c\n", good + b"new-key 1\n", b"tenon 2\n" + good[8:], b"\xef\xbb\xbf" + good,
                    good.replace(b"sha256:", b"sha256:A", 1), b"<<<<<<< HEAD\n" + good, good + b"y" * 2000):
            (self.repo / "data.tenon").write_bytes(bad)
            self.assertEqual(self.states(), {"data": "damaged"}, bad)
            self.refused("add", "-u", says="data", hint=True)
            self.assertEqual((self.repo / "data.tenon").read_bytes(), bad)
        (self.repo / "data.tenon").write_bytes(good.replace(b"tenon 1", b"tenon 9"))
        status = self.tenon("status", "--json").json()["artifacts"][0]
        self.assertIn("newer", status["detail"])
        self.git("checkout", "-q", "data.tenon")
        self.assertEqual(self.states(), {"data": "clean"})

    def test_a_committed_pointer_of_a_newer_tenon_is_not_taken_for_none(self):
        self.initialised()
        self.write("x", "rows\n")
        self.write("y", "more\n")
        self.tenon("add", "x", "y")
        self.tenon("commit", "-qm", "one")
        self.write("x.tenon", (self.repo / "x.tenon").read_bytes().replace(b"tenon 1", b"tenon 9"))
        self.write("y", "other\n")
        self.tenon("add", "y")
        self.git("add", "-A")
        self.git("commit", "-qm", "nine", "--no-verify")
        newer = ("'x.tenon' can't be read", "newer Tenon")
        for arguments in (["cat", "main:x"], ["ls", "main:x"], ["diff", "HEAD~1", "HEAD", "x"], ["diff", "x"], ["cat", "x"]):
            self.refused(*arguments, says=newer, hint=True)
        reply = self.tenon("diff", "HEAD~1", "HEAD", "--json")
        self.assertEqual([(a["path"], a["change"]) for a in reply.json()["artifacts"]], [("y", "changed")])
        self.tenon("remote", "add", "store", str(self.base / "remote"))
        self.tenon("push", "--all")
        answers = [reply, self.tenon("ls", "main:"), self.tenon("ls"), self.tenon("fetch", "--all"), self.tenon("fetch", "HEAD"), self.tenon("fetch")]
        for answer in answers:
            for words in newer:
                self.assertIn(words, answer.err)
        self.refused("fetch", "--path", "x", says=newer)
        self.refused("fetch", "HEAD", "--path", "x", says=newer)

    def test_a_pointer_whose_bytes_nobody_has(self):
        self.write("data/a", b"a\n")
        self.write("model.bin", b"model\n")
        self.tenon("add", "data", "model.bin")
        self.git("commit", "-qm", "one")
        pointer = (self.repo / "model.bin.tenon").read_text()
        oid = self.pointer("model.bin")["oid"]
        (self.repo / "model.bin.tenon").write_text(pointer.replace(oid, "sha256:" + "ab" * 32))
        result = self.tenon("restore", check=False)
        self.assertNotEqual(result.status, 0)
        self.assertIn("model.bin", result.err)
        self.assertEqual((self.repo / "model.bin").read_bytes(), b"model\n")

    def test_repositories_that_will_not_do(self):
        bare = self.base / "bare.git"
        self.git("init", "-q", "--bare", str(bare))
        self.refused("status", cwd=bare, says="bare")
        empty = self.base / "empty"
        empty.mkdir()
        self.refused("status", cwd=empty, says="not a Git repository")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to give a repository away")
    def test_a_repository_of_somebody_else(self):
        theirs = self.base / "theirs"
        self.new_repository(theirs)
        self.run_command("chown", "-R", "nobody", str(theirs))
        self.refused("status", cwd=theirs, says="own")

    def test_an_empty_file_and_an_empty_directory(self):
        self.write("empty.bin", b"")
        (self.repo / "hollow").mkdir()
        self.tenon("add", "empty.bin", "hollow")
        self.git("commit", "-qm", "empty")
        nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        self.assertEqual(self.pointer("empty.bin")["oid"], nothing)
        self.assertEqual(self.pointer("hollow")["oid"], nothing)
        os.unlink(self.repo / "empty.bin")
        os.rmdir(self.repo / "hollow")
        self.tenon("restore")
        self.assertEqual((self.repo / "empty.bin").read_bytes(), b"")
        self.assertEqual(os.listdir(self.repo / "hollow"), [])

    def test_an_ignored_pointer_is_not_lost_in_silence(self):
        self.write(".gitignore", "models/\n")
        self.write("models/m.bin", b"m\n")
        self.refused("add", "models/m.bin", says="ignore", hint=True)

    def test_a_second_daemon_leaves(self):
        self.tenon("daemon", "start")
        result = self.run_command(BIN / "tenond", "--home", str(self.store), "--foreground", check=False, timeout=30)
        self.assertNotEqual(result.status, 0)
        self.assertIn("another", (result.out + result.err).lower())
        self.assertEqual(self.tenon("daemon", "status", "--json").json()["pid"], self.daemon_pid())

    def test_a_client_of_another_version(self):
        self.tenon("daemon", "start")
        status, body = self.http("POST", "/v1/store", {}, headers=["Tenon-API: 999", "Content-Type: application/json"])
        self.assertGreaterEqual(status, 400)
        self.assertIn(b"unsupported_version", body)

    def test_wrong_usage(self):
        self.tenon("no-such-command", status=64)
        self.tenon("add", "--no-such-option", status=64)
        self.tenon("show", "no-such-revision", status=2)

    def test_without_a_daemon_program(self):
        self.stop_daemon()
        lonely = self.base / "lonely"
        lonely.mkdir()
        self.run_command("cp", BIN / "tenon", str(lonely / "tenon"))
        result = self.run_command(lonely / "tenon", "status", env={"PATH": f"{lonely}:/usr/bin:/bin"}, status=69)
        self.assertIn("hint: ", result.err)


class FullDisk(TenonTest):
    """A store on a file system of 40 MB."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root to mount a small file system")
        self.store.mkdir(parents=True, mode=0o700)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m,mode=0700", "tmpfs", self.store])
        if mounted.returncode:
            self.skipTest("no tmpfs can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.store])
        self.addCleanup(self.stop_daemon)
        self.initialised()

    def test_a_run_whose_output_does_not_fit_is_recorded_without_it(self):
        reply = self.tenon("run", "--json", "-o", "huge.bin", "-o", "small.bin", "--", "sh", "-c", "head -c 80000000 /dev/urandom > huge.bin; echo s > small.bin", status=2).json()
        self.assertEqual([output["path"] for output in reply["run"]["outputs"]], ["small.bin"])
        self.assertEqual([problem["code"] for problem in reply["run"]["problems"]], ["no_space"])
        self.assertFalse((self.repo / "huge.bin.tenon").exists())
        self.assertEqual(os.path.getsize(self.repo / "huge.bin"), 80_000_000)
        self.assertEqual(self.pointer("small.bin")["run"], reply["run"]["run"])
        self.assertEqual(self.tenon("records", "--json", "small.bin").json()["records"][0]["record"], reply["run"]["run"])
        self.tenon("fsck", "--read")

    def test_a_full_disk_loses_nothing(self):
        self.write("good.bin", self.noise(1, 5_000_000))
        self.tenon("add", "good.bin")
        self.git("commit", "-qm", "good")
        self.write("huge.bin", self.noise(2, 80_000_000))
        self.refused("add", "huge.bin", says="space")
        self.assertFalse((self.repo / "huge.bin.tenon").exists())
        self.assertEqual(self.sha256(self.repo / "huge.bin"), __import__("hashlib").sha256(self.noise(2, 80_000_000)).hexdigest())
        self.tenon("verify", "--all")
        self.write("small.bin", self.noise(3, 1_000_000))
        self.tenon("add", "small.bin")
        self.tenon("fsck", "--read")
