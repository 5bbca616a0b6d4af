"""A clone as it lies on disk: what its commits pin, its index holds and its work tree shows. Read without Tenon."""
import dataclasses
import os
import pathlib
import re
import subprocess

from . import contents

OID = re.compile(rb"^tenon 1\nkind (?:file|tree)\noid (sha256:[0-9a-f]{64})\n")
IN_PROGRESS = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")


def pointer_oid(text: bytes) -> str:
    """The oid in a pointer; what is none is `damaged`, which nothing ever equals."""
    match = OID.match(text)
    return match[1].decode() if match else "damaged"


@dataclasses.dataclass(frozen=True)
class Commit:
    id: str
    parents: tuple
    subject: str
    pins: dict
    """Artifact → oid."""


@dataclasses.dataclass
class Seen:
    """A work tree at one moment."""
    head: str
    branch: str | None
    operation: str | None
    data: dict
    """Artifact → content, for each that lies there."""
    pointers: dict
    """Artifact → oid that the pointer file names."""


class Repository:
    def __init__(self, path: pathlib.Path, environment: dict):
        self.path = path
        self.environment = environment
        self.commits: dict[str, Commit] = {}
        self.artifacts = {"data", "m.bin", "extra", "moved"}
        self.batch = None

    def close(self):
        if self.batch:
            self.batch.stdin.close()
            self.batch.wait()
            self.batch.stdout.close()
            self.batch = None

    def git(self, *arguments) -> str:
        process = subprocess.run(
            ["git", *arguments], cwd=self.path, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if process.returncode:
            raise RuntimeError(f"git {arguments}: {process.stderr.decode()}")
        return process.stdout.decode()

    def object(self, name: str) -> bytes | None:
        if self.batch is None:
            self.batch = subprocess.Popen(
                ["git", "cat-file", "--batch"], cwd=self.path, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.batch.stdin.write(name.encode() + b"\n")
        self.batch.stdin.flush()
        header = self.batch.stdout.readline().split()
        if len(header) != 3:
            return None
        data = self.batch.stdout.read(int(header[2]))
        self.batch.stdout.read(1)
        return data

    def pins(self, commit: str) -> dict:
        found, tree, at = {}, self.object(commit + "^{tree}"), 0
        while at < len(tree):
            end = tree.index(b"\0", at)
            name = tree[at:end].split(b" ", 1)[1]
            blob = tree[end + 1:end + 21].hex()
            at = end + 21
            if name.endswith(b".tenon"):
                found[name[:-6].decode()] = pointer_oid(self.object(blob))
        return found

    def new_commits(self) -> list[Commit]:
        """The commits that refs, reflogs and HEAD reach and that were not there before, parents first."""
        text = self.git("log", "--reverse", "--topo-order", "--format=%H|%P|%s", "--all", "--reflog", "HEAD")
        fresh = []
        for line in text.splitlines():
            id, parents, subject = line.split("|", 2)
            if id not in self.commits:
                self.commits[id] = Commit(id, tuple(parents.split()), subject, self.pins(id))
                self.artifacts |= self.commits[id].pins.keys()
                fresh.append(self.commits[id])
        return fresh

    def index(self) -> dict:
        """Artifact → oid, for what the index has without conflict."""
        found = {}
        for line in self.git("ls-files", "-s", "*.tenon").splitlines():
            (_, blob, stage), path = line.split("\t")[0].split(), line.split("\t")[1]
            if stage == "0":
                found[path.removesuffix(".tenon")] = pointer_oid(self.object(blob))
        return found

    def conflicts(self) -> dict:
        """Artifact → stage → oid, for what the index has in conflict."""
        found = {}
        for line in self.git("ls-files", "-u", "*.tenon").splitlines():
            (_, blob, stage), path = line.split("\t")[0].split(), line.split("\t")[1]
            found.setdefault(path.removesuffix(".tenon"), {})[int(stage)] = pointer_oid(self.object(blob))
        return found

    def look(self) -> Seen:
        directory = self.path / ".git"
        head = (directory / "HEAD").read_text().strip()
        branch = head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else None
        id = self.git("rev-parse", "HEAD").strip() if branch else head
        operation = next((name for name in IN_PROGRESS if (directory / name).exists()), None)
        seen = Seen(id, branch, operation, {}, {})
        for name in os.listdir(self.path):
            if name.endswith(".tenon"):
                self.artifacts.add(name.removesuffix(".tenon"))
        for artifact in self.artifacts:
            if (content := contents.read(self.path / artifact)) is not None:
                seen.data[artifact] = content
            pointer = self.path / (artifact + ".tenon")
            if pointer.is_file():
                seen.pointers[artifact] = pointer_oid(pointer.read_bytes())
        return seen
