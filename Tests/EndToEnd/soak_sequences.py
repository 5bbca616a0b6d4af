#!/usr/bin/env python3
"""Random sequences of Git and Tenon operations against a model.

Usage: soak_sequences.py [-j N] [--seconds S] DIRECTORY-WITH-THE-PROGRAMS COUNT [FIRST-SEED]

A sequence is made of its seed alone: a failure is printed with its seed and the fewest of its operations that still fail. One seed again:
`soak_sequences.py PROGRAMS 1 SEED`.
"""
import argparse
import collections
import concurrent.futures
import multiprocessing
import os
import pathlib
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from sequences.sequence import Sequence
from sequences.template import Place

# A daemon serves so many sequences; then comes a new one, with an empty store.
BATCH = 50


def attempt(place, seed, keep=None):
    """Runs a sequence. Returns it, and what is wrong, or `None`."""
    sequence = Sequence(place, seed, keep)
    try:
        sequence.run()
        return sequence, None
    except Exception:
        return sequence, traceback.format_exc(limit=-2)


def shrink(place, sequence, wrong):
    """Leaves out operations as long as it still fails."""
    kept = set(range(sequence.length))
    for number in reversed(range(sequence.length)):
        shorter, still = attempt(place, sequence.seed, kept - {number})
        if still:
            kept, sequence, wrong = kept - {number}, shorter, still
    return sequence, wrong


def run_batch(programs, seeds, deadline):
    """Returns the reports of what failed, how many ran, and what the operations did."""
    place = Place(pathlib.Path(tempfile.mkdtemp(prefix="tenon-soak-", dir=os.environ.get("TENON_TEST_DIR"))), programs)
    reports, ran, outcomes = [], 0, collections.Counter()
    try:
        for seed in seeds:
            if time.time() > deadline:
                break
            sequence, wrong = attempt(place, seed)
            ran += 1
            outcomes += sequence.outcomes
            if wrong:
                sequence, wrong = shrink(place, sequence, wrong)
                reports.append(f"seed {seed}:\n  " + "\n  ".join(sequence.trace) + f"\n{wrong}")
    finally:
        place.close()
    return reports, ran, outcomes


def soak(programs, count, first, jobs, seconds=10**6):
    """Runs `count` sequences. Returns the reports of those that failed, how many ran, and what the operations did."""
    deadline = time.time() + seconds
    size = max(1, min(BATCH, -(-count // jobs)))
    batches = [range(start, min(start + size, first + count)) for start in range(first, first + count, size)]
    reports, ran, outcomes = [], 0, collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        for future in concurrent.futures.as_completed([pool.submit(run_batch, programs, batch, deadline) for batch in batches]):
            wrong, number, happened = future.result()
            for report in wrong:
                print(report, flush=True)
            reports += wrong
            ran += number
            outcomes += happened
    return reports, ran, outcomes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=10**6, help="stop then")
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("count", type=int)
    parser.add_argument("first", type=int, nargs="?", default=1)
    options = parser.parse_args()
    if "TENON_TEST_DIR" not in os.environ and os.path.isdir("/dev/shm"):
        os.environ["TENON_TEST_DIR"] = "/dev/shm"
    started = time.monotonic()
    reports, ran, outcomes = soak(options.programs.resolve(), options.count, options.first, options.jobs, options.seconds)
    for (operation, ended), number in sorted(outcomes.items()):
        print(f"{number:7} {operation} {ended}")
    print(f"{ran} sequences from seed {options.first}, {len(reports)} wrong, {time.monotonic() - started:.0f} s")
    return 1 if reports or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
