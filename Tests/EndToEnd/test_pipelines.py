"""`tenon repro` and `tenon dag`: stages run when what they depend on has changed, and else what they made is there already or brought back."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

from harness import BIN, TenonTest


# Each command leaves a line in a file outside of the repository: what ran can be counted.
PIPELINE = """\
version: 1
stages:
  prepare:
    cmd: echo prepare >> "$RAN" && mkdir -p work && head -n $(cat limit.txt) data/rows.csv > work/rows.csv
    deps: [ limit.txt, data ]
    outs: [ work/rows.csv ]
  train:
    cmd: echo train >> "$RAN" && python3 train.py
    deps: [ train.py, work/rows.csv ]
    params: [ train.lr ]
    outs: [ models/m.bin ]
    metrics: [ metrics.json ]
  report:
    cmd: echo report >> "$RAN" && wc -c < models/m.bin > report.txt
    deps: [ models/m.bin ]
    outs: [ report.txt ]
  other:
    cmd: echo other >> "$RAN" && cp limit.txt other.txt
    deps: [ limit.txt ]
    outs: [ { other.txt: { cache: false } } ]
"""

TRAIN = """\
import json, os, re
rate = float(re.search(r"lr: (\\S+)", open("params.yaml").read()).group(1))
rows = open("work/rows.csv").read()
open("models/m.bin", "w").write(rows * 2 + str(rate))
json.dump({"score": rate * len(rows)}, open("metrics.json", "w"))
"""


class PipelineCase(TenonTest):
    def setUp(self):
        super().setUp()
        self.ran_file = self.base / "ran"
        self.environment["RAN"] = str(self.ran_file)
        self.initialised()

    def ran(self):
        """The commands that ran since this was asked last."""
        names = self.ran_file.read_text().split() if self.ran_file.exists() else []
        self.ran_file.write_text("")
        return names

    def repro(self, *arguments, status=0, **options):
        reply = self.tenon("repro", "--json", *arguments, status=status, **options).json()
        return {stage["stage"]: stage for stage in reply["stages"]}

    def outcomes(self, *arguments, **options):
        return {name: stage["outcome"] for name, stage in self.repro(*arguments, **options).items()}

    def plan(self, *arguments, **options):
        reply = self.tenon("repro", "--dry-run", "--json", *arguments, **options).json()
        return {stage["name"]: stage for stage in reply["stages"]}

    def verdicts(self, *arguments, **options):
        return {name: stage["verdict"] for name, stage in self.plan(*arguments, **options).items()}


class PipelinesTest(PipelineCase):
    def setUp(self):
        super().setUp()
        self.write("tenon.yaml", PIPELINE)
        self.write("train.py", TRAIN)
        self.write("params.yaml", "train:\n  lr: 0.1\n")
        self.write("limit.txt", "20\n")
        self.write("data/rows.csv", self.text(1, 5000))
        self.tenon("add", "data")
        self.git("add", "-A")
        self.git("commit", "-qm", "code and data")

    # What runs, and what does not

    def test_the_second_time_nothing_runs(self):
        self.assertEqual(self.verdicts(), {"prepare": "run", "train": "wait", "report": "wait", "other": "run"})
        self.assertEqual(set(self.outcomes().values()), {"ran"})
        self.assertEqual(sorted(self.ran()), ["other", "prepare", "report", "train"])
        self.assertEqual(set(self.outcomes().values()), {"fresh"})
        self.assertEqual(self.ran(), [])
        self.assertEqual(set(self.verdicts().values()), {"fresh"})
        # Outputs are artifacts with their run; what is kept in Git is not.
        self.assertTrue(self.pointer("models/m.bin")["run"].startswith("sha256:"))
        self.assertTrue((self.repo / "work/rows.csv.tenon").exists())
        for name in ("metrics.json", "other.txt"):
            self.assertFalse((self.repo / f"{name}.tenon").exists())
        self.git("add", "-A")
        self.git("commit", "-qm", "results")
        self.assertEqual(self.git("status", "--porcelain").out, "")
        self.assertEqual(set(self.outcomes().values()), {"fresh"})
        # Touching changes nothing.
        os.utime(self.repo / "train.py")
        self.assertEqual(set(self.outcomes().values()), {"fresh"})

    def test_one_parameter_runs_what_depends_on_it_and_its_old_value_brings_the_outputs_back(self):
        self.repro()
        first = {name: (self.repo / name).read_bytes() for name in ("models/m.bin", "metrics.json", "report.txt")}
        self.ran()
        self.write("params.yaml", "train:\n  lr: 0.25\nunused: 1\n")
        plan = self.plan()
        self.assertEqual({n: s["verdict"] for n, s in plan.items()}, {"prepare": "fresh", "train": "run", "report": "wait", "other": "fresh"})
        self.assertEqual(plan["train"]["reasons"], [{"kind": "parameter", "subject": "train.lr", "before": "0.1", "after": "0.25"}])
        self.assertIn("train.lr 0.1 → 0.25", self.tenon("repro", "--dry-run").out)
        self.assertEqual(self.outcomes(), {"prepare": "fresh", "train": "ran", "report": "ran", "other": "fresh"})
        self.assertEqual(self.ran(), ["train", "report"])
        self.assertNotEqual((self.repo / "models/m.bin").read_bytes(), first["models/m.bin"])
        self.git("add", "-A")
        self.git("commit", "-qm", "second")
        self.write("params.yaml", "train:\n  lr: 0.1\n")
        self.assertEqual(self.verdicts(), {"prepare": "fresh", "train": "restore", "report": "restore", "other": "fresh"})
        self.assertEqual(self.outcomes(), {"prepare": "fresh", "train": "restored", "report": "restored", "other": "fresh"})
        self.assertEqual(self.ran(), [])
        self.assertEqual({name: (self.repo / name).read_bytes() for name in first}, first)
        self.assertEqual(self.states()["models/m.bin"], "clean")
        self.assertEqual(set(self.outcomes().values()), {"fresh"})

    def test_an_output_that_is_lost_or_changed_comes_back_and_what_lay_there_is_saved(self):
        self.repro()
        made = (self.repo / "models/m.bin").read_bytes()
        self.ran()
        (self.repo / "models/m.bin").unlink()
        self.assertEqual(self.repro("train")["train"]["reasons"], [{"kind": "output_missing", "subject": "models/m.bin"}])
        self.assertEqual((self.repo / "models/m.bin").read_bytes(), made)
        self.write("models/m.bin", "by hand\n")
        self.write("metrics.json", "{}")
        self.assertEqual(self.outcomes("train")["train"], "restored")
        self.assertEqual((self.repo / "models/m.bin").read_bytes(), made)
        self.assertIn("models/m.bin", self.tenon("recover").out)
        self.assertEqual(self.ran(), [])

    def test_an_output_that_comes_out_the_same_spares_what_is_behind_it(self):
        self.repro()
        self.ran()
        self.write("train.py", TRAIN + "# a comment\n")
        self.assertEqual(self.outcomes(), {"prepare": "fresh", "train": "ran", "report": "fresh", "other": "fresh"})
        self.assertEqual(self.ran(), ["train"])

    def test_force_single_and_downstream(self):
        self.repro()
        self.ran()
        self.assertEqual(self.outcomes("--force", "--single", "train"), {"train": "ran"})
        self.assertEqual(self.outcomes("--force", "--downstream", "train"), {"train": "ran", "report": "ran"})
        self.assertEqual(self.ran(), ["train", "train", "report"])
        self.assertEqual(self.outcomes("--force"), dict.fromkeys(["prepare", "train", "report", "other"], "ran"))
        self.refused("repro", "trian", says="there is no stage 'trian'", hint=True)
        self.refused("repro", "--single", status=64)

    def test_files_that_tools_leave_beside_code_make_nothing_stale(self):
        self.write("tenon.yaml", "stages:\n  s: { cmd: 'echo s >> $RAN; python3 -c \"import sys; sys.path.insert(0, chr(46)); import src.m\"; echo > o', deps: [ src ], outs: [ o ] }\n")
        self.write("src/m.py", "x = 1\n")
        self.write(".gitignore", "__pycache__/\n")
        self.repro()
        self.assertTrue((self.repo / "src/__pycache__").exists())
        self.assertEqual(self.outcomes(), {"s": "fresh"})
        self.write("src/new.py", "y = 2\n")
        self.assertEqual(self.plan()["s"]["reasons"], [{"kind": "input_changed", "subject": "src"}])
        self.assertEqual(self.outcomes(), {"s": "ran"})

    # The record

    def test_each_stage_is_a_run_that_trace_and_rerun_know(self):
        result = self.repro()["train"]
        self.assertEqual(result["metrics"], {"score": result["metrics"]["score"]})
        self.git("add", "-A")
        self.git("commit", "-qm", "results")
        trace = self.tenon("trace", "--json", "models/m.bin").json()
        runs = {run["name"]: run for run in trace["runs"]}
        self.assertEqual(set(runs), {"prepare", "train"})
        self.assertEqual(runs["train"]["run"], result["run"])
        self.assertEqual([p["name"] for p in runs["train"]["parameters"]], ["train.lr"])
        self.assertEqual(self.tenon("rerun", "--json", "models/m.bin").json()["result"]["verdict"], "identical")
        self.tenon("verify", "--policy")

    def test_the_graph_is_drawn(self):
        self.assertEqual(self.tenon("dag").out, "prepare\n└─ train\n   └─ report\nother\n")
        dot = self.tenon("dag", "--dot").out
        self.assertIn('"prepare" -> "train"', dot)
        self.assertEqual(self.tenon("dag", "train").out, "prepare\n└─ train\n")
        self.assertEqual([s["name"] for s in self.tenon("dag", "--json", "--downstream", "train").json()["stages"]], ["train", "report"])
        if shutil.which("dot"):
            self.run_command("dot", "-Tsvg", "-o", "/dev/null", "/dev/stdin", check=False)

    # Clones

    def pushed_and_cloned(self):
        """A clone on another machine, with what was pushed: nothing is left to be done there."""
        hub, remote, there = self.base / "hub.git", self.base / "remote", self.base / "there"
        self.git("init", "-q", "--bare", "-b", "main", str(hub), cwd=self.base)
        remote.mkdir()
        self.git("remote", "add", "origin", str(hub))
        self.tenon("remote", "add", "origin", str(remote))
        self.tenon("push", "origin")
        self.assertEqual(self.tenon("push", "--json", "origin").json()["remotes"][0]["new_snapshots"], 0)
        self.git("push", "-q", "origin", "main")
        self.enter(self.base / "home2")
        self.environment["RAN"] = str(self.ran_file)
        self.addCleanup(self.stop_daemon)
        self.tenon("clone", str(hub), str(there), cwd=self.base)
        self.tenon("remote", "add", "origin", str(remote), cwd=there)
        self.tenon("pull", cwd=there)
        self.ran()
        self.assertEqual(set(self.outcomes(cwd=there).values()), {"fresh"})
        return there

    def test_a_clone_finds_earlier_runs_on_the_remote(self):
        self.repro()
        first = {name: (self.repo / name).read_bytes() for name in ("models/m.bin", "metrics.json", "report.txt")}
        self.git("add", "-A")
        self.git("commit", "-qm", "first")
        self.write("params.yaml", "train:\n  lr: 0.25\n")
        self.repro()
        self.git("add", "-A")
        self.git("commit", "-qm", "second")
        there = self.pushed_and_cloned()
        (there / "params.yaml").write_text("train:\n  lr: 0.1\n")
        self.assertEqual(self.outcomes(cwd=there), {"prepare": "fresh", "train": "restored", "report": "restored", "other": "fresh"})
        self.assertEqual(self.ran(), [])
        self.assertEqual({name: (there / name).read_bytes() for name in first}, first)

    def test_a_clone_finds_runs_whose_results_are_in_git_alone(self):
        with open(self.repo / "tenon.yaml", "a") as file:
            file.write('  evaluate:\n    cmd: echo evaluate >> "$RAN" && wc -c < models/m.bin | sed s/^/1/ > evaluation.json\n'
                       "    deps: [ models/m.bin ]\n    metrics: [ evaluation.json ]\n")
        for rate in ("0.1", "0.25"):
            self.write("params.yaml", f"train:\n  lr: {rate}\n")
            self.repro()
            self.git("add", "-A")
            self.git("commit", "-qm", rate)
        there = self.pushed_and_cloned()
        # An earlier state is brought as well.
        self.git("checkout", "-q", "HEAD^", "--", "params.yaml", cwd=there)
        outcomes = self.outcomes(cwd=there)
        self.assertEqual((outcomes["train"], outcomes["evaluate"]), ("restored", "restored"))
        self.assertEqual(self.ran(), [])

    # Killed

    def test_killed_in_the_middle_it_goes_on_and_loses_nothing(self):
        self.repro()
        before = (self.repo / "models/m.bin").read_bytes()
        self.git("add", "-A")
        self.git("commit", "-qm", "first")
        self.write("train.py", "import os, time\nopen('models/m.bin', 'w').write('half')\nopen(os.environ['RAN'] + '.half', 'w').close()\ntime.sleep(600)\n")
        client = subprocess.Popen(
            [BIN / "tenon", "repro", "-j", "2"], cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        half = pathlib.Path(str(self.ran_file) + ".half")
        self.until(lambda: half.exists() or client.poll() is not None, "the command runs")
        self.assertIsNone(client.poll())
        self.kill_daemon()
        client.kill()
        client.wait()
        # The command was left behind, and still has the stage.
        refused = self.tenon("repro", status=2)
        self.assertIn("it runs already in this work tree", refused.err)
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if b"train.py" in (process / "cmdline").read_bytes() and os.readlink(process / "cwd") == str(self.repo):
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                pass
        self.write("train.py", TRAIN)
        end = time.monotonic() + 60
        while (outcomes := self.outcomes(check=False, status=None))["train"] == "failed" and time.monotonic() < end:
            pass
        self.assertEqual(outcomes["train"], "restored")
        self.assertEqual((self.repo / "models/m.bin").read_bytes(), before)
        self.assertEqual(self.states()["models/m.bin"], "clean")

    def test_what_a_stage_leaves_behind_does_not_keep_it_from_running(self):
        self.write("tenon.yaml", "version: 1\nstages:\n  s:\n    cmd: sleep 600 </dev/null >/dev/null 2>&1 & echo $! >>\"$RAN\"; cp limit.txt out.txt\n"
                   "    deps: [limit.txt]\n    outs: [out.txt]\n")
        self.addCleanup(lambda: [os.kill(int(process), signal.SIGKILL) for process in self.ran()])
        for limit in ("1", "2"):
            self.write("limit.txt", limit)
            self.assertEqual(self.outcomes(), {"s": "ran"})

    def test_an_interruption_stops_what_runs_and_is_recorded(self):
        for options in ((), ("-j", "2")):
            with self.subTest(options):
                self.write("train.py", "import os, time\nopen(os.environ['RAN'] + '.here', 'w').close()\ntime.sleep(600)\n# %s\n" % (options,))
                here = pathlib.Path(str(self.ran_file) + ".here")
                here.unlink(missing_ok=True)
                client = subprocess.Popen(
                    [BIN / "tenon", "repro", "--json", *options], cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.until(lambda: here.exists() or client.poll() is not None, "the command runs")
                self.assertIsNone(client.poll())
                client.send_signal(signal.SIGINT)
                out, err = client.communicate(timeout=60)
                self.assertEqual(client.returncode, 130, err)
                stages = {stage["stage"]: stage for stage in json.loads(out)["stages"]}
                self.assertEqual((stages["train"]["outcome"], stages["report"]["outcome"]), ("failed", "skipped"))
                self.assertTrue(stages["train"]["run"].startswith("sha256:"))
                [reason, *_] = self.plan()["train"]["reasons"]
                self.assertEqual(reason["kind"], "failed")


class StagesTest(PipelineCase):
    def pipeline(self, text, **files):
        self.write("tenon.yaml", "stages:\n" + "".join(f"  {line}\n" for line in text.strip().splitlines()))

    def test_an_interruption_reaches_a_stage_that_writes_without_end(self):
        self.write("tenon.yaml", "version: 1\nstages:\n  loud: { cmd: 'echo loud >> \"$RAN\"; exec yes', outs: [ loud.txt ] }\n")
        client = subprocess.Popen(
            [BIN / "tenon", "repro", "-j", "2"], cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        self.addCleanup(client.kill)
        self.until(lambda: self.ran_file.exists() and self.ran_file.read_text(), "the command runs")
        client.send_signal(signal.SIGINT)
        self.assertEqual(client.wait(60), 130)
        client.communicate()

    def test_a_directory_of_code_is_no_output(self):
        self.write("src/a.py", "print(1)\n")
        self.write("tenon.yaml", "version: 1\nstages:\n  s: { cmd: python3 src/a.py, outs: [ src ] }\n")
        self.git("add", "-A")
        self.git("commit", "-qm", "code")
        result = self.tenon("repro", status=2)
        self.assertIn("Git tracks files in it", result.err)
        self.assertEqual((self.repo / "src/a.py").read_text(), "print(1)\n")
        # What a stage makes may be in Git.
        self.write("tenon.yaml", "version: 1\nstages:\n  s: { cmd: mkdir -p src && echo 2 > src/a.py, outs: [ { src: { cache: false } } ] }\n")
        self.assertEqual(self.outcomes(), {"s": "ran"})
        self.assertEqual((self.repo / "src/a.py").read_text(), "2\n")

    def test_what_can_not_be_looked_at_names_its_stage(self):
        os.symlink("nowhere", self.repo / "link")
        self.write("tenon.yaml", "version: 1\nstages:\n  fine: { cmd: 'true' }\n  odd: { cmd: 'true', deps: [ link ] }\n")
        self.refused("repro", says=("the stage 'odd'", "'link'", "symlink"))

    def test_a_stage_of_another_repository_is_no_earlier_run(self):
        there = self.base / "other"
        there.mkdir()
        self.git("init", "-q", cwd=there)
        self.tenon("init", cwd=there)
        for directory, name in ((self.repo, "in_a"), (there, "in_b")):
            (directory / name).write_text(name)
            (directory / "tenon.yaml").write_text(f"version: 1\nstages:\n  fit: {{ cmd: cp {name} out, deps: [ {name} ], outs: [ out ] }}\n")
        # Without a commit, a run is told by its repository alone.
        self.run_command("rm", "-rf", self.repo / ".git/refs/heads/main")
        self.assertEqual(self.outcomes(), {"fit": "ran"})
        reasons = self.plan(cwd=there)["fit"]["reasons"]
        self.assertEqual([reason["kind"] for reason in reasons], ["new"])

    def test_a_stage_may_have_a_long_name(self):
        words = [letter * 90 for letter in "abc"]
        self.write(
            "tenon.yaml",
            "version: 1\nstages:\n  s:\n    matrix: { x: [ %s ], y: [ %s ], z: [ %s, d ] }\n    cmd: echo ${item.z} > ${item.z}\n    outs: [ '${item.z}' ]\n"
            % tuple(words))
        self.assertEqual(set(self.outcomes().values()), {"ran"})

    def test_a_failure_stops_only_what_needs_it(self):
        self.pipeline("""
            a: { cmd: 'echo no >&2; exit 3', outs: [ a ] }
            b: { cmd: 'echo b >> $RAN; echo b > b', deps: [ a ], outs: [ b ] }
            c: { cmd: 'echo c >> $RAN; echo c > c', outs: [ c ] }
            d: { cmd: 'echo d >> $RAN; cat c > d', deps: [ c, b ], outs: [ d ] }
            e: { cmd: 'echo e >> $RAN; cat c > e', deps: [ c ], outs: [ e ] }
        """.replace("            ", ""))
        for jobs in ("1", "3"):
            stages = self.repro("-j", jobs, "--force", status=2)
            self.assertEqual({n: s["outcome"] for n, s in stages.items()}, {"a": "failed", "b": "skipped", "c": "ran", "d": "skipped", "e": "ran"})
            self.assertEqual((stages["a"]["status"], stages["b"]["because"], stages["d"]["because"]), (3, "a", "a"))
            self.assertEqual(sorted(self.ran()), ["c", "e"])
        text = self.tenon("repro", status=2).out
        self.assertRegex(text, r"a +failed: exit status 3")
        self.assertRegex(text, r"b +skipped: 'a' failed")
        self.assertIn("5 stages: 2 up to date, 1 failed, 2 not run", text)

    def test_a_stage_that_does_not_make_its_output_fails(self):
        self.pipeline("a: { cmd: 'test -e old || true', outs: [ o, p ] }\nb: { cmd: 'cat o > q', deps: [ o ], outs: [ q ] }")
        self.write("o", "left over\n")
        result = self.tenon("repro", status=2)
        self.assertIn("the output 'o' is not recorded: the command has not made it", result.err)
        self.assertEqual(self.outcomes(status=2), {"a": "failed", "b": "skipped"})
        self.assertIn(" o", self.tenon("recover").out)

    def test_stages_run_side_by_side_with_their_names_before_what_they_print(self):
        # Each waits for the other: run one by one they would not end.
        wait = "touch $RAN.%s; while ! test -e $RAN.%s; do sleep 0.01; done; echo hello from %s; printf 'no newline'; echo x > %s"
        self.pipeline("\n".join(f"{a}: {{ cmd: \"{wait % (a, b, a, a)}\", outs: [ {a} ] }}" for a, b in (("one", "two"), ("two", "one"))))
        text = self.tenon("repro", "-j", "2", timeout=60).out
        for name in ("one", "two"):
            lines = [line for line in text.splitlines() if line.startswith(f"{name} | ")]
            self.assertEqual(lines, [f"{name} | hello from {name}", f"{name} | no newline"])
        self.assertIn("2 stages: 2 ran", text)

    def test_frozen_always_wdir_persist_and_several_commands(self):
        self.pipeline("""
frozen: { cmd: 'echo frozen >> $RAN; echo > f', outs: [ f ], frozen: true }
always: { cmd: 'echo always >> $RAN; echo > al', outs: [ al ], always: true }
there: { cmd: [ 'echo there >> $RAN', 'X=1; echo ${X}one > log', 'echo two >> log' ], wdir: sub/dir, deps: [ ../in ], outs: [ log ] }
grows: { cmd: 'echo grows >> $RAN; echo line >> g', deps: [ sub/in ], outs: [ { g: { persist: true } } ] }
""".replace("${X}", "\\\\${X}").replace("'X=1", "\"X=1").replace("one > log'", "one > log\""))
        self.write("sub/in", "1\n")
        stages = self.repro()
        self.assertEqual({n: s["outcome"] for n, s in stages.items()}, {"frozen": "frozen", "always": "ran", "there": "ran", "grows": "ran"})
        self.assertEqual((self.repo / "sub/dir/log").read_text(), "1one\ntwo\n")
        self.assertEqual(self.outcomes(), {"frozen": "frozen", "always": "ran", "there": "fresh", "grows": "fresh"})
        self.write("sub/in", "2\n")
        self.assertEqual(self.outcomes()["grows"], "ran")
        self.assertEqual((self.repo / "g").read_text(), "line\nline\n")
        self.assertEqual(self.outcomes("--force", "--single", "frozen"), {"frozen": "ran"})

    def test_loops_and_matrices_run_as_stages_of_their_own(self):
        self.write("params.yaml", "sizes: [ 1, 2 ]\n")
        self.pipeline("""
made: { foreach: "${sizes}", do: { cmd: "echo ${item} >> $RAN; echo ${item} > o${item}", outs: [ "o${item}" ] } }
grid: { matrix: { a: [ x, y ], b: [ 1, 2 ] }, cmd: "echo ${item.a}${item.b} > g-${item.a}${item.b}", outs: [ "g-${item.a}${item.b}" ] }
""")
        self.assertEqual(set(self.repro("-j", "4")), {"made@1", "made@2", "grid@x-1", "grid@x-2", "grid@y-1", "grid@y-2"})
        self.write("params.yaml", "sizes: [ 1, 2, 3 ]\n")
        self.ran()
        self.assertEqual(self.outcomes("made"), {"made@1": "fresh", "made@2": "fresh", "made@3": "ran"})
        self.assertEqual(self.ran(), ["3"])

    def test_bad_pipelines_are_refused_with_names(self):
        self.refused("repro", says="there is no pipeline", hint=True)
        self.pipeline("a: { cmd: x, deps: [ c ], outs: [ a ] }\nb: { cmd: x, deps: [ a ], outs: [ b ] }\nc: { cmd: x, deps: [ b ], outs: [ c ] }")
        self.refused("repro", says="'a' needs 'c' needs 'b' needs 'a'")
        self.refused("dag", says="the stages wait for each other")
        self.pipeline("a: { cmd: x, outs: [ m/x ] }\nb: { cmd: x, outs: [ m ] }")
        self.refused("repro", says=["'b'", "'a'", "overlap", "'m/x'"])
        self.pipeline("a: { cmd: 'echo > o', deps: [ nowhere ], outs: [ o ] }")
        self.assertIn("'nowhere', is not there", self.tenon("repro", status=2).err)
        self.write("params.yaml", "lr: 1\n")
        self.pipeline("a: { cmd: 'echo > o', params: [ lrr ], outs: [ o ] }")
        self.refused("repro", says=["the parameter 'lrr' is not there", "did you mean 'lr'?"])
        self.pipeline("a: { cmd: 'echo > data/o', outs: [ data/o ] }")
        self.write("data/x", "1\n")
        self.tenon("add", "data")
        self.assertIn("it lies in the artifact 'data'", self.tenon("repro", status=2).err)
        self.write("tenon.yaml", "version: 1\n")
        self.write("dvc.yaml", "stages: { a: { cmd: x, live: y } }\n")
        self.refused("repro", says=["dvc.yaml:1", "'stages.a.live' can't be used"])

    def test_a_directory_as_output_and_input(self):
        self.pipeline("""
split: { cmd: "mkdir -p parts && for i in 1 2 3; do echo $i > parts/$i; done", deps: [ n ], outs: [ parts ] }
one: { cmd: "cat parts/1 > one", deps: [ parts/1 ], outs: [ one ] }
all: { cmd: "cat parts/* > all", deps: [ parts ], outs: [ all ] }
""")
        self.write("n", "3\n")
        self.assertEqual(set(self.outcomes().values()), {"ran"})
        self.assertEqual(set(self.outcomes().values()), {"fresh"})
        self.pipeline("""
split: { cmd: "mkdir -p parts && for i in 1 2 4; do echo $i > parts/$i; done", deps: [ n ], outs: [ parts ] }
one: { cmd: "cat parts/1 > one", deps: [ parts/1 ], outs: [ one ] }
all: { cmd: "cat parts/* > all", deps: [ parts ], outs: [ all ] }
""")
        self.assertEqual(self.outcomes(), {"split": "ran", "one": "fresh", "all": "ran"})
        self.assertEqual(sorted(os.listdir(self.repo / "parts")), ["1", "2", "4"])
