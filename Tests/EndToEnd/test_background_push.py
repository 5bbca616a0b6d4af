"""`policy: { push: background }`: the data of each commit goes to the default remote, and what fails is not lost."""
import os
import pathlib
import socket
import time

from harness import TenonTest

SETTINGS = "version: 1\npolicy: { push: background }\n"


class BackgroundPush(TenonTest):
    def setUp(self):
        super().setUp()
        self.remote = self.base / "remote"
        self.initialised()
        self.write("tenon.yaml", SETTINGS)
        self.write("model.bin", self.noise(1, 100_000))
        self.tenon("add", "model.bin")
        self.tenon("remote", "add", "origin", str(self.remote))

    def commit(self, seed):
        self.write("model.bin", self.noise(seed, 100_000))
        self.tenon("commit", "-qam", f"model {seed}")

    def rest(self):
        """The status once nothing is being pushed."""
        end = time.monotonic() + 60
        while (status := self.tenon("status", "--json").json()).get("pushing"):
            self.assertLess(time.monotonic(), end, "a push does not end")
        return status

    def arrived(self):
        return self.tenon("verify", "--remote", "origin", "--all", "--read", check=False).status == 0

    def test_each_commit_is_followed_by_its_data(self):
        for seed in range(2, 5):
            self.commit(seed)
        status = self.rest()
        self.assertNotIn("unsent", status)
        self.assertNotIn("push_failure", status)
        self.assertTrue(self.arrived())
        self.assertEqual(self.tenon("push", "--json").json()["remotes"][0]["new_snapshots"], 0)

    def test_by_plain_git_and_from_a_linked_work_tree(self):
        self.commit(2)
        self.git("worktree", "add", "-q", "-b", "side", str(self.base / "side"))
        (self.base / "side/model.bin").write_bytes(self.noise(3, 100_000))
        self.git("commit", "-qam", "side", cwd=self.base / "side", check=False)
        # Git looked before the pointer was staged: the second time it commits.
        self.git("commit", "-qam", "side", cwd=self.base / "side", check=False)
        self.rest()
        self.assertTrue(self.arrived())

    def test_a_failure_stays_in_the_status_until_it_is_made_good(self):
        self.rest()
        self.remote.rename(self.base / "away")
        self.commit(2)
        status = self.rest()
        self.assertEqual(status["unsent"]["commits"], 1)
        self.assertIn(str(self.remote), status["push_failure"]["error"]["message"] + status["push_failure"]["error"].get("cause", ""))
        said = self.tenon("status").out
        self.assertIn("1 commit of this branch binds data that 'origin' was not seen to have", said)
        self.assertIn("The push in the background failed", said)
        # It outlasts the daemon.
        self.tenon("daemon", "stop")
        self.assertIn("push_failure", self.tenon("status", "--json").json())
        (self.base / "away").rename(self.remote)
        self.commit(3)
        status = self.rest()
        self.assertFalse({"unsent", "push_failure"} & status.keys())
        self.assertTrue(self.arrived())

    def test_a_remote_that_nobody_agreed_to_is_not_used(self):
        self.tenon("remote", "remove", "origin")
        other = self.base / "other"
        self.write("tenon.yaml", SETTINGS + f"remotes: {{ default: team, team: {{ url: {other} }} }}\n")
        self.commit(2)
        status = self.rest()
        self.assertIn("tenon remote trust team", status["push_failure"]["error"]["hint"])
        self.assertFalse(other.exists())

    def test_without_being_asked_for_nothing_is_pushed(self):
        self.write("tenon.yaml", "version: 1\n# push: background\n")
        self.commit(2)
        status = self.rest()
        self.assertEqual((status["unsent"]["commits"], status["unsent"]["snapshots"]), (1, 1))
        self.assertFalse((self.remote / "packs").exists())

    def test_a_daemon_that_is_stopped_stops_its_push_and_says_so(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            # A bucket that takes connections and never answers.
            self.git("config", "tenon.remote.origin.url", "s3://bucket/prefix")
            self.git("config", "tenon.remote.origin.endpoint", f"http://127.0.0.1:{silent.getsockname()[1]}")
            self.environment |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}
            self.commit(2)
            self.assertTrue(self.tenon("status", "--json").json()["pushing"])
            pid = self.daemon_pid()
            self.tenon("daemon", "stop")
            self.until(lambda: not pathlib.Path(f"/proc/{pid}").exists(), "the daemon has ended, which does not wait for its push")
            status = self.tenon("status", "--json").json()
            self.assertEqual(status["push_failure"]["error"]["cause"], "the daemon was stopped")
            self.assertEqual(status["unsent"]["commits"], 1)
