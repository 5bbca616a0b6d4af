#!/usr/bin/env python3
"""Restores an artifact from packs and a pointer: a second reader of Tenon's format, written from docs/format.md alone.

    restore.py [--scan] PACKS POINTER DESTINATION

PACKS is a directory of *.pack files, POINTER a pointer file, DESTINATION an empty directory or one that is not there. A directory artifact is
restored into it; a file artifact as a file in it, named as the pointer without its last suffix. With --scan, footers are not looked at.
Exits 0 if every byte was restored and proved by its hash, 1 if not, saying why.

Needs Python 3.11 and, for zstd, either the module `zstandard` or the library libzstd.so.1.
"""

import argparse
import binascii
import collections
import ctypes
import hashlib
import os
import pathlib
import re
import struct
import sys
import zlib

MAX_BLOCK = 16 << 20
MAX_PACK = 1 << 30
MAX_INT = (1 << 63) - 1
DATA, NODE, RECIPE = 1, 2, 3


class Refused(Exception):
    """Something that the format does not allow, or that is not there."""


class NewerVersion(Refused):
    """Written by a later release."""


def require(condition, problem):
    if not condition:
        raise Refused(problem)


def sha256(data):
    return hashlib.sha256(data).digest()


def crc32(data):
    return binascii.crc32(data) & 0xFFFFFFFF


class Cursor:
    """Reads values from bytes, never past their end."""

    def __init__(self, data, position=0):
        self.data = data
        self.position = position

    def take(self, count):
        require(count <= len(self.data) - self.position, "bytes are missing")
        self.position += count
        return self.data[self.position - count : self.position]

    def u8(self):
        return self.take(1)[0]

    def int(self):
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                require(byte or not shift, "an integer is not in its shortest form")
                require(value <= MAX_INT, "an integer is too large")
                return value
            shift += 7
            require(shift < 63, "an integer is too large")

    def at_end(self):
        return self.position == len(self.data)


# --- Codecs (section 4) ---------------------------------------------------------------------------------------------------------------------


def load_zstd():
    """A function that decodes one frame to exactly `length` bytes."""
    try:
        import zstandard

        return lambda frame, length: zstandard.ZstdDecompressor().decompress(frame, max_output_size=length)
    except ImportError:
        pass
    try:
        library = ctypes.CDLL("libzstd.so.1")
    except OSError:
        return None
    library.ZSTD_decompress.restype = ctypes.c_size_t
    library.ZSTD_decompress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    library.ZSTD_isError.restype = ctypes.c_uint
    library.ZSTD_isError.argtypes = [ctypes.c_size_t]
    library.ZSTD_findFrameCompressedSize.restype = ctypes.c_size_t
    library.ZSTD_findFrameCompressedSize.argtypes = [ctypes.c_char_p, ctypes.c_size_t]

    def decompress(frame, length):
        require(library.ZSTD_findFrameCompressedSize(frame, len(frame)) == len(frame), "a zstd frame does not end with its bytes")
        output = ctypes.create_string_buffer(max(length, 1))
        written = library.ZSTD_decompress(output, length, frame, len(frame))
        require(not library.ZSTD_isError(written), "a zstd frame is damaged")
        return output.raw[:written]

    return decompress


ZSTD = load_zstd()


def decode_zstd(frame, length):
    require(ZSTD is not None, "zstd is needed: install the Python module zstandard or libzstd")
    require(len(frame) >= 6 and frame[:4] == b"\x28\xb5\x2f\xfd", "a zstd frame has no magic number")
    descriptor = frame[4]
    require(not descriptor & 0x1B, "a zstd frame has a reserved bit or a dictionary")
    single = bool(descriptor & 0x20)
    size_length = (1 if single else 0, 2, 4, 8)[descriptor >> 6]
    require(size_length, "a zstd frame has no content size")
    size = int.from_bytes(Cursor(frame, 5 if single else 6).take(size_length), "little") + (256 if size_length == 2 else 0)
    base = 1 << (10 + (frame[5] >> 3))
    window = size if single else base + (base >> 3) * (frame[5] & 7)
    require(size == length and window <= length, "a zstd frame declares another length")
    try:
        raw = ZSTD(frame, length)
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"a zstd frame is damaged: {error}") from None
    require(len(raw) == length, "a zstd frame has another length")
    return raw


def decode_zlib(payload, length):
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(payload, length + 1)
    except zlib.error as error:
        raise Refused(f"a zlib stream is damaged: {error}") from None
    require(stream.eof and len(raw) == length and not stream.unused_data, "a zlib stream has another length")
    return raw


SEGMENT = 65536


def decode_planes(payload, parameters, lengths, raw_length):
    require(len(parameters) == 2 + len(lengths), "planes have a wrong number of parameters")
    width, rotation, phases = parameters[0], parameters[1], parameters[2:]
    require(width in (2, 4, 8) and rotation in (0, 1) and all(phase < width for phase in phases), "planes have wrong parameters")
    shapes = []
    for length, phase in zip(lengths, phases):
        lead = min(length, (width - phase) % width)
        elements = (length - lead) // width
        shapes.append((lead, elements, length - lead - elements * width))
    count = sum(elements for _, elements, _ in shapes)

    cursor = Cursor(payload)
    segments = [min(SEGMENT, count - start) for _ in range(width) for start in range(0, count, SEGMENT)]
    stored = struct.unpack(f"<{len(segments)}I", cursor.take(4 * len(segments)))
    planes = bytearray()
    for own, length in zip(segments, stored):
        require(length <= own, "a segment is stored longer than it is")
        data = cursor.take(length)
        planes += data if length == own else decode_zstd(data, own)

    # Byte k of all elements lies in plane k: put them side by side, as big integers, then turn the rotation back.
    elements = bytearray(count * width)
    for k in range(width):
        elements[k::width] = planes[k * count : (k + 1) * count]
    if rotation:
        bits = 8 * width
        code = {2: "H", 4: "I", 8: "Q"}[width]
        values = struct.unpack(f"<{count}{code}", elements)
        elements = struct.pack(f"<{count}{code}", *((value >> 1 | (value & 1) << (bits - 1)) for value in values))

    raw = bytearray()
    position = 0
    for lead, elements_here, trail in shapes:
        raw += cursor.take(lead)
        raw += elements[position : position + elements_here * width]
        raw += cursor.take(trail)
        position += elements_here * width
    require(cursor.at_end() and len(raw) == raw_length, "planes have bytes left over")
    return bytes(raw)


# --- Packs (section 5) ----------------------------------------------------------------------------------------------------------------------

HEADER_MAGIC = b"\x89TNPK\r\n\x1a"
TRAILER_MAGIC = b"\x89TNEND\n\x1a"
TRAILER_LENGTH = 64


class Block:
    """A block whose two checksums are right."""

    def __init__(self, data, offset, limit, mark):
        fixed = data[offset : min(offset + 32, limit)]
        require(len(fixed) == 32 and fixed[:8] == mark, f"no block begins at {offset}")
        head_length, self.type, self.codec, bases, parameter_length, self.raw_length, stored, count = struct.unpack("<IBBHIIII", fixed[8:])
        require(36 <= head_length <= min(MAX_BLOCK, limit - offset), "the head of a block is too long")
        head = data[offset : offset + head_length]
        require(crc32(head[:-4]) == struct.unpack("<I", head[-4:])[0], "the CRC-32 of a head does not match")
        require(1 <= self.raw_length <= MAX_BLOCK and stored <= MAX_BLOCK, "a block is too long")
        cursor = Cursor(head[:-4], 32)
        self.parameters = cursor.take(parameter_length)
        self.bases = [cursor.take(32) for _ in range(bases)]
        require(1 <= count <= len(head) - 4 - cursor.position, "a block has a wrong number of objects")
        self.lengths = [cursor.int() for _ in range(count)]
        require(cursor.at_end() and min(self.lengths) >= 1 and sum(self.lengths) == self.raw_length, "objects don't add up to their block")
        self.head_length, self.stored_length = head_length, stored
        self.length = head_length + stored + 4
        require(self.length <= limit - offset, "a block ends outside its pack")
        self.payload = data[offset + head_length : offset + head_length + stored]
        checksum = data[offset + head_length + stored : offset + self.length]
        require(crc32(self.payload) == struct.unpack("<I", checksum)[0], "the CRC-32 of a payload does not match")

    def decode(self):
        if self.bases or self.codec > 3:
            raise NewerVersion(f"a block is written with codec {self.codec}")
        require(self.codec == 3 or not self.parameters, "a codec without parameters has some")
        if self.codec == 0:
            require(len(self.payload) == self.raw_length, "a stored block has another length")
            return self.payload
        if self.codec == 1:
            return decode_zlib(self.payload, self.raw_length)
        if self.codec == 2:
            return decode_zstd(self.payload, self.raw_length)
        return decode_planes(self.payload, self.parameters, self.lengths, self.raw_length)


class Pack:
    """One pack, and where its objects lie."""

    def __init__(self, path):
        self.path = path
        require(path.stat().st_size <= MAX_PACK, "the pack is too long")
        self.data = path.read_bytes()
        self.blocks = []

    def read_header(self):
        require(len(self.data) >= 40 and self.data[:8] == HEADER_MAGIC, "the pack has no header")
        version, features, length = struct.unpack("<III", self.data[8:20])
        require(40 <= length <= min(4096, len(self.data)), "the header's length is wrong")
        header = self.data[:length]
        require(crc32(header[:-4]) == struct.unpack("<I", header[-4:])[0], "the CRC-32 of the header does not match")
        if version != 1 or features != 0:
            raise NewerVersion(f"the pack has version {version} and features {features:#x}")
        return length, header[20:24]

    def read_trailer(self):
        require(len(self.data) >= TRAILER_LENGTH, "the pack has no trailer")
        trailer = self.data[-TRAILER_LENGTH:]
        start, length, digest, version, nonce, magic = struct.unpack("<QQ32sI4s8s", trailer)
        require(magic == TRAILER_MAGIC and version == 1, "the trailer is damaged")
        require(start + length + TRAILER_LENGTH == len(self.data), "the trailer is damaged")
        return start, digest, nonce

    def marks(self, nonce):
        return b"\xb5TNB" + nonce, b"\xb5TNF" + nonce

    def objects_by_footer(self):
        """Yields (type, id, index of block, offset, length) for every object."""
        header_length, nonce = self.read_header()
        block_mark, footer_mark = self.marks(nonce)
        start, digest, trailer_nonce = self.read_trailer()
        require(trailer_nonce == nonce and start >= header_length, "the trailer is damaged")
        footer = self.data[start:-TRAILER_LENGTH]
        require(sha256(footer) == digest, "the SHA-256 of the footer does not match")
        require(len(footer) >= 16 and footer[:8] == footer_mark, "the footer has no mark")
        block_count, object_count = struct.unpack("<II", footer[8:16])
        require(len(footer) == 16 + 20 * block_count + 44 * object_count, "the footer's counts are wrong")
        position = header_length
        types, raw_lengths = [], []
        for offset, head, stored, raw, type_, codec, zero in struct.iter_unpack("<IIIIBBH", footer[16 : 16 + 20 * block_count]):
            require(offset == position and not zero and head <= MAX_BLOCK and stored <= MAX_BLOCK and 1 <= raw <= MAX_BLOCK, "the footer is damaged")
            position += head + stored + 4
            types.append(type_)
            raw_lengths.append(raw)
            self.blocks.append((offset, (type_, codec, head, stored, raw)))
        require(position == start, "the footer is damaged")
        self.block_mark, self.limit = block_mark, start
        previous = None
        sums = [0] * block_count
        for digest, block, offset, length in struct.iter_unpack("<32sIII", footer[16 + 20 * block_count :]):
            require(block < block_count and length >= 1 and offset + length <= raw_lengths[block], "the footer is damaged")
            key = (types[block], digest, block, offset)
            require(previous is None or previous < key, "the footer is out of order")
            previous = key
            sums[block] += length
            yield types[block], digest, block, offset, length
        require(sums == raw_lengths, "the footer does not list every object")

    def objects_by_scan(self):
        """The same, without the footer."""
        try:
            position, nonce = self.read_header()
        except NewerVersion:
            raise
        except Refused as error:
            print(f"{self.path.name}: {error}", file=sys.stderr)
            nonce = self.read_trailer()[2]
            position = None
        block_mark, footer_mark = self.marks(nonce)
        self.block_mark, self.limit = block_mark, len(self.data)
        if position is None:
            position = self.next_mark(0, block_mark, footer_mark)
        while position < len(self.data) and self.data[position : position + 8] != footer_mark:
            try:
                block = Block(self.data, position, self.limit, block_mark)
                try:
                    raw = block.decode()
                except NewerVersion as error:
                    print(f"{self.path.name}: block at {position}: {error}", file=sys.stderr)
                    position += block.length
                    continue
                found = []
                offset = 0
                for length in block.lengths:
                    data = raw[offset : offset + length]
                    found.append((block.type, Recipe(data).oid if block.type == RECIPE else sha256(data), len(self.blocks), offset, length))
                    offset += length
            except NewerVersion:
                raise
            except Refused as error:
                print(f"{self.path.name}: damaged at {position}: {error}", file=sys.stderr)
                position = self.next_mark(position + 1, block_mark, footer_mark)
                continue
            self.blocks.append((position, None))
            yield from found
            position += block.length

    def next_mark(self, start, *marks):
        places = [place for mark in marks if (place := self.data.find(mark, start)) >= 0]
        return min(places, default=len(self.data))

    def read_block(self, index):
        offset, expected = self.blocks[index]
        block = Block(self.data, offset, self.limit, self.block_mark)
        if expected is not None:
            said = (block.type, block.codec, block.head_length, block.stored_length, block.raw_length)
            require(said == expected, "a head does not say what the footer says")
        return block.decode()


class Packs:
    """All objects of a directory of packs."""

    def __init__(self, directory, scan):
        self.places = collections.defaultdict(list)
        self.cache = collections.OrderedDict()
        for path in sorted(pathlib.Path(directory).glob("*.pack")):
            pack = Pack(path)
            try:
                for type_, digest, block, offset, length in pack.objects_by_scan() if scan else pack.objects_by_footer():
                    self.places[type_, digest].append((pack, block, offset, length))
            except Refused as error:
                print(f"{path.name}: {error}", file=sys.stderr)

    def block(self, pack, index):
        key = (id(pack), index)
        if key not in self.cache:
            self.cache[key] = pack.read_block(index)
            if len(self.cache) > 16:
                self.cache.popitem(last=False)
        return self.cache[key]

    def has(self, type_, digest):
        return (type_, digest) in self.places

    def get(self, type_, digest, identity=sha256):
        """The object with this key, proved by `identity`."""
        for pack, block, offset, length in self.places.get((type_, digest), ()):
            try:
                data = self.block(pack, block)[offset : offset + length]
                if identity(data) == digest:
                    return data
                raise Refused("an object is not what its id says")
            except Refused as error:
                print(f"{pack.path.name}: block {block}: {error}", file=sys.stderr)
        raise Refused(f"object {digest.hex()} of type {type_} is missing or damaged")


# --- Nodes (sections 7 and 8) ---------------------------------------------------------------------------------------------------------------

TREE, CHUNKS = 1, 2
MIN_BODY, MAX_BODY = 2048, 32768
Entry = collections.namedtuple("Entry", "path kind size oid target")


def ends_node(key_hash):
    return int.from_bytes(key_hash[:4], "little") < 1 << 26


class Node:
    """One node, checked by the rules that it can break alone."""

    def __init__(self, data, kind):
        cursor = Cursor(data)
        require(cursor.take(4) == b"TNND", "a node has no magic")
        version = cursor.u8()
        if version != 1:
            raise NewerVersion(f"a node has version {version}")
        require(cursor.u8() == kind, "a node is of another kind")
        self.level = cursor.u8()
        require(self.level <= 15, "a node's level is too high")
        count = cursor.int()
        require(count <= len(data) - cursor.position, "a node has too many entries")
        start = cursor.position
        require(len(data) - start <= MAX_BODY, "a node is too long")
        self.entries = []
        self.first_length = 0
        self.closed = False
        for _ in range(count):
            require(not self.closed, "a node goes on after the entry that must end it")
            entry, key_hash = self.read_entry(cursor, kind)
            self.entries.append(entry)
            self.first_length = self.first_length or cursor.position - start
            self.closed = cursor.position - start >= MIN_BODY and ends_node(key_hash())
        require(cursor.at_end(), "bytes follow a node's last entry")
        self.body_length = len(data) - start
        own = self.level == 0
        self.count = count if own else sum(entry[3] for entry in self.entries)
        if kind == TREE:
            self.size = sum(entry.size if own else entry[4] for entry in self.entries)
        else:
            self.size = sum(entry[0] if own else entry[4] for entry in self.entries)
        require(max(self.count, self.size) <= MAX_INT, "a node's sums are too large")

    def read_entry(self, cursor, kind):
        if self.level > 0:
            path = cursor.take(cursor.int()) if kind == TREE else b""
            digest = cursor.take(32)
            entry = (path, digest, cursor.int(), cursor.int(), cursor.int())
            require(entry[3] >= 1, "a node below has no entries")
            if kind == TREE:
                check_path(path)
            return entry, lambda: digest
        if kind == CHUNKS:
            length = cursor.int()
            require(1 <= length <= MAX_BLOCK, "a chunk has an impossible length")
            digest = cursor.take(32)
            return (length, digest), lambda: digest
        kind_of_entry = cursor.u8()
        require(kind_of_entry <= 3, "an entry is of an unknown kind")
        path = cursor.take(cursor.int())
        check_path(path)
        size, oid, target = 0, None, None
        if kind_of_entry <= 1:
            size, oid = cursor.int(), cursor.take(32)
        elif kind_of_entry == 2:
            target = cursor.take(cursor.int())
            require(1 <= len(target) <= 4095 and b"\0" not in target, "a symlink's target is refused")
        return Entry(path, kind_of_entry, size, oid, target), lambda: sha256(path)


IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def is_dot_git(component):
    if re.match(rb"(?i)(\.git|git~1)[. ]*([:\\]|\Z)", component):
        return True
    try:
        text = component.decode()
    except UnicodeDecodeError:
        return False
    kept = IGNORED_BY_HFS.sub("", text)
    return len(kept) == 4 and kept.isascii() and kept.lower() == ".git"


def check_path(path):
    require(1 <= len(path) <= 4096, "a path is empty or too long")
    for component in path.split(b"/"):
        good = 1 <= len(component) <= 255 and component not in (b".", b"..") and b"\0" not in component and b"\n" not in component
        require(good and not is_dot_git(component), f"path {path!r} is refused")


def walk(root, kind, fetch):
    """Yields the entries of all levels 0 below `root`, checking each node against what names it and against the one before it."""
    last_of_level = {}

    def visit(node):
        if node.level == 0:
            yield from node.entries
            return
        for path, digest, length, count, size in node.entries:
            data = fetch(digest)
            child = Node(data, kind)
            require(child.level == node.level - 1 and len(data) == length, "a node is not what the one above it says")
            require(child.entries and (child.count, child.size) == (count, size), "a node's sums are not what the one above it says")
            if kind == TREE:
                last = child.entries[-1]
                require((last.path if child.level == 0 else last[0]) == path, "a node's last path is not what the one above it says")
            before = last_of_level.get(child.level)
            if before is not None:
                require(before.closed or before.body_length + child.first_length > MAX_BODY, "a node ends where none may end")
            last_of_level[child.level] = child
            yield from visit(child)

    require(root.level == 0 or len(root.entries) >= 2, "a root has too few entries")
    yield from visit(root)


def manifest_entries(packs, root):
    previous = None
    open_entries = []  # Entries that the last path begins with.
    for entry in walk(Node(packs.get(NODE, root), TREE), TREE, lambda digest: packs.get(NODE, digest)):
        require(previous is None or previous < entry.path, "a manifest is out of order")
        while open_entries and not entry.path.startswith(open_entries[-1]):
            open_entries.pop()
        require(not any(entry.path.startswith(path + b"/") for path in open_entries), "a path lies below another entry")
        open_entries.append(entry.path)
        previous = entry.path
        yield entry


class Recipe:
    """How a file is made of chunks."""

    def __init__(self, data):
        require(len(data) > 38 + 32 and data[:4] == b"TNRC", "a recipe has no magic")
        if data[4] != 1:
            raise NewerVersion(f"a recipe has version {data[4]}")
        require(sha256(data[:-32]) == data[-32:], "the SHA-256 of a recipe does not match")
        self.oid = data[5:37]
        cursor = Cursor(data[:-32], 38)
        require(re.fullmatch(rb"[a-z0-9-]{1,32}", cursor.take(data[37])), "a recipe's profile has an impossible name")
        self.root = data[cursor.position : -32]


def chunks_of(packs, oid, size):
    """The chunks of a file, as (length, id)."""
    if size == 0:
        return
    if not packs.has(RECIPE, oid):
        yield size, oid
        return
    root = Node(Recipe(packs.get(RECIPE, oid, lambda data: Recipe(data).oid)).root, CHUNKS)
    require(root.count >= 2 and root.size == size, "a recipe has another size than its file")
    yield from walk(root, CHUNKS, lambda digest: packs.get(NODE, digest))


# --- Pointer (section 2) --------------------------------------------------------------------------------------------------------------------

NUMBER = r"(0|[1-9][0-9]{0,18})"
ID = r"sha256:([0-9a-f]{64})"
COMMON = rf"tenon 1\nkind (?P<kind>file|tree)\noid {ID}\nsize {NUMBER}\n"
POINTER = re.compile(
    rf"{COMMON}(?:files {NUMBER}\nmanifest {ID}\n)?(mode executable\n)?(?:run {ID}\n)?((?:x-[a-z0-9-]{{1,32}} [\x21-\x7e]{{1,200}}\n)*)")


class Pointer:
    def __init__(self, data):
        require(len(data) <= 1024, "the pointer is too long")
        try:
            text = data.decode("ascii")
        except UnicodeDecodeError:
            raise Refused("the pointer is not ASCII") from None
        match = POINTER.fullmatch(text)
        require(match, "the pointer is damaged, or was written by a newer Tenon")
        self.kind, oid, size, files, manifest, mode, _, extensions = match.groups()
        require((self.kind == "tree") == (files is not None) and not (self.kind == "tree" and mode), "the pointer's lines don't fit its kind")
        keys = [line.split(" ")[0] for line in extensions.splitlines()]
        require(keys == sorted(set(keys)), "the pointer's x- lines are out of order")
        self.oid, self.size = bytes.fromhex(oid), int(size)
        self.files = int(files) if files else None
        self.manifest = bytes.fromhex(manifest) if manifest else None
        self.executable = mode is not None
        require(max(self.size, self.files or 0) <= MAX_INT, "a number in the pointer is too large")


# --- Restoring (section 6) ------------------------------------------------------------------------------------------------------------------


def write_file(packs, path, oid, size, executable):
    whole = hashlib.sha256()
    written = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777 if executable else 0o666)
    with open(descriptor, "wb") as file:
        for length, digest in chunks_of(packs, oid, size):
            data = packs.get(DATA, digest)
            require(len(data) == length, "a chunk has another length than its recipe says")
            whole.update(data)
            written += length
            file.write(data)
    require(written == size and whole.digest() == oid, f"{path!r}: the file is not what its oid says")


def restore(packs, pointer, destination, name):
    if pointer.kind == "file":
        write_file(packs, os.path.join(destination, name), pointer.oid, pointer.size, pointer.executable)
        return
    listing = hashlib.sha256()
    files = size = 0
    for entry in manifest_entries(packs, pointer.manifest):
        # No entry lies below another, so no symlink that was restored can be part of a path.
        path = os.path.join(destination, entry.path)
        os.makedirs(path if entry.kind == 3 else os.path.dirname(path), exist_ok=True)
        if entry.kind == 2:
            os.symlink(entry.target, path)
        elif entry.kind <= 1:
            write_file(packs, path, entry.oid, entry.size, entry.kind == 1)
            listing.update(entry.oid.hex().encode() + b"  " + entry.path + b"\n")
            files += 1
            size += entry.size
    require((files, size) == (pointer.files, pointer.size), "the manifest has other totals than the pointer")
    require(listing.digest() == pointer.oid, "the directory is not what its oid says")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scan", action="store_true", help="read packs forward, without their footers")
    parser.add_argument("packs")
    parser.add_argument("pointer", type=pathlib.Path)
    parser.add_argument("destination")
    arguments = parser.parse_args()
    try:
        os.makedirs(arguments.destination, exist_ok=True)
        require(not os.listdir(arguments.destination), "the destination is not empty")
        pointer = Pointer(arguments.pointer.read_bytes())
        packs = Packs(arguments.packs, arguments.scan)
        restore(packs, pointer, os.fsencode(arguments.destination), os.fsencode(arguments.pointer.stem))
    except (Refused, OSError) as error:
        print(f"restore.py: {error}", file=sys.stderr)
        return 1
    print(f"restored {pointer.kind} {pointer.oid.hex()}, {pointer.size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
