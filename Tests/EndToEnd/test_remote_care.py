"""What a remote holds is proved by the programs themselves."""
import os
import shutil

from harness import TenonTest


class RemoteCare(TenonTest):
    def setUp(self):
        super().setUp()
        self.remote = self.base / "remote"
        self.initialised()
        self.make_data(files=20)
        self.write("model.bin", self.noise(3, 400_000))
        self.tenon("add", "data", "model.bin")
        self.git("commit", "-qm", "one")
        self.write("data/part1/file001.csv", "changed\n")
        self.tenon("commit", "-qm", "two")
        self.tenon("remote", "add", "origin", str(self.remote))
        self.tenon("push")

    def objects(self, suffix):
        return sorted(self.remote.rglob("*" + suffix), key=lambda path: path.stat().st_size)

    @staticmethod
    def flip(path, offset):
        os.chmod(path, 0o600)
        with open(path, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 1]))

    def test_a_remote_is_proved_by_listing_by_reading_and_by_a_sample(self):
        self.assertIn("all proved", self.tenon("verify", "--remote", "origin").out)
        reply = self.tenon("verify", "--remote", "origin", "--all", "--read", "--json").json()
        self.assertEqual((reply["commits"], reply["artifacts"], reply["findings"]), (4, 3, 0))
        proved = reply["remote"]
        self.assertEqual(proved["read_objects"], proved["objects"])
        samples = [self.tenon("verify", "--remote", "origin", "--all", "--sample", "20%", "--seed", "5").out for _ in range(2)]
        self.assertEqual(samples[0], samples[1])
        self.assertRegex(samples[0], r"\d+ read and hashed \(.*\), a sample of 20% with the seed 5; all proved")
        self.refused("verify", "--remote", "nobody", says=["nobody", "tenon remote add"])

    def test_what_a_remote_lacks_is_named_with_its_remedy(self):
        self.write("model.bin", self.noise(4, 400_000))
        self.tenon("commit", "-qm", "three")
        result = self.tenon("verify", "--remote", "origin", status=1)
        self.assertRegex(result.out, "missing  model.bin, commit [0-9a-f]+: .*does not have it")
        self.assertIn("To mend it: tenon push origin\n", result.out)
        # What another branch binds takes another push.
        self.git("switch", "-qc", "side", "HEAD~1")
        self.assertIn("To mend it: tenon push origin --all\n", self.tenon("verify", "--remote", "origin", "--all", status=1).out)
        main = self.git("rev-parse", "main").out[:12]
        self.assertIn(f"To mend it: tenon push origin {main}\n", self.tenon("verify", "--remote", "origin", "main", status=1).out)
        self.tenon("push", "origin", "--all")
        self.tenon("verify", "--remote", "origin", "--all")
        self.git("switch", "-q", "main")
        self.objects(".pack")[-1].unlink()
        result = self.tenon("verify", "--remote", "origin", "--all", status=1)
        self.assertRegex(result.out, "missing  .*chunk sha256:[0-9a-f]+, commit [0-9a-f]+: pack [0-9a-f]{64} is gone from")
        self.assertIn("To mend it: tenon fsck --repair\n", result.out)

    def test_a_flipped_byte_is_found_by_reading(self):
        self.flip(self.objects(".pack")[-1], 5000)
        self.tenon("verify", "--remote", "origin", "--all")
        result = self.tenon("verify", "--remote", "origin", "--all", "--read", "--json", status=1)
        finding = result.json()["items"][0]
        self.assertEqual(finding["problem"], "damaged")
        self.assertEqual(finding["pack"], self.objects(".pack")[-1].stem)
        self.assertRegex(finding["chunk"], "^sha256:")

    def test_a_local_pack_that_was_deleted_comes_back(self):
        largest = max(self.packs(), key=lambda path: path.stat().st_size)
        largest.unlink()
        self.assertIn("snapshot sha256:", self.tenon("fsck", status=1).out)
        result = self.tenon("fsck", "--repair")
        self.assertRegex(result.out, "healed   snapshot sha256:[0-9a-f]{64}: restored from 'origin'")
        self.assertIn("Nothing is amiss now", result.out)
        self.tenon("verify", "--all")
        self.tenon("fsck", "--read")

    def test_both_sides_are_healed_at_once(self):
        min(self.packs(), key=lambda path: path.stat().st_size).unlink()
        self.flip(self.objects(".pack")[-1], 5000)
        reply = self.tenon("fsck", "--repair", "--read", "--json").json()
        self.assertEqual(reply["repair"]["remaining"], 0)
        self.assertGreater(reply["repair"]["remotes"][0]["objects"], 0)
        self.tenon("verify", "--all")
        self.assertIn("all proved", self.tenon("verify", "--remote", "origin", "--all", "--read").out)
        self.assertEqual(self.tenon("fsck", "--repair", "--read", "--json").json()["findings"], 0)

    def test_without_a_remote_that_has_it_damage_stays(self):
        self.packs()[0].unlink()
        self.remote.rename(self.base / "away")
        result = self.tenon("fsck", "--repair", status=1)
        self.assertIn("remote 'origin' is left out", result.err)
        self.assertRegex(result.out, r"\d+ findings? stays?")
        (self.base / "away").rename(self.remote)
        self.tenon("fsck", "--repair")

    def test_a_remote_that_can_not_be_looked_at_is_a_finding(self):
        self.remote.rename(self.base / "away")
        result = self.tenon("fsck", "--repair", status=1)
        self.assertIn("remote 'origin'", result.out)
        self.assertNotIn("Nothing is amiss", result.out)
        (self.base / "away").rename(self.remote)
        self.assertIn("Nothing is amiss now", self.tenon("fsck", "--repair").out)

    def test_something_else_under_the_name_of_a_pack_is_no_pack(self):
        pack = self.objects(".pack")[-1]
        pack.unlink()
        pack.mkdir()
        self.tenon("fsck", "--repair")
        self.assertIn("all proved", self.tenon("verify", "--remote", "origin", "--all", "--read").out)

    def test_a_pack_that_arrived_in_part_is_sent_again_under_another_name(self):
        # As a copy leaves it that was cut short: packs, no index.
        other = self.base / "other"
        other.mkdir()
        shutil.copy(self.remote / "tenon", other)
        shutil.copytree(self.remote / "packs", other / "packs")
        pack = sorted(other.rglob("*.pack"), key=lambda path: path.stat().st_size)[-1]
        self.assertGreater(pack.stat().st_size, 300_000)
        os.chmod(pack, 0o600)
        os.truncate(pack, 300_000)
        self.tenon("remote", "add", "other", str(other))
        self.tenon("push", "other")
        self.assertIn("all proved", self.tenon("verify", "--remote", "other", "--all", "--read").out)

    def test_a_remote_takes_no_place_in_what_is_versioned(self):
        for place in [self.repo / "data/remote", self.repo / ".git/remote", self.repo, self.base, "/"]:
            result = self.refused("remote", "add", "bad", str(place))
            self.assertIn("can't be a remote", result.err)
        self.assertFalse((self.repo / "data/remote").exists())

    def test_a_remote_that_fails_takes_no_others_turn(self):
        self.tenon("remote", "add", "aa", str(self.base / "aa"))
        shutil.rmtree(self.base / "aa")
        self.write("model.bin", self.noise(5, 400_000))
        self.tenon("commit", "-qm", "three")
        result = self.tenon("push", "--all-remotes", status=2)
        self.assertRegex(result.err, "not sent to 'aa'; sent to 'origin'")
        self.tenon("verify", "--remote", "origin")

    def test_what_can_be_no_remote_and_no_path_is_refused(self):
        self.refused("remote", "add", "scp", "git@host:project", says="ssh://git@host/project")
        self.refused("remote", "add", "dir", str(self.base / "dir"), "--endpoint", "http://localhost:1", says="only a bucket")
        self.assertFalse((self.base / "dir").exists())
        self.refused("fetch", "--path", "nope", says="'nope' can't be fetched")
        self.write("tenon.yaml", "version: 1\nremotes: { eu.team: { url: /somewhere } }\n")
        self.refused("remote", "trust", "eu.team", says="a name is 1 to 64")
