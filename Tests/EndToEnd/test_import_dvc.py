"""`tenon import dvc`: projects that the real DVC has made become Tenon's, byte for byte, and what can't is named."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import unittest

from harness import TenonTest

TOOLS = pathlib.Path(os.environ.get("TENON_TEST_TOOLS", ".build/test-tools")).absolute()
DVC = TOOLS / "dvc/bin/dvc"


@unittest.skipUnless(DVC.exists(), "DVC is not installed (Scripts/test-tools.sh)")
class ImportDVCTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()
        # DVC keeps a cache of its own beside the repository's, and asks for updates.
        self.dvc("init", "-q")
        self.dvc("config", "core.analytics", "false")
        self.dvc("config", "core.check_update", "false")
        self.git("add", "-A")
        self.git("commit", "-qm", "dvc init")

    def dvc(self, *arguments, **options):
        environment = {"DVC_SITE_CACHE_DIR": str(self.base / "site"), "DVC_NO_ANALYTICS": "1"}
        return self.run_command(DVC, *arguments, env={**environment, **options.pop("env", {})}, **options)

    def imported(self, *arguments, **options):
        return self.tenon("import", "dvc", "--json", *arguments, **options).json()

    def paths(self, reply):
        return {item["path"]: (item["kept"], item["copied"]) for item in reply["imported"]}

    def causes(self, reply):
        return [f"{problem['message']}: {problem.get('cause')}" for problem in reply["problems"]]

    def make_project(self):
        self.make_data(files=6)
        shutil.rmtree(self.repo / "data/empty")
        (self.repo / "data/link").unlink()
        self.write("model.bin", self.noise(3, 3_000_000))
        self.write("tool.sh", "#!/bin/sh\n", mode=0o755)
        self.write("sub/deep/rows.csv", self.text(2, 4000))
        self.dvc("add", "-q", "data", "model.bin", "tool.sh", "sub/deep/rows.csv")
        self.git("add", "-A")
        self.git("commit", "-qm", "data in DVC")

    def proved(self):
        """The commit's bytes are Tenon's, whatever becomes of DVC's."""
        self.git("commit", "-qm", "imported", "--allow-empty")
        self.tenon("verify")
        self.tenon("verify", "--work-tree")
        self.assertEqual(set(self.states().values()) - {"clean"}, set())

    # Data

    def test_what_lies_in_the_work_tree_is_taken_as_it_is(self):
        self.make_project()
        before = self.tree(self.repo / "data")
        inode = (self.repo / "model.bin").stat().st_ino
        plan = self.imported("--dry-run")
        self.assertEqual(self.paths(plan), {"data": (8, 0), "model.bin": (1, 0), "tool.sh": (1, 0), "sub/deep/rows.csv": (1, 0)})
        self.assertEqual(self.git("status", "--porcelain").out, "")
        reply = self.imported()
        self.assertEqual(self.paths(reply), self.paths(plan))
        self.assertEqual((reply["problems"], reply["removed"], reply["stages"]), ([], [], []))
        self.assertEqual((self.tree(self.repo / "data"), (self.repo / "model.bin").stat().st_ino), (before, inode))
        self.assertEqual(self.pointer("data")["oid"], "sha256:" + self.directory_hash(self.repo / "data"))
        self.assertEqual(self.pointer("tool.sh")["mode"], "executable")
        staged = self.git("status", "--porcelain").out.splitlines()
        self.assertEqual(sorted(staged), ["A  data.tenon", "A  model.bin.tenon", "A  sub/deep/rows.csv.tenon", "A  tool.sh.tenon"])
        # DVC's ignore lines were enough, and DVC goes on working.
        self.assertEqual(sorted((self.repo / ".gitignore").read_text().splitlines()), ["/data", "/model.bin", "/tool.sh"])
        self.assertIn("up to date", self.dvc("status").out)
        self.proved()
        # Again does nothing.
        again = self.imported()
        self.assertEqual((again["imported"], again["problems"]), ([], []))
        self.assertEqual(self.git("status", "--porcelain").out, "")

    def test_what_does_not_lie_there_comes_from_the_cache(self):
        self.make_project()
        before = {name: self.tree(self.repo / name) for name in ("data", "sub/deep")}
        for name in ("data", "sub/deep"):
            shutil.rmtree(self.repo / name)
        self.git("checkout", "--", "sub")
        (self.repo / "model.bin").unlink()
        (self.repo / "tool.sh").unlink()
        reply = self.imported()
        self.assertEqual(self.paths(reply), {"data": (0, 8), "model.bin": (0, 1), "tool.sh": (0, 1), "sub/deep/rows.csv": (0, 1)})
        found = self.tree(self.repo / "data")
        # DVC keeps the executable bit of files, not of those in directories.
        self.assertEqual({k: v[1] for k, v in found.items()}, {k: v[1] for k, v in before["data"].items()})
        self.assertEqual(self.tree(self.repo / "sub/deep")[b"rows.csv"], before["sub/deep"][b"rows.csv"])
        self.assertTrue(os.access(self.repo / "tool.sh", os.X_OK))
        self.assertTrue(os.access(self.repo / "model.bin", os.W_OK))
        self.assertEqual([p.name for p in self.repo.rglob(".tenon-tmp")], [])
        self.proved()
        # The cache is untouched: it still is what DVC says it is.
        shutil.rmtree(self.repo / "data")
        self.dvc("checkout", "-q", "data.dvc")
        self.assertIn("up to date", self.dvc("status").out)

    def test_links_into_the_cache_become_files(self):
        for kind in ("symlink", "hardlink"):
            self.dvc("config", "cache.type", kind)
            self.write(f"{kind}/a.bin", self.noise(5, 40_000))
            self.write(f"{kind}/sub/b.bin", self.noise(6, 40_000))
            self.write(f"{kind}.bin", self.noise(7, 40_000))
            self.dvc("add", "-q", kind, f"{kind}.bin")
        self.git("add", "-A")
        self.git("commit", "-qm", "linked")
        self.assertTrue((self.repo / "symlink/a.bin").is_symlink())
        self.assertGreater((self.repo / "hardlink.bin").stat().st_nlink, 1)
        self.assertEqual(self.paths(self.imported()), {"symlink": (0, 2), "symlink.bin": (0, 1), "hardlink": (0, 2), "hardlink.bin": (0, 1)})
        for name in ("symlink/a.bin", "symlink/sub/b.bin", "symlink.bin", "hardlink/a.bin", "hardlink.bin"):
            path = self.repo / name
            self.assertFalse(path.is_symlink())
            self.assertEqual(path.stat().st_nlink, 1)
            path.write_bytes(path.read_bytes() + b"x")
        # What was written to is one's own: the cache is as it was.
        for path in (self.repo / ".dvc/cache/files/md5").rglob("*"):
            if path.is_file():
                self.assertEqual(hashlib.md5(path.read_bytes()).hexdigest(), path.parent.name + path.name.removesuffix(".dir"))

    def make_legacy(self, path):
        """Makes of what DVC has just added what DVC 2 would have: its layout, and MD5s that leave carriage returns out."""
        script = f"""
import json, os, pathlib, sys
from dvc_data.hashfile.hash import file_md5
cache = pathlib.Path(".dvc/cache")
def keep(path):
    digest = file_md5(str(path), name="md5-dos2unix")
    target = cache / digest[:2] / digest[2:]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(path.read_bytes())
    return digest
import hashlib
path = pathlib.Path({path!r})
if path.is_dir():
    entries = [{{"md5": keep(p), "relpath": str(p.relative_to(path))}} for p in sorted(path.rglob("*")) if p.is_file()]
    text = json.dumps(entries).encode()
    digest = hashlib.md5(text).hexdigest()
    target = cache / digest[:2] / (digest[2:] + ".dir")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text)
    digest += ".dir"
else:
    digest = keep(path)
pathlib.Path({path + '.dvc'!r}).write_text(f"outs:\\n- md5: {{digest}}\\n  path: {{path.name}}\\n")
"""
        self.run_command(TOOLS / "dvc/bin/python", "-c", script)

    def test_the_cache_of_dvc_2(self):
        self.write("old/text.csv", b"a,b\r\n" * 300_000)
        self.write("old/mixed.bin", b"text\r\n" * 100 + b"\0" + b"x\r\n" * 100)
        self.write("old/binary.bin", b"\0\r\n" + self.noise(9, 30_000))
        self.write("one.csv", b"x\r\ny\r\n")
        self.dvc("add", "-q", "old", "one.csv")
        shutil.rmtree(self.repo / ".dvc/cache/files")
        for name in ("old", "one.csv"):
            self.make_legacy(name)
        self.assertIn("up to date", self.dvc("status").out)
        self.git("add", "-A")
        self.git("commit", "-qm", "DVC 2")
        before = self.tree(self.repo / "old")
        self.assertEqual(self.paths(self.imported("--dry-run")), {"old": (3, 0), "one.csv": (1, 0)})
        shutil.rmtree(self.repo / "old")
        (self.repo / "one.csv").unlink()
        self.assertEqual(self.paths(self.imported()), {"old": (0, 3), "one.csv": (0, 1)})
        self.assertEqual(self.tree(self.repo / "old"), before)
        self.assertEqual((self.repo / "one.csv").read_bytes(), b"x\r\ny\r\n")
        self.proved()

    def cached(self, path):
        digest = hashlib.md5((self.repo / path).read_bytes()).hexdigest()
        return self.repo / ".dvc/cache/files/md5" / digest[:2] / digest[2:]

    def test_what_the_cache_lacks_is_named_and_the_rest_imported(self):
        self.make_project()
        lost = [self.cached("data/big.bin"), self.cached("data/part0/file000.csv"), self.cached("model.bin")]
        for name in ("data", "model.bin"):
            path = self.repo / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in lost:
            path.unlink()
        reply = self.imported(status=2)
        self.assertEqual(set(self.paths(reply)), {"tool.sh", "sub/deep/rows.csv"})
        text = "\n".join(self.causes(reply))
        self.assertRegex(text, r"'data' is not imported: 2 files are neither in the work tree nor in the cache: 'data/big\.bin' \([0-9a-f]{32}\), 'data/part0/file000\.csv'")
        self.assertIn("'model.bin' is not imported: a file is neither", text)
        self.assertIn("dvc fetch model.bin.dvc", {p["hint"].split("'")[1] for p in reply["problems"]})
        self.assertFalse((self.repo / "data").exists())
        result = self.tenon("import", "dvc", status=2)
        self.assertIn("tenon: 'data' is not imported", result.err)

    def test_a_damaged_cache_is_refused_and_leaves_nothing(self):
        self.make_project()
        damaged = [self.cached("data/big.bin"), self.cached("model.bin")]
        listing = [p for p in (self.repo / ".dvc/cache/files/md5").rglob("*.dir")]
        for name in ("data", "model.bin"):
            path = self.repo / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in damaged:
            bytes_ = bytearray(path.read_bytes())
            bytes_[len(bytes_) // 2] ^= 1
            path.chmod(0o644)
            path.write_bytes(bytes_)
        reply = self.imported(status=2)
        text = "\n".join(self.causes(reply))
        self.assertEqual(text.count("is damaged: its MD5 is not its name"), 2)
        self.assertIn(str(damaged[0]), text)
        self.assertFalse((self.repo / "data").exists() or (self.repo / "model.bin").exists())
        self.assertEqual([p for p in self.repo.rglob(".tenon-tmp")], [])
        self.assertEqual(set(self.paths(reply)), {"tool.sh", "sub/deep/rows.csv"})
        # A listing, too.
        listing[0].chmod(0o644)
        listing[0].write_text(listing[0].read_text() + " ")
        self.assertIn(str(listing[0]), "\n".join(self.causes(self.imported(status=2))))

    def test_what_has_changed_since_is_left_to_dvc(self):
        self.make_project()
        self.write("data/extra.csv", "new")
        self.write("model.bin", "changed")
        reply = self.imported(status=2)
        text = "\n".join(self.causes(reply))
        self.assertIn("'data' is not imported: a file lies in it that DVC has not recorded: 'extra.csv'", text)
        self.assertIn("'model.bin' is not imported: it has changed since DVC recorded it", text)
        self.assertEqual((self.repo / "model.bin").read_text(), "changed")
        self.dvc("commit", "-q", "-f", "data.dvc", "model.bin.dvc")
        self.assertEqual(set(self.paths(self.imported())), {"data", "model.bin"})

    def test_a_cache_elsewhere_and_paths_that_are_named(self):
        self.dvc("cache", "dir", "--local", str(self.base / "shared"))
        self.make_project()
        (self.repo / "model.bin").unlink()
        self.assertFalse((self.repo / ".dvc/cache").exists())
        self.assertEqual(self.paths(self.imported("model.bin", "sub/deep/rows.csv.dvc")), {"model.bin": (0, 1), "sub/deep/rows.csv": (1, 0)})
        os.rename(self.base / "shared", self.base / "moved")
        (self.repo / "tool.sh").unlink()
        self.assertIn("tool.sh", "\n".join(self.causes(self.imported("tool.sh", status=2))))
        self.assertEqual(self.paths(self.imported("--cache", self.base / "moved", "tool.sh", cwd=self.repo)), {"tool.sh": (0, 1)})

    def test_working_directories_sources_and_what_lies_elsewhere(self):
        self.write("sub/w/rows.csv", "1\n")
        self.dvc("add", "-q", "sub/w/rows.csv")
        text = (self.repo / "sub/w/rows.csv.dvc").read_text()
        self.write("sub/rows.csv.dvc", text.replace("outs:", "wdir: w\nouts:"))
        (self.repo / "sub/w/rows.csv.dvc").unlink()
        # From a URL, and from another repository.
        self.write("../source.csv", "from elsewhere\n")
        self.dvc("import-url", "-q", str(self.base / "source.csv"), "brought.csv")
        other = self.base / "other"
        self.new_repository(other)
        self.dvc("init", "-q", cwd=other)
        (other / "d.csv").write_text("theirs\n")
        self.dvc("add", "-q", "d.csv", cwd=other)
        self.git("add", "-A", cwd=other)
        self.git("commit", "-qm", "data", cwd=other)
        self.dvc("import", "-q", str(other), "d.csv")
        self.assertIn("up to date", self.dvc("status", "sub/rows.csv.dvc").out)
        digest = "0" * 32
        self.write("bucket.dvc", f"outs:\n- md5: {digest}\n  path: s3://bucket/x\n")
        self.write("out.dvc", f"outs:\n- md5: {digest}\n  path: ../../etc/passwd\n")
        self.write("etag.dvc", "outs:\n- etag: '1-2'\n  hash: etag\n  path: etag.bin\n")
        self.write("cloud.dvc", f"outs:\n- md5: {digest}\n  path: cloud.bin\n  cloud:\n    s3:\n      etag: x\n      version_id: y\n")
        self.write("stage.dvc", f"cmd: cp a b\nouts:\n- md5: {digest}\n  path: b\n")
        self.write("kept.txt", "in Git\n")
        self.write("kept.dvc", f"outs:\n- md5: {digest}\n  path: kept.txt\n  cache: false\n  desc: a note\n")
        self.git("add", "-A")
        self.git("commit", "-qm", "all kinds")
        reply = self.imported(status=2)
        self.assertEqual(set(self.paths(reply)), {"sub/w/rows.csv", "brought.csv", "d.csv"})
        text, notes = "\n".join(self.causes(reply)), "\n".join(reply["notes"])
        for words in ("'s3://bucket/x' is not imported: it lies outside of the repository (bucket.dvc)", "leads out of the work tree",
                      "'etag.bin' is not imported: etag.dvc names it by no MD5, but by 'etag'", "'cloud.bin' is not imported: its versions are kept by the cloud",
                      "'stage.dvc' is not imported: it is a stage of DVC before 1.0"):
            self.assertIn(words, text)
        self.assertEqual(len(reply["problems"]), 5)
        self.assertIn("source.csv", notes)
        self.assertIn(f"it came from '{other} d.csv'", notes)
        self.assertIn("'kept.txt' stays in Git", notes)

    # Pipelines

    PIPELINE = """\
# The pipeline
vars:
- name: out
stages:
  prepare:
    cmd: mkdir -p work && head -c ${bytes} data/rows.csv >work/rows.csv   # a comment
    deps:
    - data
    params:
    - bytes
    outs:
    - work
  train:
    cmd:
    - cp work/rows.csv ${name}.bin
    - "echo '{\\"rows\\": 3}' >metrics.json"
    deps: [work]
    outs:
    - ${name}.bin:
        persist: true
    metrics:
    - metrics.json:
        cache: false
"""

    def make_pipeline(self, text=PIPELINE):
        self.write("data/rows.csv", self.text(1, 3000))
        self.dvc("add", "-q", "data")
        self.write("params.yaml", "bytes: 100\n")
        self.write("dvc.yaml", text)
        self.dvc("repro", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "pipeline")

    def test_a_pipeline_and_its_outputs(self):
        self.make_pipeline()
        shutil.rmtree(self.repo / "work")
        reply = self.imported()
        self.assertEqual(self.paths(reply), {"data": (1, 0), "work": (0, 1), "out.bin": (1, 0)})
        self.assertEqual((reply["stages"], reply["problems"]), (["prepare", "train"], []))
        settings = (self.repo / "tenon.yaml").read_text()
        self.assertIn("head -c ${bytes} data/rows.csv >work/rows.csv   # a comment", settings)
        self.assertIn("version: 1", settings)
        self.assertIn("M  tenon.yaml", self.git("status", "--porcelain").out)
        self.assertNotIn("metrics.json.tenon", self.git("ls-files").out)
        self.proved()
        again = self.imported()
        self.assertEqual((again["stages"], again["problems"]), ([], []))
        self.assertIn("has the stages of dvc.yaml already", "\n".join(again["notes"]))

    def test_everything_of_dvc_that_is_not_needed_goes_when_asked(self):
        self.make_pipeline()
        self.write("other.bin", "x")
        self.dvc("add", "-q", "other.bin")
        self.git("add", "-A")
        self.git("commit", "-qm", "other")
        self.write("other.bin", "changed")
        reply = self.imported("--remove", status=2)
        self.assertEqual(sorted(reply["removed"]), ["data.dvc", "dvc.lock", "dvc.yaml"])
        self.assertTrue((self.repo / "other.bin.dvc").exists())
        self.assertTrue((self.repo / ".dvc/cache").exists())
        self.assertEqual(
            sorted(line for line in self.git("status", "--porcelain").out.splitlines() if line.startswith("D")),
            ["D  data.dvc", "D  dvc.lock", "D  dvc.yaml"])
        self.proved()

    def test_stages_that_mean_something_else_as_they_stand_are_written_anew(self):
        # DVC keeps these metrics in its cache; Tenon's would be in Git.
        self.make_pipeline(self.PIPELINE.replace("metrics.json:\n        cache: false", "metrics.json"))
        reply = self.imported()
        self.assertEqual(reply["stages"], ["prepare", "train"])
        self.assertIn("written anew", "\n".join(reply["notes"]))
        self.assertIn('cache: true', (self.repo / "tenon.yaml").read_text())
        self.assertEqual(set(self.paths(reply)), {"data", "work", "out.bin", "metrics.json"})

    def test_what_tenon_does_not_have_is_named_with_its_place(self):
        self.make_pipeline()
        self.write("dvc.yaml", self.PIPELINE + "datasets:\n- name: x\n  type: dc\n")
        reply = self.imported("--remove", status=2)
        self.assertIn("dvc.yaml:", "\n".join(self.causes(reply)))
        self.assertIn("datasets", "\n".join(self.causes(reply)))
        self.assertEqual((reply["stages"], reply["removed"]), ([], ["data.dvc"]))
        self.assertNotIn("stages", (self.repo / "tenon.yaml").read_text().split("\n# ")[-1])
        self.assertIn("data", self.paths(reply))
        # Stages that are there already are nobody's to replace.
        self.write("dvc.yaml", self.PIPELINE)
        with open(self.repo / "tenon.yaml", "a") as file:
            file.write("stages: { mine: { cmd: 'true' } }\n")
        self.assertIn("tenon.yaml has stages already", "\n".join(self.causes(self.imported(status=2))))

    # Projects from anybody

    def test_hostile_projects_are_refused_by_name(self):
        self.refused_outside()
        digest = hashlib.md5(b"evil").hexdigest()
        cache = self.repo / ".dvc/cache/files/md5" / digest[:2]
        cache.mkdir(parents=True)
        (cache / digest[2:]).write_bytes(b"evil")
        listing = json.dumps([{"md5": digest, "relpath": "../../../evil"}]).encode()
        name = hashlib.md5(listing).hexdigest()
        (self.repo / ".dvc/cache/files/md5" / name[:2]).mkdir(exist_ok=True)
        (self.repo / ".dvc/cache/files/md5" / name[:2] / (name[2:] + ".dir")).write_bytes(listing)
        os.symlink(self.base, self.repo / "away")
        os.mkfifo(cache / ("f" * 30))
        out = "outs:\n- md5: {}\n  hash: md5\n  path: {}\n"
        files = {
            "a.dvc": out.format(name + ".dir", "tree"), "b.dvc": out.format(digest, "away/evil"), "c.dvc": out.format(digest, ".git/hooks/post-commit"),
            "d.dvc": out.format(digest, "../evil"), "e.dvc": out.format(digest[:2] + "f" * 30, "pipe"), "f.dvc": "outs: &a [*a]\n", "g.dvc": "[" * 5000,
            "h.dvc": out.format("../../x" + "0" * 25, "x"), "i.dvc": "\xff", "j.dvc": out.format(digest, "fine"), "k.dvc": "wdir: ../..\n" + out.format(digest, "x"),
            "l.dvc": out.format(digest, "fine/inside"), "m.dvc": out.format(digest, "fine"),
        }
        for path, text in files.items():
            self.write(path, text.encode("latin-1"))
        reply = self.imported(status=2)
        self.assertEqual(set(self.paths(reply)), {"fine"})
        text = "\n".join(self.causes(reply))
        for words in ("which is no path with an MD5", "'away' is a symbolic link", "Git takes a component for '.git'", "leads out of the work tree", "'pipe' is not imported",
                      "'f.dvc' is not imported", "'g.dvc' is not imported", "'h.dvc' is not imported", "'i.dvc' is not imported", "'k.dvc' is not imported"):
            self.assertIn(words, text)
        self.assertFalse((self.base / "evil").exists() or (self.base.parent / "evil").exists())
        self.assertFalse((self.repo / ".git/hooks/post-commit").exists() and (self.repo / ".git/hooks/post-commit").read_bytes() == b"evil")

    def refused_outside(self):
        other = self.base / "plain"
        self.new_repository(other)
        self.refused("import", "dvc", says="there is no DVC project here", cwd=other)
