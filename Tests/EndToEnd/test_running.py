"""`tenon run`: commands pass through as if Tenon were not there, and what they read, made and were is recorded."""
import hashlib
import importlib.util
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import time

from harness import BIN, TenonTest

READER = pathlib.Path(__file__).resolve().parents[1] / "format-reader/restore.py"

TRAIN = """\
import json, os, sys
rows = open("data/rows.csv").read()
os.makedirs("models", exist_ok=True)
name = sys.argv[1] if len(sys.argv) > 1 else "m"
open(f"models/{name}.bin", "w").write(name + rows * 3)
json.dump({"accuracy": 0.93, "loss": {"val": 1e-7}, "note": "text"}, open("metrics.json", "w"))
"""


def load_reader():
    """The second reader of the format, made from docs/format.md alone."""
    specification = importlib.util.spec_from_file_location("format_reader", READER)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class RunningTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()
        self.write("train.py", TRAIN)
        self.write("params.yaml", "lr: 0.1\nmodel:\n  depth: 3\n  name: 'small'\n")
        self.write("data/rows.csv", self.text(1, 5000))
        self.git("add", "-A", "--", "train.py", "params.yaml")
        self.tenon("add", "data")
        self.git("commit", "-qm", "code and data")

    def record(self, run):
        """The record, as the format says that it lies in packs; its id is its hash."""
        bytes_ = load_reader().Packs(str(self.store / "packs"), False).get(4, bytes.fromhex(run.removeprefix("sha256:")))
        self.assertEqual(hashlib.sha256(bytes_).hexdigest(), run.removeprefix("sha256:"))
        record = json.loads(bytes_)
        # Canonical JSON, where no number is an odd one.
        plain = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if "e-" not in plain:
            self.assertEqual(plain.replace(".0,", ",").encode(), bytes_.replace(b".0,", b","))
        return record

    def run_json(self, *arguments, **options):
        return self.tenon("run", "--json", *arguments, **options).json()

    def train(self, name="m", *options, **more):
        return self.run_json(
            "-n", "train", "-d", "data", "-p", "params.yaml", "-p", "seed=3", "-o", f"models/{name}.bin", "-m", "metrics.json", *options, "--",
            "python3", "train.py", name, **more)

    # What is recorded

    def test_a_run_records_inputs_outputs_parameters_metrics_code_and_environment(self):
        self.write("uv.lock", "version = 1\n")
        reply = self.train("m", env={"TZ": "UTC", "API_TOKEN": "hidden", "SEED": "7"})
        record = self.record(reply["run"]["run"])
        self.assertEqual(record["_type"], "https://in-toto.io/Statement/v1")
        self.assertEqual(record["predicateType"], "https://slsa.dev/provenance/v1")
        [output] = record["subject"]
        self.assertEqual((output["name"], output["digest"]), ("models/m.bin", {"sha256": self.sha256(self.repo / "models/m.bin")}))
        definition, details = record["predicate"]["buildDefinition"], record["predicate"]["runDetails"]
        external = definition["externalParameters"]
        self.assertEqual(external["command"], ["python3", "train.py", "m"])
        self.assertEqual(
            [(p["name"], p["value"], p.get("file")) for p in external["parameters"]],
            [("lr", 0.1, "params.yaml"), ("model.depth", 3, "params.yaml"), ("model.name", "small", "params.yaml"), ("seed", 3, None)])
        by_role = {}
        for dependency in definition["resolvedDependencies"]:
            by_role.setdefault(dependency["annotations"]["role"], []).append(dependency)
        self.assertEqual(by_role["commit"][0]["digest"], {"gitCommit": self.git("rev-parse", "HEAD").out.strip()})
        self.assertEqual(by_role["input"][0]["digest"], {"dirHash": self.directory_hash(self.repo / "data")})
        self.assertEqual(details["tenon_result"]["status"], 0)
        self.assertEqual(details["tenon_result"]["metrics"], {"accuracy": 0.93, "loss.val": 1e-7})
        self.assertLessEqual(details["metadata"]["startedOn"], details["metadata"]["finishedOn"])
        environment = definition["internalParameters"]["environment"]
        self.assertEqual(environment["host"], os.uname().nodename)
        self.assertRegex(environment["python"]["version"], r"^3\.")
        self.assertEqual(environment["variables"]["TZ"], "UTC")
        self.assertEqual(environment["lockFiles"], {"uv.lock": "sha256:" + self.sha256(self.repo / "uv.lock")})
        self.assertNotIn("hidden", json.dumps(record))
        # The pointer names the record, and is staged.
        self.assertEqual(self.pointer("models/m.bin")["run"], reply["run"]["run"])
        self.assertIn("A  models/m.bin.tenon", self.git("status", "--porcelain").out)

    def test_uncommitted_code_is_recorded_and_comes_back_exactly(self):
        self.write("train.py", TRAIN + "# not committed\n")
        self.write("lib/helper.py", "x = 1\n", mode=0o755)
        self.write("lib/large.bin", self.noise(1, 11 << 20))
        self.write("lib/ignored.py", "no\n")
        self.write(".gitignore", "ignored.py\n")
        reply = self.train()
        dependencies = self.record(reply["run"]["run"])["predicate"]["buildDefinition"]["resolvedDependencies"]
        [code] = [d for d in dependencies if d["annotations"]["role"] == "work-tree"]
        pointer = self.base / "code.tenon"
        pointer.write_text(code["annotations"]["pointer"])
        self.run_command(sys.executable, READER, self.store / "packs", pointer, self.base / "restored")
        restored = self.tree(self.base / "restored")
        self.assertEqual(restored[b"train.py"], ("file", self.sha256(self.repo / "train.py"), False))
        self.assertTrue(restored[b"lib/helper.py"][2])
        self.assertIn(b"data.tenon", restored)
        for name in (b"lib/large.bin", b"lib/ignored.py", b"data/rows.csv", b"models/m.bin"):
            self.assertNotIn(name, restored)
        which = self.tenon("which", "lib/helper.py", "--json").json()
        self.assertTrue(which["stored"])
        self.assertEqual(which["states"], [{"path": "lib/helper.py", "runs": [reply["run"]["run"]], "saved": []}])
        self.assertIn(reply["run"]["run"], self.tenon("which", "train.py").out)
        self.tenon("which", "lib/ignored.py", status=1)
        # Code that is as the commit has it is named by the commit alone.
        self.git("add", "train.py", "lib/helper.py", ".gitignore")
        (self.repo / "lib/large.bin").unlink()
        (self.repo / "metrics.json").unlink()
        self.git("commit", "-qm", "all", "-a")
        reply = self.run_json("-d", "data", "--", "true")
        roles = [d["annotations"]["role"] for d in self.record(reply["run"]["run"])["predicate"]["buildDefinition"]["resolvedDependencies"]]
        self.assertEqual(sorted(roles), ["commit", "input"])

    def test_the_first_run_that_made_bytes_is_the_one_that_their_pointer_names(self):
        first = self.train()["run"]["run"]
        self.git("commit", "-qm", "model")
        second = self.train()
        self.assertNotEqual(second["run"]["run"], first)
        self.assertEqual(self.pointer("models/m.bin")["run"], first)
        self.assertNotIn("models", self.git("status", "--porcelain").out)
        # The same bytes at another path were made by the first run, too.
        third = self.run_json("-d", "models/m.bin", "-o", "models/copy.bin", "--", "cp", "models/m.bin", "models/copy.bin")
        self.assertNotEqual(third["run"]["run"], first)
        self.assertEqual(self.pointer("models/copy.bin")["run"], first)

    def test_eight_runs_at_once_leave_eight_complete_records(self):
        processes = [
            subprocess.Popen(
                [BIN / "tenon", "run", "--json", "-d", "data", "-o", f"models/m{n}.bin", "--", "python3", "train.py", f"m{n}"], cwd=self.repo,
                env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for n in range(8)]
        answers = [(process, *process.communicate(timeout=300)) for process in processes]
        for number, (process, out, err) in enumerate(answers):
            self.assertEqual(process.returncode, 0, err)
            run = json.loads(out)["run"]["run"]
            [output] = self.record(run)["subject"]
            self.assertEqual(output["digest"]["sha256"], self.sha256(self.repo / f"models/m{number}.bin"))
            self.assertEqual(self.pointer(f"models/m{number}.bin")["run"], run)
        self.assertEqual(len(self.git("ls-files", "models/*.tenon").out.split()), 8)

    def test_words_and_paths_in_any_encoding_are_recorded(self):
        path = b"d\xe4ta/\xff.bin"
        self.write(os.fsdecode(path), "x")
        reply = self.run_json("-d", path, "-o", b"out\xff", "--", "sh", "-c", 'cp "$1" "$2"', "sh", path, b"out\xff")
        record = self.record(reply["run"]["run"])
        self.assertEqual(record["predicate"]["buildDefinition"]["externalParameters"]["command"][-1], {"percent": "out%FF"})
        self.assertEqual(record["subject"][0]["annotations"]["path"], "out%FF")
        self.assertTrue((self.repo / os.fsdecode(b"out\xff.tenon")).exists())

    # How commands pass through

    def test_streams_status_and_signals_are_the_commands_own(self):
        process = subprocess.run(
            [BIN / "tenon", "run", "-q", "--", "sh", "-c", "cat; echo error >&2; exit 7"], cwd=self.repo, env=self.environment, input=b"in\0\xff",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((process.returncode, process.stdout, process.stderr), (7, b"in\0\xff", b"error\n"))
        reply = self.run_json("--", "sh", "-c", "kill -KILL $$", status=137)
        result = self.record(reply["run"]["run"])["predicate"]["runDetails"]["tenon_result"]
        self.assertEqual((result.get("status"), result["signal"]), (None, 9))

    def test_a_signal_to_the_client_reaches_the_command_and_the_run_is_recorded(self):
        script = "trap 'echo term; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
        process = subprocess.Popen(
            [BIN / "tenon", "run", "--", "sh", "-c", script], cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (3, b"term\n"))
        self.assertIn(b"recorded run sha256:", err)

    def test_a_signal_that_comes_before_the_command_is_known_reaches_it(self):
        # The command itself sends it, as soon as it runs; on one core that is now and then before its number has reached the client.
        script = "trap 'exit 3' TERM; kill -TERM $PPID; sleep 30 & wait"
        core = min(os.sched_getaffinity(0))
        for _ in range(20):
            process = subprocess.run(
                [BIN / "tenon", "run", "-q", "--", "sh", "-c", script], cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
            self.assertEqual(process.returncode, 3)

    def test_the_command_has_the_terminal(self):
        main, side = pty.openpty()
        process = subprocess.Popen(
            [BIN / "tenon", "run", "-q", "--", "sh", "-c", "test -t 0 && test -t 1 && test -t 2 && echo all; stty size >/dev/null && echo size"],
            cwd=self.repo, env=self.environment, stdin=side, stdout=side, stderr=side, start_new_session=True)
        os.close(side)
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(os.read(main, 1000).split(), [b"all", b"size"])
        os.close(main)

    # What goes wrong

    def test_an_output_that_git_tracks_stays_gits_and_that_is_said(self):
        self.write("conf.json", "1")
        self.git("add", "conf.json")
        self.git("commit", "-qm", "conf")
        result = self.tenon("run", "-o", "conf.json", "--", "sh", "-c", "echo 2 > conf.json")
        self.assertIn("'conf.json' is tracked by Git and stays so: 'tenon add --adopt' makes it an artifact", result.err)
        self.assertFalse((self.repo / "conf.json.tenon").exists())

    def test_a_command_that_does_not_exist_is_recorded_and_told(self):
        self.refused("run", "--", "no-such-program", says="'no-such-program' can't be run")
        self.refused("run", "--", str(self.repo / "train.py"), says="can't be run")
        self.refused("run", status=64, says="name what to run")

    def test_a_failed_run_keeps_no_outputs_unless_asked(self):
        script = "mkdir -p models; echo half > models/h.bin; exit 4"
        reply = self.run_json("-o", "models/h.bin", "--", "sh", "-c", script, status=4)
        self.assertEqual(self.record(reply["run"]["run"])["subject"], [])
        self.assertFalse((self.repo / "models/h.bin.tenon").exists())
        reply = self.run_json("--keep-outputs", "-o", "models/h.bin", "--", "sh", "-c", script, status=4)
        self.assertEqual(len(self.record(reply["run"]["run"])["subject"]), 1)
        self.assertEqual(self.pointer("models/h.bin")["run"], reply["run"]["run"])

    def test_an_output_that_is_not_there_is_told_and_the_rest_is_recorded(self):
        result = self.tenon("run", "-o", "a.bin", "-o", "b.bin", "--", "sh", "-c", "echo a > a.bin", status=2)
        self.assertIn("the output 'b.bin' is not recorded", result.err)
        self.assertIn("run", self.pointer("a.bin"))

    def test_paths_that_can_be_no_inputs_or_outputs_are_refused_before_the_command_starts(self):
        os.symlink("data", self.repo / "link")
        os.mkfifo(self.repo / "pipe")
        for options in (["-o", "../out"], ["-d", "/etc/passwd"], ["-d", "missing"], ["-o", ".git/config"], ["-o", "link"], ["-o", "pipe"], ["-o", "."],
                        ["-p", "missing.yaml:a"], ["-p", "params.yaml:no"], ["-m", "../m.json"], ["-e", "AWS_SECRET_ACCESS_KEY"]):
            self.refused("run", *options, "--", "touch", "started")
            self.assertFalse((self.repo / "started").exists(), options)

    def test_a_huge_metrics_file_is_not_read(self):
        started = time.monotonic()
        result = self.tenon("run", "-m", "m.json", "--", "truncate", "-s", "2G", "m.json", status=2)
        self.assertIn("it has more than 1048576 bytes", result.err)
        self.assertIn("recorded run", result.err)
        self.assertLess(time.monotonic() - started, 20)
        for text in ("{", "[" * 100_000, '{"a": 1, "a": 2}', "\xff"):
            self.write("m.json", text.encode("latin-1"))
            self.assertIn("'m.json' can't be read for its values: as JSON", self.tenon("run", "-m", "m.json", "--", "true", status=2).err)

    def test_inputs_that_the_command_changes_are_recorded_as_it_found_them(self):
        before = self.directory_hash(self.repo / "data")
        reply = self.run_json("-d", "data", "--", "sh", "-c", "echo more >> data/rows.csv")
        self.assertEqual(reply["run"]["changed_inputs"], ["data"])
        record = self.record(reply["run"]["run"])
        [found] = [d for d in record["predicate"]["buildDefinition"]["resolvedDependencies"] if d["annotations"]["role"] == "input"]
        self.assertEqual(found["digest"]["dirHash"], before)
        # What is input and output is meant to change.
        reply = self.run_json("-d", "data", "-o", "data", "--", "sh", "-c", "echo more >> data/rows.csv")
        self.assertEqual(reply["run"]["changed_inputs"], [])
        self.assertEqual(self.pointer("data")["run"], reply["run"]["run"])

    def test_an_output_that_is_still_written_in_the_background_is_told(self):
        script = "mkfifo hold; (exec 3>slow.bin; echo half >&3; read x <hold) >/dev/null 2>&1 & while ! test -s slow.bin; do sleep 0.01; done"
        result = self.tenon("run", "-o", "slow.bin", "--", "sh", "-c", script, status=2)
        self.assertIn("open for writing still", result.err)
        (self.repo / "hold").write_text("\n")

    def test_a_daemon_that_is_killed_while_it_records_a_run_is_asked_again(self):
        self.tenon("daemon", "start")
        pid = self.daemon_pid()
        process = subprocess.Popen(
            [BIN / "tenon", "run", "--json", "-o", "a.bin", "--", "sh", "-c", "head -c 300M /dev/urandom > a.bin"], cwd=self.repo,
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        packs = self.store / "packs"
        end = time.monotonic() + 60
        # The output is being stored: half of it is in packs that are being written.
        while sum(p.stat().st_size for p in self.store.rglob("*") if p.is_file() and "pack" in str(p)) < 64 << 20:
            self.assertIsNone(process.poll())
            self.assertLess(time.monotonic(), end, list(packs.parent.rglob("*")))
        os.kill(pid, signal.SIGKILL)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertNotEqual(self.daemon_pid(), pid)
        self.assertEqual(self.pointer("a.bin")["run"], json.loads(out)["run"]["run"])
        self.tenon("verify", "--stored")

    def test_a_daemon_that_is_killed_while_the_command_runs_is_started_again_to_record_it(self):
        process = subprocess.Popen(
            [BIN / "tenon", "run", "--json", "-o", "a.bin", "--", "sh", "-c", "echo ready >&2; read x; echo a > a.bin"], cwd=self.repo,
            env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(process.stderr.readline(), b"ready\n")
        self.kill_daemon()
        out, err = process.communicate(b"\n", timeout=60)
        self.assertEqual(process.returncode, 0, err)
        run = json.loads(out)["run"]["run"]
        self.assertEqual(self.pointer("a.bin")["run"], run)
        # The record is on disk: it outlives the daemon that wrote it, and the catalog.
        self.kill_daemon()
        self.tenon("fsck", "--rebuild")
        self.record(run)
        self.tenon("verify", "--work-tree")
