"""What artifacts hold, as plain values, and how two changes of one are joined."""
import hashlib
import os
import pathlib

# An artifact's content is `bytes` (a file) or a dictionary of name → bytes (a directory). Nothing is `None`.


def oid(content) -> str | None:
    if content is None:
        return None
    if isinstance(content, bytes):
        return "sha256:" + hashlib.sha256(content).hexdigest()
    lines = [(os.fsencode(name), hashlib.sha256(data).hexdigest()) for name, data in content.items()]
    text = b"".join(b"%s  %s\n" % (digest.encode(), name) for name, digest in sorted(lines))
    return "sha256:" + hashlib.sha256(text).hexdigest()


def read(path: pathlib.Path):
    """The content that lies at `path`, or `None`."""
    if path.is_file():
        return path.read_bytes()
    if not path.is_dir():
        return None
    found = {}
    for directory, _, names in os.walk(path):
        for name in names:
            full = os.path.join(directory, name)
            with open(full, "rb") as file:
                found[os.path.relpath(full, path)] = file.read()
    return found


def write(path: pathlib.Path, content):
    """Makes `path` hold `content`, as a program would: only what differs is written."""
    if isinstance(content, bytes):
        path.write_bytes(content)
        return
    present = read(path) or {}
    for name in present.keys() - content.keys():
        (path / name).unlink()
    for name, data in content.items():
        if present.get(name) != data:
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)


class Conflict(Exception):
    """Both sides changed the same thing otherwise."""


def merge(base, ours, theirs):
    """The three-way merge: whole files, entry by entry in a directory."""
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    if not (isinstance(ours, dict) and isinstance(theirs, dict) and isinstance(base, dict | None)):
        raise Conflict
    joined = {}
    for name in (base or {}).keys() | ours.keys() | theirs.keys():
        sides = [(side or {}).get(name) for side in (base, ours, theirs)]
        if sides[1] is not None and sides[2] is not None and isinstance(sides[1], bytes) and sides[1] != sides[2] and sides[0] not in sides[1:]:
            raise Conflict
        if (data := merge(*sides)) is not None:
            joined[name] = data
    return joined
