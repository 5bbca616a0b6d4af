"""One sequence: a few operations on two clones, and after each the question whether everything is where it must be."""
import collections
import json
import random
import shutil
import subprocess

from . import contents
from .operations import IN_THE_MIDDLE, WEIGHTS, Operations, Outcome
from .repository import Repository, Seen
from .template import Place


class Wrong(Exception):
    """Something is not as the model says."""


class Clone:
    """A clone, and what the model knows of it."""

    def __init__(self, repository: Repository):
        self.repository = repository
        self.agreed = {}
        """Artifact → the oid on which data and pointer last agreed."""
        self.seen: Seen | None = None


class Sequence:
    """Made of its seed alone. `keep` leaves out operations; what remains does the same as before, for all that the model decides."""

    def __init__(self, place: Place, seed: int, keep: set | None = None):
        self.place, self.seed, self.keep = place, seed, keep
        self.trace: list[str] = []
        self.outcomes = collections.Counter()
        self.known: dict = {}
        self.length = random.Random(seed).randrange(4, 9)

    def run(self):
        path = self.place.copy(f"sequence-{self.seed}")
        self.clones = {name: Clone(Repository(path / name, self.place.environment)) for name in ("a", "b")}
        try:
            for name, clone in self.clones.items():
                clone.repository.new_commits()
                self.look(clone)
            self.known.update(self.place.known)
            for number in range(self.length):
                if self.keep is None or number in self.keep:
                    self.step(number)
            for name, clone in self.clones.items():
                self.verify(name, clone)
        finally:
            for clone in self.clones.values():
                clone.repository.close()
            shutil.rmtree(path, ignore_errors=True)

    def look(self, clone: Clone) -> Seen:
        """Reads the clone, and learns what its artifacts hold and on what they agree."""
        seen = clone.repository.look()
        for artifact, content in seen.data.items():
            self.known.setdefault(contents.oid(content), content)
        if clone.seen:
            # Only Tenon moves a pointer when no command ran: it followed the data.
            for artifact, pointer in seen.pointers.items():
                if pointer != clone.seen.pointers.get(artifact) and pointer == contents.oid(clone.seen.data.get(artifact)):
                    clone.agreed[artifact] = pointer
        self.agree(clone, seen)
        clone.seen = seen
        return seen

    def agree(self, clone: Clone, seen: Seen):
        for artifact in clone.agreed.keys() | seen.pointers.keys():
            lies, pointer = contents.oid(seen.data.get(artifact)), seen.pointers.get(artifact)
            if lies == pointer and lies is not None:
                clone.agreed[artifact] = pointer
            elif lies is None and pointer is None:
                clone.agreed.pop(artifact, None)

    def step(self, number: int):
        dice = random.Random(f"{self.seed}:{number}")
        name = dice.choice("ab")
        clone = self.clones[name]
        before = self.look(clone)
        operations = Operations(self.place, clone.repository, self.known, clone.agreed, before, dice, number)
        middle = before.operation or clone.repository.conflicts()
        if middle:
            method = dice.choices(list(IN_THE_MIDDLE), IN_THE_MIDDLE.values())[0]
        else:
            method = "do_" + dice.choices(list(WEIGHTS), WEIGHTS.values())[0]
        self.trace.append(f"{number}: {name} {method} on {before.branch or before.head[:8]}")
        outcome = getattr(operations, method)()
        if outcome is None:
            self.trace.pop()
            return
        self.trace[-1] += f" → {outcome.status}"
        if outcome.status:
            self.trace[-1] += ": " + " / ".join(outcome.said.strip().splitlines()[-3:])[:300]
        self.outcomes[method, "worked" if outcome.status == 0 else "refused or stopped"] += 1
        self.check(clone, before, outcome, method)

    # Judging

    def check(self, clone: Clone, before: Seen, outcome: Outcome, method: str):
        for words in ("Fatal error", "internal", "Stack dump", "unexpectedly"):
            if words in outcome.said:
                raise Wrong(f"{method} said: {outcome.said}")
        if outcome.must_work and outcome.status:
            raise Wrong(f"{method} must work, and said: {outcome.said}")
        self.check_commits(clone, outcome, method)
        if outcome.killed:
            self.heal(clone)
        problems = self.work_tree_problems(clone, before, outcome)
        if problems:
            # Hooks leave long work to the daemon after a second.
            self.settle(clone)
            problems = self.work_tree_problems(clone, before, outcome)
        if problems:
            raise Wrong(f"after {method}: " + "; ".join(problems))
        self.look(clone)

    def check_commits(self, clone: Clone, outcome: Outcome, method: str):
        for commit in clone.repository.new_commits():
            # This makes joined contents known.
            wanted = outcome.pins(commit) if outcome.pins else {}
            for artifact, pin in commit.pins.items():
                if pin not in self.known:
                    raise Wrong(f"after {method}, commit '{commit.subject}' pins {artifact} to {pin}, which nobody ever made")
            for artifact, allowed in wanted.items():
                if commit.pins.get(artifact) not in allowed:
                    raise Wrong(
                        f"after {method}, commit '{commit.subject}' pins {artifact} to {self.describe(commit.pins.get(artifact))}, "
                        f"not to {' or '.join(self.describe(oid) for oid in allowed)}")

    def describe(self, oid) -> str:
        content = self.known.get(oid)
        if isinstance(content, dict):
            return "{" + ", ".join(f"{name}: {data!r}" for name, data in sorted(content.items())) + "}"
        return repr(content[-40:]) if content is not None else str(oid)

    def work_tree_problems(self, clone: Clone, before: Seen, outcome: Outcome) -> list:
        after = clone.repository.look()
        for content in after.data.values():
            self.known.setdefault(contents.oid(content), content)
        conflicts = clone.repository.conflicts()
        problems = []
        if outcome.joined and conflicts and not outcome.killed:
            problems += self.untrue_conflicts(conflicts, outcome)
        moved = after.head != before.head and outcome.status == 0
        for artifact in before.data.keys() | after.data.keys() | after.pointers.keys():
            lay, lies = contents.oid(before.data.get(artifact)), contents.oid(after.data.get(artifact))
            pointed, points = before.pointers.get(artifact), after.pointers.get(artifact)
            if points == "damaged":
                problems.append(f"{artifact}'s pointer is damaged")
            if lies != lay and lay is not None and artifact not in outcome.edited and not self.survives(clone, artifact, lay):
                problems.append(f"{artifact} held {self.describe(lay)}, which is lost")
            if artifact in conflicts:
                continue
            if outcome.status == 0 and artifact in outcome.wanted and lies not in outcome.wanted[artifact]:
                problems.append(f"{artifact} holds {self.describe(lies)}, not {' or '.join(map(self.describe, outcome.wanted[artifact]))}")
            if lies == points:
                continue
            if outcome.follows and pointed is not None and pointed == clone.agreed.get(artifact) and not before.operation and not conflicts:
                problems.append(f"{artifact}'s pointer has not followed its data")
            if artifact in outcome.edited:
                continue
            untouched = lies == lay and points == pointed
            lags = clone.agreed.get(artifact) not in (points, None)
            if untouched and not (moved and lags and not outcome.blind and not outcome.killed):
                continue
            if (outcome.blind or outcome.killed) and lies == lay:
                continue
            problems.append(
                f"{artifact} holds {self.describe(lies)} (before: {self.describe(lay)}), and its pointer names {self.describe(points)} (before: {self.describe(pointed)})")
        return problems

    def untrue_conflicts(self, conflicts: dict, outcome: Outcome) -> list:
        base, ours, theirs = outcome.joined
        problems = []
        for artifact in conflicts:
            if not all(artifact in side for side in (ours, theirs)):
                continue
            try:
                contents.merge(*(self.known.get(side.get(artifact)) for side in (base, ours, theirs)))
                problems.append(f"{artifact} is in conflict, though the two changes can be joined")
            except contents.Conflict:
                pass
        return problems

    def survives(self, clone: Clone, artifact: str, oid: str) -> bool:
        """Whether content that is not in the work tree any more can be asked for: by a commit, or from `tenon recover`."""
        lost = self.known[oid]
        for content in clone.repository.look().data.values():
            # What was only added to is not lost.
            if content == lost or isinstance(content, dict) and isinstance(lost, dict) and lost.items() <= content.items():
                return True
        clone.repository.new_commits()
        if any(oid in commit.pins.values() for commit in clone.repository.commits.values()) or oid in clone.repository.index().values():
            return True
        saved = json.loads(self.tenon(clone, "recover", "--json"))["states"]
        return any(state["pointer"]["oid"] == oid for state in saved)

    def settle(self, clone: Clone):
        """Waits for what the daemon still does; in the middle of a merge it does nothing, and says so."""
        subprocess.run([self.place.tenon, "status", "--wait"], cwd=clone.repository.path, env=self.place.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def heal(self, clone: Clone):
        """Finishes what a killed daemon left half done, as a person is told to."""
        reply = json.loads(self.tenon(clone, "status", "--json"))
        for artifact in reply["artifacts"]:
            if artifact["state"] == "moving":
                self.outcomes["moving", "healed"] += 1
                self.tenon(clone, "restore", artifact["path"])

    def verify(self, name: str, clone: Clone):
        """All that any commit pins is stored, to the byte, and Tenon calls clean what is."""
        self.trace.append(f"verify {name}")
        self.tenon(clone, "verify", "--all")
        self.settle(clone)
        artifacts = json.loads(self.tenon(clone, "status", "--json"))["artifacts"]
        seen, conflicts, index = self.look(clone), clone.repository.conflicts(), clone.repository.index()
        for artifact in artifacts:
            path = artifact["path"]
            if path not in seen.pointers and path not in seen.data and path in index:
                # Git's index still names what was deleted or moved (a stash that is popped leaves that): there is nothing that could differ.
                if artifact["state"] != "not_fetched":
                    raise Wrong(f"{path} is called {artifact['state']}, and neither its pointer nor its data is there")
                continue
            is_clean = contents.oid(seen.data.get(path)) == seen.pointers.get(path) and path not in conflicts
            if is_clean != (artifact["state"] == "clean"):
                raise Wrong(f"{path} is called {artifact['state']}, and holds {self.describe(contents.oid(seen.data.get(path)))}")

    def tenon(self, clone: Clone, *arguments) -> str:
        process = subprocess.run(
            [self.place.tenon, *arguments], cwd=clone.repository.path, env=self.place.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=90)
        if process.returncode:
            raise Wrong(f"tenon {' '.join(arguments)} failed: {process.stdout.decode()[-500:]}{process.stderr.decode()}")
        return process.stdout.decode()

