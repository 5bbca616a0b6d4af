"""`tenon exp`: trials in work trees of their own, their results as commits, and what is left of those that come to none."""
import json
import os
import pathlib
import shutil
import signal
import subprocess

from harness import BIN, TenonTest

PARAMETERS = """\
# How the model is trained.
train:
  lr: 0.1      # the step
  depth: 3
name: 'small'  # of the model
"""

# Fails at one point of the grid; says what it read.
TRAIN = """\
import json, os, re
text = open("params.yaml").read()
lr = float(re.search(r"lr: (\\S+)", text)[1])
depth = int(re.search(r"depth: (\\S+)", text)[1])
rows = open("data/rows.csv").read()
if (lr, depth) == (0.3, 2):
    raise SystemExit("diverged")
os.makedirs("models", exist_ok=True)
open("models/model.bin", "w").write(f"{lr} {depth} {len(rows)}")
json.dump({"accuracy": round(1 - abs(lr - 0.2) - abs(depth - 4) / 10, 6), "rows": len(rows)}, open("metrics.json", "w"))
print("trained", lr, depth)
"""

# Tells that it runs, and waits to be let go on.
WAIT = """\
import os, pathlib, time
pathlib.Path(os.environ["MARKS"], os.environ["TENON_EXPERIMENT"]).write_text(str(os.getpid()))
while not pathlib.Path(os.environ["MARKS"], "go").exists():
    time.sleep(0.02)
pathlib.Path("out.txt").write_text("done")
"""

COMMAND = ("-o", "models", "-m", "metrics.json", "--", "python3", "train.py")


class ExperimentCase(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()
        self.write("train.py", TRAIN)
        self.write("wait.py", WAIT)
        self.write("params.yaml", PARAMETERS)
        self.write("data/rows.csv", self.text(1, 5000))
        self.tenon("add", "data")
        self.git("add", "-A")
        self.git("commit", "-qm", "code and data")
        self.marks = self.base / "marks"
        self.marks.mkdir()
        self.environment["MARKS"] = str(self.marks)

    def exp(self, *arguments, **options):
        return self.tenon("exp", *arguments, **options)

    def experiments(self, **options):
        return {e["name"]: e for e in self.exp("list", "--json", **options).json()["experiments"]}

    def mark(self, name):
        """The process of a waiting trial, once it runs."""
        mark = self.marks / name
        self.until(lambda: mark.exists() and mark.read_text(), f"{name} runs")
        return int(mark.read_text())

    def situation(self):
        return self.exp("list").out

    def trees(self):
        return self.git("worktree", "list", "--porcelain").out.count("worktree ")

    def client(self, *arguments):
        return subprocess.Popen(
            [BIN / "tenon", *arguments], cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)


class ExperimentTest(ExperimentCase):
    # The grid

    def test_a_grid_runs_in_parallel_and_the_best_is_applied(self):
        before = (self.repo / "params.yaml").read_text()
        result = self.exp(
            "run", "--json", "-S", "train.lr=0.1,0.2,0.3,0.4", "-S", "train.depth=2,3,4,5", "-j", "2", "--name", "grid", *COMMAND, status=2)
        reply = result.json()["experiments"]
        self.assertEqual(len(reply), 16)
        failed = [e for e in reply if e["status"] != "done"]
        self.assertEqual([(e["status"], e["overrides"][0]["value"], e["overrides"][1]["value"]) for e in failed], [("failed", "0.3", "2")])
        self.assertIn("status 1", failed[0]["reason"])
        self.assertIn("diverged", self.exp("logs", failed[0]["name"]).out)
        self.assertEqual((self.repo / "params.yaml").read_text(), before)
        self.assertFalse((self.repo / "models").exists())
        self.assertEqual(self.trees(), 1)

        rows = self.exp("compare", "--sort", "accuracy", "--filter", "status=done", "--json").json()["experiments"]
        self.assertEqual(len(rows), 15)
        accuracies = [r["metrics"]["accuracy"] for r in rows]
        self.assertEqual(accuracies, sorted(accuracies))
        best = rows[-1]
        self.assertEqual((best["parameters"]["train.lr"], best["parameters"]["train.depth"], best["parameters"]["name"]), (0.2, 4, "small"))
        self.assertEqual(best["metrics"], {"accuracy": 1, "rows": 5000})
        self.assertEqual(set(best["inputs"]), {"data"})
        self.assertEqual(self.exp("compare", "--sort", "accuracy", "--reverse", "--json").json()["experiments"][0]["name"], best["name"])
        self.assertEqual(len(self.exp("compare", "--filter", "accuracy >= 0.9", "--filter", "depth=4", "--json").json()["experiments"]), 3)
        table = self.exp("compare", "--sort", "accuracy").out
        self.assertIn("train.lr", table)
        # What is the same in all is not shown.
        self.assertNotIn("small", table)
        csv = self.exp("compare", "--csv").out.splitlines()
        self.assertEqual(csv[0].split(",")[:3], ["experiment", "status", "commit"])
        self.assertEqual(len(csv), 17)
        self.assertEqual(self.git("rev-parse", f"refs/tenon/exps/{best['name']}^").out, self.git("rev-parse", "HEAD").out)

        self.exp("apply", best["name"])
        self.assertEqual((self.repo / "params.yaml").read_text(), before.replace("lr: 0.1 ", "lr: 0.2 ").replace("depth: 3", "depth: 4"))
        self.assertEqual((self.repo / "models/model.bin").read_text(), "0.2 4 5000")
        self.assertEqual(self.states(), {"data": "clean", "models": "clean"})
        self.git("commit", "-qm", "the best")
        self.assertEqual(self.git("rev-parse", "HEAD^{tree}").out, self.git("rev-parse", f"refs/tenon/exps/{best['name']}^{{tree}}").out)

    def test_parameters_are_edited_in_place_in_each_language(self):
        self.write("p.json", '{\n  "a": {"lr": 1e-3, "on": true},\n  "name": "x"\n}\n')
        self.write("p.toml", '# top\n[a]\nlr = 0.5 # here\nname = "x"\n')
        self.git("add", "-A")
        self.git("commit", "-qm", "more parameters")
        self.exp("run", "--name", "e", "-S", "p.json:a.lr=2", "-S", "p.json:a.on=false", "-S", "p.toml:a.lr=7", "-S", "p.toml:a.name=big one",
                 "-S", "name=1", "--", "true")
        def show(file):
            return self.git("show", f"refs/tenon/exps/e:{file}").out
        self.assertEqual(show("p.json"), '{\n  "a": {"lr": 2, "on": false},\n  "name": "x"\n}\n')
        self.assertEqual(show("p.toml"), '# top\n[a]\nlr = 7 # here\nname = "big one"\n')
        self.assertEqual(show("params.yaml"), PARAMETERS.replace("'small'", '"1"'))

    def test_what_was_not_set_in_a_file_is_shown_too_in_each_language(self):
        for name, text in (("p.json", '{"json": {"lr": 0.5, "depth": 3}}\n'), ("p.toml", "[toml]\nlr = 0.5\ndepth = 3\n"), ("p.yaml", "yaml: {lr: 0.5, depth: 3}\n")):
            self.write(name, text)
        self.git("add", "-A")
        self.git("commit", "-qm", "more parameters")
        self.exp("run", "--name", "e", "-S", "p.json:json.lr=7", "-S", "p.toml:toml.lr=7", "-S", "p.yaml:yaml.lr=7", "--", "true")
        [row] = self.exp("compare", "--filter", "status=done", "--json").json()["experiments"]
        shown = {key.split(":")[-1]: value for key, value in row["parameters"].items()}
        for language in ("json", "toml", "yaml"):
            self.assertEqual((shown.get(f"{language}.lr"), shown.get(f"{language}.depth")), (7, 3), language)

    def test_what_can_not_be_set_is_refused_before_anything_runs(self):
        def no(*arguments, says, status=2):
            self.refused("exp", "run", *arguments, "--", "true", says=says, status=status)
        no("-S", "train.lrr=1", says=["no such key", "train.lr"])
        no("-S", "train=1", says="group of values")
        no("-S", "train.lr=fast", says="a number")
        no("-S", "train.depth=1,two", says="a number")
        no("-S", "other.yaml:lr=1", says="not there")
        no("-S", "train.lr=1", "-S", "params.yaml:train.lr=2", says="twice")
        no("-S", "../params.yaml:lr=1", says="outside")
        many = ",".join(str(n) for n in range(100))
        no("-S", f"train.lr={many}", "-S", f"train.depth={many}", "-S", f"name={many}", says="1,000,000 trials")
        no("-S", f"train.lr={many}", "-S", f"train.depth={many[:50]}", says=["trials", "--yes"])
        no("--yes", "-S", f"train.lr={many}", "-S", f"train.depth={many}", "-S", f"name={many}", says="1,000,000 trials")
        self.assertEqual(self.experiments(), {})
        self.assertEqual(self.trees(), 1)
        self.assertEqual(self.git("for-each-ref", "refs/tenon").out, "")

    # Inputs

    def test_inputs_are_not_copied_and_a_command_that_writes_into_one_is_found_out(self):
        plan = self.exp("run", "--dry-run", "--json", *COMMAND).json()
        [input_] = plan["inputs"]
        self.assertEqual((input_["path"], input_["bytes_to_write"]), ("data", 5000))
        self.exp("run", "--name", "first", *COMMAND)
        [again] = self.exp("run", "--dry-run", "--json", *COMMAND).json()["inputs"]
        if again["method"] == "copy":
            self.skipTest("this file system has neither reflinks nor hard links")
        self.assertEqual(again["bytes_to_write"], 0)
        self.assertIn("0 B once, 0 B for each trial", self.exp("run", "--dry-run", *COMMAND).out)
        # A link that is written through, as root can.
        write = "import os; os.chmod('data/rows.csv', 0o644); open('data/rows.csv', 'a').write('more')"
        result = self.exp("run", "--name", "writes", "--", "python3", "-c", write, check=False)
        if again["method"] == "link":
            self.assertEqual(result.status, 2)
            self.assertIn("wrote into data", result.err)
        self.exp("run", "--name", "next", *COMMAND)
        self.assertEqual(self.experiments()["next"]["metrics"]["rows"], 5000)
        self.assertEqual((self.repo / "data/rows.csv").stat().st_size, 5000)
        self.tenon("fsck")

    def test_an_input_that_is_an_output_too_is_the_trial_s_own(self):
        self.exp("run", "--name", "grow", "-d", "data", "-o", "data", "--", "python3", "-c", "open('data/rows.csv', 'a').write('more')")
        self.assertEqual((self.repo / "data/rows.csv").stat().st_size, 5000)
        self.exp("apply", "grow")
        self.assertEqual((self.repo / "data/rows.csv").stat().st_size, 5004)

    def test_only_what_is_named_is_brought(self):
        self.write("other/x.bin", self.noise(3, 1000))
        self.tenon("add", "other")
        self.git("commit", "-qm", "other data")
        self.exp("run", "--name", "named", "-d", "data", "-m", "seen.json", "--", "python3", "-c",
                 "import json, os; json.dump({'data': os.path.exists('data/rows.csv'), 'other': os.path.exists('other'), 'n': 1}, open('seen.json', 'w'))")
        self.assertEqual(json.loads(self.git("show", "refs/tenon/exps/named:seen.json").out), {"data": True, "other": False, "n": 1})
        # Not brought is not gone.
        self.assertIn("other.tenon", self.git("ls-tree", "--name-only", "refs/tenon/exps/named").out)

    def test_uncommitted_code_and_data_are_taken_along(self):
        self.write("train.py", TRAIN.replace("trained", "really trained"))
        self.write("helper.py", "x = 1\n")
        self.write("data/rows.csv", self.text(2, 7000))
        index = (self.repo / ".git/index").read_bytes()
        status = self.git("status", "--porcelain").out
        self.exp("run", "--name", "dirty", *COMMAND)
        self.assertEqual(self.git("show", "refs/tenon/exps/dirty:helper.py").out, "x = 1\n")
        self.assertEqual(self.experiments()["dirty"]["metrics"]["rows"], 7000)
        self.assertIn("really trained", self.exp("logs", "dirty").out)
        self.assertEqual(self.git("diff", "--cached", "--name-only").out, "")
        self.assertTrue(index and status)
        # What it was started with lies here still, and is no conflict.
        self.exp("apply", "dirty")
        self.assertEqual((self.repo / "models/model.bin").read_text(), "0.1 3 7000")

    def test_a_trial_starts_from_a_linked_work_tree_below_its_top(self):
        side = self.base / "side"
        self.git("worktree", "add", "-q", "-b", "side", str(side))
        self.tenon("restore", cwd=side)
        (side / "sub").mkdir()
        (side / "sub/params.yaml").write_text("k: 1\n")
        (side / "train.py").write_text("print('side')\n")
        self.exp("run", "--name", "s", "-S", "k=2", "--", "python3", "-c", "print(open('params.yaml').read(), open('../train.py').read())", cwd=side / "sub")
        log = self.exp("logs", "s").out
        self.assertIn("k: 2", log)
        self.assertIn("side", log)
        self.assertIn("s", self.experiments())
        self.assertEqual(self.trees(), 2)

    # What may happen to them

    def test_the_queue_runs_in_the_background(self):
        reply = self.exp("run", "--queue", "--json", "--name", "q", "-S", "train.depth=1,2,3", "--", "python3", "wait.py").json()
        self.assertEqual([e["status"] for e in reply["experiments"]], ["queued"] * 3)
        self.assertEqual(self.exp("start", "-j", "2", "--json").json()["queued"], 3)
        self.mark("q-1"), self.mark("q-2")
        self.assertEqual([e["status"] for e in self.experiments().values()], ["running", "running", "queued"])
        self.refused("exp", "remove", "q-1", says="it runs")
        # One that runs is stopped, and the others go on.
        self.exp("stop", "q-2")
        self.assertEqual(self.experiments()["q-2"]["status"], "stopped")
        (self.marks / "go").touch()
        self.until(lambda: self.experiments()["q-3"]["status"] == "done" == self.experiments()["q-1"]["status"], "the queue is worked off")
        self.exp("start", "q-2")
        self.until(lambda: self.experiments()["q-2"]["status"] == "done", "it runs again")
        self.assertEqual({e["status"] for e in self.experiments().values()}, {"done"})
        self.assertEqual(self.trees(), 1)
        self.exp("remove", "q")
        self.assertEqual(self.experiments(), {})
        self.assertEqual(self.git("for-each-ref", "refs/tenon").out, "")

    def test_a_worker_ends_with_its_repository(self):
        self.exp("run", "--queue", "--name", "w", "-S", "train.depth=1,2", "--", "python3", "wait.py")
        worker = self.exp("start", "--json").json()["process"]
        command = self.mark("w-1")
        (self.repo / ".git").rename(self.base / "gone")
        self.until(lambda: not pathlib.Path(f"/proc/{worker}").exists(), "the worker has ended")
        self.until(lambda: not pathlib.Path(f"/proc/{command}").exists(), "the command has ended")

    def test_kill_9_of_a_trial_stops_no_other(self):
        client = self.client("exp", "run", "-j", "2", "--name", "k", "-S", "train.depth=1,2,3", "--", "python3", "wait.py")
        command, _ = self.mark("k-1"), self.mark("k-2")
        trial = json.loads(next((self.repo / ".git/tenon/experiments").glob(f"{self.experiments()['k-1']['id']}.json")).read_text())["process"]
        os.kill(trial, signal.SIGKILL)
        self.mark("k-3")
        # What it had started is gone as well.
        self.until(lambda: not pathlib.Path(f"/proc/{command}").exists(), "the command has ended")
        (self.marks / "go").touch()
        self.assertEqual(client.wait(60), 2)
        found = self.experiments()
        self.assertEqual({n: e["status"] for n, e in found.items()}, {"k-1": "failed", "k-2": "done", "k-3": "done"})
        self.assertIn("signal 9", found["k-1"]["reason"])
        self.assertEqual(self.trees(), 1)
        self.exp("start", "k-1", "--foreground")
        self.assertEqual(self.experiments()["k-1"]["status"], "done")
        client.communicate()

    def test_kill_9_of_the_runner_and_its_trials_can_be_resumed(self):
        client = self.client("exp", "run", "--name", "r", "-S", "train.depth=1,2", "--", "python3", "wait.py")
        command = self.mark("r-1")
        os.kill(client.pid, signal.SIGKILL)
        client.communicate()
        self.assertEqual({n: e["status"] for n, e in self.experiments().items()}, {"r-1": "running", "r-2": "queued"})
        trial = json.loads((self.repo / f".git/tenon/experiments/{self.experiments()['r-1']['id']}.json").read_text())["process"]
        os.kill(trial, signal.SIGKILL)
        os.kill(command, signal.SIGKILL)
        self.until(lambda: self.experiments()["r-1"]["status"] == "interrupted", "it is told to be interrupted")
        (self.marks / "go").touch()
        self.exp("start", "--foreground", "-j", "2")
        self.assertEqual({e["status"] for e in self.experiments().values()}, {"done"})
        self.assertEqual(self.trees(), 1)

    def test_kill_9_of_the_daemon_stops_no_trial(self):
        client = self.client("exp", "run", "--name", "d", "-o", "out.txt", "--", "python3", "wait.py")
        self.mark("d")
        self.kill_daemon()
        (self.marks / "go").touch()
        self.assertEqual(client.wait(60), 0, client.communicate())
        self.assertEqual(self.experiments()["d"]["status"], "done")
        self.assertIn("out.txt", self.experiments()["d"]["outputs"])

    def test_interruption_stops_what_runs_and_leaves_the_rest_in_the_queue(self):
        client = self.client("exp", "run", "--name", "i", "-S", "train.depth=1,2", "--", "python3", "wait.py")
        command = self.mark("i-1")
        client.send_signal(signal.SIGINT)
        self.assertEqual(client.wait(60), 130)
        client.communicate()
        self.until(lambda: not pathlib.Path(f"/proc/{command}").exists(), "the command has ended")
        self.assertEqual({n: e["status"] for n, e in self.experiments().items()}, {"i-1": "stopped", "i-2": "queued"})
        self.assertEqual(self.trees(), 1)
        self.exp("remove", "--failed", "--queued")
        self.assertEqual(self.experiments(), {})

    def test_what_runs_shows_the_metrics_that_it_logs(self):
        client = self.client("exp", "run", "--name", "m", "--", "sh", "-c", "tenon metric loss=0.5; tenon metric loss=0.25; exec python3 wait.py")
        self.mark("m")
        row = self.experiments()["m"]
        self.assertEqual((row["status"], row["metrics"]), ("running", {"loss": 0.25}))
        (self.marks / "go").touch()
        self.assertEqual(client.wait(60), 0)
        client.communicate()
        self.assertEqual(self.experiments()["m"]["metrics"], {"loss": 0.25})

    # Results

    def test_experiments_travel_and_are_applied_elsewhere(self):
        data, git = self.base / "remote", self.base / "git"
        self.git("init", "-q", "--bare", "-b", "main", str(git))
        self.git("remote", "add", "origin", str(git))
        self.git("push", "-q", "-u", "origin", "main")
        self.tenon("remote", "add", "origin", str(data))
        self.git("commit", "-qam", "remote", "--allow-empty")
        self.git("push", "-q")
        self.exp("run", "--name", "far", "-S", "train.lr=0.25", *COMMAND)
        self.tenon("push", "--experiments")
        self.stop_daemon()
        self.enter(self.base / "home2")
        self.addCleanup(self.stop_daemon)
        clone = self.base / "clone"
        self.tenon("clone", "--no-data", str(git), str(clone), cwd=self.base)
        self.tenon("remote", "add", "origin", str(data), cwd=clone)
        self.tenon("fetch", "--experiments", cwd=clone)
        row = self.experiments(cwd=clone)["far"]
        self.assertEqual((row["status"], row["parameters"]["train.lr"]), ("done", 0.25))
        self.exp("apply", "far", cwd=clone)
        self.assertEqual((clone / "models/model.bin").read_text(), "0.25 3 5000")
        self.refused("exp", "logs", "far", says="no log here", cwd=clone)

    def test_apply_overwrites_no_change_and_branch_goes_there(self):
        self.exp("run", "--name", "a", "-S", "train.lr=0.25", *COMMAND)
        self.write("params.yaml", PARAMETERS.replace("depth: 3", "depth: 9"))
        self.refused("exp", "apply", "a", says="params.yaml", hint=True)
        self.git("commit", "-qam", "depth")
        self.refused("exp", "apply", "a", says="params.yaml")
        self.assertIn("depth: 9", (self.repo / "params.yaml").read_text())
        self.exp("apply", "--force", "a")
        self.assertIn("depth: 3", (self.repo / "params.yaml").read_text())
        self.git("reset", "-q", "--hard")
        self.exp("branch", "a", "promising")
        for name in ("promising", "bad..name"):
            self.assertEqual(self.tenon("exp", "branch", "a", name, "--json", status=2).json()["error"]["code"], "git")
        self.tenon("checkout", "-q", "promising")
        self.assertEqual((self.repo / "models/model.bin").read_text(), "0.25 3 5000")
        self.refused("exp", "apply", "b", says="no experiment 'b'")
        self.refused("exp", "run", "--name", "a", "--", "true", says="already")

    def test_a_training_that_diverged_is_a_result(self):
        script = "import json; json.dump({'loss': float('nan'), 'accuracy': 0.5}, open('metrics.json', 'w')); open('out.txt', 'w').write('x')"
        self.exp("run", "--name", "n", "-o", "out.txt", "-m", "metrics.json", "--", "python3", "-c", script)
        row = self.experiments()["n"]
        self.assertEqual((row["status"], row["metrics"]), ("done", {"accuracy": 0.5}))
        self.assertIn("out.txt", row["outputs"])
        self.assertIn("'loss' is not recorded", self.exp("logs", "n").out)
        self.assertIn("NaN", self.tenon("metrics", "show", "n", "--", "metrics.json").out)
        self.assertIn("warning: the metric 'loss'", self.tenon("run", "-m", "metrics.json", "--", "python3", "-c", script).err)

    def test_a_trial_that_was_killed_with_its_result_made_is_forgotten(self):
        self.exp("run", "--name", "one", "-o", "out.txt", "--", "sh", "-c", "echo x > out.txt")
        # As it was before the last step: the result is there, and the file still says that it runs.
        row = self.experiments()["one"]
        self.exp("run", "--queue", "--name", "two", "--", "true")
        shelf = self.repo / ".git/tenon/experiments"
        state = json.loads((shelf / f"{self.experiments()['two']['id']}.json").read_text())
        state.update(id=row["id"], name="one", status="running")
        (shelf / f"{row['id']}.json").write_text(json.dumps(state))
        tree = self.repo / f".git/tenon/trials/{row['id']}"
        self.git("worktree", "add", "-q", "--detach", str(tree))
        self.exp("start", "--foreground")
        self.assertEqual({n: e["status"] for n, e in self.experiments().items()}, {"one": "done", "two": "done"})
        self.assertEqual(self.trees(), 1)
        self.exp("remove", "one")
        self.assertEqual(set(self.experiments()), {"two"})

    def test_apply_overwrites_nothing_that_git_does_not_know(self):
        self.exp("run", "--name", "a", "--", "sh", "-c", "mkdir dir && echo new > dir/note && echo new > plain && echo same > equal")
        for obstacle, path in {"plain": "plain", "plain/inside": "plain", "dir": "dir", "dir/note": "dir/note"}.items():
            self.write(obstacle, "mine")
            (self.repo / ".git/info/exclude").write_text("/plain\n/dir\n")
            self.refused("exp", "apply", "a", says=f"'{path}'", hint=True)
            self.assertEqual((self.repo / obstacle).read_text(), "mine")
            self.assertFalse((self.repo / "equal").exists())
            place = self.repo / path
            shutil.rmtree(place) if place.is_dir() else place.unlink()
        shutil.rmtree(self.repo / "dir")
        os.symlink("nowhere", self.repo / "plain")
        self.refused("exp", "apply", "a", says="'plain'")
        (self.repo / "plain").unlink()
        # The same is no loss.
        self.write("equal", "same\n")
        self.exp("apply", "a")
        self.assertEqual([(self.repo / name).read_text() for name in ("dir/note", "plain", "equal")], ["new\n", "new\n", "same\n"])

    def test_lines_of_ignore_files_are_added_to_those_that_are_here(self):
        for number in "123":
            self.exp("run", "-q", "--name", f"e{number}", "-S", "train.depth=4", "-o", f"m{number}.bin", "--", "cp", "params.yaml", f"m{number}.bin")
        self.exp("apply", "e1")
        self.git("commit", "-qm", "one")
        self.exp("apply", "e2")
        self.assertLessEqual({"/m1.bin", "/m2.bin"}, set((self.repo / ".gitignore").read_text().splitlines()))
        # Lines that are not committed, too; a file of another kind is the person's.
        with open(self.repo / ".gitignore", "a") as file:
            file.write("own")
        self.exp("apply", "--force", "e3")
        lines = (self.repo / ".gitignore").read_text().splitlines()
        self.assertLessEqual({"/m1.bin", "/m2.bin", "own", "/m3.bin"}, set(lines))
        self.assertEqual(len(lines), len(set(lines)))
        self.assertEqual(self.git("diff", "--name-only").out, "")
        self.git("commit", "-qm", "three")
        self.exp("run", "-q", "--name", "e4", "-o", "m4.bin", "--", "cp", "params.yaml", "m4.bin")
        (self.repo / ".gitignore").rename(self.repo / "ignored")
        (self.repo / ".gitignore").symlink_to("ignored")
        self.refused("exp", "apply", "e4", says="'.gitignore'")

    def test_git_bisect_finds_the_commit_by_a_metric(self):
        commits = []
        for number in range(6):
            bad = "- 0.3" if number >= 4 else "- 0.0"
            broken = "raise SystemExit(3)\n" if number == 2 else ""
            self.write("train.py", broken + TRAIN.replace('"accuracy": round(1', f'"accuracy": round(1 {bad}') + f"# {number}\n")
            self.git("commit", "-qam", f"change {number}")
            commits.append(self.git("rev-parse", "HEAD").out.strip())
        self.git("bisect", "start", commits[-1], commits[0])
        result = self.git(
            "bisect", "run", str(BIN / "tenon"), "exp", "run", "-q", "--expect", "accuracy >= 0.7", "-m", "metrics.json", "--", "python3", "train.py")
        self.assertIn(f"{commits[4]} is the first bad commit", result.out)

    def test_what_is_expected_must_be_something_that_can_be_judged(self):
        expect = lambda condition, status: self.exp("run", "-q", "--expect", condition, *COMMAND, status=status).err
        self.assertIn("'0,9' is no number", expect("accuracy >= 0,9", 64))
        self.assertIn("'0.2 and' is no number", expect("lr >= 0.2 and", 64))
        self.assertEqual(self.experiments(), {})
        self.exp("compare", "--filter", "accuracy >= high", status=64)
        expect("accuracy >= 0.1", 0)
        expect("accuracy >= 2", 1)
        for condition in ("acuracy >= 0.1", "name > 1"):
            self.assertIn(f"'{condition}' can't be judged", expect(condition, 125))

    def test_a_commit_that_is_no_experiment_is_listed_and_breaks_nothing(self):
        self.exp("run", "--name", "good", *COMMAND)
        head = self.git("rev-parse", "HEAD^{tree}").out.strip()
        for name, message in {"plain": "hello", "odd": 'x\n\nTenon-Experiment: {"version":1', "newer": 'x\n\nTenon-Experiment: {"version":99}'}.items():
            commit = self.git("commit-tree", head, "-m", message).out.strip()
            self.git("update-ref", f"refs/tenon/exps/{name}", commit)
        blob = self.git("hash-object", "-w", "train.py").out.strip()
        self.git("update-ref", "refs/tenon/exps/blob", blob)
        found = self.experiments()
        self.assertEqual(set(found), {"good", "plain", "odd", "newer"})
        self.assertIn("does not say", found["odd"]["reason"])
        self.exp("compare")
        self.refused("exp", "apply", "plain", says="does not tell")

    def test_a_full_disk_fails_the_trial_with_its_reason(self):
        # A limit on file sizes is what a test can have without a disk of its own.
        script = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); f = open('out.bin', 'wb', 0); f.write(bytes(1000)); f.write(bytes(9))"
        self.exp("run", "--name", "full", "-o", "out.bin", "--", "python3", "-c", script, status=2)
        row = self.experiments()["full"]
        self.assertEqual(row["status"], "failed")
        self.assertIn("File too large", self.exp("logs", "full").out)
        self.assertEqual(self.trees(), 1)


class PipelineExperimentTest(ExperimentCase):
    """Trials of a pipeline: what no parameter reaches is not run again, and nothing of it is copied."""

    STAGES = """\
stages:
  prepare:
    cmd: python3 -c "import os; os.makedirs('clean', exist_ok=True); open('clean/rows.csv', 'w').write(open('data/rows.csv').read()); open(os.environ['MARKS'] + '/prepared', 'a').write('x')"
    deps: [ data ]
    outs: [ clean ]
  train:
    cmd: python3 train.py
    deps: [ train.py, clean ]
    params: [ params.yaml:train ]
    outs: [ models/model.bin ]
    metrics: [ metrics.json ]
"""

    def setUp(self):
        super().setUp()
        with open(self.repo / "tenon.yaml", "a") as file:
            file.write(self.STAGES)
        self.tenon("repro")
        self.git("add", "-A")
        self.git("commit", "-qm", "pipeline")

    def prepared(self):
        return (self.marks / "prepared").read_text().count("x")

    def test_a_stage_that_runs_shows_the_metrics_that_it_logs_and_those_of_the_stages_before(self):
        text = (self.repo / "tenon.yaml").read_text()
        text = text.replace("    cmd: python3 -c", "    cmd: tenon metric rows=7 && python3 -c").replace(
            "    cmd: python3 train.py", "    cmd: tenon metric loss=0.5 && tenon metric loss=0.25 && python3 wait.py && python3 train.py")
        (self.repo / "tenon.yaml").write_text(text)
        self.git("commit", "-qam", "metrics")
        client = self.client("exp", "run", "--name", "s")
        self.mark("s")
        row = self.experiments()["s"]
        self.assertEqual((row["status"], row["metrics"]), ("running", {"rows": 7, "loss": 0.25}))
        (self.marks / "go").touch()
        out, err = client.communicate(timeout=60)
        self.assertEqual(client.returncode, 0, (out, err))
        self.assertEqual(list((self.repo / ".git/tenon/experiments").glob("*.stages")), [])

    def test_trials_of_a_pipeline_run_only_what_their_parameters_reach(self):
        self.assertEqual(self.prepared(), 1)
        reply = self.exp("run", "--json", "-S", "train.lr=0.2,0.3", "-S", "train.depth=2,4", "-j", "2", "--name", "p", status=2).json()
        self.assertEqual(sorted(e["status"] for e in reply["experiments"]), ["done", "done", "done", "failed"])
        self.assertEqual(self.prepared(), 1)
        [failed] = [e for e in reply["experiments"] if e["status"] == "failed"]
        self.assertIn("train", failed["reason"])
        rows = self.exp("compare", "--sort", "accuracy", "--reverse", "--json").json()["experiments"]
        best = rows[0]
        self.assertEqual((best["parameters"]["train.lr"], best["parameters"]["train.depth"], best["metrics"]["accuracy"]), (0.2, 4, 1))
        self.assertIn("models/model.bin", best["outputs"])
        self.assertEqual(best["stages"], [])
        self.exp("apply", best["name"])
        self.assertEqual((self.repo / "models/model.bin").read_text(), "0.2 4 5000")
        # What it did is known, so nothing is stale.
        self.assertNotIn("run", {s["outcome"] for s in self.tenon("repro", "--json").json()["stages"]})
        self.assertEqual(self.prepared(), 1)

    def waiting_stage(self):
        with open(self.repo / "tenon.yaml", "a") as file:
            file.write("  wait:\n    cmd: sh -c 'trap \"\" TERM; exec python3 wait.py'\n    always: true\n    outs: [ out.txt ]\n")
        self.git("commit", "-qam", "a stage that waits")

    def test_a_stage_that_runs_in_a_trial_is_stopped_with_it(self):
        self.waiting_stage()
        self.write("tenon.yaml", (self.repo / "tenon.yaml").read_text().replace('trap "" TERM; ', ""))
        client = self.client("exp", "run", "--name", "s", "wait")
        command = self.mark("s")
        self.assertIn("Stopped 1 experiment", self.exp("stop", "s").out)
        self.until(lambda: not pathlib.Path(f"/proc/{command}").exists(), "the command has ended")
        client.communicate()
        self.assertEqual(client.returncode, 2)
        self.assertEqual(self.experiments()["s"]["status"], "stopped")
        self.assertEqual(self.trees(), 1)
        (self.marks / "go").touch()
        self.exp("start", "--foreground", "s")
        self.assertEqual(self.experiments()["s"]["status"], "done")

    def test_a_stage_that_heeds_no_signal_is_killed_when_its_trial_is(self):
        self.waiting_stage()
        client = self.client("exp", "run", "--name", "s", "wait")
        command = self.mark("s")
        self.exp("stop", "--kill", "s")
        self.until(lambda: not pathlib.Path(f"/proc/{command}").exists(), "the command has ended")
        client.communicate()
        self.assertEqual(self.experiments()["s"]["status"], "stopped")

    def test_an_interruption_stops_the_stage_of_a_trial(self):
        self.waiting_stage()
        client = self.client("exp", "run", "--name", "s", "wait")
        command = self.mark("s")
        # The first one is not heeded.
        client.send_signal(signal.SIGINT)
        client.send_signal(signal.SIGTERM)
        self.assertEqual(client.wait(60), 130)
        client.communicate()
        self.until(lambda: not pathlib.Path(f"/proc/{command}").exists(), "the command has ended")
        self.assertEqual(self.experiments()["s"]["status"], "stopped")
        self.assertEqual(self.trees(), 1)

    def test_a_stage_that_is_not_there_is_refused(self):
        self.refused("exp", "run", "evaluate", says="evaluate")
        self.assertEqual(self.experiments(), {})
