"""What else may have hooks in a repository: the columns of the matrix.

Each knows how its people install it, before and after `tenon init` and in a clone, and how a test sees that its hooks still run: with their
arguments and standard input, and with their exit status respected.
"""
import os
import pathlib
import shutil
import stat

TOOLS = pathlib.Path(os.environ.get("TENON_TEST_TOOLS", "/nonexistent"))

# Writes a line of `name|arguments|standard input` for each call; refuses the call that FOREIGN_REFUSE names.
RECORDER = """#!/bin/sh
input=
case {name} in pre-push | post-rewrite) input=$(tr '\\n' ';') ;; esac
[ -z "${{FOREIGN_LOG-}}" ] || echo "{name}|$*|$input" >>"$FOREIGN_LOG"
[ "${{FOREIGN_REFUSE-}}" != {name} ] || {{ echo "foreign {name} refuses" >&2; exit 1; }}
"""

NAMES = ("pre-commit", "pre-merge-commit", "post-commit", "post-checkout", "post-merge", "post-rewrite", "pre-push", "commit-msg")


class NoHooks:
    """Nothing but Tenon."""

    observes = ()
    """Hooks whose calls are recorded."""
    silent_rows = ()
    """Rows in which they are not called without Tenon either."""

    def before_init(self, world, repo):
        pass

    def after_init(self, world, repo):
        pass

    def before_two(self, world, repo):
        """What it adds to the second commit of main."""

    def in_clone(self, world, repo):
        """What its people run in a fresh clone, before `tenon init`."""
        self.before_init(world, repo)

    def check(self, world, repo):
        """What else must be true at the end of a cell."""


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def hooks_directory(world, repo):
    return repo / world.git("rev-parse", "--git-path", "hooks", cwd=repo).out.strip()


class Scripts(NoHooks):
    """Scripts of the user's own in .git/hooks, one of them for a hook that Tenon has no use for."""

    observes = NAMES

    def before_init(self, world, repo):
        for name in NAMES:
            executable(hooks_directory(world, repo) / name, RECORDER.format(name=name))


# Husky 9: this file beside one line in each of `.husky/_/NAME`; `core.hooksPath` is `.husky/_`, the scripts in `.husky` are tracked.
HUSKY = """#!/usr/bin/env sh
[ "$HUSKY" = "2" ] && set -x
n=$(basename "$0")
s=$(dirname "$(dirname "$0")")/$n

[ ! -f "$s" ] && exit 0

i="${XDG_CONFIG_HOME:-$HOME/.config}/husky/init.sh"
[ -f "$i" ] && . "$i"

[ "${HUSKY-}" = "0" ] && exit 0

export PATH="node_modules/.bin:$PATH"
sh -e "$s" "$@"
c=$?

[ $c != 0 ] && echo "husky - $n script failed (code $c)"
[ $c = 127 ] && echo "husky - command not found in PATH=$PATH"
exit $c
"""
HUSKY_NAMES = NAMES + (
    "applypatch-msg", "post-applypatch", "pre-applypatch", "pre-auto-gc", "pre-rebase", "prepare-commit-msg")


class Husky(NoHooks):
    """The layout of husky 9."""

    observes = ("pre-commit", "post-checkout", "pre-push")
    # `.husky/_` is made by `npm install`, and not there yet in a fresh work tree.
    silent_rows = ("row_worktree_add",)

    def before_init(self, world, repo):
        for name in self.observes:
            if not (repo / ".husky" / name).exists():
                executable(repo / ".husky" / name, RECORDER.format(name=name).removeprefix("#!/bin/sh\n"))
        self.prepare(world, repo)

    def prepare(self, world, repo):
        """`npm install`, which runs `husky`."""
        inner = repo / ".husky/_"
        inner.mkdir(parents=True, exist_ok=True)
        (inner / ".gitignore").write_text("*")
        executable(inner / "h", HUSKY)
        for name in HUSKY_NAMES:
            executable(inner / name, '#!/usr/bin/env sh\n. "$(dirname "$0")/h"')
        world.git("config", "core.hooksPath", ".husky/_", cwd=repo)

    def in_clone(self, world, repo):
        self.prepare(world, repo)


FRAMEWORK = """repos:
- repo: local
  hooks:
  - id: foreign-commit
    name: foreign
    entry: ./foreign-hook pre-commit
    language: system
    always_run: true
    pass_filenames: false
    stages: [pre-commit]
  - id: foreign-push
    name: foreign
    entry: ./foreign-hook pre-push
    language: system
    always_run: true
    pass_filenames: false
    stages: [pre-push]
"""


class Framework(NoHooks):
    """The pre-commit framework, with hooks that need no network."""

    observes = ("pre-commit", "pre-push")

    def before_init(self, world, repo):
        if not (TOOLS / "bin/pre-commit").exists():
            world.skipTest("the pre-commit framework is not installed")
        (repo / ".pre-commit-config.yaml").write_text(FRAMEWORK)
        executable(repo / "foreign-hook", '#!/bin/sh\n[ -z "${FOREIGN_LOG-}" ] || echo "$1||" >>"$FOREIGN_LOG"\n[ "${FOREIGN_REFUSE-}" != "$1" ]\n')
        self.in_clone(world, repo)

    def in_clone(self, world, repo):
        world.run_command(TOOLS / "bin/pre-commit", "install", "-t", "pre-commit", "-t", "pre-push", cwd=repo)


class LFS(NoHooks):
    """Git LFS: filters, hooks, and a lockable file, which its post hooks make read-only again."""

    def before_init(self, world, repo):
        if not shutil.which("git-lfs"):
            world.skipTest("Git LFS is not installed")
        self.in_clone(world, repo)
        world.git("lfs", "track", "--lockable", "*.big", cwd=repo)
        (repo / "weights.big").write_bytes(b"large file, first\n")

    def before_two(self, world, repo):
        self.change(world, repo, b"large file, second\n")

    def change(self, world, repo, content):
        (repo / "weights.big").unlink()
        (repo / "weights.big").write_bytes(content)
        world.git("add", "weights.big", cwd=repo)

    def in_clone(self, world, repo):
        world.git("lfs", "install", "--local", cwd=repo)
        world.git("lfs", "pull", cwd=repo) if (repo / "weights.big").exists() else None

    def check(self, world, repo):
        pointer = world.git("cat-file", "blob", "HEAD:weights.big", cwd=repo).out
        world.assertIn("version https://git-lfs", pointer)
        world.assertIn(world.sha256(repo / "weights.big"), pointer)
