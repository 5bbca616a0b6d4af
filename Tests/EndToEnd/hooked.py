"""A repository whose hooks call tenon, whatever `tenon init` installs."""
import os

from harness import BIN, TenonTest

HOOKS = ["pre-commit", "pre-merge-commit", "post-commit", "post-checkout", "post-merge", "post-rewrite", "post-applypatch", "post-index-change", "pre-push"]


class HookedTest(TenonTest):
    def hook(self, name, text=None, repo=None):
        path = (repo or self.repo) / ".git/hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text or f'#!/bin/sh\nexec "{BIN}/tenon" hook {name} "$@"\n')
        path.chmod(0o755)

    def install(self, repo=None):
        for name in HOOKS:
            self.hook(name, repo=repo)

    def hooked(self):
        """`data` (a directory) and `model.bin`, committed as "one"; hooks in place."""
        self.initialised()
        self.install()
        self.write("data/a.csv", "a,1\n")
        self.write("data/sub/b.csv", "b,1\n")
        self.write("model.bin", self.noise(1, 100_000))
        self.tenon("add", "data", "model.bin")
        self.git("commit", "-qm", "one")

    def change(self, text, name="data/a.csv"):
        self.write(name, text)

    def commit(self, text, name="data/a.csv"):
        """Changes a file of the data and commits with the code, by plain git. Returns the new commit."""
        self.change(text, name)
        self.write("train.py", f"print({text!r})\n")
        self.git("commit", "-qam", text.strip())
        return self.head()

    def head(self, revision="HEAD"):
        return self.git("rev-parse", revision).out.strip()

    def read(self, name="data/a.csv"):
        return (self.repo / name).read_text()

    def committed(self, path="data", revision="HEAD"):
        return self.pointer(path, revision)["oid"].removeprefix("sha256:")

    def here(self, path="data"):
        full = self.repo / path
        return self.directory_hash(full) if full.is_dir() else self.sha256(full)

    def assertBound(self, revision="HEAD", path="data"):
        """The commit binds exactly the bytes that lie here."""
        self.assertEqual(self.committed(path, revision), self.here(path))

    def assertClean(self, **options):
        self.assertEqual(set(self.states(**options).values()), {"clean"})
        self.assertEqual(self.git("status", "--porcelain", **options).out, "")
