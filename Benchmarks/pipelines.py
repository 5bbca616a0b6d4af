#!/usr/bin/env python3
"""`tenon repro` beside `dvc repro` on one dvc.yaml. Usage: pipelines.py DIRECTORY-WITH-THE-PROGRAMS [FILES] [STAGES] [ROUNDS]

Two repositories with the same 35,000 small files in `data/` and the same 20 stages, each of which reads `data/`, a parameter and what the stage before
made: in one `data/` is an artifact, in the other DVC's. Rounds alternate. RIVALS_VENV names a virtual environment with DVC; without, only Tenon is
timed. Figures are medians, in milliseconds.
"""
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
FILES = int(sys.argv[2]) if len(sys.argv) > 2 else 35_000
STAGES = int(sys.argv[3]) if len(sys.argv) > 3 else 20
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 11
VENV = os.environ.get("RIVALS_VENV")


class Bench:
    def __init__(self, base):
        self.base = base
        home = base / "home"
        home.mkdir()
        self.environment = {
            "HOME": str(home), "PATH": f"{BIN}:{VENV}/bin:/usr/bin:/bin" if VENV else f"{BIN}:/usr/bin:/bin", "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "C",
            "GIT_COMMITTER_EMAIL": "c@example.com", "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(base / "dvc-site"),
        }

    def run(self, repository, *arguments):
        started = time.perf_counter()
        result = subprocess.run(arguments, cwd=repository, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True)
        elapsed = (time.perf_counter() - started) * 1000
        if result.returncode:
            sys.exit(f"{arguments} in {repository}: {result.stderr.decode()}")
        return elapsed, result.stdout.decode()

    def make(self, name):
        repository = self.base / name
        repository.mkdir()
        self.run(repository, "git", "init", "-q", "-b", "main")
        for number in range(FILES):
            path = repository / f"data/d{number % 300:03}/f{number:05}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(random.Random(number).randbytes(200 + number % 1800))
        stages = "stages:\n"
        for number in range(STAGES):
            before = [f"    - out/{number - 1:02}.txt\n"] if number else []
            stages += (
                f"  s{number:02}:\n    cmd: ls data | cat - params.yaml > out/{number:02}.txt\n    deps:\n    - data\n{''.join(before)}"
                f"    params:\n    - values.p{number:02}\n    outs:\n    - out/{number:02}.txt\n")
        (repository / "out").mkdir()
        (repository / "dvc.yaml").write_text(stages)
        self.parameters(repository, {})
        return repository

    def parameters(self, repository, changed):
        lines = [f"  p{number:02}: {changed.get(number, 1)}\n" for number in range(STAGES)]
        (repository / "params.yaml").write_text("values:\n" + "".join(lines))

    def ready(self):
        """The repositories by the program that works in them, after everything has run once."""
        tenon = self.make("tenon")
        self.run(tenon, "tenon", "init")
        self.run(tenon, "tenon", "add", "data")
        found = {"tenon": tenon}
        if VENV:
            dvc = self.make("dvc")
            self.run(dvc, "dvc", "init", "-q")
            self.run(dvc, "dvc", "add", "-q", "data")
            found["dvc"] = dvc
        for program, repository in found.items():
            first, _ = self.run(repository, program, "repro")
            self.run(repository, "git", "add", "-A")
            self.run(repository, "git", "commit", "-qm", "one")
            print(f"{program}: {STAGES} stages for the first time {first:.0f} ms", flush=True)
        self.run(tenon, "tenon", "status", "--wait")
        time.sleep(3)
        return found


def row(what, figures):
    cells = {program: statistics.median(times) for program, times in figures.items()}
    ratio = f"{cells['dvc'] / cells['tenon']:8.1f} x" if "dvc" in cells else ""
    print(f"{what:44}" + "".join(f"{cells[program]:10.1f}" for program in cells) + ratio, flush=True)


def main():
    base = pathlib.Path(tempfile.mkdtemp(prefix="tenon-bench-", dir=os.environ.get("TENON_BENCH_DIR")))
    bench = Bench(base)
    try:
        repositories = bench.ready()
        print(f"{FILES} files, {STAGES} stages, median of {ROUNDS}, ms{'':9}" + "".join(f"{program:>10}" for program in repositories))
        nothing, dry, last, back = ({program: [] for program in repositories} for _ in range(4))
        for number in range(ROUNDS):
            for program, repository in repositories.items():
                nothing[program].append(bench.run(repository, program, "repro")[0])
                command = ("repro", "--dry-run") if program == "tenon" else ("repro", "--dry")
                dry[program].append(bench.run(repository, program, *command)[0])
        row("repro, nothing stale", nothing)
        row("repro --dry-run, nothing stale", dry)
        for number in range(min(ROUNDS, 5)):
            for program, repository in repositories.items():
                bench.parameters(repository, {STAGES - 1: number + 2})
                last[program].append(bench.run(repository, program, "repro")[0])
                bench.parameters(repository, {})
                back[program].append(bench.run(repository, program, "repro")[0])
        row("repro, the last stage runs", last)
        row("repro, the last stage from the run cache", back)
    finally:
        subprocess.run([BIN / "tenon", "daemon", "stop"], cwd=base, env=bench.environment, capture_output=True)
        shutil.rmtree(base, ignore_errors=True)


main()
