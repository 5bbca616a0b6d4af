"""`tenon model`: names, versions and stages as Git tags, made by many at once, signed, and refused where somebody has tampered with them."""
import pathlib
import subprocess

from harness import BIN, TenonTest


class RegistryTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()
        self.make_model(1)

    def make_model(self, number, path="models/m.bin"):
        self.write(path, self.noise(number, 5000))
        self.tenon("add", path)
        self.git("commit", "-qm", f"model {number}")
        return self.git("rev-parse", "HEAD").out.strip()

    def model(self, *arguments, **options):
        return self.tenon("model", *arguments, "--json", **options).json()

    def tags(self, cwd=None):
        return self.git("tag", "--list", "model/*", cwd=cwd).out.split()

    def raw_tag(self, name, text, reference=None):
        """A tag object with this text, put where `reference` says."""
        path = self.base / "tag"
        path.write_text(text)
        id = self.git("hash-object", "-t", "tag", "--literally", "-w", path).out.strip()
        self.git("update-ref", f"refs/tags/{reference or name}", id)
        return id

    def tag_text(self, name):
        return self.git("cat-file", "tag", f"refs/tags/{name}").out

    # What there is

    def test_a_model_is_registered_promoted_and_found_again(self):
        first = self.git("rev-parse", "HEAD").out.strip()
        reply = self.model("register", "models/m.bin", "detector", "-m", "the first one")
        version = reply["version"]
        self.assertEqual(
            (reply["is_new"], version["model"], version["version"], version["tag"], version["commit"], version["path"], version["kind"], version["size"]),
            (True, "detector", 1, "model/detector/v1", first, "models/m.bin", "file", 5000))
        self.assertEqual(version["oid"], "sha256:" + self.sha256(self.repo / "models/m.bin"))
        self.assertEqual((version["origin"]["name"], version["origin"]["email"]), ("C O Mitter", "committer@example.com"))
        # An annotated tag of the commit, which people can read.
        self.assertEqual(self.git("cat-file", "-t", "model/detector/v1").out, "tag\n")
        self.assertEqual(self.git("rev-parse", "model/detector/v1^{commit}").out.strip(), first)
        self.assertIn("the first one", self.tag_text("model/detector/v1"))
        # The same is the same version.
        self.assertEqual(self.model("register", "models/m.bin", "detector")["is_new"], False)
        second = self.make_model(2)
        self.assertEqual(self.model("register", "models/m.bin", "detector")["version"]["version"], 2)
        self.assertEqual(self.model("register", "models/m.bin", "detector", first)["version"]["version"], 1)
        self.assertEqual(self.model("promote", "detector", "1", "production")["promotion"]["commit"], first)
        self.assertEqual(self.model("promote", "detector", "v1", "production")["is_new"], False)
        reply = self.model("promote", "detector", "2", "production")
        self.assertEqual((reply["previous"], reply["promotion"]["tag"], reply["promotion"]["oid"]), (1, "model/detector/stage/production/2", reply["version"]["oid"]))
        said = self.tenon("model", "promote", "detector", "1", "staging").out
        self.assertIn(first[:12], said)
        self.assertIn("promoted detector v1 to staging", said)
        # Back again.
        self.tenon("model", "promote", "detector", "1", "production")
        shown = self.model("show", "detector", "--stage", "production")
        self.assertEqual((shown["version"]["version"], shown["stages"], shown["bound"]), (1, ["production", "staging"], True))
        self.assertEqual(self.model("show", "detector")["version"]["commit"], second)
        self.assertEqual(self.tenon("model", "show", "--help").out.count("  --version"), 1)
        self.assertEqual(self.tenon("--version").out, self.tenon("version").out)
        self.assertEqual(self.model("show", "detector", "--version", "1")["version"]["commit"], first)
        events = self.model("history", "detector")["events"]
        self.assertEqual(
            [(e["promoted"]["stage"], e["promoted"]["version"], e.get("previous"), e["is_current"]) for e in events if "promoted" in e and e["promoted"]["stage"] == "production"],
            [("production", 1, 2, True), ("production", 2, 1, False), ("production", 1, None, False)])
        self.assertEqual({e["registered"]["version"] for e in events if "registered" in e}, {1, 2})
        [listed] = self.model("list")["models"]
        self.assertEqual((listed["model"], listed["count"], {k: v["version"] for k, v in listed["stages"].items()}), ("detector", 2, {"production": 1, "staging": 1}))
        self.assertEqual(len(self.model("list", "detector")["models"][0]["versions"]), 2)
        # What it names comes back by its tag.
        tag = shown["version"]["tag"]
        self.tenon("restore", "--source", tag, "models/m.bin")
        self.assertEqual("sha256:" + self.sha256(self.repo / "models/m.bin"), shown["version"]["oid"])
        self.assertEqual(len(self.run_command(BIN / "tenon", "cat", f"{tag}:models/m.bin").out.encode(errors="surrogateescape")), 5000)
        for command in (["list"], ["list", "detector"], ["show", "detector"], ["history", "detector"], ["history", "detector", "--stage", "staging"]):
            self.assertIn("v1" if command != ["show", "detector"] else "v2", self.tenon("model", *command).out)

    def test_a_directory_and_odd_names(self):
        self.make_data()
        path = "d\u00e4ta 100%"
        self.write(f"{path}/x", b"x")
        self.tenon("add", "data", path)
        self.git("commit", "-qm", "data")
        version = self.model("register", "data", "set.v-1_x")["version"]
        self.assertEqual((version["kind"], version["oid"]), ("tree", "sha256:" + self.directory_hash(self.repo / "data")))
        self.assertEqual(self.model("register", path, "odd")["version"]["path"], path)
        self.assertIn("Tenon-Path: d\u00e4ta 100%25", self.tag_text("model/odd/v1"))
        self.assertTrue(self.model("show", "odd")["bound"])
        # From below, paths are what they are there.
        self.assertEqual(self.tenon("model", "register", "m.bin", "below", "--json", cwd=self.repo / "models").json()["version"]["path"], "models/m.bin")

    def test_what_can_be_no_version_is_refused(self):
        self.refused("model", "register", "train.py", "m", says=("can't be registered", "binds no artifact there"), hint=True)
        self.refused("model", "register", "models", "m", says="binds no artifact there")
        self.write("new.bin", b"new")
        self.tenon("add", "new.bin")
        self.refused("model", "register", "new.bin", "m", says="binds no artifact there")
        self.refused("model", "register", "models/m.bin", "m", "nowhere", says="names no commit")
        for name in ("a/b", ".a", "-a", "a..b", "a.lock", "a.", "", "\u00e4", "a b", "x" * 101):
            self.refused("model", "register", "models/m.bin", "--", name, status=64)
        self.refused("model", "register", "models/m.bin", "m", "-m", "x\n-----BEGIN PGP SIGNATURE-----\n", says="the message is refused")
        self.tenon("model", "register", "models/m.bin", "m")
        self.refused("model", "promote", "m", "2", "production", says="its last version is v1")
        self.refused("model", "promote", "other", "1", "production", says="no version of it is registered", hint=True)
        self.refused("model", "promote", "m", "1", "a/b", status=64, says="the stage 'a/b' is refused: it holds another character")
        self.refused("model", "promote", "m", "0", "a", status=64)
        self.refused("model", "show", "m", "--stage", "production", says="no version of 'm' is in 'production'")
        self.refused("model", "show", "n", says="there is no model 'n' here")
        self.assertEqual(self.tags(), ["model/m/v1"])

    def test_bytes_that_are_nowhere_are_not_registered_and_those_of_a_remote_are(self):
        self.tenon("remote", "add", "origin", str(self.base / "data"))
        self.tenon("push")
        self.run_command("git", "clone", "-q", self.repo, self.base / "clone")
        self.stop_daemon()
        self.enter(self.base / "elsewhere")
        self.repo = self.base / "clone"
        self.refused("model", "register", "models/m.bin", "m", says="its bytes are not stored here, nor to be had", hint=True)
        self.tenon("remote", "add", "origin", str(self.base / "data"))
        self.assertEqual(self.model("register", "models/m.bin", "m")["version"]["version"], 1)

    # Many at once

    def test_ten_at_once_make_ten_versions(self):
        commits = [self.make_model(n) for n in range(2, 12)]
        processes = [
            subprocess.Popen([BIN / "tenon", "model", "register", "models/m.bin", "m", c], cwd=self.repo, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for c in commits]
        for process in processes:
            _, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, err)
        versions = self.model("list", "m")["models"][0]["versions"]
        self.assertEqual([v["version"] for v in versions], list(range(1, 11)))
        self.assertEqual({v["commit"] for v in versions}, set(commits))

    def clones(self):
        hub = self.base / "hub.git"
        self.run_command("git", "clone", "-q", "--bare", self.repo, hub)
        self.git("remote", "add", "origin", hub)
        self.run_command("git", "clone", "-q", hub, self.base / "other")
        return hub, self.base / "other"

    def test_two_clones_that_push_at_once_take_two_numbers(self):
        hub, other = self.clones()
        self.make_model(2)
        self.git("push", "-q", "origin", "HEAD")
        self.git("pull", "-q", cwd=other)
        self.assertEqual(self.model("register", "models/m.bin", "m", "--push")["version"]["version"], 1)
        self.assertEqual(self.model("register", "models/m.bin", "m", "HEAD~1", "--push", cwd=other)["version"]["version"], 2)
        self.assertEqual(self.tags(hub), ["model/m/v1", "model/m/v2"])
        # Somebody is faster, between the look at the remote and the push: a hook plays them, once.
        hook = other / ".git/hooks/pre-push"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nrm $0\ngit -C {self.repo} fetch -q --tags && cd {self.repo} && unset GIT_DIR && {BIN}/tenon model promote m 1 production --push >&2\n")
        hook.chmod(0o755)
        self.git("fetch", "-q", "--tags", cwd=other)
        reply = self.model("promote", "m", "2", "production", "--push", cwd=other)
        self.assertEqual(reply["promotion"]["number"], 2)
        self.assertEqual([t for t in self.tags(hub) if "stage" in t], ["model/m/stage/production/1", "model/m/stage/production/2"])
        # Both see the same after a plain fetch.
        for place in (self.repo, other):
            self.git("fetch", "-q", "--tags", cwd=place)
            self.assertEqual(self.model("show", "m", "--stage", "production", cwd=place)["version"]["version"], 2)
        self.assertEqual(self.model("history", "m"), self.model("history", "m", cwd=other))

    def test_a_push_that_fails_leaves_no_tag(self):
        self.git("remote", "add", "origin", self.base / "nowhere")
        self.refused("model", "register", "models/m.bin", "m", "--push", says="can't be read")
        self.refused("model", "register", "models/m.bin", "m", "--push", "--remote", "--upload-pack=touch x", status=64)
        hub, other = self.clones_with_refusal()
        self.refused("model", "register", "models/m.bin", "m", "--push", "--remote", "hub", says="was not made")
        self.assertEqual(self.tags(), [])

    def clones_with_refusal(self):
        hub = self.base / "hub.git"
        self.run_command("git", "clone", "-q", "--bare", self.repo, hub)
        (hub / "hooks").mkdir(exist_ok=True)
        (hub / "hooks/update").write_text("#!/bin/sh\nexit 1\n")
        (hub / "hooks/update").chmod(0o755)
        self.git("remote", "add", "hub", hub)
        return hub, None

    def test_tags_travel_by_plain_git(self):
        hub, other = self.clones()
        self.tenon("model", "register", "models/m.bin", "m")
        self.tenon("model", "promote", "m", "1", "production")
        self.git("push", "-q", "--tags")
        self.git("fetch", "-q", "--tags", cwd=other)
        self.assertEqual(self.model("list", cwd=other), self.model("list"))
        # A shallow clone that has the tag alone.
        self.run_command("git", "clone", "-q", "--depth=1", f"file://{hub}", self.base / "shallow")
        self.git("fetch", "-q", "--depth=1", "--tags", cwd=self.base / "shallow")
        self.assertEqual(self.model("show", "m", cwd=self.base / "shallow")["bound"], True)

    # Signatures

    def test_tags_are_signed_with_an_ssh_key_and_verified(self):
        key = self.base / "alice"
        self.run_command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "alice", "-f", key)
        self.run_command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "mallory", "-f", self.base / "mallory")
        signers = self.base / "signers"
        signers.write_text(f"alice@example.com {(self.base / 'alice.pub').read_text()}")
        for name, value in (("gpg.format", "ssh"), ("user.signingkey", str(key)), ("gpg.ssh.allowedSignersFile", str(signers))):
            self.git("config", name, value)
        self.tenon("model", "register", "models/m.bin", "m")
        shown = self.tenon("model", "show", "m", "--verify", "--json", status=1).json()
        self.assertFalse(shown["verified"]["model/m/v1"]["is_good"])
        self.make_model(2)
        self.assertEqual(self.model("register", "models/m.bin", "m", "--sign")["version"]["origin"]["signature"], "ssh")
        shown = self.model("show", "m", "--verify")
        self.assertTrue(shown["verified"]["model/m/v2"]["is_good"])
        self.assertIn("alice@example.com", shown["verified"]["model/m/v2"]["detail"])
        # By configuration, and by a key that does not count.
        self.git("config", "tag.gpgSign", "true")
        self.assertEqual(self.model("promote", "m", "2", "production")["promotion"]["origin"]["signature"], "ssh")
        self.assertNotIn("signature", self.model("promote", "m", "2", "test", "--no-sign")["promotion"]["origin"])
        self.model("show", "m", "--stage", "production", "--verify")
        self.tenon("model", "show", "m", "--stage", "test", "--verify", status=1)
        # What is there without a signature gets one by a promotion of its own, once; a version's tag stays.
        self.model("promote", "m", "2", "plain", "--no-sign")
        signed = self.model("promote", "m", "2", "plain", "--sign")
        self.assertEqual((signed["is_new"], signed["promotion"]["number"], signed["promotion"]["origin"]["signature"]), (True, 2, "ssh"))
        self.model("show", "m", "--stage", "plain", "--verify")
        self.assertFalse(self.model("promote", "m", "2", "plain", "--sign")["is_new"])
        self.assertIn("to plain again (now)", self.tenon("model", "history", "m").out)
        self.assertIn("'model/m/v1' is not signed", self.tenon("model", "register", "models/m.bin", "m", "HEAD~1", "--sign").err)
        self.make_model(3)
        self.assertEqual(self.model("register", "models/m.bin", "m", "--key", self.base / "mallory.pub")["version"]["origin"]["signature"], "ssh")
        self.tenon("model", "show", "m", "--verify", status=1)
        # A signed tag that was copied to another name says nothing there.
        self.git("update-ref", "refs/tags/model/m/v9", self.git("rev-parse", "refs/tags/model/m/v2").out.strip())
        self.git("update-ref", "refs/tags/model/m/stage/production/5", self.git("rev-parse", "refs/tags/model/m/stage/test/1").out.strip())
        self.assertEqual({r["tag"]: r["cause"] for r in self.model("list", "m")["refused"]}, {
            "model/m/v9": "it was made as 'model/m/v2'", "model/m/stage/production/5": "it was made as 'model/m/stage/test/1'"})
        self.assertEqual(self.model("show", "m", "--stage", "production")["promotion"]["number"], 1)
        # Numbers stay taken.
        self.assertEqual(self.model("register", "models/m.bin", "m", "HEAD~2", "--no-sign")["is_new"], False)
        self.make_model(4)
        self.assertEqual(self.model("register", "models/m.bin", "m")["version"]["version"], 10)
        # No key: nothing is made, whatever Git says (2.39 makes a tag without a signature).
        self.git("config", "user.signingkey", str(self.base / "missing"))
        self.make_model(5)
        self.refused("model", "register", "models/m.bin", "m", says="was not made", hint=True)
        self.assertNotIn("model/m/v11", self.tags())

    # Tags that somebody has tampered with

    def test_hostile_tags_are_refused_by_name_and_the_rest_is_read(self):
        self.tenon("model", "register", "models/m.bin", "m")
        self.tenon("model", "promote", "m", "1", "production")
        good = self.tag_text("model/m/v1")
        promotion = self.tag_text("model/m/stage/production/1")
        head = self.git("rev-parse", "HEAD").out.strip()

        def version(number, text=good):
            return text.replace("model/m/v1", f"model/m/v{number}").replace("Tenon-Version: 1", f"Tenon-Version: {number}")

        blob = self.git("hash-object", "-w", "train.py").out.strip()
        tree = self.git("rev-parse", "HEAD^{tree}").out.strip()
        cases = {
            "v2": (version(2).replace("Tenon-Version: 2", "Tenon-Version: 1"), "it was not made for version 2"),
            "v3": (version(3) + "Tenon-Oid: sha256:" + "0" * 64 + "\n", "'Tenon-Oid' twice"),
            "v4": (version(4).replace("models/m.bin", "../../etc/passwd"), "its path is refused"),
            "v5": (version(5).replace("models/m.bin", ".git/config"), "its path is refused"),
            "v6": (version(6).replace("sha256:", "sha1:"), "is not sha256:"),
            "v7": (version(7).replace(head, tree).replace("type commit", "type tree"), "it tags no commit"),
            "v8": (version(8).replace(head, blob).replace("type commit", "type blob"), "it tags no commit"),
            "v9": (version(9) + "x" * (64 << 10), "longer than 65536 bytes"),
            "v10": (version(10).replace("tagger ", "tagger nobody "), None),
            "v11": (version(11).split("\n\n")[0] + "\n\nno trailers\n", "it was not made for version 11"),
            "v12": (version(12).replace("tagger C O Mitter <committer@example.com>", "tagger x\x1b[31m"), "it does not say who made it"),
            "v13": (version(13).replace("Tenon-Kind: file", "Tenon-Kind: socket"), "it does not say what the content is"),
            "v14": (version(14).replace("Tenon-Model: m", "Tenon-Model: other"), "it was not made for version 14"),
        }
        for name, (text, _) in cases.items():
            self.raw_tag(f"model/m/{name}", text)
        self.git("tag", "model/m/v20", "HEAD")
        self.git("tag", "model/m/v021", "HEAD")
        self.git("tag", "-a", "-m", "x", "model/x/y/z", "HEAD")
        self.git("tag", "-a", "-m", "x", "model/m/v99999999999999999999", "HEAD")
        # A promotion of what the version is not.
        self.raw_tag("model/m/stage/production/2", promotion.replace("production/1", "production/2").replace("Promotion: 1", "Promotion: 2").replace("sha256:", "sha256:0")[:-2] + "\n")
        forged = promotion.replace("production/1", "production/3").replace("Promotion: 1", "Promotion: 3")
        oid = "sha256:" + self.sha256(self.repo / "models/m.bin")
        self.raw_tag("model/m/stage/production/3", forged.replace(oid, "sha256:" + "1" * 64))
        result = self.tenon("model", "list", "m", "--json")
        reply = result.json()
        refused = {r["tag"].removeprefix("model/m/"): r["cause"] for r in reply["refused"]}
        for name, (_, cause) in cases.items():
            if cause is None:
                self.assertNotIn(name, refused)
            else:
                self.assertIn(cause, refused[name])
        self.assertEqual(refused["v20"], "it is no annotated tag")
        self.assertEqual(refused["stage/production/3"], "it names other content than 'model/m/v1'")
        self.assertIn("does not count", result.err)
        self.assertNotIn("\x1b", result.err + result.out)
        self.assertEqual([v["version"] for v in reply["models"][0]["versions"]], [1, 10])
        self.assertEqual(reply["models"][0]["stages"]["production"]["number"], 1)
        # All of them: also those whose names are none of ours.
        self.assertIn("model/x/y/z", {r["tag"] for r in self.model("list")["refused"]})
        # A tag that lies about what its commit binds.
        self.raw_tag("model/n/v1", good.replace("model/m/v1", "model/n/v1").replace("Tenon-Model: m", "Tenon-Model: n").replace(oid, "sha256:" + "2" * 64))
        self.refused("model", "show", "n", says=("the tag 'model/n/v1' is refused", "binds something else"))
        self.refused("model", "promote", "n", "1", "production", says="is refused")
        # The last number of all.
        self.raw_tag("model/m/v999999999", version(999999999))
        self.make_model(2)
        self.refused("model", "register", "models/m.bin", "m", says="it has the last number", hint=True)

    def test_it_reads_nothing_from_where_there_is_no_repository(self):
        self.refused("model", "list", cwd=self.base, says="")
        self.assertEqual(self.model("list"), {"models": [], "refused": []})
        self.assertEqual(self.tenon("model").out, "No models are registered here\n")
