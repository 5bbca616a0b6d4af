"""Records that somebody has tampered with, where everybody can write: on a remote."""
import copy
import hashlib
import json

from harness import TenonTest


class ForgedRecordTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()
        self.write("data.csv", self.text(1, 5000))
        self.tenon("add", "data.csv")
        self.git("commit", "-qm", "data")
        self.run_id = self.tenon("run", "--json", "-d", "data.csv", "-o", "m.bin", "--", "cp", "data.csv", "m.bin").json()["run"]["run"]
        self.write("m.bin", "another model")
        self.model_run = self.tenon("run", "--json", "-d", "data.csv", "-o", "m.bin", "--", "sh", "-c", "head -c 99 data.csv > m.bin").json()["run"]["run"]
        self.git("commit", "-qm", "model")
        self.remote = self.base / "remote"
        self.tenon("remote", "add", "origin", str(self.remote))
        self.tenon("push")
        self.stop_daemon()
        # Somebody else, who has nothing yet.
        self.enter(self.base / "elsewhere")
        self.run_command("git", "clone", "-q", self.repo, self.base / "clone")
        self.repo = self.base / "clone"
        self.tenon("init")
        self.tenon("remote", "add", "origin", str(self.remote))

    def place(self, record):
        [path] = [path for path in (self.remote / "records").rglob("*.json") if path.stem == record.removeprefix("sha256:")][:1]
        return path

    def records(self, **options):
        return [r["record"] for r in self.tenon("records", "--json", "m.bin", **options).json()["records"]]

    def test_a_record_that_is_not_what_its_name_says_is_passed_over(self):
        path = self.place(self.model_run)
        good = path.read_bytes()
        other = next(p for p in (self.remote / "records").rglob("*.json") if p.stem != path.stem).read_bytes()
        path.chmod(0o644)
        for bad in (good[:-1], good[:100], b"", b"\0" * 1000, good.replace(b"99", b"98", 1), json.dumps(json.loads(good), indent=1).encode(), other, b"[" * 100_000,
                    good + b"\n", b'{"a":1,"a":2}'):
            path.write_bytes(bad)
            result = self.tenon("fetch", check=False)
            self.assertNotIn("Fatal error", result.err)
            self.assertIn("record", result.err)
            self.assertEqual(self.records(status=1), [])
            self.assertIn("is not in this store", self.tenon("trace", "m.bin").out + self.tenon("trace", "m.bin", "--format", "json").out)
        path.write_bytes(good)
        self.tenon("fetch")
        self.assertEqual(self.records(), [self.model_run])

    def test_records_that_lead_in_circles_are_walked_once(self):
        record = json.loads(self.place(self.model_run).read_text())
        definition = record["predicate"]["buildDefinition"]
        own = copy.deepcopy(record["subject"][0])
        own["annotations"]["role"] = "input"
        definition["resolvedDependencies"].append(own)
        forged = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        name = hashlib.sha256(forged).hexdigest()
        (self.place(self.model_run).parent / f"{name}.json").write_bytes(forged)
        self.tenon("fetch")
        self.assertIn("sha256:" + name, self.records())
        for options in ([], ["--forward"]):
            reply = self.tenon("trace", "--format", "json", *options, "m.bin").json()
            self.assertLessEqual(len(reply["runs"]), 3)
            self.tenon("trace", *options, "m.bin")
        # A forged record is one claim more; what the pointer names is the true one still.
        self.assertEqual(self.pointer("m.bin")["run"], self.model_run)
        self.write("tenon.yaml", "version: 1\npolicy: { lineage: [ 'm.bin' ] }\n")
        self.tenon("verify", "--policy")
        self.tenon("fsck")
