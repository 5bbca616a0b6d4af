"""tenon mv and tenon rm."""
import fcntl
import os
import subprocess

from harness import BIN, TenonTest


class Relocating(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()
        self.make_data()
        self.write("model.bin", self.noise(7, 300_000))
        self.tenon("add", "data", "model.bin")
        self.git("commit", "-qm", "data")
        self.content = self.tree(self.repo / "data")

    def test_mv_and_rm_as_a_person_uses_them(self):
        (self.repo / "sets").mkdir()
        self.assertIn("moved  data -> sets/data", self.tenon("mv", "data", "model.bin", "sets/").out)
        self.assertEqual(self.tree(self.repo / "sets/data"), self.content)
        self.git("commit", "-qm", "moved")
        self.assertEqual(self.git("status", "--porcelain", "--untracked-files=all").out, "")
        self.tenon("verify")
        # From below, and back again by plain Git: the data follows both ways.
        self.tenon("mv", "data", "../train", cwd=self.repo / "sets")
        self.git("commit", "-qm", "train")
        self.tenon("checkout", "-q", "HEAD~2")
        self.assertEqual(self.states(), {"data": "clean", "model.bin": "clean"})
        self.assertEqual(self.tree(self.repo / "data"), self.content)
        self.tenon("checkout", "-q", "main")
        self.assertEqual(self.states(), {"train": "clean", "sets/model.bin": "clean"})
        self.assertEqual(self.tenon("mv", "-n", "train", "x", "--json").json(), {"moved": [{"from": "train", "to": "x"}]})
        self.assertEqual(self.git("status", "--porcelain").out, "")
        self.assertIn("removed  train", self.tenon("rm", "train").out)
        self.assertFalse((self.repo / "train").exists())
        self.git("commit", "-qm", "gone")
        self.tenon("rm", "--cached", "sets/model.bin")
        self.assertEqual(self.sha256(self.repo / "sets/model.bin"), self.pointer("sets/model.bin", "HEAD")["oid"].removeprefix("sha256:"))

    def test_refusals(self):
        self.refused("mv", "data", "model.bin", says=("'data' can't be moved to 'model.bin'", "something lies there"))
        self.refused("mv", "data", "data/x", says="lies inside it")
        self.refused("mv", "train.py", "x.py", says="no artifact", hint=True)
        self.refused("mv", "data", "absent/", says="'absent' is not a directory")
        self.refused("mv", "data", status=64)
        self.write("model.bin", "changed and stored nowhere")
        self.refused("rm", "data", "model.bin", says="stored nowhere", hint=True)
        self.assertEqual(self.tree(self.repo / "data"), self.content)
        out = self.tenon("rm", "-f", "model.bin").out
        identifier = out.split("tenon recover ")[1].split('"')[0]
        self.tenon("recover", identifier, str(self.base / "back"))
        self.assertEqual((self.base / "back").read_text(), "changed and stored nowhere")

    def test_another_file_system_is_refused_before_anything_is_written(self):
        target = self.repo / "mounted"
        target.mkdir()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "tmpfs", target], capture_output=True).returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", target], check=True)
        self.tenon("daemon", "stop")
        before = self.git("status", "--porcelain", "--untracked-files=all").out
        self.refused("mv", "data", "mounted/data", says="different file systems", hint=True)
        self.assertEqual(self.git("status", "--porcelain", "--untracked-files=all").out, before)
        self.assertEqual(self.states(), {"data": "clean", "model.bin": "clean"})
        self.assertEqual(os.listdir(target), [])

    def test_what_a_writer_left_goes_and_what_one_holds_stays(self):
        folder = self.repo / ".tenon-tmp"
        folder.mkdir()
        (folder / "small.1.2").write_text("x")
        with open(folder / "small.1.3", "w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.tenon("mv", "data", "other")
            self.assertEqual(os.listdir(folder), ["small.1.3"])
        self.tenon("mv", "other", "data")
        self.assertNotIn(".tenon-tmp", os.listdir(self.repo))

    def test_kill_after_each_step_of_mv(self):
        names = ["data", "other"]
        base = self.repo / ".git/tenon/base"
        cut = 0
        for round_number in range(28):
            self.tenon("daemon", "start")
            before = base.stat().st_mtime_ns
            moments = [
                lambda: f"/{names[1]}\n" in (self.repo / ".gitignore").read_text(), lambda: base.stat().st_mtime_ns != before,
                (self.repo / f"{names[1]}.tenon").exists, (self.repo / names[1]).exists, lambda: not (self.repo / f"{names[0]}.tenon").exists(),
                lambda: f"/{names[0]}\n" not in (self.repo / ".gitignore").read_text(), (self.repo / ".git/index.lock").exists,
            ]
            command = [BIN / "tenon", "mv", *names]
            was_cut = self.kill_daemon_when(
                moments[round_number % len(moments)], lambda: subprocess.Popen(
                    command, cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            cut += was_cut
            states = self.states()
            self.assertTrue(set(states.values()) <= {"clean", "changed", "missing"}, states)
            # Whatever was done, the data is in one of the two places, whole.
            here = [name for name in names if (self.repo / name).exists()]
            self.assertEqual(len(here), 1)
            self.assertEqual(self.tree(self.repo / here[0]), self.content)
            if was_cut:
                result = self.tenon("mv", *names, check=False)
                self.assertTrue(result.status == 0 or "no artifact" in result.err, result.err)
            self.assertEqual(self.states(), {names[1]: "clean", "model.bin": "clean"})
            self.assertEqual(self.tree(self.repo / names[1]), self.content)
            self.assertEqual(self.git("ls-files", f"{names[0]}*", f"{names[1]}*").out, f"{names[1]}.tenon\n")
            names.reverse()
        # What the last one left when it was cut, the next one takes away.
        self.tenon("mv", *names)
        self.assertGreater(cut, 10)
        self.assertNotIn(".tenon-tmp", os.listdir(self.repo))
