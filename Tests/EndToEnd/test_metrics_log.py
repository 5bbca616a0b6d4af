"""`tenon metric`: what a command says of itself while it runs, and what is kept of it."""
import json
import os
import pathlib
import shutil

from harness import BIN, TenonTest
from test_running import load_reader


class MetricsLogTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()

    def run_json(self, script, *options, **more):
        return self.tenon("run", "--json", *options, "--", "sh", "-ec", script, **more).json()["run"]

    def record(self, run):
        bytes_ = load_reader().Packs(str(self.store / "packs"), False).get(4, bytes.fromhex(run["run"].removeprefix("sha256:")))
        return json.loads(bytes_)["predicate"]["runDetails"]

    def log(self, run):
        """The lines of the log, as the record names them and the second reader finds them."""
        [resource] = [r for r in self.record(run)["byproducts"] if r["annotations"].get("role") == "log"]
        pointer = self.base / "log.tenon"
        pointer.write_text(resource["annotations"]["pointer"])
        target = self.base / "log"
        self.run_command("python3", pathlib.Path(__file__).resolve().parents[1] / "format-reader/restore.py", self.store / "packs", pointer, target)
        [file] = target.iterdir()
        lines = file.read_text().splitlines()
        shutil.rmtree(target)
        return [json.loads(line) for line in lines]

    def left(self):
        return [p for p in (self.repo / ".git/tenon/metrics").glob("*")]

    def test_last_values_and_the_whole_log_are_in_the_record(self):
        run = self.run_json(
            "tenon metric loss=0.5 lr=0.1 --step 1; tenon metric loss=0.25 --step 2; tenon metric accuracy=1e-3; tenon metric a=b=3", env=self.with_path())
        self.assertEqual(run["metrics"], {"loss": 0.25, "lr": 0.1, "accuracy": 0.001, "a=b": 3})
        self.assertEqual(run["problems"], [])
        self.assertEqual(self.record(run)["tenon_result"]["metrics"], run["metrics"])
        log = self.log(run)
        self.assertEqual([(line["metrics"], line.get("step")) for line in log], [
            ({"loss": 0.5, "lr": 0.1}, 1), ({"loss": 0.25}, 2), ({"accuracy": 0.001}, None), ({"a=b": 3}, None)])
        self.assertTrue(all(line["time"] > 1.6e12 for line in log))
        self.assertEqual(self.left(), [])
        # Nothing logged: nothing kept.
        self.assertEqual(self.record(self.run_json("true"))["byproducts"], [])
        self.assertEqual(self.left(), [])

    def with_path(self):
        return {"PATH": f"{BIN.absolute()}:{self.environment['PATH']}"}

    def test_a_file_of_metrics_has_the_last_word_and_a_failed_run_keeps_its_log(self):
        self.assertEqual(
            self.run_json("tenon metric loss=0.5 seen=1; echo '{\"loss\": 0.1}' >m.json", "-m", "m.json", env=self.with_path())["metrics"], {"loss": 0.1, "seen": 1})
        run = self.run_json("tenon metric loss=9; exit 3", env=self.with_path(), status=3)
        self.assertEqual(run["metrics"], {"loss": 9})
        self.assertEqual(len(self.log(run)), 1)

    def test_what_is_no_number_any_more_is_in_the_log_alone(self):
        run = self.run_json("tenon metric loss=0.5 x=1; tenon metric loss=nan grad=-inf", env=self.with_path())
        self.assertEqual(run["metrics"], {"x": 1})
        self.assertEqual(self.log(run)[1]["metrics"], {"loss": "NaN", "grad": "-Infinity"})

    def test_twenty_writers_at_once_leave_whole_lines(self):
        script = "for w in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do (for s in 1 2 3 4 5 6 7 8 9 10; do tenon metric w$w=$s --step $s; done) & done; wait"
        run = self.run_json(script, env=self.with_path())
        log = self.log(run)
        self.assertEqual(len(log), 200)
        self.assertEqual(run["metrics"], {f"w{n}": 10 for n in range(1, 21)})
        self.assertEqual(run["problems"], [])

    def test_no_daemon_and_no_git_are_asked(self):
        script = 'rm -f "$HOME/seen"; PATH=/nonexistent TENON_HOME=/nonexistent/store "$0" metric loss=1'
        run = self.tenon("run", "--json", "--", "sh", "-ec", script, BIN.absolute() / "tenon").json()["run"]
        self.assertEqual(run["metrics"], {"loss": 1})

    def test_outside_of_a_run_it_says_where_it_belongs(self):
        self.refused("metric", "loss=1", says="no run is under way here", hint=True)
        self.refused("metric", status=64)
        self.refused("metric", "loss", status=64)
        self.refused("metric", "loss=high", status=64)
        for path, words in (("relative", "no absolute path"), (str(self.base / "gone"), "can't be opened"), (str(self.base), "")):
            self.assertIn(words, self.tenon("metric", "loss=1", env={"TENON_RUN_METRICS": path}, status=2).err)
        os.mkfifo(self.base / "pipe")
        os.symlink(self.repo / "train.py", self.base / "link")
        for name in ("pipe", "link"):
            self.tenon("metric", "loss=1", env={"TENON_RUN_METRICS": str(self.base / name)}, status=2)
        self.assertEqual((self.repo / "train.py").read_text(), "print('train')\n")

    def test_the_log_is_bounded(self):
        log = self.base / "log"
        log.write_bytes(b"")
        environment = {"TENON_RUN_METRICS": str(log)}
        self.refused_with(environment, f"{'n' * 201}=1", "the name")
        self.refused_with(environment, "a\nb=1", "the name")
        result = self.tenon("metric", *[f"{'m' * 190}{n}=1" for n in range(100)], env=environment, status=2)
        self.assertIn("more than 16384 bytes", result.err)
        os.truncate(log, 32 << 20)
        self.refused_with(environment, "a=1", "takes no more")
        self.assertEqual(log.stat().st_size, 32 << 20)

    def refused_with(self, environment, word, says):
        self.assertIn(says, self.tenon("metric", word, env=environment, status=2).err)

    def test_half_a_line_costs_only_itself(self):
        script = "tenon metric a=1; printf '{\"metrics\":{\"a\"' >>$TENON_RUN_METRICS; tenon metric b=2"
        result = self.tenon("run", "--json", "--", "sh", "-ec", script, env=self.with_path(), status=2)
        run = result.json()["run"]
        self.assertEqual(run["metrics"], {"a": 1, "b": 2})
        self.assertIn("a line of the log of metrics can't be read", result.err)

    def test_a_run_that_cannot_be_recorded_leaves_its_log(self):
        def lost(script):
            """A run after which no daemon can start: a file lies where the store was."""
            aside = self.base / "aside"
            script += f'; tenon daemon stop >/dev/null; mv "{self.store}" "{aside}"; : > "{self.store}"'
            result = self.tenon("run", "--", "sh", "-ec", script, env=self.with_path(), check=False)
            self.assertNotEqual(result.status, 0)
            self.store.unlink()
            aside.rename(self.store)
            return result.err

        message = lost("tenon metric loss=0.5")
        [log] = self.left()
        self.assertIn(f"left for a week in '{log}'", message)
        self.assertEqual(json.loads(log.read_text())["metrics"], {"loss": 0.5})
        log.unlink()
        # Nothing logged: nothing left.
        self.assertNotIn("left for a week", lost("true"))
        self.assertEqual(self.left(), [])

    def test_a_log_that_somebody_writes_nonsense_into_spoils_nothing(self):
        for script, words in (
            ("head -c 40000000 /dev/zero >>$TENON_RUN_METRICS", "more than 33 MiB"), ("rm $TENON_RUN_METRICS", None),
            ("rm $TENON_RUN_METRICS; ln -s /etc/passwd $TENON_RUN_METRICS; tenon metric x=1 || true", None),
            ("printf '[1]\\n{\"metrics\":3}\\n\\377\\n' >>$TENON_RUN_METRICS", "3 lines of the log"),
        ):
            result = self.tenon("run", "-o", "out", "--", "sh", "-ec", script + "; echo x >out", env=self.with_path(), check=False)
            self.assertIn("recorded run", result.err, script)
            self.assertEqual(result.status, 2 if words else result.status)
            if words:
                self.assertIn(words, result.err)
            self.assertNotIn("root:", result.err)

    def test_a_session_takes_metrics_too(self):
        self.tenon("run", "--begin", "-n", "notebook")
        self.tenon("metric", "loss=3")
        self.tenon("run", "--begin", "-n", "other")
        self.assertIn("several", self.tenon("metric", "loss=2", status=2).err)
        self.tenon("metric", "--run", "notebook", "loss=2", "--step", "5")
        run = self.tenon("run", "--end", "-n", "notebook", "--json").json()["run"]
        self.assertEqual(run["metrics"], {"loss": 2})
        self.assertEqual([line.get("step") for line in self.log(run)], [None, 5])
        self.tenon("run", "--abort", "-n", "other")
        self.assertEqual([p for p in (self.repo / ".git/tenon/sessions-metrics").iterdir()], [])

    def test_the_log_travels_with_the_model(self):
        self.tenon("remote", "add", "origin", str(self.base / "remote"))
        run = self.run_json("tenon metric loss=1; echo m >m.bin", "-o", "m.bin", env=self.with_path())
        self.git("commit", "-qm", "model")
        self.tenon("push")
        lines = self.log(run)
        oid = [r for r in self.record(run)["byproducts"]][0]["digest"]["sha256"]
        self.assertEqual([p.name for p in (self.base / "remote").rglob(f"*{oid}*") if p.is_file()] != [], True)
        self.assertEqual(lines[0]["metrics"], {"loss": 1})
