"""Several machines on one: each has a home, a store and a daemon of its own, and all reach the same Git repository."""
import os
import pathlib
import subprocess

from harness import BIN, TenonTest
from servers import Seaweed, seaweed


class Machine:
    """A home, and what runs there."""

    def __init__(self, test, name, environment):
        self.test = test
        self.home = test.base / f"home-{name}"
        self.home.mkdir(mode=0o700)
        self.environment = {"HOME": str(self.home), "GIT_CONFIG_GLOBAL": "/dev/null", **environment}
        self.tree = test.base / name
        self.store = self.home / ".local/share/tenon"
        test.addCleanup(lambda: subprocess.run(
            [BIN / "tenon", "daemon", "stop"], cwd=test.base, env={**test.environment, **self.environment},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def tenon(self, *arguments, cwd=None, **options):
        return self.test.tenon(*arguments, cwd=cwd or self.tree, env=self.environment, **options)

    def git(self, *arguments, cwd=None, **options):
        return self.test.git(*arguments, cwd=cwd or self.tree, env=self.environment, **options)

    def start(self, *arguments) -> subprocess.Popen:
        """A command of Tenon's that goes on while the test does something else."""
        return subprocess.Popen(
            [BIN / "tenon", *arguments], cwd=self.tree, env={**self.test.environment, **self.environment}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)

    def pid(self):
        return self.tenon("daemon", "status", "--json").json()["pid"]

    def write(self, name, data):
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def packs(self):
        directory = self.store / "packs"
        return sorted(directory.iterdir()) if directory.exists() else []


class MachinesTest(TenonTest):
    """`here` has a repository with data; `hub` is the bare Git repository that all push to."""

    def setUp(self):
        super().setUp()
        self.hub = self.base / "hub.git"
        self.git("init", "-q", "--bare", "-b", "main", str(self.hub), cwd=self.base)
        self.git("remote", "add", "origin", str(self.hub))

    def machine(self, name, **environment) -> Machine:
        return Machine(self, name, environment)

    def first_machine(self, **environment) -> Machine:
        """The machine on which `repo` lies, initialised."""
        here = self.machine("here", **environment)
        here.tree = self.repo
        here.tenon("init")
        here.git("add", "-A")
        here.git("commit", "-qm", "tenon init", "--allow-empty")
        return here

    def bucket(self, port=None):
        """A prefix of its own in the bucket: URL and options of `tenon remote add`."""
        return [f"s3://{Seaweed.BUCKET}/{self.base.name.replace('_', '-')}", "--endpoint", f"http://127.0.0.1:{port or seaweed().port}"]

    def propose(self, machine, url, endpoint=None):
        """Writes a remote into tenon.yaml, and agrees to it on this machine."""
        proposal = f"url: \"{url}\"" + (f", endpoint: \"{endpoint}\"" if endpoint else "")
        (machine.tree / "tenon.yaml").write_text(f"version: 1\nremotes:\n  default: origin\n  origin: {{ {proposal} }}\n")
        machine.tenon("remote", "trust", "origin")

    def same(self, one: pathlib.Path, other: pathlib.Path):
        self.assertEqual(self.tree(one), self.tree(other))

    def wait(self, process, status=0):
        """The output of a command that was started."""
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, status, f"{process.args} said:\n{out.decode()}\n{err.decode()}")
        return err.decode()
