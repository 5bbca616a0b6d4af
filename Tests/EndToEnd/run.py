#!/usr/bin/env python3
"""Drives the real tenon, tenond and git, as a person would.

Usage: run.py [-j N] DIRECTORY-WITH-THE-PROGRAMS [NAME-OF-A-TEST...]

Classes of tests run side by side, N at a time (as many as there are cores, unless told otherwise); a class that says `runs_alone` measures time,
and comes last, by itself. TENON_TEST_DIR is where they work; in memory, if there is room. TENON_TEST_TOOLS is what Scripts/test-tools.sh has made.
"""
import argparse
import concurrent.futures
import io
import multiprocessing
import os
import pathlib
import shutil
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def discover(names):
    """The tests by class: name → ids, and the names of classes that run alone."""
    loader = unittest.TestLoader()
    if names:
        loader.testNamePatterns = [f"*{name}*" for name in names]
    classes, alone = {}, set()
    for test in flatten(loader.discover(str(HERE), pattern="test_*.py", top_level_dir=str(HERE))):
        name = f"{type(test).__module__}.{type(test).__qualname__}"
        classes.setdefault(name, []).append(test.id())
        if getattr(type(test), "runs_alone", False):
            alone.add(name)
    return classes, alone


def run_class(name, tests):
    """Runs one class in this process. Returns what it printed, and how many tests ran, failed and were skipped."""
    stream = io.StringIO()
    started = time.monotonic()
    result = unittest.TextTestRunner(stream, verbosity=2).run(unittest.TestLoader().loadTestsFromNames(tests))
    print(f"{name}: {time.monotonic() - started:.1f} s", file=stream)
    # A class whose making failed counts for all of its tests.
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    return stream.getvalue(), max(result.testsRun, failed, len(result.skipped)), failed, len(result.skipped)


def use_memory():
    """Works on /dev/shm where there is room for what the tests write."""
    if "TENON_TEST_DIR" not in os.environ and os.path.isdir("/dev/shm") and shutil.disk_usage("/dev/shm").free > 4 << 30:
        os.environ["TENON_TEST_DIR"] = "/dev/shm"


def main() -> int:
    options = arguments()
    if not (options.programs / "tenon").exists():
        print(f"run.py: there is no tenon in {options.programs}", file=sys.stderr)
        return 64
    os.environ["TENON_BIN"] = str(options.programs.resolve())
    os.environ.setdefault("TENON_TEST_TOOLS", str(HERE.parents[1] / ".build/test-tools"))
    use_memory()
    sys.path.insert(0, str(HERE))
    started = time.monotonic()
    classes, alone = discover(options.names)
    ran = failed = skipped = 0

    def note(outcome):
        nonlocal ran, failed, skipped
        text, *counts = outcome
        print(text, flush=True)
        ran, failed, skipped = ran + counts[0], failed + counts[1], skipped + counts[2]

    together = sorted(classes.keys() - alone, key=lambda name: (-len(classes[name]), name))
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(max(1, options.jobs), mp_context=context) as pool:
        for future in concurrent.futures.as_completed([pool.submit(run_class, name, classes[name]) for name in together]):
            note(future.result())
    for name in sorted(alone):
        note(run_class(name, classes[name]))
    print(f"end to end, {time.monotonic() - started:.0f} s:")
    print(f"{ran - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
