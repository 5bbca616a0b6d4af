"""`tenon rerun`: a recorded run is executed again elsewhere, and what it makes is compared with what was recorded."""
import json
import os
import struct

from harness import BIN, TenonTest
from machines import MachinesTest

# A model in safetensors, written by nothing but the standard library: the mean of the data, and noise from a seed.
TRAIN = """\
import json, os, random, struct, sys
rows = [float(line.split(",")[2]) for line in open("data/rows.csv")]
noise = random.Random(os.environ.get("SEED") or int(open("seed").read()))
tensors = {"mean": [sum(rows) / len(rows)] * 4, "noise": [1 + noise.random() / 1000 for _ in range(8)]}
header, body = {}, b""
for name, values in sorted(tensors.items()):
    part = struct.pack(f"<{len(values)}f", *values)
    header[name] = {"dtype": "F32", "shape": [len(values)], "data_offsets": [len(body), len(body) + len(part)]}
    body += part
text = json.dumps(header).encode()
open("model.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + body)
open("table.csv", "w").write("name,score\\nmean,%r\\nnoise,%r\\n" % (tensors["mean"][0], tensors["noise"][0]))
"""


class RerunTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()
        self.write("data/rows.csv", self.text(1, 5000).rpartition(b"\n")[0] + b"\n")
        self.write("train.py", TRAIN)
        self.write("seed", "1\n")
        self.tenon("add", "data")
        self.git("add", "train.py", "seed")
        self.git("commit", "-qm", "code and data")

    def train(self, *outputs, env=None):
        options = [word for output in outputs or ("model.safetensors",) for word in ("-o", output)]
        return self.tenon("run", "--json", "-d", "data", *options, "--", "python3", "train.py", env=env).json()["run"]["run"]

    def rerun(self, *arguments, status=0, **options):
        reply = self.tenon("rerun", "--json", *arguments, status=status, **options).json()
        return {output["path"]: (output["verdict"], output["details"]) for output in reply["result"]["outputs"]}

    def test_a_deterministic_run_is_identical(self):
        run = self.train("model.safetensors", "table.csv")
        self.git("commit", "-qm", "model")
        for target in ("model.safetensors", "HEAD:model.safetensors", run):
            self.assertEqual(self.rerun(target), {"model.safetensors": ("identical", []), "table.csv": ("identical", [])})
        result = self.tenon("rerun", "model.safetensors")
        self.assertIn("identical  model.safetensors", result.out)
        self.assertIn("The environment is as recorded", result.err)

    def test_a_stage_finds_its_environment_again(self):
        self.write("tenon.yaml", """\
            version: 1
            stages:
              train: { cmd: [ "echo begins", python3 train.py ], deps: [ train.py, seed, data ], outs: [ model.safetensors, table.csv ] }
            """)
        self.git("add", "tenon.yaml")
        self.git("commit", "-qm", "stages")
        self.tenon("repro")
        result = self.tenon("rerun", "model.safetensors")
        self.assertIn("The environment is as recorded", result.err)
        self.assertIn("identical  model.safetensors", result.out)

    def test_code_that_was_never_committed_is_executed_again(self):
        self.write("train.py", TRAIN.replace("* 4", "* 5"))
        self.write("extra.txt", "never added\n")
        self.train()
        # The work tree goes on: what is executed again is what was recorded.
        self.write("train.py", "raise SystemExit('another one')\n")
        self.write("data/rows.csv", "1,2,3\n")
        (self.repo / "model.safetensors").unlink()
        self.assertEqual(self.rerun("model.safetensors"), {"model.safetensors": ("identical", [])})
        self.assertFalse((self.repo / "model.safetensors").exists())

    def test_a_run_with_a_random_seed_is_different_with_its_tensors_named_and_close_under_a_tolerance(self):
        self.train("model.safetensors", "table.csv", env={"SEED": "7"})
        found = self.rerun("model.safetensors", status=1)
        verdict, [detail] = found["model.safetensors"]
        self.assertEqual(verdict, "different")
        self.assertRegex(detail, r"^tensor noise: \d of 8 numbers differ, by at most \d")
        self.assertEqual(found["table.csv"][0], "different")
        self.assertRegex(found["table.csv"][1][0], r"^row 2, column score: 1\.\d+ before, 1\.\d+ now$")
        found = self.rerun("model.safetensors", "--tolerance", "0.01")
        self.assertEqual({verdict for verdict, _ in found.values()}, {"close"})
        self.rerun("model.safetensors", "--tolerance", "1e-9", status=1)

    def test_a_command_that_logs_metrics_is_executed_again(self):
        self.tenon("run", "-o", "logged.txt", "--", "sh", "-ec", '"$0" metric loss=1; echo made >logged.txt', BIN.absolute() / "tenon")
        self.assertEqual(self.rerun("logged.txt"), {"logged.txt": ("identical", [])})
        self.assertEqual(list((self.repo / ".git/tenon/metrics").iterdir()), [])

    def test_a_directory_that_was_there_for_an_output_is_there_again(self):
        self.write("train.py", TRAIN.replace('"model.safetensors"', '"models/new/m.safetensors"'))
        (self.repo / "models/new").mkdir(parents=True)
        self.train("models/new/m.safetensors")
        self.assertEqual(self.rerun("models/new/m.safetensors"), {"models/new/m.safetensors": ("identical", [])})
        # One that the command made itself is not in its way.
        self.write("train.py", "import os; os.mkdir('made'); open('made/m.bin', 'w').write('m')\n")
        self.train("made/m.bin")
        self.assertEqual(self.rerun("made/m.bin"), {"made/m.bin": ("identical", [])})

    def test_a_changed_environment_is_told_first_and_deciding_variables_are_set_again(self):
        self.write("train.py", "import os; open('model.safetensors', 'w').write(os.environ['PYTHONHASHSEED'])\n")
        self.train(env={"PYTHONHASHSEED": "5", "LANG": "C"})
        result = self.tenon("rerun", "model.safetensors")
        self.assertIn("identical", result.out)
        self.assertIn("variable LANG: C recorded, C.UTF-8 now", result.err)

    def test_json_and_directories_are_compared_inside(self):
        script = "import json, os; os.makedirs('out'); json.dump({'a': {'b': float(os.environ.get('V', 2))}, 'c': [1]}, open('out/m.json', 'w')); open('out/same', 'w')"
        self.tenon("run", "-o", "out", "--", "python3", "-c", script, env={"V": "1"})
        self.assertEqual(self.rerun("out", status=1), {"out": ("different", ["out/m.json: a.b: 1.0 before, 2.0 now"])})

    def test_what_can_not_be_made_again_is_said_so(self):
        self.refused("rerun", "data", says="no run is recorded that made it")
        self.refused("rerun", "sha256:" + "0" * 64, says="is no run that is recorded here")
        self.refused("rerun", "missing", says="is not there")
        self.write("train.py", "import os, sys; open('model.safetensors', 'w').write('x'); sys.exit(3 if 'NO' not in os.environ else 0)\n")
        self.train(env={"NO": "1"})
        scratch = self.base / "scratch"
        scratch.mkdir()
        self.environment["TMPDIR"] = str(scratch)
        self.refused("rerun", "model.safetensors", says="its command ended with 3, recorded is 0")
        self.assertEqual(os.listdir(scratch), [])

    def test_files_that_lie_about_their_tensors_are_compared_as_bytes(self):
        for number, bad in enumerate([b"\xff" * 8, b"", struct.pack("<Q", 2) + b"{}", struct.pack("<Q", 60)
                                      + json.dumps({"t": {"dtype": "F32", "shape": [4], "data_offsets": [0, 1 << 40]}}).encode().ljust(60)]):
            self.write("bad", bad)
            self.git("add", "bad")
            script = "import os; open('m.safetensors', 'wb').write(open('bad', 'rb').read() + os.environ.get('END', 'b').encode())"
            self.tenon("run", "-o", "m.safetensors", "--", "python3", "-c", script, env={"END": f"{number}"})
            self.assertEqual(self.rerun("m.safetensors", status=1)["m.safetensors"][0], "close" if number == 2 else "different")

    def test_the_verdict_is_recorded(self):
        self.train()
        self.rerun("model.safetensors")
        kinds = [r["kind"] for r in self.tenon("records", "--json", "model.safetensors").json()["records"]]
        self.assertEqual(kinds, ["run", "rerun"])


class RerunElsewhereTest(MachinesTest):
    """A fresh clone on another machine, which has nothing but the URL of the Git repository."""

    def test_a_run_of_uncommitted_code_is_traced_and_executed_again_in_a_fresh_clone(self):
        here = self.first_machine()
        self.propose(here, str(self.base / "remote"), None)
        self.write("data/rows.csv", self.text(1, 5000).rpartition(b"\n")[0] + b"\n")
        self.write("train.py", TRAIN)
        self.write("seed", "1\n")
        here.tenon("add", "data")
        here.git("add", "-A")
        here.git("commit", "-qm", "code and data")
        # Neither the code nor the data of the run is ever committed.
        self.write("train.py", TRAIN.replace("* 4", "* 5"))
        with open(self.repo / "data/rows.csv", "a") as rows:
            rows.write("1,2,3\n")
        run = here.tenon("run", "--json", "-d", "data", "-o", "model.safetensors", "--", "python3", "train.py").json()["run"]["run"]
        here.git("checkout", "-q", "train.py")
        here.tenon("restore", "data")
        here.git("commit", "-qm", "model")
        here.tenon("push")
        here.git("push", "-qu", "origin", "main")

        there = self.machine("there")
        there.tenon("clone", "--trust", str(self.hub), str(there.tree), cwd=self.base)
        traced = there.tenon("trace", "model.safetensors").out
        self.assertIn("python3 train.py", traced)
        self.assertIn("data", traced)
        result = there.tenon("rerun", "--json", "model.safetensors").json()
        self.assertEqual(result["run"], run)
        self.assertEqual([(output["path"], output["verdict"]) for output in result["result"]["outputs"]], [("model.safetensors", "identical")])
        # And where the records are not here either.
        third = self.machine("third")
        third.tenon("clone", "--no-data", "--trust", str(self.hub), str(third.tree), cwd=self.base)
        self.assertEqual(third.tenon("rerun", "--json", "model.safetensors").json()["run"], run)
