"""git commit and git push, and the remote that data goes to."""
from harness import TenonTest


class HookRemote(TenonTest):
    def setUp(self):
        super().setUp()
        self.remote = self.base / "remote"
        self.hub = self.base / "hub.git"
        self.git("init", "-q", "--bare", "-b", "main", str(self.hub), cwd=self.base)
        self.git("remote", "add", "hub", str(self.hub))
        self.initialised()
        self.make_data(files=10)
        self.write("model.bin", self.noise(3, 100_000))
        self.tenon("add", "data", "model.bin")
        self.git("commit", "-qm", "one")
        self.tenon("remote", "add", "origin", str(self.remote))

    def away(self):
        self.remote.rename(self.base / "away")

    def back(self):
        (self.base / "away").rename(self.remote)

    def test_a_push_sends_the_data_first(self):
        result = self.git("push", "hub", "main")
        self.assertRegex(result.err, "Sent to 'origin': 2 snapshots")
        self.assertIn("all proved", self.tenon("verify", "--remote", "origin", "--all", "--read").out)
        self.write("model.bin", self.noise(4, 100_000))
        self.tenon("commit", "-qm", "two")
        self.assertRegex(self.git("push", "hub", "main").err, "Sent to 'origin': 1 snapshot")
        self.write("train.py", "print(2)\n")
        self.git("commit", "-qam", "code")
        self.assertNotIn("Sent", self.git("push", "hub", "main").err)

    def test_no_commit_is_published_whose_data_can_not_be_sent(self):
        self.away()
        result = self.git("push", "hub", "main", status=1)
        self.assertIn("nothing was pushed: its data is not on 'origin'", result.err)
        self.assertIn("hint: tenon push, then git push again", result.err)
        self.assertEqual(self.git("branch", "--list", cwd=self.hub).out, "")
        self.write("tenon.yaml", "version: 1\npolicy: { require-remote: false }\n")
        self.assertIn("was not sent to 'origin'", self.git("push", "hub", "main").err)
        self.back()
        self.write("tenon.yaml", "version: 1\n")
        self.git("push", "-q", "--no-verify", "hub", "main:side")

    def test_nothing_is_published_while_tenon_yaml_says_something_else_of_the_remote(self):
        self.write("tenon.yaml", f"version: 1\nremotes: {{ default: origin, origin: {{ url: {self.remote} }} }}\n")
        self.git("commit", "-qam", "the same URL is agreed to already")
        self.assertRegex(self.git("push", "hub", "main").err, "Sent to 'origin': 2 snapshots")
        self.write("model.bin", self.noise(4, 100_000))
        self.write("tenon.yaml", f"version: 1\nremotes: {{ default: origin, origin: {{ url: {self.base}/elsewhere }} }}\n")
        self.tenon("commit", "-qam", "somebody proposes another one")
        result = self.git("push", "hub", "main", status=1)
        self.assertIn("nothing was pushed", result.err)
        self.assertIn("tenon remote trust origin", result.err)
        self.assertIn("tenon remote trust origin", self.tenon("status").err)
        self.tenon("remote", "trust", "origin")
        self.assertRegex(self.git("push", "hub", "main").err, "Sent to 'origin': 1 snapshot,")

    def test_a_pointer_may_be_committed_whose_bytes_only_the_remote_has(self):
        self.git("push", "-q", "hub", "main")
        there = self.base / "there"
        home = self.base / "other-home"
        home.mkdir(mode=0o700)
        elsewhere = {"HOME": str(home), "GIT_CONFIG_GLOBAL": "/dev/null"}
        self.addCleanup(lambda: self.tenon("daemon", "stop", cwd=self.base, env=elsewhere, check=False))
        self.tenon("clone", "--no-data", str(self.hub), str(there), cwd=self.base, env=elsewhere)
        self.tenon("remote", "add", "origin", str(self.remote), cwd=there, env=elsewhere)
        (there / "copy.bin.tenon").write_text((there / "model.bin.tenon").read_text())
        self.git("add", "copy.bin.tenon", cwd=there, env=elsewhere)
        self.git("commit", "-qm", "copy", cwd=there, env=elsewhere)
        text = (there / "model.bin.tenon").read_text()
        (there / "lost.bin.tenon").write_text(text.replace(text.split("sha256:")[1][:8], "0" * 8))
        self.git("add", "lost.bin.tenon", cwd=there, env=elsewhere)
        self.assertIn("nobody has the bytes", self.git("commit", "-qm", "lost", cwd=there, env=elsewhere, status=1).err)
        self.away()
        result = self.git("commit", "-qm", "lost", cwd=there, env=elsewhere, status=1)
        self.assertIn("remote 'origin' could not be asked", result.err)
        self.back()
