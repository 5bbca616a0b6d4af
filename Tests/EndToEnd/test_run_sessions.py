"""`tenon run --begin` and `--end`: runs around work that is no command, such as in a notebook."""
import json
import subprocess

from harness import BIN, TenonTest


class RunSessionTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()
        self.write("data/rows.csv", self.text(1, 5000))
        self.write("params.yaml", "lr: 0.1\n")
        self.tenon("add", "data")
        self.git("add", "params.yaml")
        self.git("commit", "-qm", "data")

    def begin(self, *arguments):
        return self.tenon("run", "--begin", "--json", *arguments).json()["session"]

    def end(self, *arguments, **options):
        return self.tenon("run", "--end", "--json", *arguments, **options).json()["run"]

    def summary(self, run):
        return self.tenon("trace", "--format", "json", run).json()["runs"][0]

    def test_what_lies_between_begin_and_end_is_one_run(self):
        before = self.pointer("data")["oid"]
        self.write("notebook.py", "draft\n")
        self.begin("-n", "explore", "-d", "data", "-p", "params.yaml", "-o", "models/m.bin")
        code = self.git("rev-parse", "HEAD").out.strip()
        # What happens meanwhile is no part of it: neither commits, nor another daemon.
        self.write("notebook.py", "final\n")
        self.git("add", "notebook.py")
        self.git("commit", "-qm", "meanwhile")
        self.kill_daemon()
        self.write("models/m.bin", "model")
        self.write("table.csv", "a,b\n")
        self.write("metrics.json", '{"accuracy": 0.9}')
        reply = self.end("-o", "table.csv", "-m", "metrics.json")
        self.assertEqual({output["path"] for output in reply["outputs"]}, {"models/m.bin", "table.csv"})
        self.assertEqual(reply["metrics"], {"accuracy": 0.9})
        for path in ("models/m.bin", "table.csv"):
            self.assertEqual(self.pointer(path)["run"], reply["run"])
        run = self.summary(reply["run"])
        self.assertEqual((run["name"], run["command"], run["status"], run["commit"]), ("explore", [], 0, code))
        self.assertEqual([(i["path"], i["pointer"]["oid"]) for i in run["inputs"]], [("data", before)])
        self.assertEqual(run["parameters"][0]["name"], "lr")
        self.assertLess(run["started"], run["finished"])
        self.assertIn("code", run)
        self.assertIn("(begun and ended by hand)", self.tenon("trace", "table.csv").out)
        self.refused("rerun", "table.csv", says="begun and ended by hand")
        self.refused("run", "--end", says="no run has begun here", hint=True)

    def test_two_sessions_at_once_are_told_apart(self):
        first = self.begin("-n", "one", "-o", "one.bin")
        second = self.begin("-n", "two", "-o", "two.bin")
        self.assertNotEqual(first, second)
        self.refused("run", "--end", says=["several have begun here", first, "one", second, "two"], hint=True)
        self.refused("run", "--end", "-n", "three", says="no run 'three' has begun here")
        self.write("one.bin", "1")
        self.write("two.bin", "2")
        self.assertEqual([o["path"] for o in self.end("-n", "two")["outputs"]], ["two.bin"])
        self.assertEqual([o["path"] for o in self.end()["outputs"]], ["one.bin"])
        self.assertNotEqual(self.pointer("one.bin")["run"], self.pointer("two.bin")["run"])
        # By its id, too.
        self.begin("-n", "same")
        third = self.begin("-n", "same")
        self.end("-n", third)
        self.assertEqual(self.summary(self.end("-n", "same")["run"])["name"], "same")

    def test_of_two_that_end_one_session_one_records_it(self):
        self.begin("-o", "m.bin")
        self.write("m.bin", self.noise(1, 3_000_000))
        processes = [
            subprocess.Popen([BIN / "tenon", "run", "--end", "--json"], cwd=self.repo, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(4)]
        answers = [(process, *process.communicate(timeout=120)) for process in processes]
        good = [json.loads(out)["run"]["run"] for process, out, _ in answers if process.returncode == 0]
        self.assertEqual(len(good), 1, answers)
        self.assertEqual(self.pointer("m.bin")["run"], good[0])
        self.assertEqual([r["record"] for r in self.tenon("records", "--json", "m.bin").json()["records"]], good)

    def test_a_session_that_failed(self):
        self.begin("-o", "half.bin")
        self.write("half.bin", "half")
        reply = self.end("--failed")
        self.assertEqual((reply["outputs"], self.summary(reply["run"])["status"]), ([], 1))
        self.assertFalse((self.repo / "half.bin.tenon").exists())
        self.begin("-o", "half.bin")
        self.assertEqual(len(self.end("--failed", "--keep-outputs")["outputs"]), 1)

    def test_an_output_that_is_missing_is_told_and_the_rest_is_recorded(self):
        self.begin("-o", "a.bin", "-o", "b.bin")
        self.write("a.bin", "a")
        result = self.tenon("run", "--end", status=2)
        self.assertIn("the output 'b.bin' is not recorded", result.err)
        self.assertIn("run", self.pointer("a.bin"))
        self.refused("run", "--end", says="no run has begun here")

    def test_a_session_is_forgotten_when_asked(self):
        session = self.begin("-n", "x")
        self.assertEqual(self.tenon("run", "--abort", "--json").json(), {"session": session, "name": "x"})
        self.refused("run", "--end", says="no run has begun here")
        self.refused("run", "--abort", says="no run has begun here")

    def test_what_can_be_no_session_is_refused(self):
        for options in (["--begin", "--end"], ["--begin", "--", "true"], ["--end", "-d", "data"], ["--end", "-p", "a=1"], ["--failed", "--", "true"],
                        ["--begin", "--trace"], ["--abort", "x"]):
            self.refused("run", *options, status=64)
        for options in (["-d", "missing"], ["-o", "../x"], ["-p", "params.yaml:no"]):
            self.refused("run", "--begin", *options)
        self.refused("run", "--end", says="no run has begun here")
        # Files that are no sessions.
        self.begin("-n", "good")
        sessions = self.repo / ".git/tenon/sessions"
        for name, text in (("0bad", "{"), ("1bad", ""), ("2bad", '{"id": "../../x", "draft": "", "started": 1}'), ("3bad", "\0" * 1000)):
            (sessions / name).write_text(text)
        self.end()

    def test_each_work_tree_has_its_own(self):
        self.git("worktree", "add", "-q", self.base / "second")
        self.begin("-n", "here")
        self.assertIn("no run has begun here", self.tenon("run", "--end", status=2, cwd=self.base / "second").err)
        # From a directory below the top.
        (self.repo / "sub").mkdir()
        self.write("sub/out.bin", "x")
        reply = self.tenon("run", "--end", "--json", "-o", "out.bin", cwd=self.repo / "sub").json()
        self.assertEqual([o["path"] for o in reply["run"]["outputs"]], ["sub/out.bin"])
