"""Data shared through real storages: a bucket of SeaweedFS, a host reached by SSH, a directory."""
import os
import re
import shutil
import signal
import time
import unittest

from gate import Gate
from machines import MachinesTest
from servers import SSHD, WEED, WHEN_MISSING, Seaweed, seaweed, ssh_server


class StoragesTest(MachinesTest):
    """Two machines share; the second knows nothing but the URL of the Git repository, and its credentials."""

    def share(self, url, endpoint=None, git_url=None, **environment):
        here = self.first_machine(**environment)
        self.make_data(files=20)
        self.write("model.bin", self.noise(3, 400_000))
        self.propose(here, url, endpoint)
        here.tenon("add", "data", "model.bin")
        here.git("add", "-A")
        here.git("commit", "-qm", "one")
        here.tenon("push")
        here.git("push", "-qu", "origin", "main")

        there = self.machine("there", **environment)
        there.tenon("clone", "--trust", git_url or str(self.hub), str(there.tree), cwd=self.base)
        self.same(there.tree / "data", self.repo / "data")
        self.assertEqual(self.sha256(there.tree / "model.bin"), self.sha256(self.repo / "model.bin"))
        self.assertEqual(self.directory_hash(there.tree / "data"), self.pointer("data")["oid"].removeprefix("sha256:"))
        there.tenon("verify", "--all")
        # And back.
        there.write("data/part0/new.csv", b"new\n")
        there.tenon("commit", "-qm", "two")
        there.tenon("push")
        there.git("push", "-qu", "origin", "main")
        here.tenon("pull", "-q")
        self.same(there.tree / "data", self.repo / "data")
        self.assertEqual(here.tenon("push", "--json").json()["remotes"][0]["new_snapshots"], 0)

    @unittest.skipUnless(WEED, f"SeaweedFS is {WHEN_MISSING}")
    def test_a_bucket(self):
        url, _, endpoint = self.bucket()
        self.share(url, endpoint, **Seaweed.KEYS)

    @unittest.skipUnless(WEED, f"SeaweedFS is {WHEN_MISSING}")
    def test_a_bucket_is_proved_and_healed(self):
        url, _, endpoint = self.bucket()
        prefix = url.rpartition("/")[2]
        server = seaweed()
        here = self.first_machine(**Seaweed.KEYS)
        self.make_data(files=20)
        self.write("model.bin", self.noise(3, 400_000))
        self.propose(here, url, endpoint)
        here.tenon("add", "data", "model.bin")
        here.git("add", "-A")
        here.git("commit", "-qm", "one")
        here.tenon("push")
        self.assertIn("all proved", here.tenon("verify", "--remote", "origin", "--all", "--read").out)

        def objects(ending):
            listing = server.exchange("GET", f"/{Seaweed.BUCKET}", query=f"list-type=2&prefix={prefix}%2F")[1].decode()
            return [name for name in re.findall("<Key>(.*?)</Key>", listing) if name.endswith(ending)]

        def proved(status):
            return here.tenon("verify", "--remote", "origin", "--all", "--read", status=status)

        def forget():
            shutil.rmtree(here.store / "remotes")

        for pack in objects(".pack"):
            self.assertEqual(server.request("DELETE", f"/{Seaweed.BUCKET}/{pack}"), 204)
        self.assertIn("To mend it: tenon fsck --repair", proved(1).out)
        here.tenon("fsck", "--repair")
        proved(0)
        for index in objects(".index"):
            self.assertEqual(server.request("PUT", f"/{Seaweed.BUCKET}/{index}", b"something else"), 200)
        forget()
        self.assertRegex(proved(1).out, "damaged  'origin': index [0-9a-f]{64} on .* is damaged")
        here.tenon("fsck", "--repair")
        forget()
        proved(0)

    @unittest.skipUnless(SSHD, f"OpenSSH's server is {WHEN_MISSING}")
    def test_a_host_by_ssh(self):
        self.share(f"ssh://there{self.base}/remote", git_url=f"ssh://there{self.hub}", **ssh_server().environment)

    def test_a_directory(self):
        self.share(str(self.base / "remote"))


@unittest.skipUnless(WEED, f"SeaweedFS is {WHEN_MISSING}")
class TenWritersTest(MachinesTest):
    def test_ten_push_at_once_and_one_is_killed(self):
        url = self.bucket()
        here = self.first_machine(**Seaweed.KEYS)
        self.make_data(files=40)
        here.tenon("remote", "add", "origin", *url)
        here.tenon("add", "data")
        here.git("commit", "-qam", "base")
        here.tenon("push")
        here.git("push", "-qu", "origin", "main")

        # Each commits its own data on a branch of its own, and something that all of them have.
        common = self.noise(77, 3_000_000)
        writers = [self.machine(f"writer{number}", **Seaweed.KEYS) for number in range(10)]
        gate = Gate(seaweed().port)
        self.addCleanup(gate.close)
        for number, writer in enumerate(writers):
            writer.tenon("clone", "--no-data", str(self.hub), str(writer.tree), cwd=self.base)
            writer.tenon("remote", "add", "origin", *(self.bucket(gate.port) if number == 0 else url))
            writer.git("switch", "-qc", f"writer{number}")
            writer.write(f"own/{number}.bin", self.noise(100 + number, 2_000_000))
            writer.write("own/common.bin", common)
            writer.write("own/table.csv", self.text(number, 300_000))
            writer.tenon("add", "own")
            writer.git("add", "-A")
            writer.git("commit", "-qm", f"writer {number}")
        victim = writers[0].pid()
        gate.shut("silent", after=1_000_000)
        pushes = [writer.start("push") for writer in writers]
        gate.wait(lambda gate: gate.is_shut)
        os.kill(victim, signal.SIGKILL)
        gate.open()
        self.assertNotEqual(pushes[0].wait(timeout=120), 0)
        pushes[0].communicate()
        for push in pushes[1:]:
            self.wait(push)
        for writer in writers[1:]:
            writer.git("push", "-q", "origin", "HEAD")
        self.everything_is_there(writers[1:])
        # Whoever was killed pushes again.
        writers[0].tenon("push")
        writers[0].git("push", "-q", "origin", "HEAD")
        self.everything_is_there(writers)

    def everything_is_there(self, writers):
        """All that anyone committed comes out of the bucket, byte for byte, into a store that has nothing."""
        reader = self.machine(f"reader{len(writers)}", **Seaweed.KEYS)
        reader.tenon("clone", "--no-data", str(self.hub), str(reader.tree), cwd=self.base)
        reader.tenon("remote", "add", "origin", *self.bucket())
        self.assertIn("all proved", reader.tenon("verify", "--remote", "origin", "--read", "--all").out)
        reader.tenon("fetch", "--all")
        reader.tenon("verify", "--all")
        for writer in writers:
            branch = writer.git("branch", "--show-current").out.strip()
            reader.tenon("restore", "--source", f"origin/{branch}", "--to", str(self.base / f"{reader.tree.name}-{branch}"), "own")
            self.same(writer.tree / "own", self.base / f"{reader.tree.name}-{branch}" / "own")


@unittest.skipUnless(WEED, f"SeaweedFS is {WHEN_MISSING}")
class InterruptionTest(MachinesTest):
    """The network goes away, or the person has enough, in the middle."""

    ENVIRONMENT = {**Seaweed.KEYS, "TENON_REMOTE_PATIENCE": "2"}
    # Each is a pack of its own, and stays one: what is smaller, the store puts together with others when it comes to that, also between two pushes.
    FILES, SIZE = 6, 4_300_000
    TOTAL = FILES * SIZE
    # What is in flight: as many packs as there are transfers.
    IN_FLIGHT = 4 * SIZE

    def setUp(self):
        super().setUp()
        self.gate = Gate(seaweed().port)
        self.addCleanup(self.gate.close)
        self.here = self.first_machine(**self.ENVIRONMENT)
        for number in range(self.FILES):
            self.write(f"models/{number}.bin", self.noise(number, self.SIZE))
            self.here.tenon("add", f"models/{number}.bin")
        self.here.git("add", "-A")
        self.here.git("commit", "-qm", "models")
        # Git's push comes first: with a remote for the data it would send that too.
        self.here.git("push", "-qu", "origin", "main")
        self.here.tenon("remote", "add", "origin", *self.bucket(self.gate.port))

    def there(self):
        machine = self.machine("there", **self.ENVIRONMENT)
        machine.tenon("clone", "--no-data", str(self.hub), str(machine.tree), cwd=self.base)
        machine.tenon("remote", "add", "origin", *self.bucket(self.gate.port))
        return machine

    def bytes_sent(self, complete=False):
        return sum(p.sent for p in self.gate.passages if p.method == "PUT" and "/packs/" in p.path and (p.status == 200 or not complete))

    def bytes_received(self):
        return sum(p.received for p in self.gate.passages if p.method == "GET" and "/packs/" in p.path)

    def stop(self, command, manner):
        """Lets a third of the data pass, then nothing more. What the command said."""
        self.gate.passages.clear()
        self.gate.shut(manner, after=self.TOTAL // 3)
        process = self.here.start(*command) if command[0] == "push" else self.elsewhere.start(*command)
        self.gate.wait(lambda gate: gate.is_shut)
        return process

    def interrupt(self, process):
        """Ctrl-C, and the end of what the daemon did for it. Then everything passes again."""
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 130)
        process.communicate()
        self.gate.wait_until_given_up()
        self.gate.open()
        self.gate.wait(lambda gate: not gate.held)

    def fails_in_time(self, process):
        started = time.monotonic()
        text = self.wait(process, status=2)
        self.assertRegex(text, r"(?m)^tenon: .+: .+")
        self.assertIn("hint: ", text)
        # Silence, once more to be sure, and what the machine needs.
        self.assertLess(time.monotonic() - started, 15)

    def push_goes_on(self):
        done = self.bytes_sent(complete=True)
        self.gate.open()
        self.gate.passages.clear()
        self.here.tenon("push")
        self.assertLess(self.bytes_sent(), self.TOTAL - done + 100_000)
        return done

    def all_arrived(self):
        reader = self.machine("reader", **Seaweed.KEYS)
        reader.tenon("clone", "--no-data", str(self.hub), str(reader.tree), cwd=self.base)
        reader.tenon("remote", "add", "origin", *self.bucket())
        reader.tenon("restore")
        self.same(reader.tree / "models", self.repo / "models")

    def test_a_push_when_connections_break(self):
        self.fails_in_time(self.stop(["push"], "cut"))
        self.assertGreaterEqual(self.push_goes_on(), self.TOTAL // 3 - self.IN_FLIGHT)
        self.all_arrived()

    def test_a_push_when_nothing_answers(self):
        self.fails_in_time(self.stop(["push"], "silent"))
        self.push_goes_on()
        self.all_arrived()

    def test_a_push_when_the_person_has_enough(self):
        # The network is there; only the person is not.
        self.interrupt(self.stop(["push"], "silent"))
        self.push_goes_on()
        self.all_arrived()

    def test_a_fetch_when_it_breaks_or_nothing_answers(self):
        self.here.tenon("push")
        self.elsewhere = self.there()
        self.fails_in_time(self.stop(["fetch", "--jobs", "1"], "cut"))
        self.gate.open()
        self.fails_in_time(self.stop(["fetch", "--jobs", "1"], "silent"))
        self.gate.open()
        self.interrupt(self.stop(["fetch", "--jobs", "1"], "silent"))
        self.gate.passages.clear()
        self.elsewhere.tenon("fetch")
        self.elsewhere.tenon("restore")
        self.same(self.elsewhere.tree / "models", self.repo / "models")
        # Each of the three brought a third, less the one pack that was in flight; to open a pack takes a read of its end.
        self.assertLess(self.bytes_received(), self.TOTAL - 3 * (self.TOTAL // 3 - self.SIZE) + self.FILES * (512 << 10))


@unittest.skipUnless(WEED, f"SeaweedFS is {WHEN_MISSING}")
class LyingStorageTest(MachinesTest):
    """Storages that answer with what was not asked for: refused, named, and nothing of it is kept."""

    ENVIRONMENT = {**Seaweed.KEYS, "TENON_REMOTE_PATIENCE": "2"}

    def setUp(self):
        super().setUp()
        self.gate = Gate(seaweed().port)
        self.addCleanup(self.gate.close)
        self.here = self.first_machine(**Seaweed.KEYS)
        self.make_data(files=20)
        self.here.tenon("add", "data")
        self.here.git("commit", "-qam", "data")
        self.here.tenon("remote", "add", "origin", *self.bucket())
        self.here.tenon("push")
        self.here.git("push", "-qu", "origin", "main")
        self.there = self.machine("there", **self.ENVIRONMENT)
        self.there.tenon("clone", "--no-data", str(self.hub), str(self.there.tree), cwd=self.base)
        self.there.tenon("remote", "add", "origin", *self.bucket(self.gate.port))

    def refused_and_nothing_written(self, what, tamper, *command):
        with self.subTest(what):
            before = self.outside()
            self.gate.tamper = tamper
            result = self.there.tenon(*(command or ["fetch"]), check=False)
            self.gate.tamper = None
            self.assertIn(result.status, (1, 2), result.out + result.err)
            self.assertRegex(result.err, r"(?m)^tenon: .+")
            self.assertNotIn("Fatal", result.err)
            self.assertEqual(self.outside(), before)
            self.assertFalse((self.there.tree / "data").exists())
            # Whatever came is intact.
            self.there.tenon("fsck")

    def outside(self):
        """Every file here but those of stores and home directories."""
        return sorted(
            os.path.join(directory, name) for directory, _, names in os.walk(self.base) for name in names
            if not directory.startswith((str(self.there.store), str(self.here.store), str(self.there.tree / ".git"))))

    @staticmethod
    def of(part, change):
        """Changes the answers to requests for objects whose names have `part`."""
        def tamper(passage, answer):
            if part in passage.path and answer.status in (200, 206):
                change(passage, answer)
        return tamper

    def test_what_is_fetched(self):
        def flipped(passage, answer):
            answer.body = bytes(byte ^ 0x55 for byte in answer.body)

        def one_bit(passage, answer):
            place = len(answer.body) // 2
            answer.body = answer.body[:place] + bytes([answer.body[place] ^ 1]) + answer.body[place + 1:]

        def short(passage, answer):
            answer.body = answer.body[:-1]

        def cut(passage, answer):
            head = f"HTTP/1.1 {answer.status} OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in answer.headers) + "\r\n"
            answer.raw = head.encode() + answer.body[:len(answer.body) // 2]

        def page(passage, answer):
            answer.status, answer.headers, answer.body = 200, [("Content-Type", "text/html")], b"<html>Please sign in</html>"

        def page_with_stamp(passage, answer):
            page(passage, answer)
            answer.headers += [("ETag", '"e"'), ("Last-Modified", "Fri, 24 May 2013 00:00:00 GMT")]

        for what in (flipped, one_bit, short, cut, page, page_with_stamp):
            for part in ("/packs/", "/snapshots/"):
                self.refused_and_nothing_written(f"{what.__name__} {part}", self.of(part, what))
        self.there.tenon("restore")
        self.same(self.there.tree / "data", self.repo / "data")

    def test_what_is_listed(self):
        """An upload reads indexes, and lists them before."""
        self.there.write("more.bin", self.noise(8, 100_000))
        self.there.tenon("add", "more.bin")
        self.there.git("add", "-A")
        # No hook brings what is not here.
        self.there.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", "more")

        def listing(change):
            def tamper(passage, answer):
                if "list-type=2" in passage.query:
                    answer.body = change(passage, answer.body)
            return tamper

        def endless(passage, body):
            return body.replace(b"<IsTruncated>false<", b"<IsTruncated>true<")

        def foreign(passage, body):
            return body.replace(b"/index/", b"/../../etc/")

        def upwards(passage, body):
            return body.replace(b".index<", b"/../../../../escaped.index<")

        def huge(passage, body):
            return body[:100] + b"<Contents>" * 2_000_000

        def page(passage, body):
            return b"<html>Please sign in</html>"

        sent = len(self.gate.passages)
        for what in (endless, foreign, huge, page):
            self.refused_and_nothing_written(what.__name__, listing(what), "push")
        # A name that leads elsewhere is nobody's of ours: it is passed over, and never opened.
        before = self.outside()
        self.gate.tamper = listing(upwards)
        self.there.tenon("push")
        self.gate.tamper = None
        self.assertEqual(self.outside(), before)
        self.assertFalse([p.path for p in self.gate.passages[sent:] if ".." in p.path or "escaped" in p.path])
