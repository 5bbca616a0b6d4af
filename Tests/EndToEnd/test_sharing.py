"""Data goes from one machine to another over a remote: two homes, two stores, a bare Git repository and a directory between them."""
import os
import pathlib
import shutil
import subprocess

from harness import BIN, TenonTest


class SharingTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.remote = self.base / "remote"
        self.hub = self.base / "hub.git"
        self.git("init", "-q", "--bare", "-b", "main", str(self.hub), cwd=self.base)
        self.git("remote", "add", "origin", str(self.hub))
        self.initialised()
        self.make_data(files=20)
        self.write("model.bin", self.noise(3, 400_000))
        self.tenon("add", "data", "model.bin")
        self.git("commit", "-qm", "one")
        self.tenon("remote", "add", "origin", str(self.remote))
        self.there = self.base / "there"
        other = self.base / "other-home"
        other.mkdir(mode=0o700)
        self.elsewhere = {"HOME": str(other), "GIT_CONFIG_GLOBAL": "/dev/null"}
        self.addCleanup(lambda: subprocess.run(
            [BIN / "tenon", "daemon", "stop"], cwd=self.base, env={**self.environment, **self.elsewhere},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def share(self):
        self.tenon("push")
        self.git("push", "-q", "origin", "main")

    def clone(self, *options):
        self.tenon("clone", *options, str(self.hub), str(self.there), cwd=self.base, env=self.elsewhere)

    def test_push_clone_trust_and_restore(self):
        self.share()
        self.clone()
        # Nothing proposes a remote here, so none is used until one is added.
        self.assertFalse((self.there / "data").exists())
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        self.tenon("restore", cwd=self.there, env=self.elsewhere)
        self.assertEqual(self.tree(self.there / "data"), self.tree(self.repo / "data"))
        self.assertEqual(self.sha256(self.there / "model.bin"), self.sha256(self.repo / "model.bin"))
        self.tenon("verify", "--all", cwd=self.there, env=self.elsewhere)

    def test_a_clone_trusts_a_proposal_only_when_told(self):
        self.write("tenon.yaml", f"version: 1\nremotes:\n  default: team\n  team: {{ url: {self.remote} }}\n")
        self.tenon("remote", "remove", "origin")
        self.tenon("remote", "trust", "team")
        self.git("commit", "-qam", "remote")
        self.share()
        self.clone()
        self.assertFalse((self.there / "data").exists())
        result = self.tenon("fetch", cwd=self.there, env=self.elsewhere, status=2)
        self.assertIn("tenon remote trust team", result.err)
        shutil.rmtree(self.there)
        self.clone("--trust")
        self.assertEqual(self.tree(self.there / "data"), self.tree(self.repo / "data"))

    def test_one_file_is_had_without_the_rest(self):
        self.write("data/large.bin", self.noise(9, 6_000_000))
        self.tenon("commit", "-qm", "large")
        self.share()
        self.clone("--no-data")
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        name = "data/part1/file001.csv"
        printed = subprocess.run(
            [BIN / "tenon", "cat", f"HEAD:{name}"], cwd=self.there, env={**self.environment, **self.elsewhere}, stdout=subprocess.PIPE, check=True)
        self.assertEqual(printed.stdout, (self.repo / name).read_bytes())
        store = pathlib.Path(self.elsewhere["HOME"]) / ".local/share/tenon/packs"
        self.assertLess(sum(p.stat().st_size for p in store.iterdir()), 1_500_000)
        self.tenon("restore", name, cwd=self.there, env=self.elsewhere)
        self.assertEqual((self.there / name).read_bytes(), (self.repo / name).read_bytes())
        self.assertFalse((self.there / "data/large.bin").exists())

    def test_a_pull_brings_the_data(self):
        self.share()
        self.clone()
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        self.tenon("restore", cwd=self.there, env=self.elsewhere)
        self.write("data/part0/new.csv", "new\n")
        self.tenon("commit", "-qm", "two")
        self.share()
        self.tenon("pull", "-q", cwd=self.there, env=self.elsewhere)
        self.assertEqual((self.there / "data/part0/new.csv").read_text(), "new\n")
        self.assertEqual(self.tree(self.there / "data"), self.tree(self.repo / "data"))

    def test_a_killed_push_and_a_killed_fetch_go_on(self):
        self.write("data/large.bin", self.noise(9, 30_000_000))
        self.tenon("commit", "-qm", "large")
        push = subprocess.Popen([BIN / "tenon", "push"], cwd=self.repo, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            push.wait(timeout=0.15)
        except subprocess.TimeoutExpired:
            pass
        self.kill_daemon()
        push.wait()
        self.share()
        self.clone()
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        fetch = subprocess.Popen(
            [BIN / "tenon", "fetch"], cwd=self.there, env={**self.environment, **self.elsewhere}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            fetch.wait(timeout=0.15)
        except subprocess.TimeoutExpired:
            fetch.terminate()
        fetch.wait()
        self.tenon("fetch", cwd=self.there, env=self.elsewhere)
        self.tenon("restore", cwd=self.there, env=self.elsewhere)
        self.assertEqual(self.tree(self.there / "data"), self.tree(self.repo / "data"))

    def test_a_remote_that_is_gone_is_told(self):
        self.share()
        shutil.rmtree(self.remote)
        self.refused("push", says=str(self.remote), hint=True)
        self.refused("remote", "add", "x", str(self.base / "no" / "such" / "place"), says="no/such")
        self.refused("remote", "add", "bad name", str(self.remote), says="bad name")
        self.refused("push", "nobody", says=["nobody", "tenon remote add"])

    def test_a_pull_merges_what_was_added_here_with_what_comes_from_the_remote(self):
        self.share()
        self.clone()
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        self.tenon("restore", cwd=self.there, env=self.elsewhere)
        (self.there / "data/theirs.csv").write_text("theirs\n")
        self.tenon("commit", "-qm", "theirs", cwd=self.there, env=self.elsewhere)
        self.tenon("push", cwd=self.there, env=self.elsewhere)
        self.git("push", "-q", "origin", "main", cwd=self.there, env=self.elsewhere)
        self.write("data/ours.csv", "ours\n")
        self.tenon("commit", "-qm", "ours")
        self.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
        self.tenon("restore")
        self.assertEqual((self.repo / "data/theirs.csv").read_text(), "theirs\n")
        self.assertEqual((self.repo / "data/ours.csv").read_text(), "ours\n")
        self.assertEqual(self.states()["data"], "clean")
