"""From any file back to the run, code and data that it comes from, and forward again."""
import json
import os
import shutil

from harness import TenonTest

CLEAN = "import sys; open('clean.csv', 'w').write(open('raw/rows.csv').read().replace('JFK', 'jfk'))\n"
TRAIN = "import os; os.makedirs('models', exist_ok=True); open('models/m.bin', 'w').write(open('clean.csv').read()[:99])\n"


class LineageTest(TenonTest):
    """raw → clean.csv → models/m.bin, by two runs; the code of the second is not committed."""

    def setUp(self):
        super().setUp()
        self.initialised()
        self.write("raw/rows.csv", self.text(1, 5000))
        self.write("clean.py", CLEAN)
        self.write("fit.py", TRAIN)
        self.tenon("add", "raw")
        self.git("add", "clean.py", "fit.py")
        self.git("commit", "-qm", "code and data")
        self.first = self.run_json("-n", "clean", "-d", "raw", "-o", "clean.csv", "--", "python3", "clean.py")["run"]
        self.write("fit.py", TRAIN + "# not committed\n")
        self.write("metrics.json", '{"accuracy": 0.93}')
        self.second = self.run_json(
            "-n", "fit", "-d", "clean.csv", "-p", "seed=3", "-o", "models/m.bin", "-m", "metrics.json", "--", "python3", "fit.py")["run"]
        self.code = self.git("rev-parse", "HEAD").out.strip()
        self.git("commit", "-qm", "model")
        self.head = self.git("rev-parse", "HEAD").out.strip()

    def run_json(self, *arguments):
        return self.tenon("run", "--json", *arguments).json()["run"]

    def trace(self, *arguments, **options):
        return self.tenon("trace", "--format", "json", *arguments, **options).json()

    def oid(self, path):
        return "sha256:" + self.sha256(self.repo / path)

    def test_a_model_that_was_copied_out_and_renamed_is_traced_to_run_code_and_data(self):
        away = self.base / "away/renamed"
        away.parent.mkdir()
        shutil.copy(self.repo / "models/m.bin", away)
        reply = self.trace(str(away))
        self.assertEqual([run["run"] for run in reply["runs"]], [self.second, self.first])
        fit = reply["runs"][0]
        self.assertEqual((fit["commit"], fit["metrics"], fit["parameters"]), (self.code, {"accuracy": 0.93}, [{"name": "seed", "value": "3"}]))
        self.assertIn("code", fit)
        self.assertEqual([content["oid"] for content in reply["contents"]], [self.oid("models/m.bin"), self.oid("clean.csv"), self.pointer("raw")["oid"]])
        self.assertEqual((reply["contents"][0]["paths"], reply["contents"][0]["commits"]), (["models/m.bin"], [self.head]))
        text = self.tenon("trace", str(away)).out
        for words in ("models/m.bin", self.head[:10], "fit", "python3 fit.py", "uncommitted changes", "seed = 3", "accuracy = 0.93", "clean.csv", "raw/"):
            self.assertIn(words, text)
        # The same by path, at a commit, by hash, by the record.
        for subject in ("models/m.bin", "HEAD:models/m.bin", self.oid("models/m.bin"), self.second):
            self.assertEqual(self.trace(subject)["runs"], reply["runs"], subject)

    def test_forward_from_data_to_all_that_came_of_it(self):
        self.run_json("-n", "report", "-d", "models/m.bin", "-o", "report.txt", "--", "cp", "models/m.bin", "report.txt")
        reply = self.trace("--forward", "raw")
        self.assertEqual([run["name"] for run in reply["runs"]], ["clean", "fit", "report"])
        text = self.tenon("trace", "--forward", "raw").out
        for words in ("clean.csv", "models/m.bin", "report"):
            self.assertIn(words, text)
        # One file of the directory leads the same way.
        self.assertEqual([run["name"] for run in self.trace("--forward", "raw/rows.csv")["runs"]], ["clean", "fit", "report"])

    def test_a_run_that_read_one_file_of_a_directory_leads_to_the_run_that_made_the_directory(self):
        self.run_json("-n", "split", "-d", "raw", "-o", "parts", "--", "sh", "-c", "mkdir -p parts/x; head -5 raw/rows.csv >parts/x/a.csv; echo b >parts/b")
        self.run_json("-n", "count", "-d", "parts/x/a.csv", "-o", "count.txt", "--", "sh", "-c", "wc -l <parts/x/a.csv >count.txt")
        reply = self.trace("count.txt")
        self.assertEqual([run["name"] for run in reply["runs"]], ["count", "split"])
        [file] = [content for content in reply["contents"] if content["oid"] == self.oid("parts/x/a.csv")]
        self.assertEqual(file["inside"], self.pointer("parts")["oid"])
        text = self.tenon("trace", "count.txt").out
        for words in ("└─ in parts/", "split", "raw/"):
            self.assertIn(words, text)
        arrow = '"tree %s" -> "file %s"' % (self.pointer("parts")["oid"], file["oid"])
        self.assertIn(arrow, self.tenon("trace", "--format", "dot", "count.txt").out)
        # And forward again, from the directory and from its data.
        for subject in ("parts", "raw"):
            self.assertIn("count", [run["name"] for run in self.trace("--forward", subject)["runs"]], subject)
        # A later state of the directory, in which the file is another, is not where it came from.
        self.run_json("-n", "later", "-d", "raw", "-o", "parts", "--", "sh", "-c", "echo other >parts/x/a.csv")
        self.assertEqual([run["name"] for run in self.trace("count.txt")["runs"]], ["count", "split"])

    def test_a_run_in_another_repository_of_the_store_is_found(self):
        other = self.base / "other"
        self.new_repository(other)
        self.tenon("init", cwd=other)
        shutil.copy(self.repo / "models/m.bin", other / "base.bin")
        self.tenon("run", "-d", "base.bin", "-o", "tuned.bin", "--", "sh", "-c", "cat base.bin base.bin > tuned.bin", cwd=other)
        self.assertEqual([run.get("name") for run in self.trace("tuned.bin", cwd=other)["runs"]], [None, "fit", "clean"])

    def test_what_made_the_same_bytes_here_goes_before_what_did_elsewhere(self):
        other = self.base / "other"
        self.new_repository(other)
        self.tenon("init", cwd=other)
        self.git("commit", "-qm", "other", "--allow-empty", cwd=other)
        made = ("-o", "five.txt", "--", "sh", "-c", "seq 5 >five.txt")
        first = self.tenon("run", "--json", *made, cwd=other).json()["run"]["run"]
        run = self.run_json(*made)["run"]
        # What this repository did again changes nothing.
        self.run_json(*made)
        self.assertEqual(self.pointer("five.txt")["run"], run)
        self.git("commit", "-qm", "five")
        for subject in ("five.txt", "HEAD:five.txt"):
            self.assertEqual([found["run"] for found in self.trace(subject)["runs"]], [run])
            self.assertEqual(self.tenon("rerun", "--json", subject).json()["run"], run)
        self.assertEqual([found["run"] for found in self.trace("five.txt", cwd=other)["runs"]], [first])
        # Added without a run, too; where nothing is of this repository, the other's is better than none.
        shutil.copy(self.repo / "five.txt", self.repo / "copy.txt")
        self.tenon("add", "copy.txt")
        self.assertEqual(self.tenon("rerun", "--json", "copy.txt").json()["run"], run)
        third = self.base / "third"
        self.new_repository(third)
        self.tenon("init", cwd=third)
        self.git("commit", "-qm", "third", "--allow-empty", cwd=third)
        shutil.copy(self.repo / "five.txt", third / "five.txt")
        self.tenon("add", "five.txt", cwd=third)
        self.assertEqual([found["run"] for found in self.trace("five.txt", cwd=third)["runs"]], [first])

    def test_what_made_itself_is_told_once(self):
        self.run_json("-d", "clean.csv", "-o", "clean.csv", "--", "true")
        self.run_json("-d", "models/m.bin", "-o", "raw", "--", "touch", "raw/rows.csv")
        self.assertEqual(len(self.trace("clean.csv")["runs"]), 1)
        for options in ([], ["--forward"]):
            self.assertLessEqual(len(self.trace(*options, "raw")["runs"]), 4)
            self.tenon("trace", *options, "raw")

    def test_records_of_a_model_are_listed_wherever_its_bytes_are(self):
        self.write("report.md", "# fine\n")
        self.tenon("record", "models/m.bin", "--kind", "validation", "-m", "accuracy=0.91", "-m", "f1=5e-1", "--report", "report.md", "--dataset", "raw")
        self.tenon("record", "HEAD:models/m.bin", "--kind", "monitoring", "-m", "drift=0.2")
        shutil.copy(self.repo / "models/m.bin", self.repo / "copy.bin")
        self.tenon("add", "copy.bin")
        for subject in ("models/m.bin", "copy.bin", self.oid("models/m.bin")):
            records = self.tenon("records", "--json", subject).json()["records"]
            self.assertEqual([r["kind"] for r in records], ["run", "validation", "monitoring"])
            self.assertEqual(records[1]["metrics"], {"accuracy": 0.91, "f1": 0.5})
            self.assertEqual(records[1]["report"]["pointer"]["oid"], self.oid("report.md"))
            self.assertEqual(records[1]["dataset"]["pointer"]["oid"], self.pointer("raw")["oid"])
        text = self.tenon("records", "models/m.bin").out
        for words in ("python3 fit.py", "validation", "accuracy = 0.91", "report.md", "monitoring", "drift = 0.2"):
            self.assertIn(words, text)
        self.tenon("records", "raw/rows.csv", status=1)
        self.refused("record", "models/m.bin", "--kind", "validation", status=64)
        self.refused("record", "models/m.bin", "--kind", "other", "-m", "a=1", status=64)
        self.refused("record", "models/m.bin", "--kind", "validation", "-m", "a=nan", status=64)
        self.refused("record", "missing", "--kind", "validation", "-m", "a=1", says="is not there")

    def test_a_result_is_not_bound_to_bytes_that_are_not_there_any_more(self):
        record = ("--kind", "validation", "-m", "acc=1")
        self.write("raw/other.csv", "1\n")
        # One file of the directory is as it was.
        self.tenon("record", "raw/rows.csv", *record)
        self.refused("record", "models/m.bin", *record, "--dataset", "raw", says="'raw' has changed since it was stored")
        self.tenon("add", "raw")
        self.tenon("record", "models/m.bin", *record, "--dataset", "raw")
        self.write("models/m.bin", "another\n")
        self.write("raw/rows.csv", "another\n")
        self.refused("record", "raw/rows.csv", *record, says=("'raw/rows.csv' has changed", "tenon add raw"))
        self.refused("record", "models/m.bin", *record, says=("'models/m.bin' has changed since it was stored", "tenon add models/m.bin"))
        for subject in ("HEAD:models/m.bin", self.pointer("models/m.bin")["oid"]):
            self.tenon("record", subject, *record)
        # What is not here has not changed.
        (self.repo / "models/m.bin").unlink()
        self.tenon("record", "models/m.bin", *record)

    def test_dot_names_every_content_and_run(self):
        text = self.tenon("trace", "--format", "dot", "models/m.bin").out
        self.assertTrue(text.startswith("digraph trace {\n"))
        self.assertEqual(text.count("shape=ellipse"), 2)
        self.assertEqual(text.count(" -> "), 4)

    def test_log_and_show_tell_of_runs(self):
        shown = self.tenon("show").out
        for words in (self.first[:19], self.second[:19], "accuracy = 0.93", "input      raw/", "output     models/m.bin"):
            self.assertIn(words, shown)
        self.assertEqual({run["run"] for run in self.tenon("show", "--json").json()["runs"]}, {self.first, self.second})
        logged = self.tenon("log", "--lineage", "-n", "1").out
        self.assertIn("accuracy = 0.93", logged)
        self.assertNotIn("accuracy", self.tenon("log", "-n", "1").out)

    def test_what_nobody_knows_is_said_so(self):
        unknown = self.base / "unknown"
        unknown.write_text("unknown")
        self.tenon("trace", str(unknown), status=1)
        self.tenon("trace", "sha256:" + "0" * 64, status=1)
        self.refused("trace", str(self.base / "missing"), says="does not exist")
        self.refused("trace", "HEAD:nothing", says="is not there")

    def test_a_pointer_that_names_a_record_nobody_has_is_told(self):
        path = self.repo / "clean.csv.tenon"
        path.write_text(path.read_text().replace(self.first, "sha256:" + "1" * 64))
        [content] = [c for c in self.trace("clean.csv")["contents"] if c["oid"] == self.oid("clean.csv")]
        self.assertIn("is not in this store", content["detail"])
