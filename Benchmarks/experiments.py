#!/usr/bin/env python3
"""Experiments: how long a trial takes to start on much data, and to list many of them; beside `dvc exp run --queue`, where dvc is found.

Usage: experiments.py DIRECTORY-WITH-THE-PROGRAMS [MIB-OF-INPUTS] [EXPERIMENTS] [ROUNDS]

RIVALS_VENV names a virtual environment with dvc. Figures are medians, in milliseconds; disk is what `du` says of the Git directory.
"""
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BIN = pathlib.Path(sys.argv[1]).resolve()
SIZE = int(sys.argv[2]) if len(sys.argv) > 2 else 3072
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 5
TRAIN = "import json, re; lr = float(re.search(r'lr: (.*)', open('params.yaml').read())[1]); json.dump({'accuracy': 1 - lr}, open('metrics.json', 'w'))\n"


class Bench:
    def __init__(self, base):
        self.repository = base / "repository"
        self.repository.mkdir()
        home = base / "home"
        home.mkdir()
        path = f"{BIN}:/usr/bin:/bin"
        if os.environ.get("RIVALS_VENV"):
            path = f"{os.environ['RIVALS_VENV']}/bin:{path}"
        self.environment = {
            "HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@example.com", "TENON_WATCH_DELAY": "3600", "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(base / "dvc-site"),
        }

    def run(self, *arguments, input=None):
        started = time.perf_counter()
        result = subprocess.run(
            arguments, cwd=self.repository, env=self.environment, input=input, stdin=None if input else subprocess.DEVNULL, capture_output=True)
        elapsed = (time.perf_counter() - started) * 1000
        if result.returncode:
            sys.exit(f"{arguments}: {result.stderr.decode()}")
        self.out = result.stdout.decode()
        return elapsed

    def code(self):
        self.run("git", "init", "-q", "-b", "main")
        (self.repository / "train.py").write_text(TRAIN)
        (self.repository / "params.yaml").write_text("lr: 0.1\n")

    def disk(self, place):
        self.run("du", "-sm", str(place))
        return int(self.out.split()[0])

    def data(self):
        (self.repository / "data").mkdir()
        for number in range(SIZE // 16):
            (self.repository / f"data/{number:04}.bin").write_bytes(random.Random(number).randbytes(16 << 20))


def tenon(base):
    bench = Bench(base)
    bench.code()
    bench.data()
    bench.run("tenon", "init")
    bench.run("tenon", "add", "data")
    bench.run("git", "add", "-A")
    bench.run("git", "commit", "-qm", "start")
    bench.run("tenon", "exp", "run", "--dry-run", "--json", "-d", "data", "--", "true")
    method = json.loads(bench.out)["inputs"][0]["method"]
    first = bench.run("tenon", "exp", "run", "-q", "-d", "data", "-m", "metrics.json", "--", "python3", "train.py")
    disk = bench.disk(bench.repository / ".git")
    whole = [bench.run("tenon", "exp", "run", "-q", "-d", "data", "-m", "metrics.json", "--", "python3", "train.py") for _ in range(ROUNDS)]
    print(f"tenon  a trial on {SIZE} MiB ({method}), the first: {first:.0f} ms; each other: {statistics.median(whole):.0f} ms, all of it")
    print(f"       disk of .git after the first {disk} MiB, after {ROUNDS} more {bench.disk(bench.repository / '.git')} MiB")
    listing(bench)
    bench.run("tenon", "daemon", "stop")


def listing(bench):
    """As many experiments as were asked for, from one that there is, by git alone; then their list."""
    bench.run("git", "for-each-ref", "--format=%(refname)", "refs/tenon/exps/")
    model = bench.out.split()[0]
    bench.run("git", "log", "-1", "--format=%B", model)
    message = bench.out
    bench.run("git", "rev-parse", f"{model}^{{tree}}", f"{model}^")
    tree, parent = bench.out.split()
    commits = []
    stream = []
    for number in range(COUNT):
        text = message.replace("\"lr\":0.1", f"\"lr\":{number / COUNT}").encode()
        stream.append(f"commit refs/tenon/exps/many-{number:04}\ncommitter C <c@example.com> {1700000000 + number} +0000\ndata {len(text)}\n".encode() + text)
        stream.append(f"\nfrom {parent}\nM 040000 {tree} \n".encode())
    bench.run("git", "fast-import", "--quiet", input=b"".join(stream))
    times = [bench.run("tenon", "exp", "list") for _ in range(ROUNDS)]
    lines = len(bench.out.splitlines())
    git = [bench.run("git", "for-each-ref", "--format=%(refname)%00%(objectname)%00%(contents)", "refs/tenon/exps/") for _ in range(ROUNDS)]
    compare = [bench.run("tenon", "exp", "compare", "--sort", "accuracy") for _ in range(ROUNDS)]
    print(f"tenon  exp list of {lines}: {statistics.median(times):.0f} ms (git for-each-ref alone {statistics.median(git):.0f}); exp compare {statistics.median(compare):.0f} ms")


def dvc(base):
    bench = Bench(base)
    if not shutil.which("dvc", path=bench.environment["PATH"]):
        print("dvc    not found: RIVALS_VENV names a virtual environment that has it")
        return
    bench.code()
    bench.data()
    (bench.repository / "dvc.yaml").write_text(
        "stages:\n  train:\n    cmd: python3 train.py\n    deps: [train.py, data]\n    params: [lr]\n    metrics: [metrics.json: {cache: false}]\n")
    bench.run("dvc", "init", "-q")
    bench.run("dvc", "add", "-q", "data")
    bench.run("git", "add", "-A")
    bench.run("git", "commit", "-qm", "start")
    times = []
    for number in range(ROUNDS):
        elapsed = bench.run("dvc", "exp", "run", "-q", "--queue", "-S", f"lr=0.{number + 2}")
        times.append(elapsed + bench.run("dvc", "exp", "run", "-q", "--run-all"))
    print(f"dvc    exp run --queue and --run-all on {SIZE} MiB: {statistics.median(times):.0f} ms; exp show {bench.run('dvc', 'exp', 'show', '--json'):.0f} ms")


def main():
    for tool in (tenon, dvc):
        base = pathlib.Path(tempfile.mkdtemp(prefix="tenon-bench-", dir=os.environ.get("TENON_BENCH_DIR")))
        try:
            tool(base)
        finally:
            shutil.rmtree(base, ignore_errors=True)


main()
