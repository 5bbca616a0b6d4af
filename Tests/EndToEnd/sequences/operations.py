"""What people do, one method each. An operation runs its command and says what must be true after it."""
import dataclasses
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable

from programs import NO_HOOKS

from . import contents
from .repository import Commit, Repository, Seen
from .template import BRANCHES

# Some names are hit more often, so that both sides change the same file now and then.
NAMES = ("f0", "f0", "f0", "f1", "f2", "f3", "f4", "sub/g", "sub/h", "x", "x", "y")


@dataclasses.dataclass
class Outcome:
    status: int = 0
    said: str = ""
    pins: Callable[[Commit], dict] | None = None
    """For a new commit: artifact → the oids that it may pin. What is not named may be any content that is known."""
    joined: tuple | None = None
    """The pins (base, ours, theirs) that are joined, for which a conflict must be a true one."""
    blind: bool = False
    """No hook saw it."""
    killed: bool = False
    """The daemon was killed meanwhile."""
    wanted: dict = dataclasses.field(default_factory=dict)
    """Artifact → the oids of which one must lie in the work tree if all went well."""
    must_work: bool = False
    follows: bool = False
    """Pointers have followed their data when it is done."""
    edited: set = dataclasses.field(default_factory=set)
    """Artifacts that the person changed, who does not want back what lay there."""


class Operations:
    """`do_…` methods for a clone in rest, `go_on_…` for one in the middle of something. One that does not apply returns `None`."""

    def __init__(self, place, repository: Repository, known: dict, agreed: dict, before: Seen, dice: random.Random, number: int):
        self.place, self.repo, self.known, self.agreed, self.before, self.dice, self.number = place, repository, known, agreed, before, dice, number

    # Running

    def run(self, *command, env=None, **outcome) -> Outcome:
        process = subprocess.run(
            command, cwd=self.repo.path, env={**self.place.environment, **(env or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=90)
        return Outcome(process.returncode, process.stdout.decode(errors="replace"), **outcome)

    def git(self, *arguments, **outcome) -> Outcome:
        return self.run("git", *arguments, **outcome)

    def tenon(self, *arguments, **outcome) -> Outcome:
        return self.run(self.place.tenon, *arguments, **outcome)

    def killing(self, *command, **outcome) -> Outcome:
        """The command, with the daemon killed at some moment of it."""
        pid = self.place.daemon()
        process = subprocess.Popen(
            command, cwd=self.repo.path, env=self.place.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(self.dice.uniform(0, 0.05))
        if pid:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        said = process.communicate(timeout=90)[0].decode(errors="replace")
        return Outcome(process.returncode, said, killed=True, **outcome)

    def code(self) -> str:
        """A file of code that no other commit has."""
        name = f"code{self.number}-{self.dice.randrange(10**6)}"
        (self.repo.path / name).write_text(name + "\n")
        return name

    def message(self) -> str:
        return f"c{self.number}-{self.dice.randrange(10**9)}"

    # What a commit must pin

    def artifact(self) -> str | None:
        there = sorted(self.before.data.keys() & self.before.pointers.keys())
        return self.dice.choice(there) if there else None

    def snapshot(self, index: dict, artifact: str) -> set:
        """What a commit of everything pins for one artifact: the data, unless it lags behind its pointer."""
        data, pointer = contents.oid(self.before.data.get(artifact)), self.before.pointers.get(artifact)
        if pointer is None or data is None:
            return {index.get(artifact), pointer}
        return {data} if pointer in (data, self.agreed.get(artifact)) else {index.get(artifact), pointer}

    def pins_all(self):
        index = self.repo.index()
        wanted = {artifact: self.snapshot(index, artifact) for artifact in index}
        return lambda commit: wanted

    def pins_head(self, **other):
        pins = self.repo.pins("HEAD")
        wanted = {artifact: {pin} for artifact, pin in pins.items()} | other
        return lambda commit: wanted

    def pins_index(self):
        wanted = {artifact: {pin} for artifact, pin in self.repo.index().items()}
        return lambda commit: wanted

    def content(self, oid):
        return None if oid is None else self.known[oid]

    def join(self, base: dict, ours: dict, theirs: dict) -> dict:
        """Artifact → the oid after a clean merge; an artifact in conflict is left out."""
        wanted = {}
        removed = any(artifact not in side for side in (ours, theirs) for artifact in base)
        for artifact in base.keys() | ours.keys() | theirs.keys():
            try:
                content = contents.merge(*(self.content(side.get(artifact)) for side in (base, ours, theirs)))
            except contents.Conflict:
                continue
            oid = contents.oid(content)
            if content is not None:
                self.known.setdefault(oid, content)
            # Git may take a removal beside an addition for a renaming, and join otherwise.
            wanted[artifact] = None if removed else {oid}
        return {artifact: oids for artifact, oids in wanted.items() if oids}

    def picked(self, original: str, undo=False) -> tuple:
        """The sides of a pick of `original` onto HEAD."""
        commit = self.repo.commits[original]
        parent = self.repo.commits[commit.parents[0]].pins
        sides = (parent, self.repo.pins("HEAD"), commit.pins)
        return sides[::-1] if undo else sides

    def commit_to_pick(self) -> str | None:
        """A commit of another branch, most of the time."""
        commits = {id for id, commit in self.repo.commits.items() if len(commit.parents) == 1 and commit.subject.startswith(("c", "first"))}
        elsewhere = commits - set(self.repo.git("rev-list", "HEAD").split())
        found = sorted(elsewhere if elsewhere and self.dice.random() < 0.9 else commits)
        return self.dice.choice(found) if found else None

    # Work

    def changed(self, content):
        mark = b"%d of step %d\n" % (self.dice.randrange(10**9), self.number)
        if isinstance(content, bytes):
            return self.dice.choice((content + mark, mark + content[len(mark):], mark))
        content = dict(content)
        for _ in range(self.dice.choice((1, 1, 2, 3))):
            name = self.dice.choice(NAMES)
            if name in content and len(content) > 2 and self.dice.random() < 0.3:
                del content[name]
            else:
                content[name] = mark + name.encode()
        return content

    def do_edit(self) -> Outcome | None:
        if not (artifact := self.artifact()):
            return None
        contents.write(self.repo.path / artifact, self.changed(self.before.data[artifact]))
        return Outcome(edited={artifact})

    def do_edit_and_wait(self) -> Outcome | None:
        edit = self.do_edit()
        return edit and self.tenon("status", "--wait", must_work=True, edited=edit.edited, follows=True)

    def do_add_artifact(self) -> Outcome | None:
        if "extra" in self.before.data or "extra" in self.before.pointers:
            return None
        contents.write(self.repo.path / "extra", {"e": b"%d\n" % self.dice.randrange(3)} if self.dice.random() < 0.5 else b"extra\n")
        return self.tenon("add", "extra")

    def do_tenon_add(self) -> Outcome | None:
        return self.tenon("add", "-u")

    def do_tenon_commit(self) -> Outcome | None:
        return self.tenon("commit", "-qm", self.message(), pins=self.pins_all())

    def do_tenon_checkout(self) -> Outcome | None:
        return self.tenon("checkout", "-q", self.dice.choice(BRANCHES))

    def do_tenon_restore(self) -> Outcome | None:
        pins = self.repo.pins("HEAD")
        return self.tenon("restore", wanted={artifact: {pin} for artifact, pin in pins.items()}, must_work=True)

    def do_tenon_restore_source(self) -> Outcome | None:
        branch, artifact = self.dice.choice(BRANCHES), self.dice.choice(("data", "m.bin"))
        pins = self.repo.pins(branch)
        if artifact not in pins:
            return None
        return self.tenon("restore", "--source", branch, artifact, wanted={artifact: {pins[artifact]}})

    def do_tenon_move(self) -> Outcome | None:
        if not (artifact := self.artifact()) or "moved" in self.before.data or "moved" in self.before.pointers:
            return None
        return self.tenon("mv", artifact, "moved", wanted={"moved": {contents.oid(self.before.data[artifact])}})

    def do_tenon_remove(self) -> Outcome | None:
        return self.tenon("rm", "extra") if "extra" in self.before.pointers else None

    # Commits

    def do_commit(self) -> Outcome | None:
        self.git("add", self.code())
        return self.git("commit", "-qm", self.message(), pins=self.pins_all())

    def do_commit_all(self) -> Outcome | None:
        self.git("add", self.code())
        return self.git("commit", "-qam", self.message(), pins=self.pins_all())

    def do_commit_data_only(self) -> Outcome | None:
        outcome = self.git("commit", "-qam", self.message(), pins=self.pins_all())
        if "repeat the commit" in outcome.said:
            outcome = self.git("commit", "-qam", self.message(), pins=outcome.pins)
        return outcome

    def do_commit_path(self) -> Outcome | None:
        code = self.code()
        self.git("add", code)
        return self.git("commit", "-qm", self.message(), code, pins=self.pins_head())

    def do_commit_pointer(self) -> Outcome | None:
        if not (artifact := self.artifact()):
            return None
        wanted = self.snapshot(self.repo.index(), artifact)
        if self.repo.pins("HEAD").get(artifact) in wanted:
            return None
        return self.git("commit", "-qm", self.message(), artifact + ".tenon", pins=self.pins_head(**{artifact: wanted}))

    def do_amend(self) -> Outcome | None:
        return self.git("commit", "--amend", "-qm", self.message(), pins=self.pins_index())

    def do_commit_while_the_daemon_dies(self) -> Outcome | None:
        self.git("add", self.code())
        return self.killing("git", "commit", "-qam", self.message(), pins=self.pins_all())

    # Moving

    def do_switch(self) -> Outcome | None:
        return self.git("switch", "-q", self.dice.choice(BRANCHES))

    def do_detach(self) -> Outcome | None:
        return self.git("checkout", "-q", "--detach", self.dice.choice(("HEAD~1", *BRANCHES)))

    def do_switch_without_hooks(self) -> Outcome | None:
        return self.git(*NO_HOOKS, "switch", "-q", self.dice.choice(BRANCHES), blind=True)

    def do_switch_while_the_daemon_dies(self) -> Outcome | None:
        return self.killing("git", "switch", "-q", self.dice.choice(BRANCHES))

    def do_reset_hard(self) -> Outcome | None:
        return self.git("reset", "-q", "--hard", self.dice.choice(("HEAD", "HEAD~1", *BRANCHES)))

    def do_reset_soft(self) -> Outcome | None:
        return self.git("reset", "-q", "--soft", "HEAD~1", blind=True)

    def do_checkout_pointer(self) -> Outcome | None:
        return self.git("checkout", "-q", self.dice.choice(BRANCHES), "--", self.dice.choice(("data.tenon", "m.bin.tenon")))

    def do_stash(self) -> Outcome | None:
        if all(contents.oid(self.before.data.get(artifact)) == pin == self.before.pointers.get(artifact) for artifact, pin in self.repo.pins("HEAD").items()):
            return None
        allowed = {artifact: {pointer, contents.oid(self.before.data.get(artifact))} for artifact, pointer in self.before.pointers.items()}
        return self.git("stash", "-q", pins=lambda commit: {} if commit.subject.startswith("index on") else allowed)

    def do_stash_pop(self) -> Outcome | None:
        return self.git("stash", "pop", "-q") if self.repo.object("refs/stash") else None

    # Joining

    def bases(self, theirs: str) -> list:
        return self.repo.git("merge-base", "--all", "HEAD", theirs).split()

    def merging(self, theirs: str, *command) -> Outcome:
        """A merge, fast-forward or true."""
        bases, sides = self.bases(theirs), (self.repo.pins("HEAD"), self.repo.pins(theirs))
        if len(bases) != 1:
            return self.git(*command)
        joined = (self.repo.pins(bases[0]), *sides)
        wanted = self.join(*joined)
        return self.git(*command, pins=lambda commit: wanted if len(commit.parents) == 2 else {}, joined=joined)

    def do_merge(self) -> Outcome | None:
        branch = self.dice.choice(BRANCHES)
        return self.merging(branch, "merge", "-q", "--no-edit", branch)

    def rebased(self, commit: Commit) -> dict:
        """A commit made anew on another parent joins the change that the commit with its subject made."""
        reached = self.repo.git("log", "--format=%H", "--fixed-strings", "--grep", commit.subject, self.before.head, "ORIG_HEAD").split()
        originals = [self.repo.commits[id] for id in reached if id in self.repo.commits and id != commit.id]
        if len(commit.parents) != 1:
            return {}
        # A picked commit has the subject of its original, so there may be several that this one was made from.
        joins = [
            self.join(self.repo.commits[original.parents[0]].pins, self.repo.commits[commit.parents[0]].pins, original.pins)
            for original in originals if len(original.parents) == 1 and original.subject == commit.subject]
        common = set.intersection(*(set(join) for join in joins)) if joins else set()
        return {artifact: set.union(*(join[artifact] for join in joins)) for artifact in common}

    def do_rebase(self) -> Outcome | None:
        return self.git("rebase", "-q", *self.dice.choice(((), (), ("--autostash",), ("--apply",))), self.dice.choice(BRANCHES), pins=self.rebased)

    def do_cherry_pick(self) -> Outcome | None:
        if not (original := self.commit_to_pick()):
            return None
        joined = self.picked(original)
        wanted = self.join(*joined)
        return self.git("cherry-pick", original, pins=lambda commit: wanted, joined=joined)

    def do_cherry_pick_without_commit(self) -> Outcome | None:
        if not (original := self.commit_to_pick()):
            return None
        # Onto the index, whatever HEAD has.
        base, _, theirs = self.picked(original)
        return self.git("cherry-pick", "-n", original, joined=(base, self.repo.index(), theirs))

    def do_revert(self) -> Outcome | None:
        if not (original := self.commit_to_pick()):
            return None
        joined = self.picked(original, undo=True)
        wanted = self.join(*joined)
        return self.git("revert", "--no-edit", original, pins=lambda commit: wanted, joined=joined)

    def do_push(self) -> Outcome | None:
        return self.git("push", "-q", "origin", self.dice.choice(BRANCHES))

    def do_pull(self) -> Outcome | None:
        if not self.before.branch or self.git("fetch", "-q", "origin").status:
            return None
        return self.merging(f"origin/{self.before.branch}", "pull", "-q", "--no-rebase", "--no-edit")

    def do_pull_with_rebase(self) -> Outcome | None:
        if not self.before.branch:
            return None
        return self.git("pull", "-q", "--rebase", pins=self.rebased)

    # In the middle of something

    def command_in_progress(self) -> str | None:
        return {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert", "rebase-merge": "rebase", "rebase-apply": "rebase"}.get(
            self.before.operation)

    def go_on_abort(self) -> Outcome | None:
        command = self.command_in_progress()
        return self.git(command, "--abort") if command else self.git("reset", "-q", "--hard")

    def go_on_resolved(self, side: str) -> Outcome | None:
        stage = {"ours": 2, "theirs": 3}[side]
        for artifact, stages in self.repo.conflicts().items():
            if stage not in stages:
                self.git("rm", "-q", "--cached", artifact + ".tenon")
                (self.repo.path / (artifact + ".tenon")).unlink(missing_ok=True)
                continue
            restored = self.tenon("restore", f"--{side}", artifact)
            lies = contents.oid(contents.read(self.repo.path / artifact))
            allowed = {stages[stage], self.preferring(stages, stage)}
            if restored.status or lies not in allowed:
                return Outcome(restored.status, f"restore --{side} {artifact} left {lies}, not {allowed}: {restored.said}", must_work=True, wanted={artifact: allowed})
            self.git("add", artifact + ".tenon")
        for path in self.repo.git("diff", "--name-only", "--diff-filter=U").splitlines():
            self.git("checkout", f"--{side}", "--", path)
            self.git("add", path)
        command = self.command_in_progress()
        if command is None:
            return Outcome()
        index = self.pins_index()
        head = self.before.head

        def pins(commit):
            return index(commit) if head in commit.parents else self.rebased(commit)
        outcome = self.git("commit", "-qm", self.message(), pins=pins) if command == "merge" else self.git(command, "--continue", pins=pins)
        if outcome.status and command != "merge" and not self.repo.conflicts():
            # Nothing is left of the change.
            outcome = self.git(command, "--skip", pins=pins)
        return outcome

    def preferring(self, stages: dict, stage: int):
        """The union, with one side's version where the two conflict."""
        sides = [self.content(stages.get(number)) for number in (1, 2, 3)]
        if not all(isinstance(side, dict | None) for side in sides):
            return None
        chosen = {}
        for name in set().union(*(side or {} for side in sides)):
            versions = [(side or {}).get(name) for side in sides]
            try:
                version = contents.merge(*versions)
            except contents.Conflict:
                version = versions[stage - 1]
            if version is not None:
                chosen[name] = version
        oid = contents.oid(chosen)
        self.known.setdefault(oid, chosen)
        return oid

    def go_on_with_ours(self) -> Outcome | None:
        return self.go_on_resolved("ours")

    def go_on_with_theirs(self) -> Outcome | None:
        return self.go_on_resolved("theirs")


WEIGHTS = {
    "edit": 8, "edit_and_wait": 5, "add_artifact": 2, "tenon_add": 2, "tenon_commit": 3, "tenon_checkout": 2, "tenon_restore": 1,
    "tenon_restore_source": 1, "tenon_move": 1, "tenon_remove": 1, "commit": 5, "commit_all": 5, "commit_data_only": 3, "commit_path": 3,
    "commit_pointer": 2, "amend": 2, "commit_while_the_daemon_dies": 1, "switch": 6, "detach": 1, "switch_without_hooks": 3,
    "switch_while_the_daemon_dies": 1, "reset_hard": 2, "reset_soft": 1, "checkout_pointer": 1, "stash": 3, "stash_pop": 3, "merge": 5, "rebase": 4,
    "cherry_pick": 3, "cherry_pick_without_commit": 1, "revert": 2, "push": 2, "pull": 3, "pull_with_rebase": 2,
}
IN_THE_MIDDLE = {"go_on_abort": 2, "go_on_with_ours": 2, "go_on_with_theirs": 2, "do_edit": 1}
