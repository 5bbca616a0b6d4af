"""`tenon run --trace`: inputs and outputs are found by watching what a command opens."""
import json
import os
import shutil
import signal
import subprocess
import unittest

from harness import BIN, TenonTest


@unittest.skipUnless(shutil.which("strace", path="/usr/local/bin:/usr/bin:/bin"), "strace is not installed: make test-tools")
class TracingTest(TenonTest):
    def setUp(self):
        super().setUp()
        if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode:
            self.skipTest("tracing is not permitted here")
        self.initialised()
        self.write("data/rows.csv", self.text(1, 5000))
        self.write("labels.csv", "1\n2\n")
        self.write("unused.csv", "x\n")
        self.tenon("add", "data", "labels.csv", "unused.csv")
        self.write(".gitignore", (self.repo / ".gitignore").read_text() + "cache/\n*.log\n")
        self.git("add", ".gitignore", "train.py")
        self.git("commit", "-qm", "code and data")

    def traced(self, *words, options=(), **more):
        reply = self.tenon("run", "--trace", "--json", *options, "--", *words, **more).json()["run"]
        return reply, reply["trace"]["inputs"], [output["path"] for output in reply["outputs"]]

    def test_inputs_and_outputs_are_found(self):
        self.write("fit.py", (
            "import os\nrows = open('data/rows.csv').read() + open('labels.csv').read()\nos.makedirs('models/final', exist_ok=True)\n"
            "open('models/final/a.bin', 'w').write(rows)\nopen('models/final/b.bin', 'w').write('b')\n"
            "open('t.tmp', 'w').write(rows)\nos.rename('t.tmp', 'table.csv')\nopen('gone.tmp', 'w').close()\nos.unlink('gone.tmp')\n"
            "os.makedirs('cache')\nopen('cache/x', 'w').write('x')\nopen('train.log', 'w').write('x')\n"))
        reply, inputs, outputs = self.traced("python3", "fit.py")
        self.assertEqual(inputs, ["data", "labels.csv"])
        self.assertEqual(outputs, ["models", "table.csv"])
        self.assertEqual(reply["trace"]["ignored"], ["cache", "train.log"])
        self.assertEqual((reply["trace"]["outputs"], reply["problems"]), (outputs, []))
        run = self.tenon("trace", "--format", "json", "table.csv").json()["runs"][0]
        self.assertEqual([(i["path"], i["pointer"]["oid"]) for i in run["inputs"]], [(path, self.pointer(path)["oid"]) for path in inputs])
        self.assertEqual(self.pointer("models")["run"], reply["run"])
        self.assertEqual(run["command"], ["python3", "fit.py"])
        text = self.tenon("run", "--trace", "--", "cat", "labels.csv").err
        self.assertIn("traced: read labels.csv, wrote nothing", text)

    def test_children_other_directories_and_odd_names(self):
        os.makedirs(self.repo / "work")
        odd = "a \"b\" <c>, O_WRONLY)\\ = 3"
        self.write(f"in {odd}", "odd")
        self.tenon("add", f"in {odd}")
        script = f"""cd data && (cat rows.csv; cat ../labels.csv) >/dev/null; cd ../work; cp '../in {odd}' x; mv x '{odd}'; (sh -c 'echo deep > deep.bin')"""
        _, inputs, outputs = self.traced("sh", "-c", script)
        self.assertEqual(inputs, ["data", f"in {odd}", "labels.csv"])
        self.assertEqual(outputs, [f"work/{odd}", "work/deep.bin"])

    def test_an_artifact_that_is_written_is_an_output_and_one_that_stays_as_it_was_is_not(self):
        reply, inputs, outputs = self.traced("sh", "-c", "echo more >> labels.csv; exec 3<>unused.csv; read x <&3")
        self.assertEqual((inputs, outputs), (["unused.csv"], ["labels.csv"]))
        self.assertEqual(self.pointer("labels.csv")["run"], reply["run"])

    def test_what_is_named_is_not_found_again(self):
        self.write("params.yaml", "lr: 1\n")
        reply, inputs, outputs = self.traced(
            "sh", "-c", "mkdir out; cat data/rows.csv params.yaml > out/a; echo '{\"a\": 1}' > m.json", options=["-d", "data", "-o", "out", "-m", "m.json", "-p", "params.yaml"])
        self.assertEqual((inputs, outputs, reply["trace"]["outputs"]), ([], ["out"], []))
        self.assertEqual(reply["metrics"], {"a": 1})

    def test_the_command_is_the_same_as_without(self):
        process = subprocess.run(
            [BIN / "tenon", "run", "-q", "--trace", "--", "sh", "-c", "cat; echo error >&2; exit 7"], cwd=self.repo, env=self.environment, input=b"in\0\xff",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((process.returncode, process.stdout, process.stderr), (7, b"in\0\xff", b"error\n"))
        self.tenon("run", "--trace", "--json", "--", "sh", "-c", "kill -KILL $$", status=137)
        process = subprocess.Popen(
            [BIN / "tenon", "run", "--trace", "--", "sh", "-c", "trap 'echo term; exit 3' TERM; echo ready; while :; do sleep 0.05; done"], cwd=self.repo,
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (3, b"term\n"), err)
        self.refused("run", "--trace", "--", "no-such-program", says="'no-such-program' can't be run")
        self.assertEqual([name for name in os.listdir(self.repo / ".git") if "trace" in name], [])

    def test_what_runs_on_in_the_background_is_not_waited_for(self):
        os.mkfifo(self.base / "hold")
        script = f"(read x < {self.base}/hold; cat labels.csv > {self.base}/late) >/dev/null 2>&1 & cat data/rows.csv > now.bin"
        # The tracer goes on as long as what it watches, with the streams that it was started with: files here, on which nobody waits.
        with open(self.base / "out", "wb") as out:
            self.assertEqual(
                subprocess.run(
                    [BIN / "tenon", "run", "--trace", "--json", "--", "sh", "-c", script], cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL,
                    stdout=out, stderr=out, timeout=120).returncode, 0)
        reply = json.loads((self.base / "out").read_text())["run"]
        self.assertEqual((reply["trace"]["inputs"], reply["trace"]["outputs"]), (["data"], ["now.bin"]))
        # And it is unharmed.
        with open(self.base / "hold", "w") as hold:
            hold.write("\n")
        while not (self.base / "late").exists() or (self.base / "late").read_text() != "1\n2\n":
            pass

    def test_more_outputs_than_anybody_meant(self):
        result = self.tenon("run", "--trace", "--", "sh", "-c", "for n in $(seq 600); do echo $n > f$n; done", status=2)
        self.assertIn("what the command wrote is not recorded", result.err)
        self.assertIn("hint: name the directory", result.err)
        self.assertEqual(self.git("ls-files", "f*.tenon").out, "")

    def test_where_nothing_can_be_traced(self):
        tools = self.base / "bin"
        tools.mkdir()
        for name in ("git", "sh", "touch"):
            os.symlink(shutil.which(name), tools / name)
        self.environment["PATH"] = f"{BIN}:{tools}"
        self.refused("run", "--trace", "--", "touch", "started", says="there is no program 'strace'", hint=True)
        (tools / "strace").write_text("#!/bin/sh\necho 'strace: ptrace(PTRACE_SEIZE): Operation not permitted' >&2\nexit 1\n")
        (tools / "strace").chmod(0o755)
        self.refused("run", "--trace", "--", "touch", "started", says="Operation not permitted", hint=True)
        self.assertFalse((self.repo / "started").exists())
