"""The place that sequences start from: an origin and two clones, three branches, one store."""
import json
import pathlib
import shutil
import subprocess

from programs import search_path

from . import contents

DATA = {f"f{number}": b"%d\n" % number for number in range(6)} | {"sub/g": b"g\n"}
MODEL = bytes(range(200)) * 20
BRANCHES = ("main", "side", "other")


class Place:
    """A directory with a home and a daemon of its own, and the template in it."""

    def __init__(self, path: pathlib.Path, programs: pathlib.Path):
        self.path = path
        self.tenon = programs / "tenon"
        home = path / "home"
        home.mkdir(mode=0o700, parents=True)
        self.environment = {
            "HOME": str(home), "PATH": search_path(programs), "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A U Thor", "GIT_AUTHOR_EMAIL": "author@example.com",
            "GIT_COMMITTER_NAME": "C O Mitter", "GIT_COMMITTER_EMAIL": "committer@example.com",
            "GIT_EDITOR": "true", "GIT_MERGE_AUTOEDIT": "no", "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "gc.auto", "GIT_CONFIG_VALUE_0": "0", "GIT_CONFIG_KEY_1": "advice.detachedHead", "GIT_CONFIG_VALUE_1": "false",
        }
        self.template = path / "template"
        self.known = {}
        """Every content that the template's commits pin, by oid."""
        self.make()

    def run(self, *command, cwd):
        process = subprocess.run(command, cwd=cwd, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if process.returncode:
            raise RuntimeError(f"{command}: {process.stdout.decode()}")

    def make(self):
        origin, a, b = (self.template / name for name in ("origin.git", "a", "b"))
        self.template.mkdir()
        self.run("git", "init", "-q", "--bare", "-b", "main", str(origin), cwd=self.template)
        self.run("git", "clone", "-q", str(origin), str(a), cwd=self.template)
        self.run("git", "switch", "-q", "-c", "main", cwd=a)
        (a / "code").write_text("start\n")
        self.run("git", "add", "code", cwd=a)
        self.run("git", "commit", "-qm", "start", cwd=a)
        self.run(self.tenon, "init", cwd=a)
        self.write(a / "data", DATA)
        self.write(a / "m.bin", MODEL)
        self.run(self.tenon, "add", "data", "m.bin", cwd=a)
        self.run("git", "add", "-A", cwd=a)
        self.run("git", "commit", "-qm", "init", cwd=a)
        for number, branch in enumerate(BRANCHES):
            if branch != "main":
                self.run(self.tenon, "checkout", "-q", "-b", branch, "main", cwd=a)
            self.write(a / "data", DATA | {f"f{number}": b"of %s\n" % branch.encode(), f"{branch}": b"new\n"})
            self.run(self.tenon, "commit", "-qm", f"first of {branch}", cwd=a)
        self.run(self.tenon, "checkout", "-q", "main", cwd=a)
        self.run("git", "push", "-q", "--all", "origin", cwd=a)
        self.run("git", "clone", "-q", str(origin), str(b), cwd=self.template)
        self.run(self.tenon, "init", cwd=b)
        self.run(self.tenon, "restore", cwd=b)
        for branch in BRANCHES[1:]:
            self.run("git", "branch", "-q", branch, f"origin/{branch}", cwd=b)
        for repo in (a, b):
            self.run("git", "remote", "set-url", "origin", "../origin.git", cwd=repo)
            for branch in BRANCHES:
                self.run("git", "branch", "-q", f"--set-upstream-to=origin/{branch}", branch, cwd=repo)

    def write(self, path: pathlib.Path, content):
        contents.write(path, content)
        self.known[contents.oid(content)] = content

    def daemon(self) -> int | None:
        """The process id of the daemon, if one runs."""
        process = subprocess.run([self.tenon, "daemon", "status", "--json"], cwd=self.path, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return json.loads(process.stdout)["pid"] if process.returncode == 0 else None

    def copy(self, name: str) -> pathlib.Path:
        """A copy of the template, whose clones the store takes for repositories of their own."""
        target = self.path / name
        subprocess.run(["cp", "-a", str(self.template), str(target)], check=True)
        for repo in ("a", "b"):
            for id in ("id", "repository"):
                (target / repo / ".git/tenon" / id).unlink(missing_ok=True)
            self.run("git", "update-index", "-q", "--refresh", cwd=target / repo)
        return target

    def close(self):
        subprocess.run([self.tenon, "daemon", "stop"], cwd=self.path, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.path, ignore_errors=True)
