#!/usr/bin/env python3
"""Drives the real tenon, tenond and git, as a person would. Usage: run.py DIRECTORY-WITH-THE-PROGRAMS [NAME-OF-A-TEST...]"""
import os
import pathlib
import sys
import time
import unittest


def main() -> int:
    if len(sys.argv) < 2 or not pathlib.Path(sys.argv[1], "tenon").exists():
        print("usage: run.py DIRECTORY-WITH-THE-PROGRAMS [NAME...]", file=sys.stderr)
        return 64
    os.environ["TENON_BIN"] = str(pathlib.Path(sys.argv[1]).resolve())
    here = pathlib.Path(__file__).resolve().parent
    sys.path.insert(0, str(here))
    loader = unittest.TestLoader()
    if sys.argv[2:]:
        loader.testNamePatterns = [f"*{name}*" for name in sys.argv[2:]]
    suite = loader.discover(str(here), pattern="test_*.py", top_level_dir=str(here))
    started = time.monotonic()
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"end to end, {time.monotonic() - started:.0f} s:")
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed, {len(result.skipped)} skipped")
    return 1 if failed or not result.testsRun else 0


sys.exit(main())
