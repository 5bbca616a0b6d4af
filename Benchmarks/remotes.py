"""Times push and pull of Tenon, `rclone copy` and DVC on the same bytes, to the same SeaweedFS and to a directory.

Usage: remotes.py PROGRAMS INPUTS WORK OUT.json [TOOLS [STORAGES [INPUTS]]]     (tenon,rclone,dvc   s3,directory   large,many)

All make so many transfers at once as TRANSFERS says. Push is timed once the data is added, pull into an empty clone (for rclone: an empty directory), and what
came is compared. For Tenon also: a push that finds nothing to do, one after 10 files changed with the bytes it sent, and the daemon's peak memory. The input
`100k` is made here: 100,000 small files, for the push that finds nothing to do (`DATA=100k TOOLS=tenon`).
Results are added to OUT.json, so that parts can be run apart; then the table of all of them is printed. RIVALS_VENV names a virtual environment with dvc[s3].
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests/EndToEnd"))
from servers import Seaweed  # noqa: E402

TRANSFERS = 4
MB = 1e6


def size(*paths):
    return sum(
        os.lstat(os.path.join(directory, name)).st_size for path in paths for directory, _, names in os.walk(path) for name in names)


def make_small_files(directory, count=100_000):
    """Files of 200 bytes that nothing deduplicates, 1,000 to a directory."""
    made = directory.with_name(directory.name + ".part")
    shutil.rmtree(made, ignore_errors=True)
    for start in range(0, count, 1000):
        part = made / f"part{start // 1000:03}"
        part.mkdir(parents=True)
        for number in range(start, start + 1000):
            (part / f"{number:06}.txt").write_bytes((b"%06d," % number) * 28)
    made.rename(directory)


class Place:
    """Where a tool pushes to: a prefix of the bucket, or a directory."""

    def __init__(self, kind, name, work):
        self.kind, self.name = kind, name
        self.directory = work / f"remote-{name}"

    def make(self):
        if self.kind == "directory":
            self.directory.mkdir()

    @property
    def bytes(self):
        return size(self.directory)


class Tool:
    def __init__(self, bench, place, source):
        self.bench, self.place, self.source = bench, place, source
        self.here, self.there = bench.work / "here", bench.work / "there"

    def run(self, command, cwd, home="home"):
        """Wall seconds of a shell command."""
        environment = {**self.bench.environment, "HOME": str(self.bench.work / home)}
        os.makedirs(environment["HOME"], mode=0o700, exist_ok=True)
        # What the step before left to be written is its own.
        os.sync()
        started = time.monotonic()
        done = subprocess.run(["bash", "-ec", command], cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        elapsed = time.monotonic() - started
        if done.returncode:
            raise RuntimeError(f"{command}\n{done.stdout[-2000:].decode(errors='replace')}")
        self.output = done.stdout.decode(errors="replace")
        return round(elapsed, 3)

    def repository(self):
        self.here.mkdir()
        self.run("git init -q -b main; git commit -q --allow-empty -m start", self.here)
        shutil.copytree(self.source, self.here / "data")

    def is_same(self, path):
        return subprocess.run(["diff", "-rq", self.source, path], stdout=subprocess.DEVNULL).returncode == 0

    def finish(self):
        pass


class Rclone(Tool):
    def measure(self):
        if self.place.kind == "s3":
            endpoint = f"http://127.0.0.1:{self.bench.server.port}"
            remote = f":s3,provider=Other,env_auth=true,force_path_style=true,endpoint='{endpoint}':{Seaweed.BUCKET}/{self.place.name}"
        else:
            remote = str(self.place.directory)
        self.here.mkdir()
        shutil.copytree(self.source, self.here / "data")
        result = {"push": self.run(f"rclone copy --transfers {TRANSFERS} data \"{remote}\"", self.here)}
        self.there.mkdir()
        result["pull"] = self.run(f"rclone copy --transfers {TRANSFERS} \"{remote}\" data", self.there)
        return {**result, "same": self.is_same(self.there / "data")}


class Dvc(Tool):
    def measure(self):
        self.repository()
        self.run("dvc init -q; dvc add -q data; git add -A; git commit -qm data", self.here)
        if self.place.kind == "s3":
            self.run(
                f"dvc remote add -q -d origin s3://{Seaweed.BUCKET}/{self.place.name}; "
                f"dvc remote modify -q origin endpointurl http://127.0.0.1:{self.bench.server.port}; dvc remote modify -q origin region us-east-1", self.here)
        else:
            self.run(f"dvc remote add -q -d origin {self.place.directory}", self.here)
        self.run("git add -A; git commit -qm remote", self.here)
        result = {"push": self.run(f"dvc push -q -j {TRANSFERS}", self.here)}
        self.run(f"git clone -q {self.here} {self.there}", self.bench.work)
        result["pull"] = self.run(f"dvc pull -q -j {TRANSFERS}", self.there)
        return {**result, "same": self.is_same(self.there / "data")}


class Tenon(Tool):
    def measure(self):
        self.repository()
        self.run("tenon init; tenon add -q data; git add -A; git commit -qm data", self.here)
        # As after a restart: what a command before left in memory is no part of it.
        self.run("tenon daemon stop", self.here)
        endpoint = f" --endpoint http://127.0.0.1:{self.bench.server.port}" if self.place.kind == "s3" else ""
        url = f"s3://{Seaweed.BUCKET}/{self.place.name}" if self.place.kind == "s3" else self.place.directory
        self.run(f"tenon remote add origin {url}{endpoint}", self.here)
        result = {"push": self.run(f"tenon push -j {TRANSFERS}", self.here), "push peak": self.peak("home")}
        result["push nothing"] = self.run("tenon push", self.here)
        if len(list(self.source.rglob("*"))) > 1000:
            self.change()
            self.run("tenon add -q -u; git commit -qam changed", self.here)
            result["push 10"] = self.run("tenon push --json", self.here)
            result["push 10 bytes"] = json.loads(self.output)["remotes"][0]["bytes"]
            self.run("git reset -q --hard HEAD~", self.here)
        self.run(f"tenon clone -q --no-data {self.here} {self.there}; cd {self.there}; tenon remote add origin {url}{endpoint}", self.bench.work, "home2")
        self.run("tenon daemon stop", self.there, "home2")
        result["pull"] = self.run(f"tenon fetch -j {TRANSFERS}; tenon restore -q", self.there, "home2")
        result["pull peak"] = self.peak("home2")
        return {**result, "same": self.is_same(self.there / "data")}

    def change(self):
        files = sorted(path for path in (self.here / "data").rglob("*") if path.is_file() and not path.is_symlink())
        for path in files[::len(files) // 10][:10]:
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content + b"x")

    def peak(self, home):
        """Peak resident bytes of the daemon so far."""
        self.run("tenon daemon status --json", self.here, home)
        status = pathlib.Path(f"/proc/{json.loads(self.output)['pid']}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))

    def finish(self):
        for home in ("home", "home2"):
            self.run("tenon daemon stop || true", self.bench.work, home)


TOOLS = {"tenon": Tenon, "rclone": Rclone, "dvc": Dvc}


class Bench:
    def __init__(self, programs, inputs, work, out):
        self.inputs, self.root, self.out = inputs, work, out
        self.deleted_last = []
        venv = os.environ.get("RIVALS_VENV", "venv")
        kept = {name: os.environ[name] for name in ("LANG", "TERM") if name in os.environ}
        self.environment = {
            **kept, **Seaweed.KEYS, "PATH": f"{programs}:{venv}/bin:/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(work / "dvc-site"), "AWS_DEFAULT_REGION": "us-east-1", "TENON_WATCH_DELAY": "3600",
            "GIT_AUTHOR_NAME": "b", "GIT_AUTHOR_EMAIL": "b@example.com", "GIT_COMMITTER_NAME": "b", "GIT_COMMITTER_EMAIL": "b@example.com"}
        self.results = json.loads(out.read_text()) if out.exists() else {}

    def run(self, tools, storages, inputs):
        for storage in storages:
            for data in inputs:
                for tool in tools:
                    result = self.one(tool, storage, data)
                    self.results.setdefault(f"{storage} {data}", {})[tool] = result
                    print(storage, data, tool, json.dumps(result), flush=True)
                    self.out.write_text(json.dumps(self.results, indent=1))
        for work in self.deleted_last:
            shutil.rmtree(work, ignore_errors=True)

    def one(self, tool, storage, data):
        self.work = self.root / f"{storage}-{data}-{tool}"
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        os.environ["TENON_TEST_DIR"] = str(self.work)
        # A server for each, so that none finds the caches of another warm.
        self.server = Seaweed(volume_megabytes=1024) if storage == "s3" else None
        place = Place(storage, f"{tool}-{data}", self.work)
        source = self.inputs / data
        if data == "100k" and not source.exists():
            make_small_files(source)
        measurement = TOOLS[tool](self, place, source)
        try:
            place.make()
            return measurement.measure()
        except (RuntimeError, OSError, ValueError) as error:
            return {"error": str(error)[-600:]}
        finally:
            measurement.finish()
            if self.server:
                self.server.stop()
            # ext4 hands out no inode again within a minute of its deletion, and looks at each of them when it makes a new one: making files would take
            # several times as long after many were deleted.
            if data == "large":
                shutil.rmtree(self.work, ignore_errors=True)
            else:
                self.deleted_last.append(self.work)

    def report(self):
        print(f"\n{'':18}{'tenon':>16}{'rclone':>18}{'dvc':>18}      tenon : rclone (bar 1.5)   tenon : dvc (bar 0.5)")
        for row, tools in sorted(self.results.items()):
            for verb in ("push", "pull"):
                times = [tools.get(tool, {}).get(verb) for tool in TOOLS]
                cells = "".join(f"{time:16.2f} s" if time else f"{'-':>18}" for time in times)
                ratios = "".join(f"{times[0] / time:24.2f}" if times[0] and time else f"{'-':>24}" for time in times[1:])
                print(f"{row + ' ' + verb:18}{cells}{ratios}")
            ours = tools.get("tenon", {})
            for name, unit, divisor in (
                ("push nothing", "s", 1), ("push 10", "s", 1), ("push 10 bytes", "MB", MB), ("push peak", "MB", MB), ("pull peak", "MB", MB)):
                if name in ours:
                    print(f"    {name:16}{ours[name] / divisor:10.2f} {unit}")
            for tool, result in tools.items():
                if not result.get("same"):
                    print(f"    {tool}: {result.get('error', 'what came is not what went')}")


def main():
    programs, inputs, work, out = (pathlib.Path(path).resolve() for path in sys.argv[1:5])
    chosen = [argument.split(",") for argument in sys.argv[5:8]]
    defaults = [list(TOOLS), ["s3", "directory"], ["large", "many"]]
    bench = Bench(programs, inputs, work, out)
    bench.run(*(chosen + defaults[len(chosen):]))
    bench.report()


main()
