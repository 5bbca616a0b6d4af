"""kill -9 at any time is normal."""
import os
import random
import signal
import subprocess
import time

from harness import BIN, TenonTest


class Crashes(TenonTest):
    def test_killing_the_daemon_at_fifty_moments(self):
        self.initialised()
        generator = random.Random(50)
        acknowledged = {}
        self.write("data/base", b"base\n")
        self.tenon("add", "data")
        self.git("commit", "-qm", "base")
        killed_in_work = 0
        for round_number in range(50):
            self.tenon("daemon", "start")
            pid = self.daemon_pid()
            if round_number % 2 == 0 or len(acknowledged) < 2:
                for number in range(40):
                    self.write(f"data/d{number % 4}/f{number}", self.text(round_number * 100 + number, 20_000))
                self.write("data/big", self.noise(round_number, 6_000_000))
                command = [BIN / "tenon", "commit", "-qam", f"round {round_number}"]
            else:
                command = [BIN / "tenon", "checkout", "-qf", generator.choice(list(acknowledged))]
            process = subprocess.Popen(command, cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(generator.uniform(0.001, 0.35))
            killed_in_work += process.poll() is None
            os.kill(pid, signal.SIGKILL)
            if process.wait(timeout=120) == 0 and command[1] == "commit":
                head = self.git("rev-parse", "HEAD").out.strip()
                acknowledged[head] = self.pointer("data", "HEAD")["oid"]
            # The next command works; whatever was cut short is finished or named, and never taken for a change.
            states = self.states()
            self.assertTrue(states)
            if states.get("data") in ("moving", "behind", "diverged", "missing"):
                self.tenon("restore", "data")
            if os.path.exists(self.repo / ".git/index.lock"):
                os.unlink(self.repo / ".git/index.lock")
        self.assertGreater(killed_in_work, 10)
        self.assertGreater(len(acknowledged), 3)
        self.tenon("fsck", "--read")
        self.tenon("verify", "--all")
        for commit, oid in acknowledged.items():
            self.tenon("checkout", "-qf", commit)
            self.tenon("restore", "data")
            self.assertEqual("sha256:" + self.directory_hash(self.repo / "data"), oid)

    def test_a_client_that_is_killed_leaves_nothing_behind(self):
        self.initialised()
        self.write("big.bin", self.noise(1, 60_000_000))
        process = subprocess.Popen([BIN / "tenon", "add", "big.bin"], cwd=self.repo, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.15)
        process.send_signal(signal.SIGINT)
        self.assertIn(process.wait(timeout=30), (130, -signal.SIGINT, 0))
        self.tenon("add", "big.bin")
        self.git("commit", "-qm", "big")
        self.tenon("verify", "--all")

    def test_sigterm_is_clean(self):
        self.initialised()
        self.write("data/a", b"a\n")
        self.tenon("add", "data")
        pid = self.daemon_pid()
        os.kill(pid, signal.SIGTERM)
        for _ in range(500):
            if not os.path.exists(f"/proc/{pid}") or open(f"/proc/{pid}/stat").read().split()[2] == "Z":
                break
            time.sleep(0.01)
        else:
            self.fail("the daemon did not leave within 5 s of SIGTERM")
        self.assertFalse((self.store / "tenond.sock").exists())
        self.assertEqual(self.states(), {"data": "clean"})
