"""tenon add --adopt with the real Git and Git LFS."""
import shutil
import subprocess
import unittest

from harness import BIN, TenonTest


class Adoption(TenonTest):
    def test_plain_git_files(self):
        self.initialised()
        self.make_data()
        self.write("model.bin", self.noise(3, 200_000))
        self.git("add", "-A")
        self.git("commit", "-qm", "all in Git")
        content = self.tree(self.repo / "data")
        self.refused("add", "data", says="Git tracks files in it", hint=True)
        out = self.tenon("add", "--adopt", "data", "model.bin").out
        self.assertIn("its history keeps the old bytes", out)
        self.git("commit", "-qm", "adopted")
        self.assertEqual(self.git("status", "--porcelain").out, "")
        self.assertEqual(self.tree(self.repo / "data"), content)
        self.assertEqual(self.git("ls-files", "data", "model.bin", "data.tenon", "model.bin.tenon").out, "data.tenon\nmodel.bin.tenon\n")
        self.tenon("verify")

    @unittest.skipUnless(shutil.which("git-lfs"), "git-lfs is not installed")
    def test_git_lfs(self):
        self.git("lfs", "install", "--local")
        self.git("lfs", "track", "weights/big.bin", "*.safetensors", "data/**")
        self.initialised()
        self.write("weights/big.bin", self.noise(1, 100_000))
        self.write("model.safetensors", self.noise(2, 100_000))
        self.write("data/a.csv", self.text(3, 10_000))
        self.git("add", "-A")
        self.git("commit", "-qm", "in LFS")
        self.assertIn("git-lfs", self.git("show", "HEAD:model.safetensors").out)
        wanted = {name: self.sha256(self.repo / name) for name in ("weights/big.bin", "model.safetensors", "data/a.csv")}
        # A clone that has not brought the data holds a few lines in its place: refused, and the remedy works as it is written.
        lazy = self.base / "lazy"
        self.git("clone", "-q", str(self.repo), str(lazy), env={"GIT_LFS_SKIP_SMUDGE": "1"})
        self.tenon("init", cwd=lazy)
        refusal = self.refused("add", "--adopt", "model.safetensors", says="holds a pointer of Git LFS", hint=True, cwd=lazy)
        self.git("lfs", "install", "--local", "--skip-repo", cwd=lazy)
        self.run_command("sh", "-c", refusal.err.split("hint: ")[1].split(" brings")[0], cwd=lazy)
        self.tenon("add", "--adopt", "model.safetensors", cwd=lazy)
        # Here all is brought.
        result = self.tenon("add", "--adopt", "weights/big.bin", "model.safetensors", "data")
        attributes = (self.repo / ".gitattributes").read_text()
        self.assertNotIn("weights/big.bin", attributes)
        self.assertNotIn("data/**", attributes)
        self.assertIn("*.safetensors filter=lfs", attributes)
        self.assertIn("goes on sending '*.safetensors'", result.err)
        self.git("commit", "-qm", "adopted")
        self.assertEqual(self.git("status", "--porcelain", "--untracked-files=all").out, "")
        for name, oid in wanted.items():
            self.assertEqual(self.sha256(self.repo / name), oid)
        self.assertEqual(self.pointer("model.safetensors", "HEAD")["oid"], "sha256:" + wanted["model.safetensors"])
        self.assertEqual(self.git("lfs", "ls-files", "--name-only").out, "")
        self.tenon("verify")

    def test_kill_after_each_step(self):
        self.initialised()
        self.make_data()
        self.git("add", "-A")
        self.git("commit", "-qm", "all in Git")
        content = self.tree(self.repo / "data")
        base = self.repo / ".git/tenon/base"
        ignore = self.repo / ".gitignore"
        cut = 0
        for round_number in range(20):
            self.tenon("daemon", "start")
            packs = len(self.packs())
            before = base.stat().st_mtime_ns if base.exists() else 0
            moments = [
                lambda: len(self.packs()) != packs, lambda: ignore.exists() and "/data\n" in ignore.read_text(), (self.repo / "data.tenon").exists,
                (self.repo / ".git/index.lock").exists, lambda: base.exists() and base.stat().st_mtime_ns != before,
            ]
            command = [BIN / "tenon", "add", "--adopt", "data"]
            cut += self.kill_daemon_when(
                moments[round_number % len(moments)], lambda: subprocess.Popen(
                    command, cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            names = self.git("ls-files", "data", "data.tenon").out.split()
            if "data.tenon" in names:
                # Git has let go of it: then the store has every byte.
                self.assertEqual(names, ["data.tenon"])
                self.assertEqual(self.states(), {"data": "clean"})
                shutil.rmtree(self.repo / "data")
                self.tenon("restore", "data")
            else:
                self.assertGreater(len(names), 30)
            self.assertEqual(self.tree(self.repo / "data"), content)
            self.tenon("add", "--adopt", "data")
            self.assertEqual(self.git("ls-files", "data", "data.tenon").out, "data.tenon\n")
            # Back to Git, for the next time.
            self.tenon("rm", "--cached", "data")
            self.git("add", "-A", "data")
            self.assertEqual(self.git("status", "--porcelain").out, "")
        self.assertGreater(cut, 5)
