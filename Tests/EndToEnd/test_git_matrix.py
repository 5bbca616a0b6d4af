"""Plain Git carries the data: each thing that people do with Git, beside each kind of foreign hooks, with and without an unsaved edit."""
import os

import foreign_hooks
from git_rows import CALLS, Rows
from world import MODEL_ONE, SIDE_TWO


class Matrix(Rows):
    """One column. Its tests are made from the rows, in `load_tests` order by name."""

    column = foreign_hooks.NoHooks()

    def before_init(self):
        self.column.before_init(self, self.repo)

    def after_init(self):
        self.column.after_init(self, self.repo)

    def before_two(self):
        self.column.before_two(self, self.repo)

    def setUp(self):
        super().setUp()
        self.log = self.base / "foreign.log"
        self.environment["FOREIGN_LOG"] = str(self.log)

    def called(self):
        """What the foreign hooks saw: name, arguments, standard input."""
        return [tuple(line.split("|", 2)) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def check_cell(self, row, unsaved):
        if unsaved:
            self.edit_notes()
        getattr(self, row)()
        self.everything_pinned_is_stored()
        self.column.check(self, self.repo)
        expected = set(CALLS[row]) & set(self.column.observes) if row not in self.column.silent_rows else set()
        self.assertEqual(expected - {name for name, _, _ in self.called()}, set(), "foreign hooks that did not run")


def cell(row, unsaved):
    def test(self):
        self.check_cell(row, unsaved)
    return test


def column(name, hooks):
    tests = {}
    for row in sorted(CALLS):
        for unsaved in (False, True):
            title = "test_" + row.removeprefix("row_") + ("_with_an_unsaved_edit" if unsaved else "")
            tests[title] = cell(row, unsaved)
    return type(name, (Matrix,), {"column": hooks, "__doc__": hooks.__doc__, **tests})


WithoutOtherHooks = column("WithoutOtherHooks", foreign_hooks.NoHooks())
WithHookScripts = column("WithHookScripts", foreign_hooks.Scripts())
WithHusky = column("WithHusky", foreign_hooks.Husky())
WithThePreCommitFramework = column("WithThePreCommitFramework", foreign_hooks.Framework())


class WithGitLFS(column("WithGitLFS", foreign_hooks.LFS())):
    """Git LFS, whose hooks show by what they do."""

    def test_its_hooks_run(self):
        weights = self.repo / "weights.big"
        origin = self.base / "origin.git"
        self.git("init", "-q", "--bare", str(origin))
        os.chmod(weights, 0o644)
        # post-checkout and post-commit make lockable files read-only, pre-push uploads.
        self.git("switch", "-q", "side")
        self.assertEqual(weights.stat().st_mode & 0o222, 0)
        self.assertEqual(weights.read_bytes(), b"large file, first\n")
        self.column.change(self, self.repo, b"large file, third\n")
        self.git("commit", "-qm", "third")
        self.assertEqual(weights.stat().st_mode & 0o222, 0)
        self.git("push", "-q", f"file://{origin}", "side")
        self.assertTrue(any(path.name == self.sha256(weights) for path in (origin / "lfs/objects").rglob("*")))
        self.ends(SIDE_TWO, MODEL_ONE)
