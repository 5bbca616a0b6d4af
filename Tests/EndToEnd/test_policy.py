"""What has no history does not get in: the rules `lineage` and `metrics` at commit, at push and in CI."""
import shutil
import subprocess
import xml.etree.ElementTree

from harness import BIN, TenonTest

RULES = """\
version: 1
policy:
  lineage: [ "models/**" ]
  metrics: { "models/best.*": "accuracy >= 0.90" }
"""


class PolicyTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()
        self.write("tenon.yaml", RULES)
        self.write("data/rows.csv", self.text(1, 5000))
        self.write("fit.py", "import os, sys; os.makedirs('models', exist_ok=True); open(sys.argv[1], 'w').write(open('data/rows.csv').read()[:99])\n")
        self.tenon("add", "data")
        self.git("add", "tenon.yaml", "fit.py")
        self.git("commit", "-qm", "data, code and rules")

    def run_model(self, name="models/x.bin", *options):
        return self.tenon("run", "--json", "-d", "data", "-o", name, *options, "--", "python3", "fit.py", name).json()["run"]["run"]

    def without_hooks(self, *arguments, **options):
        return self.git("-c", "core.hooksPath=/dev/null", *arguments, **options)

    def policy(self, *arguments, status=0, **options):
        reply = self.tenon("verify", "--policy", "--json", *arguments, status=status, **options).json()
        return [(f["rule"], f["path"], f["commit"]) for f in reply["items"]]

    def head(self):
        return self.git("rev-parse", "HEAD").out.strip()

    def test_a_model_without_a_record_is_refused_at_commit_and_found_by_verify(self):
        self.write("models/x.bin", "no history")
        self.tenon("add", "models/x.bin")
        refused = self.git("commit", "-qm", "model", check=False)
        self.assertNotEqual(refused.status, 0)
        self.assertIn("policy.lineage: no run is recorded that made it", refused.err)
        self.without_hooks("commit", "-qm", "model")
        self.assertEqual(self.policy(status=1), [("lineage", "models/x.bin", self.head())])
        text = self.tenon("verify", "--policy", status=1).out
        for words in ("models/x.bin", "lineage", self.head()[:10], "hint: make it with 'tenon run"):
            self.assertIn(words, text)

    def test_with_a_run_it_passes(self):
        self.run_model()
        self.git("commit", "-qm", "model")
        self.assertEqual(self.policy(), [])
        self.assertEqual(self.policy("--all"), [])
        self.assertIn("the rules are kept", self.tenon("verify", "--policy").out)

    def test_a_pointer_that_names_another_runs_record_is_found(self):
        run = self.run_model()
        self.write("models/y.bin", "other bytes")
        self.tenon("add", "models/y.bin")
        with open(self.repo / "models/y.bin.tenon", "a") as file:
            file.write(f"run {run}\n")
        self.git("add", "models")
        refused = self.git("commit", "-qm", "forged", check=False)
        self.assertIn("the record that its pointer names is not about these bytes", refused.err)

    def test_a_metric_below_the_bound_is_refused_and_one_above_passes(self):
        self.write("m.json", '{"accuracy": 0.85}')
        self.run_model("models/best.bin", "-m", "m.json")
        refused = self.git("commit", "-qm", "best", check=False)
        self.assertIn("its accuracy is 0.85; policy.metrics asks for accuracy >= 0.9", refused.err)
        self.write("m.json", '{"accuracy": 0.91}')
        self.run_model("models/best.bin", "-m", "m.json")
        self.git("commit", "-qm", "best")
        self.tenon("run", "-o", "models/best.other", "--", "sh", "-c", "echo other > models/best.other")
        refused = self.git("commit", "-qm", "no metric", check=False)
        self.assertIn("no record says what its accuracy is", refused.err)

    def test_what_is_not_validated_is_refused_until_a_validation_is_recorded(self):
        self.write("tenon.yaml", RULES.replace("models/best", "models/other") + '  validated: [ "models/best.*" ]\n')
        self.run_model("models/best.bin")
        self.git("add", "tenon.yaml")
        refused = self.git("commit", "-qm", "best", check=False)
        self.assertIn("policy.validated: no validation of these bytes is recorded", refused.err)
        self.tenon("record", "models/best.bin", "--kind", "monitoring", "-m", "accuracy=0.9")
        self.assertNotEqual(self.git("commit", "-qm", "best", check=False).status, 0)
        self.tenon("record", "models/best.bin", "--kind", "validation", "-m", "accuracy=0.9")
        self.git("commit", "-qm", "best")
        self.assertEqual(self.policy(), [])
        # It was these bytes that were validated, not the path.
        self.tenon("run", "-o", "models/best.bin", "--", "sh", "-c", "echo other > models/best.bin")
        self.assertIn("policy.validated", self.git("commit", "-qm", "other", check=False).err)

    def test_a_validation_changes_what_a_metric_is(self):
        self.write("m.json", '{"accuracy": 0.85}')
        self.run_model("models/best.bin", "-m", "m.json")
        self.assertNotEqual(self.git("commit", "-qm", "best", check=False).status, 0)
        self.tenon("record", "models/best.bin", "--kind", "validation", "-m", "accuracy=0.95")
        self.git("commit", "-qm", "best")
        self.tenon("record", "models/best.bin", "--kind", "validation", "-m", "accuracy=0.5")
        self.assertEqual(self.policy(status=1), [("metrics", "models/best.bin", self.head())])

    def test_a_bad_commit_in_the_middle_of_a_pushed_range_is_named(self):
        hub = self.base / "hub.git"
        self.git("init", "-q", "--bare", "-b", "main", str(hub))
        self.git("remote", "add", "origin", str(hub))
        self.git("push", "-q", "origin", "main")
        base = self.head()
        self.run_model()
        self.git("commit", "-qm", "good")
        self.write("models/bad.bin", "no history")
        self.tenon("add", "models/bad.bin")
        self.without_hooks("commit", "-qm", "bad")
        bad = self.head()
        self.git("commit", "-q", "--allow-empty", "-m", "later")
        refused = self.git("push", "-q", "origin", "main", check=False)
        self.assertNotEqual(refused.status, 0)
        self.assertIn(f"commit {bad[:12]} breaks policy.lineage at 'models/bad.bin'", refused.err)
        self.assertEqual(self.policy(f"{base}..HEAD", status=1), [("lineage", "models/bad.bin", bad)])
        self.assertEqual(self.policy(f"{bad}..HEAD"), [])

    def test_rules_of_another_commit_count_where_they_are_asked_for(self):
        good = self.head()
        self.write("tenon.yaml", "version: 1\n")
        self.write("models/x.bin", "no history")
        self.tenon("add", "models/x.bin")
        self.git("commit", "-qam", "rules gone")
        self.assertEqual(self.policy(), [])
        self.assertEqual(self.policy("--rules", good, status=1), [("lineage", "models/x.bin", self.head())])

    def test_data_that_nobody_stored_and_large_files_are_found(self):
        self.write("nobody.bin.tenon", "tenon 1\nkind file\noid sha256:" + "1" * 64 + "\nsize 5\n")
        self.write("large.bin", self.noise(1, 11 << 20))
        self.git("add", "nobody.bin.tenon", "large.bin")
        self.without_hooks("commit", "-qm", "bad")
        head = self.head()
        self.assertEqual(self.policy("HEAD~1..HEAD", status=1), [("data", "nobody.bin", head), ("max-git-file", "large.bin", head)])

    def test_junit_lists_what_is_broken(self):
        self.tenon("verify", "--policy", "--junit", "report.xml")
        suite = xml.etree.ElementTree.parse(self.repo / "report.xml").getroot()[0]
        self.assertEqual(suite.get("failures"), "0")
        self.assertTrue(suite[0].get("name").endswith(" in 1 commit"), suite[0].get("name"))
        self.write("models/<x>&\".bin", "no history")
        self.tenon("add", "models/<x>&\".bin")
        self.without_hooks("commit", "-qm", "bad")
        self.tenon("verify", "--policy", "--junit", "report.xml", status=1)
        suite = xml.etree.ElementTree.parse(self.repo / "report.xml").getroot()[0]
        self.assertEqual((suite.get("failures"), suite[0].get("classname")), ("1", "policy.lineage"))
        self.refused("verify", "--junit", "x", status=64)

    def test_ci_without_data_judges_by_records_and_listing(self):
        """A fresh clone in another home: no store, no data, a remote of Tenon's."""
        hub = self.base / "hub.git"
        self.git("init", "-q", "--bare", "-b", "main", str(hub))
        self.git("remote", "add", "origin", str(hub))
        self.tenon("remote", "add", "origin", str(self.base / "remote"))
        self.write("fit.py", (self.repo / "fit.py").read_text() + "# not committed\n")
        run = self.run_model()
        self.git("commit", "-qm", "model")
        self.tenon("push")
        self.git("push", "-q", "origin", "main")
        there, home = self.base / "there", self.base / "ci-home"
        home.mkdir(mode=0o700)
        ci = {"HOME": str(home), "GIT_CONFIG_GLOBAL": "/dev/null"}
        self.addCleanup(lambda: subprocess.run(
            [BIN / "tenon", "daemon", "stop"], cwd=self.base, env={**self.environment, **ci}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        self.git("clone", "-q", str(hub), str(there), env=ci)
        found = self.policy(status=1, cwd=there, env=ci)
        self.assertIn("lineage", {rule for rule, _, _ in found})
        self.tenon("remote", "add", "origin", str(self.base / "remote"), cwd=there, env=ci)
        self.assertEqual(self.policy(cwd=there, env=ci), [])
        self.assertEqual(self.policy("--all", cwd=there, env=ci), [])
        self.assertFalse((there / "models/x.bin").exists())
        self.assertEqual([r["run"] for r in self.tenon("trace", "--json", "HEAD:models/x.bin", cwd=there, env=ci).json()["runs"]], [run])
        # A record that was damaged on the remote is no record.
        for record in (self.base / "remote/records").rglob("*.json"):
            record.chmod(0o644)
            record.write_bytes(record.read_bytes().replace(b"fit.py", b"fit.PY"))
        shallow = self.base / "shallow"
        self.tenon("daemon", "stop", cwd=self.base, env=ci)
        shutil.rmtree(home / ".local")
        self.git("clone", "-q", "--depth", "1", f"file://{hub}", str(shallow), env=ci)
        self.tenon("remote", "add", "origin", str(self.base / "remote"), cwd=shallow, env=ci)
        self.assertEqual({rule for rule, _, _ in self.policy(status=1, cwd=shallow, env=ci)}, {"lineage"})
        # What needs history says so.
        result = self.tenon("verify", "--policy", "--all", cwd=shallow, env=ci, status=2)
        self.assertIn("git fetch --unshallow", result.err)

    def test_a_fetch_brings_the_records(self):
        self.tenon("remote", "add", "origin", str(self.base / "remote"))
        run = self.run_model()
        self.git("commit", "-qm", "model")
        self.tenon("push")
        there, home = self.base / "there", self.base / "home-2"
        home.mkdir(mode=0o700)
        other = {"HOME": str(home), "GIT_CONFIG_GLOBAL": "/dev/null"}
        self.addCleanup(lambda: subprocess.run(
            [BIN / "tenon", "daemon", "stop"], cwd=self.base, env={**self.environment, **other}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        self.git("clone", "-q", str(self.repo), str(there), env=other)
        self.tenon("init", cwd=there, env=other)
        self.tenon("remote", "add", "origin", str(self.base / "remote"), cwd=there, env=other)
        self.tenon("fetch", cwd=there, env=other)
        shown = self.tenon("show", "--json", cwd=there, env=other).json()
        self.assertEqual([r["run"] for r in shown["runs"]], [run])
        self.assertEqual(self.tenon("fetch", "--json", cwd=there, env=other).json()["fetched"], 0)
