"""A hermetic place to run the real tenon, tenond and git in."""
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from programs import search_path

BIN = pathlib.Path(os.environ.get("TENON_BIN", "."))


class Result:
    def __init__(self, process: subprocess.CompletedProcess):
        self.status = process.returncode
        self.out = process.stdout.decode(errors="surrogateescape")
        self.err = process.stderr.decode(errors="surrogateescape")

    def json(self):
        return json.loads(self.out)


class TenonTest(unittest.TestCase):
    """Each test has a home, a store and a repository of its own, and a daemon that ends with it."""

    maxDiff = 4000

    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="tenon-e2e-", dir=os.environ.get("TENON_TEST_DIR")))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.enter(self.base / "home")
        self.addCleanup(self.stop_daemon)
        self.repo = self.base / "repo"
        self.new_repository(self.repo)

    def enter(self, home):
        """Makes `home` the home of all that runs: nothing of the machine's configuration is seen."""
        self.home = home
        self.home.mkdir(mode=0o700, exist_ok=True)
        self.store = self.home / ".local/share/tenon"
        self.environment = {
            "HOME": str(self.home), "PATH": search_path(BIN), "LANG": "C.UTF-8",
            # Nothing happens in the background but where a test is about that.
            "TENON_WATCH_DELAY": "3600",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "A U Thor", "GIT_AUTHOR_EMAIL": "author@example.com",
            "GIT_COMMITTER_NAME": "C O Mitter", "GIT_COMMITTER_EMAIL": "committer@example.com",
        }

    # Running

    def run_command(self, *arguments, cwd=None, check=True, status=None, timeout=300, env=None, umask=-1) -> Result:
        process = subprocess.run(
            [os.fsencode(a) if isinstance(a, (str, os.PathLike)) else a for a in arguments], cwd=cwd or self.repo,
            env={**self.environment, **(env or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
            umask=umask)
        result = Result(process)
        wanted = status if status is not None else (0 if check else None)
        if wanted is not None:
            self.assertEqual(result.status, wanted, f"{arguments} said:\n{result.out[-2000:]}\n{result.err[-2000:]}")
        return result

    def tenon(self, *arguments, **options) -> Result:
        return self.run_command(BIN / "tenon", *arguments, **options)

    def git(self, *arguments, **options) -> Result:
        return self.run_command("git", *arguments, **options)

    def refused(self, *arguments, status=2, says=(), hint=False, cwd=None) -> Result:
        """The command says no with a proper error: no trace, a reason, the given words."""
        result = self.tenon(*arguments, status=status, cwd=cwd)
        self.assertRegex(result.err, r"(?m)^tenon: .+")
        self.assertNotIn("Fatal error", result.err)
        for words in [says] if isinstance(says, str) else says:
            self.assertIn(words, result.err)
        if hint:
            self.assertIn("hint: ", result.err)
        return result

    def until(self, condition, what, seconds=60):
        """Waits for what nothing tells a process outside: it is looked at again and again."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                self.fail(f"waited in vain until {what}\n{self.situation()}")
            time.sleep(0.01)

    def situation(self):
        """What to show of a test that waited in vain."""
        return ""

    def stop_daemon(self):
        subprocess.run([BIN / "tenon", "daemon", "stop"], cwd=self.base, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def daemon_pid(self):
        status = self.tenon("daemon", "status", "--json", check=False)
        return status.json().get("pid") if status.status == 0 else None

    def kill_daemon(self):
        """kill -9, and wait until its lock is free."""
        pid = self.daemon_pid()
        if pid:
            os.kill(pid, signal.SIGKILL)
            while pathlib.Path(f"/proc/{pid}").exists() and "Z" not in pathlib.Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3]:
                time.sleep(0.002)
        return pid

    def kill_daemon_when(self, is_time, process, timeout=60):
        """kill -9 as soon as `is_time()` holds, while `process`, a client, runs. Returns whether that client was cut short."""
        pid = self.daemon_pid()
        client = process()
        end = time.monotonic() + timeout
        while not is_time() and client.poll() is None and time.monotonic() < end:
            pass
        os.kill(pid, signal.SIGKILL)
        status = client.wait(timeout=timeout)
        lock = self.repo / ".git/index.lock"
        if lock.exists():
            lock.unlink()
        return status != 0

    # Making things

    def new_repository(self, path):
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", cwd=path)
        (path / "train.py").write_text("print('train')\n")
        self.git("add", "train.py", cwd=path)
        self.git("commit", "-qm", "code", cwd=path)

    def initialised(self):
        self.tenon("init")
        self.git("add", "-A")
        self.git("commit", "-qm", "tenon init", "--allow-empty")

    def write(self, name, data, mode=None):
        path = pathlib.Path(os.fsdecode(os.path.join(os.fsencode(self.repo), os.fsencode(name))))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        if mode is not None:
            os.chmod(path, mode)
        return path

    @staticmethod
    def noise(seed, size) -> bytes:
        return random.Random(seed).randbytes(size)

    @staticmethod
    def text(seed, size) -> bytes:
        """Rows that compress, as tables do."""
        generator = random.Random(seed)
        rows = []
        length = 0
        while length < size:
            row = b"%d,%d,%.3f,%s\n" % (generator.randrange(10**6), generator.randrange(1000), generator.random(), generator.choice([b"JFK", b"EWR", b"LGA"]))
            rows.append(row)
            length += len(row)
        return b"".join(rows)[:size]

    def make_data(self, seed=1, files=30):
        """A directory of small and large files, nested, with an executable, a symlink and an empty directory."""
        for number in range(files):
            self.write(f"data/part{number % 5}/file{number:03}.csv", self.text(seed * 1000 + number, 200 + number * 977))
        self.write("data/big.bin", self.noise(seed, 700_000))
        self.write("data/tool.sh", "#!/bin/sh\n", mode=0o755)
        (self.repo / "data/empty").mkdir(exist_ok=True)
        if not os.path.lexists(self.repo / "data/link"):
            os.symlink("part0", self.repo / "data/link")

    # Looking at things

    @staticmethod
    def sha256(path) -> str:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def directory_hash(self, path) -> str:
        """The check that the documentation publishes, with findutils and coreutils alone."""
        script = r"""(cd "$1" && find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 -r sha256sum -z -- | tr '\0' '\n') | sha256sum"""
        return self.run_command("sh", "-c", script, "sh", str(path)).out.split()[0]

    def tree(self, path):
        """Everything that is content: kinds, bytes, executable bits, link targets."""
        found = {}
        top = os.fsencode(path)
        for directory, subdirectories, files in os.walk(top):
            for name in subdirectories + files:
                full = os.path.join(directory, name)
                relative = os.path.relpath(full, top)
                if os.path.islink(full):
                    found[relative] = ("link", os.readlink(full))
                elif os.path.isdir(full):
                    if not os.listdir(full):
                        found[relative] = ("empty",)
                else:
                    found[relative] = ("file", self.sha256(full), bool(os.stat(full).st_mode & 0o100))
        return found

    def states(self, **options):
        """Path → state, as `tenon status` sees it; "changed" where the pointer has followed the data and is not staged."""
        reply = self.tenon("status", "--json", **options).json()
        return {a["path"]: "changed" if a["state"] == "clean" and a["unstaged"] else a["state"] for a in reply["artifacts"]}

    def pointer(self, path, revision=None) -> dict:
        text = self.git("show", f"{revision}:{path}.tenon").out if revision else (self.repo / f"{path}.tenon").read_text()
        return dict(line.split(" ", 1) for line in text.splitlines())

    def packs(self):
        return sorted(p for p in (self.store / "packs").rglob("*") if p.is_file())

    def http(self, method, path, body=None, headers=()):
        """One request over the daemon's socket, by hand: the status and the whole body."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(60)
        connection.connect(str(self.store / "tenond.sock"))
        payload = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: tenon", f"Content-Length: {len(payload)}", "Connection: close", *headers]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + payload)
        answer = b""
        while block := connection.recv(65536):
            answer += block
        connection.close()
        head, _, rest = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), rest
