"""What nobody needs is removed from real storages, beside those who push there."""
import os
import random
import re
import signal
import unittest

from gate import Gate
from machines import Machine, MachinesTest
from servers import SSHD, WEED, WHEN_MISSING, Seaweed, seaweed, ssh_server


class SweepingTest(MachinesTest):
    """Two repositories of two people share a remote."""

    def clone_of_another(self, name, **environment) -> Machine:
        """A machine with a repository of its own, initialised."""
        machine = self.machine(name, **environment)
        self.git("init", "-q", "-b", "main", str(machine.tree), cwd=self.base)
        machine.tenon("init")
        machine.git("add", "-A")
        machine.git("commit", "-qm", "tenon init")
        return machine

    def track(self, machine, message, **files):
        for name, data in files.items():
            machine.write(f"data/{name}.bin", data)
            machine.tenon("add", f"data/{name}.bin")
        machine.git("add", "-A")
        machine.git("commit", "-qm", message)

    def sweep(self, machine, *options):
        return machine.tenon("sweep", "--remote", "--json", *options).json()["remote"]

    def proved(self, *machines):
        for machine in machines:
            self.assertIn("all proved", machine.tenon("verify", "--remote", "origin", "--read", "--all").out)

    def two_repositories(self, url, **environment):
        here = self.first_machine(**environment)
        there = self.clone_of_another("there", **environment)
        common = self.noise(1, 1_000_000)
        self.track(here, "one", common=common, own=self.noise(2, 500_000))
        self.track(there, "one", common=common, other=self.noise(3, 500_000))
        for machine in (here, there):
            machine.tenon("remote", "add", "origin", *url)
            machine.tenon("push")
        return here, there


    def wear(self, machine, number, kept, dead):
        """Two commits whose data comes to the remote in the same pack: `kept` bytes on `main`, and these and `dead` ones on a branch that is gone then."""
        def commit(**files):
            for name, data in files.items():
                machine.write(f"data/{number}/{name}.bin", data)
            machine.tenon("add", f"data/{number}")
            machine.git("add", "-A")
            machine.git("commit", "-qm", f"{' and '.join(files)} {number}")

        machine.git("switch", "-qc", "side")
        commit(dead=self.noise(2000 + number, dead), kept=self.noise(1000 + number, kept))
        machine.tenon("push")
        machine.git("switch", "-q", "main")
        commit(kept=self.noise(1000 + number, kept))
        machine.tenon("push")
        machine.git("branch", "-qD", "side")


class SharedRemote:
    """What is the same on every storage."""

    ENVIRONMENT = {}

    def test_only_what_no_clone_needs_goes(self):
        here, there = self.two_repositories(self.url(), **self.ENVIRONMENT)
        before = self.stored()
        here.git("switch", "-qc", "side")
        self.track(here, "side", dead=self.noise(4, 2_000_000), again=self.noise(3, 500_000))
        here.tenon("push")
        self.assertGreater(self.stored(), before + 2_000_000)
        here.git("switch", "-q", "main")
        here.git("branch", "-qD", "side")
        here.tenon("push")
        listed = here.tenon("sweep", "--remote", "--dry-run").out
        self.assertRegex(listed, r"(?m)^[0-9a-f]{8}  \S+:repo +here")
        self.assertRegex(listed, r"(?m)^Nothing is there that nobody needs$")
        first = self.sweep(here, "--grace", "0")
        # 'again' is what the other repository calls 'other'.
        self.assertEqual((first["condemned"]["snapshots"], first["removed"]["packs"]), (1, 0))
        self.assertEqual(len(first["repositories"]), 2)
        self.assertEqual(first["waiting"]["packs"], 0)
        self.assertGreater(self.stored(), before + 2_000_000)
        second = self.sweep(there, "--grace", "0")
        self.assertEqual(second["removed"], first["condemned"])
        self.assertGreaterEqual(second["removed"]["bytes"], 2_000_000)
        self.assertLess(self.stored(), before + 100_000)
        self.proved(here, there)
        self.same(self.read(here) / "data", here.tree / "data")

    def read(self, machine):
        """The work tree of a fresh clone on another machine, with its data."""
        reader = self.machine("reader", **self.ENVIRONMENT)
        self.git("clone", "-q", str(machine.tree), str(reader.tree), cwd=self.base)
        reader.tenon("init")
        reader.tenon("remote", "add", "origin", *self.url())
        reader.tenon("fetch")
        reader.tenon("restore")
        return reader.tree

    def test_what_lives_in_a_mostly_dead_pack_is_written_anew(self):
        here = self.first_machine(**self.ENVIRONMENT)
        here.tenon("remote", "add", "origin", *self.url())
        self.wear(here, 1, kept=1_000_000, dead=16_000_000)
        here.tenon("push")
        before, packs = self.stored(), self.pack_count()
        self.assertGreater(before, 17_000_000)
        planned = self.sweep(here, "--dry-run", "--grace", "0")
        self.assertRegex(
            here.tenon("sweep", "--remote", "--dry-run", "--grace", "0").out, r"(?m)^Would repack: [\d.]+ KiB out of \d mostly dead packs?, which frees 1\d")
        self.assertEqual(self.stored(), before)
        self.assertGreaterEqual(planned["repacked"]["packs"], 1)
        # The first look: all is there, and the old pack is condemned.
        first = self.sweep(here, "--grace", "0")
        self.assertEqual((first["repacked"], first["condemned"]), (planned["repacked"], planned["condemned"]))
        self.assertEqual(self.stored(), before + first["repacked"]["bytes"])
        self.proved(here)
        # The second: it has gone.
        second = self.sweep(here, "--grace", "0")
        self.assertEqual((second["removed"], second["repacked"]["packs"]), (first["condemned"], 0))
        self.assertEqual(self.stored(), before + first["repacked"]["bytes"] - second["removed"]["bytes"])
        self.assertEqual(self.stored(), second["needed"]["bytes"])
        self.assertEqual(self.pack_count(), second["needed"]["packs"])
        self.assertLess(self.stored(), 1_000_000 + 50_000)
        self.assertLessEqual(self.pack_count(), packs)
        self.proved(here)
        tree = self.read(here)
        self.same(tree / "data", here.tree / "data")
        self.assertEqual((tree / "data/1/kept.bin").read_bytes(), self.noise(1001, 1_000_000))
        self.assertIn("Nothing is there that nobody needs", here.tenon("sweep", "--remote", "--grace", "0").out)


class DirectorySweepTest(SharedRemote, SweepingTest):
    def url(self):
        return [str(self.base / "remote")]

    def packs_there(self):
        return list((self.base / "remote/packs").rglob("*.pack"))

    def stored(self):
        return sum(path.stat().st_size for path in self.packs_there())

    def pack_count(self):
        return len(self.packs_there())

    def test_what_is_condemned_waits_and_comes_back_when_it_is_pushed_again(self):
        here, there = self.two_repositories(self.url())
        here.git("switch", "-qc", "side")
        self.track(here, "side", side=self.noise(4, 500_000))
        here.tenon("push")
        here.git("switch", "-q", "main")
        here.git("branch", "-qm", "side", "kept")
        kept = here.git("rev-parse", "kept").out.strip()
        here.git("branch", "-qD", "kept")
        self.assertEqual(self.sweep(here)["condemned"]["snapshots"], 0)
        self.assertEqual(self.sweep(here, "--grace", "0")["condemned"]["snapshots"], 1)
        text = here.tenon("sweep", "--remote").out
        self.assertRegex(text, r"Condemned before, and waiting: 1 snapshot, .* in 2 packs, until \d{4}-\d\d-\d\d ")
        # What a verify finds stays there: so it does not find this.
        here.git("branch", "kept", kept)
        self.assertIn("does not have it", here.tenon("verify", "--remote", "origin", "--all", status=1).out)
        self.assertEqual(here.tenon("push", "origin", "kept", "--json").json()["remotes"][0]["new_snapshots"], 1)
        self.assertEqual(self.sweep(there, "--grace", "0")["removed"]["snapshots"], 0)
        self.proved(here, there)

    def test_what_was_merged_elsewhere_counts(self):
        here, there = self.two_repositories(self.url())
        here.git("push", "-qu", "origin", "main")
        here.git("switch", "-qc", "side")
        self.track(here, "side", side=self.noise(4, 500_000))
        here.git("push", "-qu", "origin", "side")
        # The server merges, and the branch goes; nobody here has fetched that.
        tip = here.git("rev-parse", "side").out.strip()
        self.git("update-ref", "refs/heads/main", tip, cwd=self.hub)
        self.git("update-ref", "-d", "refs/heads/side", cwd=self.hub)
        here.git("switch", "-q", "main")
        here.git("branch", "-qD", "side")
        here.git("update-ref", "-d", "refs/remotes/origin/side")
        self.assertEqual(self.sweep(here, "--grace", "0")["condemned"]["snapshots"], 0)
        self.hub.rename(self.base / "away")
        result = here.tenon("sweep", "--remote", status=2)
        self.assertIn("--no-fetch", result.err)
        self.sweep(here, "--no-fetch", "--grace", "0")

    def test_a_clone_that_is_gone_is_given_up(self):
        here, there = self.two_repositories(self.url())
        listed = self.sweep(here, "--dry-run")["repositories"]
        gone = next(clone for clone in listed if not clone["is_here"])
        self.assertRegex(gone["writer"], ":there$")
        self.assertEqual(self.sweep(here, "--grace", "0")["condemned"]["snapshots"], 0)
        self.assertEqual(self.sweep(here, "--grace", "0", "--forget", gone["id"])["condemned"]["snapshots"], 1)
        self.assertEqual(self.sweep(here, "--grace", "0")["removed"]["snapshots"], 1)
        self.proved(here)
        self.assertEqual([clone["is_here"] for clone in self.sweep(here, "--dry-run")["repositories"]], [True])

    def test_capabilities_are_recorded_and_a_remote_that_lacks_some_is_not_swept(self):
        here, _ = self.two_repositories(self.url())
        remote = here.tenon("remote", "list", "--json").json()["remotes"][0]
        self.assertEqual(remote["capabilities"], ["writes", "create-only", "compare-and-swap", "conditional-delete"])
        here.git("config", "tenon.remote.origin.capabilities", "writes create-only compare-and-swap")
        self.assertIn("its storage has no conditional removal: it can't be swept", here.tenon("remote").out)
        result = here.tenon("sweep", "--remote", status=2)
        self.assertIn("its storage has no conditional removal", result.err)
        self.assertIn("tenon remote probe origin", result.err)
        self.assertIn("yes  conditional-delete", here.tenon("remote", "probe").out)
        here.tenon("sweep", "--remote")
        # Without a record it is tried.
        here.git("config", "--unset", "tenon.remote.origin.capabilities")
        here.tenon("sweep", "--remote")
        self.assertIn("conditional-delete", here.git("config", "tenon.remote.origin.capabilities").out)

    def test_a_sweep_without_an_object_is_wrong_usage(self):
        here = self.first_machine()
        self.assertIn("tenon sweep --remote", here.tenon("sweep", status=64).err)


@unittest.skipUnless(SSHD, f"OpenSSH's server is {WHEN_MISSING}")
class SSHSweepTest(SharedRemote, SweepingTest):
    """Through OpenSSH's server."""

    @property
    def ENVIRONMENT(self):
        return ssh_server().environment

    def url(self):
        return [f"ssh://there{self.base}/remote"]

    stored, pack_count, packs_there = DirectorySweepTest.stored, DirectorySweepTest.pack_count, DirectorySweepTest.packs_there


@unittest.skipUnless(WEED, f"SeaweedFS is {WHEN_MISSING}")
class BucketSweepTest(SharedRemote, SweepingTest):
    ENVIRONMENT = Seaweed.KEYS

    def url(self):
        return self.bucket()

    def sizes(self):
        url = self.bucket()[0].removeprefix("s3://").split("/", 1)
        body = seaweed().exchange("GET", f"/{url[0]}", query=f"list-type=2&prefix={url[1]}%2Fpacks%2F")[1].decode()
        return [int(size) for size in re.findall(r"<Size>(\d+)</Size>", body)]

    def stored(self):
        return sum(self.sizes())

    def pack_count(self):
        return len(self.sizes())

    def test_a_sweep_that_is_killed_while_it_repacks_is_finished_by_the_next(self):
        here = self.first_machine(**self.ENVIRONMENT)
        gate = Gate(seaweed().port)
        self.addCleanup(gate.close)
        here.tenon("remote", "add", "origin", *self.bucket(gate.port))
        # Changes that a sweep makes, once its own lease is gone.
        changes = []
        # After so many of them the daemon is killed; the storage has made the last one.
        fatal, victim = None, None

        def tamper(passage, answer):
            if passage.method in ("PUT", "POST", "DELETE") and re.search("/(packs|index|snapshots|sweep)/", passage.path):
                changes.append(f"{passage.method} {passage.path}")
                if len(changes) == fatal:
                    os.kill(victim, signal.SIGKILL)

        def end():
            """Sweeps until nothing is left to do."""
            for _ in range(3):
                result = self.sweep(here, "--grace", "0")
            self.assertEqual([result[name]["packs"] for name in ("condemned", "removed", "waiting", "repacked")], [0, 0, 0, 0])
            self.assertEqual((result["needed"]["bytes"], result["needed"]["packs"]), (self.stored(), self.pack_count()))

        self.wear(here, 0, kept=100_000, dead=9_000_000)
        gate.tamper = tamper
        counts = []
        for _ in range(2):
            changes.clear()
            self.sweep(here, "--grace", "0")
            counts.append(len(changes))
        end()
        self.assertGreater(min(counts), 4)
        generator = random.Random(4)
        # Lock, pack, index, locator and list are written in the first; the second removes.
        moments = [(0, change) for change in range(2, 6)] + [
            (look, generator.randrange(1, counts[look] + 1)) for look in (0, 1, 1, 1)]
        for number, (look, moment) in enumerate(moments, 1):
            with self.subTest(look=look, moment=moment):
                gate.tamper = None
                self.wear(here, number, kept=100_000, dead=9_000_000)
                for _ in range(look):
                    self.assertGreater(self.sweep(here, "--grace", "0")["repacked"]["freed"], 4_000_000)
                victim = here.pid()
                changes.clear()
                fatal = moment
                gate.tamper = tamper
                process = here.start("sweep", "--remote", "--grace", "0")
                process.communicate(timeout=120)
                fatal = None
                self.assertGreaterEqual(len(changes), moment)
                self.proved(here)
                end()
                self.proved(here)
        self.same(self.read(here) / "data", here.tree / "data")

    def test_a_sweep_that_is_killed_is_finished_by_the_next(self):
        here, there = self.two_repositories(self.url(), **self.ENVIRONMENT)
        here.git("switch", "-qc", "side")
        for number in range(4):
            self.track(here, f"side {number}", **{f"side{number}": self.noise(10 + number, 300_000)})
            here.tenon("push")
        here.git("switch", "-q", "main")
        here.git("branch", "-qD", "side")
        first = self.sweep(here, "--grace", "0")
        gate = Gate(seaweed().port)
        self.addCleanup(gate.close)
        here.git("config", "tenon.remote.origin.endpoint", f"http://127.0.0.1:{gate.port}")
        # The daemon is killed when the first object has gone.
        removed = []

        def tamper(passage, answer):
            if passage.method == "DELETE" and "/snapshots/" in passage.path and not removed:
                removed.append(passage.path)
                os.kill(here_pid, signal.SIGKILL)
        here_pid = here.pid()
        gate.tamper = tamper
        process = here.start("sweep", "--remote", "--grace", "0")
        process.wait(timeout=120)
        process.communicate()
        self.assertTrue(removed)
        gate.tamper = None
        self.proved(there)
        second = self.sweep(here, "--grace", "0")
        self.assertGreater(second["removed"]["packs"], 0)
        self.assertEqual(second["removed"]["bytes"], first["condemned"]["bytes"])
        self.proved(here, there)

    def test_sweeps_beside_pushes_lose_nothing(self):
        here, there = self.two_repositories(self.url(), **self.ENVIRONMENT)
        for round in range(4):
            # A branch that comes and goes, and one that grows, in both at once.
            for number, machine in enumerate((here, there)):
                machine.git("switch", "-qc", f"side{round}")
                self.track(machine, "side", side=self.noise(100 + 10 * number + round % 2, 300_000))
                machine.tenon("push")
                machine.git("switch", "-q", "main")
                machine.git("branch", "-qD", f"side{round}")
                self.track(machine, f"round {round}", **{f"round{round}": self.noise(100 + 10 * (1 - number) + round % 2, 300_000)})
            work = [here.start("push"), there.start("push")]
            sweeps = [here.start("sweep", "--remote", "--no-fetch", "--grace", "0") for _ in range(2)]
            for process in work:
                self.wait(process)
            for process in sweeps:
                out, err = process.communicate(timeout=120)
                # While somebody says anew what is needed, a sweep stops.
                self.assertIn(process.returncode, (0, 2), err.decode())
                if process.returncode: self.assertRegex(err.decode(), "is not swept|try again")
            self.proved(here, there)
        self.sweep(here, "--grace", "0")
        self.sweep(here, "--grace", "0")
        self.proved(here, there)
