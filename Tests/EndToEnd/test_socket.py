"""The socket API, by hand: what curl can do."""
import json
import os
import shutil
import stat
import subprocess
import unittest

from harness import TenonTest


class Socket(TenonTest):
    def context(self):
        top = os.stat(self.repo)
        return {"top_level": str(self.repo), "device": top.st_dev, "inode": top.st_ino, "git_environment": {}, "prefix": ""}

    def post(self, verb, body):
        status, answer = self.http("POST", f"/v1/{verb}", body, headers=["Content-Type: application/json"])
        return status, answer

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl_can_do_what_the_client_does(self):
        self.initialised()
        self.write("data/a", b"a\n")

        def curl(verb, body):
            process = subprocess.run(
                ["curl", "-sS", "--fail", "--unix-socket", self.store / "tenond.sock", "-H", "Content-Type: application/json", "-d", json.dumps(body),
                 f"http://tenon/v1/{verb}"], stdout=subprocess.PIPE, check=True)
            return process.stdout

        def done(answer):
            last = json.loads(answer.splitlines()[-1])
            self.assertEqual(last["event"], "done", last)
            return last["result"]

        request = {"work_tree": self.context(), "paths": ["data"], "update": False, "stage": True, "dry_run": False}
        self.assertEqual(done(curl("add", request))["artifacts"][0]["change"], "added")
        self.git("commit", "-qm", "by curl")
        status = done(curl("status", {"work_tree": self.context(), "paths": []}))
        self.assertEqual(status["artifacts"][0]["state"], "clean")
        head = self.git("rev-parse", "HEAD").out.strip()
        self.assertEqual(curl("cat", {"work_tree": self.context(), "commit": head, "path": "data/a"}), b"a\n")

    def test_hostile_requests_do_not_stop_the_daemon(self):
        self.initialised()
        pid = self.daemon_pid()
        for verb, body in (("add", {}), ("add", {"work_tree": self.context(), "paths": ["../../etc"], "update": False, "stage": True, "dry_run": False}),
                           ("status", {"work_tree": {**self.context(), "inode": 1}, "paths": []}), ("nothing", {}), ("show", {"work_tree": self.context(), "commit": ":/x"}),
                           ("ls", {"work_tree": self.context(), "path": "a/../../b"})):
            status, answer = self.post(verb, body)
            self.assertTrue(status >= 400 or b'"event":"error"' in answer, (verb, status, answer[:300]))
        self.assertEqual(self.http("GET", "/v1/daemon")[0], 200)
        self.assertEqual(self.daemon_pid(), pid)

    def test_a_daemon_whose_socket_is_gone_is_found_by_its_lock(self):
        self.tenon("daemon", "start")
        pid = self.daemon_pid()
        (self.store / "tenond.sock").unlink()
        self.refused("daemon", "status", status=69, says=(f"process {pid}", "its socket is gone"), hint=True)
        self.assertIn("has left", self.tenon("daemon", "stop").out)
        self.refused("daemon", "status", status=69, says="no daemon runs")
        self.assertIn("No daemon ran", self.tenon("daemon", "stop").out)
        self.tenon("daemon", "start")

    def test_the_socket_and_the_store_are_private(self):
        self.initialised()
        self.daemon_pid()
        self.assertEqual(stat.S_IMODE(os.stat(self.store).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(self.store / "tenond.sock").st_mode) & 0o077, 0)
