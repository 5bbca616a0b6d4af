#!/usr/bin/env python3
"""What Tenon adds to git commit and git switch, side by side with plain Git. Usage: commits.py DIRECTORY-WITH-THE-PROGRAMS [FILES] [ROUNDS]

Three repositories with the same 35,000 small files in `data/`: one where Git tracks them itself, one where an artifact's pointer alone is tracked and
no hook runs, one with Tenon's hooks. Rounds alternate between them. Figures are medians, in milliseconds.
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
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 11
CHANGED = 10


class Bench:
    def __init__(self, base):
        self.base = base
        home = base / "home"
        home.mkdir()
        self.environment = {
            "HOME": str(home), "PATH": f"{BIN}:/usr/bin:/bin", "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@example.com",
            "TENON_WATCH_DELAY": os.environ.get("TENON_WATCH_DELAY", "0.5"),
        }

    def run(self, repository, *arguments):
        started = time.perf_counter()
        result = subprocess.run(arguments, cwd=repository, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True)
        elapsed = (time.perf_counter() - started) * 1000
        if result.returncode:
            sys.exit(f"{arguments} in {repository}: {result.stderr.decode()}")
        return elapsed

    def fill(self, repository):
        for number in range(FILES):
            path = repository / f"data/d{number % 300:03}/f{number:05}.txt"
            if number < 300:
                path.parent.mkdir(parents=True)
            path.write_bytes(random.Random(number).randbytes(200 + number % 1800))

    def change(self, repository):
        for number in range(0, FILES, FILES // CHANGED):
            path = repository / f"data/d{number % 300:03}/f{number:05}.txt"
            path.write_bytes(random.Random(-number - 1).randbytes(900))

    def make(self, name, tenon):
        repository = self.base / name
        repository.mkdir()
        self.run(repository, "git", "init", "-q", "-b", "main")
        self.fill(repository)
        if tenon:
            self.run(repository, "tenon", "init")
            self.run(repository, "tenon", "add", "data")
        self.run(repository, "git", "add", "-A")
        self.run(repository, "git", "commit", "-qm", "one")
        self.run(repository, "git", "switch", "-qc", "other")
        self.change(repository)
        if tenon:
            self.run(repository, "tenon", "add", "-u")
        self.run(repository, "git", "commit", "-qam", "two")
        return repository

    def settle(self, repository):
        """Until the background has looked at what just happened: as when a person types the next command."""
        self.run(repository, "tenon", "status", "--wait")
        time.sleep(3)


def row(what, figures):
    print(f"{what:44}" + "".join(f"{statistics.median(f):10.1f}" if f else f"{'–':>10}" for f in figures))


def main():
    base = pathlib.Path(tempfile.mkdtemp(prefix="tenon-bench-", dir=os.environ.get("TENON_BENCH_DIR")))
    bench = Bench(base)
    try:
        plain = bench.make("plain", tenon=False)
        hooked = bench.make("hooked", tenon=True)
        bare = base / "pointer"
        bench.run(base, "git", "clone", "-q", str(hooked), str(bare))
        bench.run(bare, "git", "switch", "-q", "main")
        bench.run(bare, "git", "switch", "-q", "other")
        bench.run(hooked, "tenon", "hooks", "install")
        bench.settle(hooked)
        repositories = (plain, bare, hooked)
        print(f"{FILES} files, median of {ROUNDS}, ms{'':17}{'Git alone':>10}{'pointer':>10}{'Tenon':>10}")
        commit = [[], [], []]
        for number in range(ROUNDS):
            for index, repository in enumerate(repositories):
                (repository / "code.txt").write_text(f"{number}\n")
                bench.run(repository, "git", "add", "code.txt")
                commit[index].append(bench.run(repository, "git", "commit", "-qm", f"round {number}"))
        row("git commit, no data changed", commit)
        for repository in repositories:
            bench.run(repository, "git", "switch", "-q", "main")
        bench.settle(hooked)
        switch = [[], [], []]
        for number in range(ROUNDS):
            for index, repository in enumerate(repositories):
                switch[index].append(bench.run(repository, "git", "switch", "-q", "other" if number % 2 == 0 else "main"))
            if number % 2:
                time.sleep(2)
        row(f"git switch, {CHANGED} files differ", switch)
        row("tenon status", [[], [], [bench.run(hooked, "tenon", "status") for _ in range(ROUNDS)]])
        hook = hooked / ".git/hooks/post-index-change"
        idle = [[bench.run(hooked, "sh", "-c", f"exec {what} 0 0") for _ in range(ROUNDS * 3)] for what in ("true", hook)]
        row("post-index-change, idle; pointer: true", [[], *idle])
    finally:
        subprocess.run([BIN / "tenon", "daemon", "stop"], cwd=base, env=bench.environment, capture_output=True)
        shutil.rmtree(base, ignore_errors=True)


main()
