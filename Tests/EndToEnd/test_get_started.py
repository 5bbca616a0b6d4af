"""The layout of DVC's example-get-started, rebuilt from its description on small data: its dvc.yaml runs as it is."""
import json
import os
import random
import sys

from test_pipelines import PipelineCase

# Stages, parameters and paths as that project has them.
DVC_YAML = """\
stages:
  prepare:
    cmd: python src/prepare.py data/data.xml
    deps:
    - data/data.xml
    - src/prepare.py
    params:
    - prepare.seed
    - prepare.split
    outs:
    - data/prepared
  featurize:
    cmd: python src/featurization.py data/prepared data/features
    deps:
    - data/prepared
    - src/featurization.py
    params:
    - featurize.max_features
    - featurize.ngrams
    outs:
    - data/features
  train:
    cmd: python src/train.py data/features model.pkl
    deps:
    - data/features
    - src/train.py
    params:
    - train.min_split
    - train.n_est
    - train.seed
    outs:
    - model.pkl
  evaluate:
    cmd: python src/evaluate.py model.pkl data/features
    deps:
    - data/features
    - model.pkl
    - src/evaluate.py
    metrics:
    - eval/metrics.json:
        cache: false
    plots:
    - eval/roc.json:
        cache: false
        x: fpr
        y: tpr
plots:
- ROC:
    template: simple
    x: fpr
    y:
      eval/roc.json: tpr
artifacts:
  text-classification:
    path: model.pkl
    type: model
"""

PARAMS = """\
prepare:
  split: 0.20
  seed: 20170428

featurize:
  max_features: 100
  ngrams: 1

train:
  seed: 20170428
  n_est: 50
  min_split: 0.01
"""

READ_PARAMS = """\
import re

def read(section):
    values, inside = {}, False
    for line in open("params.yaml"):
        if line.strip() and not line.startswith(" "):
            inside = line.strip() == section + ":"
        elif inside and line.strip():
            key, value = line.strip().split(": ")
            values[key] = float(value)
    return values
"""

SCRIPTS = {
    "values.py": READ_PARAMS,
    "prepare.py": """\
import os, random, sys
import xml.etree.ElementTree as tree
from values import read
params = read("prepare")
random.seed(int(params["seed"]))
os.makedirs("data/prepared", exist_ok=True)
with open("data/prepared/train.tsv", "w") as train, open("data/prepared/test.tsv", "w") as test:
    for row in tree.parse(sys.argv[1]).getroot():
        label = int("<r>" in row.get("Tags"))
        (test if random.random() < params["split"] else train).write(f"{row.get('Id')}\\t{label}\\t{row.get('Title')}\\n")
""",
    "featurization.py": """\
import collections, json, os, sys
from values import read
params = read("featurize")
os.makedirs(sys.argv[2], exist_ok=True)
rows = {name: [line.rstrip("\\n").split("\\t") for line in open(f"{sys.argv[1]}/{name}.tsv")] for name in ("train", "test")}
counts = collections.Counter(word for row in rows["train"] for word in row[2].split())
words = sorted(counts, key=lambda word: (-counts[word], word))[:int(params["max_features"])]
for name in rows:
    with open(f"{sys.argv[2]}/{name}.json", "w") as file:
        json.dump([[int(row[1]), [row[2].split().count(word) for word in words]] for row in rows[name]], file)
""",
    "train.py": """\
import json, pickle, sys
from values import read
params = read("train")
rows = json.load(open(f"{sys.argv[1]}/train.json"))
weights = [0.0] * len(rows[0][1])
for _ in range(int(params["n_est"])):
    for label, features in rows:
        error = label - (sum(w * f for w, f in zip(weights, features)) > 0.5)
        weights = [w + params["min_split"] * error * f for w, f in zip(weights, features)]
pickle.dump(weights, open(sys.argv[2], "wb"))
""",
    "evaluate.py": """\
import json, os, pickle, sys
weights = pickle.load(open(sys.argv[1], "rb"))
rows = json.load(open(f"{sys.argv[2]}/test.json"))
scores = [(sum(w * f for w, f in zip(weights, features)), label) for label, features in rows]
os.makedirs("eval", exist_ok=True)
json.dump({"accuracy": sum((score > 0.5) == label for score, label in scores) / len(scores)}, open("eval/metrics.json", "w"))
json.dump([{"fpr": t / 10, "tpr": sum(s > t / 10 for s, l in scores if l) / max(1, sum(l for _, l in scores))} for t in range(10)], open("eval/roc.json", "w"))
""",
}


class GetStartedTest(PipelineCase):
    def setUp(self):
        super().setUp()
        shims = self.base / "shims"
        shims.mkdir()
        # The project says `python`.
        (shims / "python").symlink_to(sys.executable)
        self.environment["PATH"] = f"{shims}:{self.environment['PATH']}"
        self.write("dvc.yaml", DVC_YAML)
        self.write("params.yaml", PARAMS)
        for name, text in SCRIPTS.items():
            self.write(f"src/{name}", text)
        draw = random.Random(1)
        rows = []
        for number in range(400):
            is_r = draw.random() < 0.4
            words = draw.choices(["ggplot", "dataframe", "vector"] if is_r else ["pointer", "class", "thread"], k=3) + draw.choices(["how", "why", "list"], k=2)
            rows.append(f'  <row Id="{number}" Title="{" ".join(words)}" Tags="{"&lt;r&gt;" if is_r else "&lt;c&gt;"}" />')
        self.write("data/data.xml", "<posts>\n" + "\n".join(rows) + "\n</posts>\n")
        self.write(".gitignore", "__pycache__/\n")
        self.tenon("add", "data/data.xml")
        self.git("add", "-A")
        self.git("commit", "-qm", "the project")

    def test_it_runs_unchanged_from_its_dvc_yaml(self):
        stages = ["prepare", "featurize", "train", "evaluate"]
        result = self.tenon("dag")
        self.assertIn("'artifacts' has no effect", result.err)
        self.assertIn("prepare\n└─ featurize\n   ├─ train\n", result.out)
        self.assertEqual(self.outcomes(), dict.fromkeys(stages, "ran"))
        self.assertEqual(self.outcomes(), dict.fromkeys(stages, "fresh"))
        accuracy = json.loads((self.repo / "eval/metrics.json").read_text())["accuracy"]
        self.assertGreater(accuracy, 0.9)
        for path in ("data/prepared", "data/features", "model.pkl"):
            self.assertTrue(self.pointer(path)["run"].startswith("sha256:"))
        self.git("add", "-A")
        self.git("commit", "-qm", "first")
        self.assertEqual(self.git("status", "--porcelain").out, "")
        self.write("params.yaml", PARAMS.replace("max_features: 100", "max_features: 2"))
        self.assertEqual(self.outcomes(), {"prepare": "fresh", "featurize": "ran", "train": "ran", "evaluate": "ran"})
        self.write("params.yaml", PARAMS)
        self.assertEqual(self.outcomes(), {"prepare": "fresh", "featurize": "restored", "train": "restored", "evaluate": "restored"})
        self.assertEqual(json.loads((self.repo / "eval/metrics.json").read_text())["accuracy"], accuracy)
        # Nothing of DVC's was made or asked for.
        self.assertFalse((self.repo / ".dvc").exists() or (self.repo / "dvc.lock").exists())

    def test_init_tells_of_it_and_import_takes_it_over(self):
        self.assertIn("dvc.yaml has 4 stages; ", self.tenon("init").out)
        self.assertEqual(self.tenon("init", "--json").json()["found"]["dvc_stages"], 4)
        reply = self.tenon("import", "dvc", "--json").json()
        self.assertEqual((reply["stages"], reply["problems"]), (["prepare", "featurize", "train", "evaluate"], []))
        self.assertNotIn("dvc.yaml has", self.tenon("init").out)
        self.assertIn("tenon.yaml", self.tenon("repro", "--dry-run", "--json").json()["file"])

    def test_it_is_found_from_the_directory_that_has_it(self):
        os.makedirs(self.repo / "project/data")
        for name in ("dvc.yaml", "params.yaml", "src", "data", ".gitignore"):
            self.git("mv", name, f"project/{name}") if name != "data" else self.tenon("mv", "data/data.xml", "project/data/data.xml")
        project = self.repo / "project"
        self.refused("repro", says="there is no pipeline")
        self.assertEqual(set(self.outcomes(cwd=project).values()), {"ran"})
        self.assertTrue((project / "model.pkl.tenon").exists())
        self.assertEqual(set(self.outcomes(cwd=project).values()), {"fresh"})
