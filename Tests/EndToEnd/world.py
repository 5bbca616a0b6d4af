"""A small project with a dataset and a model whose history is known to the byte, and a fresh copy of it for each test.

The daemon, its store and the project are made once for a class of tests; a test copies the project, so that a cell of the matrix costs little more
than the Git commands in it.
"""
import hashlib
import os
import pathlib
import re
import shutil
import tempfile

from harness import TenonTest

# The dataset `data/train` at each commit, by branch. `side` adds files, so it merges with everything; `clash` changes what `two` changes.
ONE = {"a.csv": b"a,1\n", "b.csv": b"b,1\n", "sub/c.csv": b"c,1\n"}
TWO = {**ONE, "b.csv": b"b,2\n", "two.csv": b"two\n"}
SIDE_ONE = {**ONE, "side.csv": b"side\n"}
SIDE_TWO = {**SIDE_ONE, "sub/side.csv": b"side, too\n"}
CLASH = {**ONE, "b.csv": b"b, otherwise\n"}
LINE = [{**ONE, "n.csv": b"%d\n" % number} for number in range(1, 6)]
# What a test writes.
THREE = {**TWO, "a.csv": b"a,3\n", "three.csv": b"three\n"}
# The model at the same commits.
MODEL_ONE = bytes(range(256)) * 40
MODEL_TWO = MODEL_ONE[:5000] + b"two" + MODEL_ONE[5000:]
# An artifact that no commit changes, and what an unsaved edit makes of it.
NOTES = b"as it was\n" * 100
EDIT = NOTES + b"unsaved\n"


def file_oid(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def tree_oid(files: dict) -> str:
    """The directory's hash as the format states it, computed by nothing of Tenon's."""
    lines = (b"%s  %s\n" % (hashlib.sha256(content).hexdigest().encode(), os.fsencode(name)) for name, content in files.items())
    return "sha256:" + hashlib.sha256(b"".join(sorted(lines, key=lambda line: line[66:-1]))).hexdigest()


def read_tree(top) -> dict:
    """The regular files below `top`."""
    top = pathlib.Path(top)
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file() and not path.is_symlink()}


def union(*trees) -> dict:
    return {name: content for tree in trees for name, content in tree.items()}


class WorldTest(TenonTest):
    """One home, store and daemon for the class; for each test a copy of the project that `make_template` has made."""

    @classmethod
    def setUpClass(cls):
        cls.place = pathlib.Path(tempfile.mkdtemp(prefix="tenon-world-", dir=os.environ.get("TENON_TEST_DIR")))
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        maker = cls()
        maker.base = cls.place / "template"
        maker.base.mkdir()
        maker.enter(cls.place / "home")
        cls.addClassCleanup(maker.stop_daemon)
        maker.repo = maker.base / "repo"
        maker.make_template()

    def setUp(self):
        self.base = self.place / self._testMethodName[:100]
        self.base.mkdir()
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.enter(self.place / "home")
        self.repo = self.base / "repo"
        self.copy_repository(self.place / "template/repo", self.repo)

    def copy_repository(self, source, target):
        """A repository of its own: the ids by which the store knows the source stay there."""
        shutil.copytree(source, target, symlinks=True)
        for name in ("id", "repository"):
            (target / ".git/tenon" / name).unlink(missing_ok=True)
        self.git("update-index", "-q", "--refresh")

    def make_template(self):
        """The history: main is one–two; side and clash leave it at one, line too."""
        self.new_repository(self.repo)
        self.before_init()
        self.tenon("init")
        self.after_init()
        self.write("README.md", "read me\n")
        self.git("add", "-A")
        self.git("commit", "-qm", "init")
        self.lay(ONE)
        self.write("model.bin", MODEL_ONE)
        self.write("notes.bin", NOTES)
        self.tenon("add", "data/train", "model.bin", "notes.bin")
        self.commit_all("one", "one.py")
        self.git("tag", "one")
        self.branch("side", SIDE_ONE, SIDE_TWO)
        self.branch("clash", CLASH)
        self.branch("line", *LINE)
        self.tenon("checkout", "-q", "main")
        self.lay(TWO)
        self.write("model.bin", MODEL_TWO)
        self.before_two()
        self.commit_all("two", "two.py")
        self.here(TWO)
        self.assertEqual(self.git("status", "--porcelain").out, "")

    def before_init(self):
        """What a column of the matrix has in place before Tenon comes."""

    def after_init(self):
        """What its person does after Tenon has come."""

    def before_two(self):
        """What else the second commit of main changes."""

    def branch(self, name, *states):
        self.git("branch", name, "one")
        self.tenon("checkout", "-q", name)
        for number, state in enumerate(states, 1):
            self.lay(state)
            self.commit_all(f"{name} {number}", f"{name}{number}.py")

    def commit_all(self, message, code):
        self.write(code, f"# {message}\n")
        self.git("add", code)
        self.tenon("commit", "-qm", message)

    # Writing

    def lay(self, files, at="data/train", repo=None):
        """Makes a directory hold exactly these files, touching none that is right already."""
        top = (repo or self.repo) / at
        for name in read_tree(top).keys() - files.keys():
            (top / name).unlink()
        for name, content in files.items():
            path = top / name
            if not path.exists() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def settle(self, **options):
        """Waits until the daemon has stored what lies there and the pointers follow."""
        return self.tenon("status", "--wait", **options)

    # Looking

    def here(self, data=None, model=None, notes=None, repo=None):
        """The bytes in the work tree."""
        repo = repo or self.repo
        if data is not None:
            self.assertEqual(read_tree(repo / "data/train"), data)
        if model is not None:
            self.assertEqual((repo / "model.bin").read_bytes(), model)
        if notes is not None:
            self.assertEqual((repo / "notes.bin").read_bytes(), notes)

    def pinned(self, revision, data=None, model=None, notes=None, repo=None):
        """The bytes that a commit pins, by their hashes."""
        wanted = {"data/train": data and tree_oid(data), "model.bin": model and file_oid(model), "notes.bin": notes and file_oid(notes)}
        wanted = {path: oid for path, oid in wanted.items() if oid}
        found = {path: self.oid_at(revision, path, repo) for path in wanted}
        self.assertEqual(found, wanted, f"what {revision} pins")

    def oid_at(self, revision, path, repo=None):
        text = self.git("cat-file", "blob", f"{revision}:{path}.tenon", cwd=repo).out
        self.assertNotIn("<<<<", text)
        return re.search(r"(?m)^oid (\S+)$", text)[1]

    def all_clean(self, repo=None):
        """Tenon and Git agree that there is nothing to do."""
        self.assertEqual(set(self.states(cwd=repo).values()), {"clean"})
        self.assertEqual(self.git("status", "--porcelain", cwd=repo).out, "")

    def head(self, repo=None):
        return self.git("rev-parse", "HEAD", cwd=repo).out.strip()

    def survives(self, path, content, repo=None):
        """The bytes are not lost: they lie there, or `tenon recover` brings them back."""
        repo = repo or self.repo
        at = repo / path
        if (read_tree(at) if isinstance(content, dict) else at.is_file() and at.read_bytes()) == content:
            return
        oid = tree_oid(content) if isinstance(content, dict) else file_oid(content)
        saved = self.tenon("recover", "--json", cwd=repo).json()["states"]
        for state in saved:
            if state["path"] == path and state["pointer"]["oid"] == oid:
                target = pathlib.Path(tempfile.mkdtemp(dir=self.base)) / "recovered"
                self.tenon("recover", state["id"], str(target), cwd=repo)
                self.assertEqual(read_tree(target) if isinstance(content, dict) else target.read_bytes(), content)
                return
        self.fail(f"the content of {path} is lost: neither in the work tree nor among {saved}")

    def everything_pinned_is_stored(self, repo=None):
        self.tenon("verify", "--all", cwd=repo)
