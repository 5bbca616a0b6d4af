"""Data goes from one machine to another over a remote: two homes, two stores, a bare Git repository and a directory between them."""
import os
import pathlib
import shutil
import subprocess

from harness import BIN, TenonTest


class SharingTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.remote = self.base / "remote"
        self.hub = self.base / "hub.git"
        self.git("init", "-q", "--bare", "-b", "main", str(self.hub), cwd=self.base)
        self.git("remote", "add", "origin", str(self.hub))
        self.initialised()
        self.make_data(files=20)
        self.write("model.bin", self.noise(3, 400_000))
        self.tenon("add", "data", "model.bin")
        self.git("commit", "-qm", "one")
        self.tenon("remote", "add", "origin", str(self.remote))
        self.there = self.base / "there"
        other = self.base / "other-home"
        other.mkdir(mode=0o700)
        self.elsewhere = {"HOME": str(other), "GIT_CONFIG_GLOBAL": "/dev/null"}
        self.addCleanup(lambda: subprocess.run(
            [BIN / "tenon", "daemon", "stop"], cwd=self.base, env={**self.environment, **self.elsewhere},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def share(self):
        self.tenon("push")
        self.git("push", "-q", "origin", "main")

    def clone(self, *options):
        self.cloned = self.tenon("clone", *options, str(self.hub), str(self.there), cwd=self.base, env=self.elsewhere)

    def test_push_clone_trust_and_restore(self):
        self.share()
        self.clone()
        # Nothing proposes a remote here, so none is used until one is added.
        self.assertFalse((self.there / "data").exists())
        self.assertIn(
            "The data of 2 artifacts is not here: no remote is used yet. 'tenon remote add NAME URL', then 'tenon pull'.\n", self.cloned.out)
        # The bytes that the store has are brought all the same.
        self.tenon("clone", str(self.hub), str(self.base / "beside"), cwd=self.base)
        self.assertEqual(self.tree(self.base / "beside/data"), self.tree(self.repo / "data"))
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        self.tenon("restore", cwd=self.there, env=self.elsewhere)
        self.assertEqual(self.tree(self.there / "data"), self.tree(self.repo / "data"))
        self.assertEqual(self.sha256(self.there / "model.bin"), self.sha256(self.repo / "model.bin"))
        self.tenon("verify", "--all", cwd=self.there, env=self.elsewhere)

    def test_a_clone_trusts_a_proposal_only_when_told(self):
        self.write("tenon.yaml", f"version: 1\nremotes:\n  default: team\n  team: {{ url: {self.remote} }}\n")
        self.tenon("remote", "remove", "origin")
        self.tenon("remote", "trust", "team")
        self.git("commit", "-qam", "remote")
        self.share()
        self.clone()
        self.assertFalse((self.there / "data").exists())
        result = self.tenon("fetch", cwd=self.there, env=self.elsewhere, status=2)
        self.assertIn("tenon remote trust team", result.err)
        for command in [["restore", "data"], ["cat", "HEAD:model.bin"]]:
            self.assertIn("tenon remote trust team", self.tenon(*command, cwd=self.there, env=self.elsewhere, status=2).err)
        shutil.rmtree(self.there)
        self.clone("--trust")
        self.assertEqual(self.tree(self.there / "data"), self.tree(self.repo / "data"))

    def test_a_clone_whose_remote_can_not_be_used_says_how_to_go_on(self):
        self.write("tenon.yaml", "version: 1\nremotes:\n  default: team\n  team: { url: /dev/null/remote }\n")
        self.git("commit", "-qam", "remote")
        self.git("push", "-q", "--no-verify", "origin", "main")
        result = self.tenon("clone", "--trust", str(self.hub), str(self.there), cwd=self.base, env=self.elsewhere, status=2)
        for words in ("tenon remote trust team", "tenon pull"):
            self.assertIn(words, result.err)

    def test_what_git_refuses_is_an_error_document(self):
        self.share()
        for arguments in (["clone", "/nosuch", "x"], ["clone", str(self.hub), str(self.repo)]):
            answer = self.tenon(*arguments, "--json", cwd=self.base, status=2)
            self.assertEqual(answer.json()["error"]["code"], "git")
            self.assertIn("fatal: ", answer.err)
        self.git("remote", "set-url", "origin", "/nosuch")
        self.assertEqual(self.tenon("fetch", "--experiments", "--json", status=2).json()["error"]["code"], "git")

    def test_one_file_is_had_without_the_rest(self):
        self.write("data/large.bin", self.noise(9, 6_000_000))
        self.tenon("commit", "-qm", "large")
        self.share()
        self.clone("--no-data")
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        name = "data/part1/file001.csv"
        printed = subprocess.run(
            [BIN / "tenon", "cat", f"HEAD:{name}"], cwd=self.there, env={**self.environment, **self.elsewhere}, stdout=subprocess.PIPE, check=True)
        self.assertEqual(printed.stdout, (self.repo / name).read_bytes())
        store = pathlib.Path(self.elsewhere["HOME"]) / ".local/share/tenon/packs"
        self.assertLess(sum(p.stat().st_size for p in store.iterdir()), 1_500_000)
        self.tenon("restore", name, cwd=self.there, env=self.elsewhere)
        self.assertEqual((self.there / name).read_bytes(), (self.repo / name).read_bytes())
        self.assertFalse((self.there / "data/large.bin").exists())
        self.tenon("restore", "--to", str(self.base / "out"), "data/part2", cwd=self.there, env=self.elsewhere)
        self.assertEqual(self.tree(self.base / "out/data/part2"), self.tree(self.repo / "data/part2"))
        self.assertLess(sum(p.stat().st_size for p in store.iterdir()), 1_500_000)

    def test_what_another_repository_recorded_of_equal_bytes_stays_here(self):
        secret = self.base / "secret"
        self.new_repository(secret)
        self.tenon("init", cwd=secret)
        self.git("commit", "-qm", "secret", "--allow-empty", cwd=secret)
        (secret / "private.py").write_text("API_KEY = 'x'\n")
        (secret / "customers.csv").write_bytes(self.text(7, 3000))
        (secret / "report.md").write_text("for nobody else\n")
        self.tenon("add", "customers.csv", cwd=secret)
        made = ("-o", "flag.bin", "--", "sh", "-c", "echo done >flag.bin")
        other = self.tenon("run", "--json", "-d", "customers.csv", *made, cwd=secret).json()["run"]["run"]
        self.tenon("record", "flag.bin", "--kind", "validation", "-m", "acc=1", "--report", "report.md", "--dataset", "customers.csv", cwd=secret)
        self.tenon("rerun", "flag.bin", cwd=secret)
        # The same bytes, here: with code and inputs of their own, which do travel.
        self.write("open.py", "print('open')\n")
        self.write("open.md", "for everybody\n")
        own = self.tenon("run", "--json", "-d", "data", *made).json()["run"]["run"]
        self.tenon("record", "flag.bin", "--kind", "validation", "-m", "acc=0.5", "--report", "open.md")
        self.assertEqual(self.pointer("flag.bin")["run"], own)
        self.git("commit", "-qm", "flag")
        self.tenon("push")
        sent = {path.name.split(".")[0].split("-")[-1] for path in (self.remote / "records").rglob("*.json")}
        self.assertIn(own.removeprefix("sha256:"), sent)
        self.assertNotIn(other.removeprefix("sha256:"), sent)
        self.assertEqual(len(sent), 2)
        locators = {path.name for path in self.remote.rglob("*") if path.is_file()}
        for file, is_sent in ((secret / "customers.csv", False), (secret / "report.md", False), (self.repo / "open.md", True)):
            self.assertEqual(any(self.sha256(file) in name for name in locators), is_sent, file)
        # Data, model, flag, report and the code: the other repository's would be more.
        self.assertEqual(self.tenon("push", "--json").json()["remotes"][0]["snapshots"], 5)

    def test_a_pull_brings_the_data(self):
        self.share()
        self.clone()
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        self.tenon("restore", cwd=self.there, env=self.elsewhere)
        self.write("data/part0/new.csv", "new\n")
        self.tenon("commit", "-qm", "two")
        self.share()
        self.tenon("pull", "-q", cwd=self.there, env=self.elsewhere)
        self.assertEqual((self.there / "data/part0/new.csv").read_text(), "new\n")
        self.assertEqual(self.tree(self.there / "data"), self.tree(self.repo / "data"))

    def test_what_a_hook_fetches_is_not_called_lost_before(self):
        self.share()
        self.clone()
        for command in (["remote", "add", "origin", str(self.remote)], ["pull"]):
            self.tenon(*command, cwd=self.there, env=self.elsewhere)
        for number, command in enumerate((["pull", "-q"], ["reset", "-q", "--hard", "origin/main"])):
            self.write("model.bin", self.noise(10 + number, 400_000))
            self.tenon("commit", "-qm", f"model {number}")
            self.share()
            self.git("fetch", "-q", cwd=self.there, env=self.elsewhere)
            result = self.git(*command, cwd=self.there, env=self.elsewhere)
            if command[0] == "pull":
                self.assertNotIn("can't be restored", result.err)
            else:
                # No hook that may fetch comes after it.
                self.assertIn("'model.bin' can't be restored", result.err)
                self.assertIn("hint: 'tenon restore model.bin' looks for them on the remotes", result.err)
                self.tenon("restore", "model.bin", cwd=self.there, env=self.elsewhere)
            self.assertEqual(self.sha256(self.there / "model.bin"), self.sha256(self.repo / "model.bin"))

    def test_a_killed_push_and_a_killed_fetch_go_on(self):
        self.write("data/large.bin", self.noise(9, 30_000_000))
        self.tenon("commit", "-qm", "large")
        push = subprocess.Popen([BIN / "tenon", "push"], cwd=self.repo, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            push.wait(timeout=0.15)
        except subprocess.TimeoutExpired:
            pass
        self.kill_daemon()
        push.wait()
        self.share()
        self.clone()
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        fetch = subprocess.Popen(
            [BIN / "tenon", "fetch"], cwd=self.there, env={**self.environment, **self.elsewhere}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            fetch.wait(timeout=0.15)
        except subprocess.TimeoutExpired:
            fetch.terminate()
        fetch.wait()
        self.tenon("fetch", cwd=self.there, env=self.elsewhere)
        self.tenon("restore", cwd=self.there, env=self.elsewhere)
        self.assertEqual(self.tree(self.there / "data"), self.tree(self.repo / "data"))

    def test_a_remote_that_is_gone_is_told(self):
        self.share()
        shutil.rmtree(self.remote)
        self.refused("push", says=str(self.remote), hint=True)
        self.refused("remote", "add", "x", str(self.base / "no" / "such" / "place"), says="no/such")
        self.refused("remote", "add", "bad name", str(self.remote), says="bad name")
        self.refused("push", "nobody", says=["nobody", "tenon remote add"])

    def test_a_pull_merges_what_was_added_here_with_what_comes_from_the_remote(self):
        self.share()
        self.clone()
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        self.tenon("restore", cwd=self.there, env=self.elsewhere)
        (self.there / "data/theirs.csv").write_text("theirs\n")
        self.tenon("commit", "-qm", "theirs", cwd=self.there, env=self.elsewhere)
        self.tenon("push", cwd=self.there, env=self.elsewhere)
        self.git("push", "-q", "origin", "main", cwd=self.there, env=self.elsewhere)
        self.write("data/ours.csv", "ours\n")
        self.tenon("commit", "-qm", "ours")
        self.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
        self.tenon("restore")
        self.assertEqual((self.repo / "data/theirs.csv").read_text(), "theirs\n")
        self.assertEqual((self.repo / "data/ours.csv").read_text(), "ours\n")
        self.assertEqual(self.states()["data"], "clean")

    def test_the_status_says_what_the_remote_was_not_seen_to_have(self):
        unsent = self.tenon("status", "--json").json()["unsent"]
        self.assertEqual((unsent["remote"], unsent["commits"], unsent["snapshots"]), ("origin", 1, 2))
        self.tenon("push")
        self.assertNotIn("unsent", self.tenon("status", "--json").json())
        self.write("train.py", "print(2)\n")
        self.git("commit", "-qam", "code")
        self.assertNotIn("unsent", self.tenon("status", "--json").json())
        for seed in (4, 5):
            self.write("model.bin", self.noise(seed, 1000))
            self.tenon("commit", "-qm", f"model {seed}")
        # What is asked for again is found again.
        for _ in range(2):
            said = self.tenon("status").out
            self.assertIn("2 commits of this branch bind data that 'origin' was not seen to have:", said)
            self.assertIn("2 snapshots, 2.0 KiB", said)
        # Nobody is asked.
        self.remote.rename(self.base / "away")
        self.assertEqual(self.tenon("status", "--json").json()["unsent"]["commits"], 2)
        (self.base / "away").rename(self.remote)
        self.tenon("push")
        self.assertNotIn("not seen to have", self.tenon("status").out)

    def test_why_nothing_can_be_fetched_is_said_by_cat_too(self):
        self.share()
        self.clone("--no-data")
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        self.remote.rename(self.base / "away")
        result = self.tenon("cat", "HEAD:model.bin", cwd=self.there, env=self.elsewhere, status=2)
        self.assertRegex(result.err, f"'model.bin' can't be printed: its bytes are not stored here, and .*{self.remote}")

    def test_a_part_of_a_directory_is_never_taken_for_all_of_it(self):
        self.write("tenon.yaml", f"version: 1\nremotes: {{ default: origin, origin: {{ url: {self.remote} }} }}\n")
        self.git("commit", "-qam", "remote")
        self.share()
        self.clone("--trust", "--path", "data/part0")

        def there(*command, **more):
            return self.tenon(*command, cwd=self.there, env=self.elsewhere, **more)

        self.assertEqual([path.name for path in (self.there / "data").iterdir()], ["part0"])
        status = there("status").out
        self.assertRegex(status, r"Directories of which only a part was brought here:\n.*tenon restore PATH.*\n +in part: +data/")
        self.assertNotIn("tenon add", status)
        self.assertNotIn("diverged", status)
        self.assertTrue(next(a for a in there("status", "--json").json()["artifacts"] if a["path"] == "data")["in_part"])
        (self.there / "train.py").write_text("print(3)\n")
        self.assertIn("only a part of it was brought here", there("commit", "-qam", "code").err)
        self.assertEqual(there("diff", "HEAD~1", "HEAD", "--json").json()["items"], [])
        (self.there / "data/part0/mine.csv").write_text("mine\n")
        result = there("add", "data", status=2)
        self.assertIn("only a part of it was brought here", result.err)
        self.assertIn("tenon restore data brings the rest", result.err)
        there("restore", "data")
        self.assertEqual(self.tree(self.there / "data"), self.tree(self.repo / "data"))
        self.assertIn("data", there("recover").out)
        there("add", "data")

    def test_a_partial_clone_stays_partial(self):
        self.git("switch", "-qc", "other")
        self.write("model.bin", self.noise(8, 1000))
        self.tenon("commit", "-qm", "other")
        self.git("switch", "-q", "main")
        self.tenon("push", "--all")
        self.git("push", "-q", "origin", "main", "other")
        self.clone("--no-data")
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        packs = pathlib.Path(self.elsewhere["HOME"]) / ".local/share/tenon/packs"

        def states():
            reply = self.tenon("status", "--json", cwd=self.there, env=self.elsewhere).json()
            return {artifact["path"]: artifact["state"] for artifact in reply["artifacts"]}

        (self.there / "train.py").write_text("print(3)\n")
        self.git("commit", "-qam", "code", cwd=self.there, env=self.elsewhere)
        self.git("switch", "-q", "other", cwd=self.there, env=self.elsewhere)
        self.git("switch", "-q", "main", cwd=self.there, env=self.elsewhere)
        self.tenon("pull", "-q", "--no-rebase", cwd=self.there, env=self.elsewhere)
        self.assertEqual(states(), {"data": "not_fetched", "model.bin": "not_fetched"})
        self.assertEqual(list(packs.glob("*.pack")), [])
        # What was brought by name follows Git from then on.
        self.tenon("restore", "model.bin", cwd=self.there, env=self.elsewhere)
        self.git("switch", "-q", "other", cwd=self.there, env=self.elsewhere)
        self.assertEqual((self.there / "model.bin").read_bytes(), self.noise(8, 1000))
        self.assertEqual(states(), {"data": "not_fetched", "model.bin": "clean"})
        self.git("config", "--unset", "tenon.partial", cwd=self.there, env=self.elsewhere)
        self.git("switch", "-q", "main", cwd=self.there, env=self.elsewhere)
        self.assertEqual(states(), {"data": "clean", "model.bin": "clean"})

    def test_experiments_travel_when_asked_for(self):
        self.share()
        self.git("switch", "-q", "--detach")
        self.write("model.bin", self.noise(6, 1000))
        self.tenon("commit", "-qm", "trial")
        self.git("update-ref", "refs/tenon/exps/trial", "HEAD")
        self.git("switch", "-q", "main")
        self.tenon("push", "--experiments")
        self.assertIn("refs/tenon/exps/trial", self.git("ls-remote", str(self.hub)).out)
        self.clone("--no-data")
        self.tenon("remote", "add", "origin", str(self.remote), cwd=self.there, env=self.elsewhere)
        wanted = "--source=refs/tenon/exps/trial"
        self.tenon("restore", wanted, "--to", str(self.base / "trial"), "model.bin", cwd=self.there, env=self.elsewhere)
        self.assertEqual((self.base / "trial/model.bin").read_bytes(), self.noise(6, 1000))
        self.git("update-ref", "refs/tenon/exps/second", "HEAD")
        self.tenon("push", "--experiments")
        self.tenon("fetch", "--experiments", "--path", "model.bin", cwd=self.there, env=self.elsewhere)
        names = self.git("for-each-ref", "--format=%(refname)", "refs/tenon/exps", cwd=self.there, env=self.elsewhere).out.split()
        self.assertEqual(names, ["refs/tenon/exps/second", "refs/tenon/exps/trial"])
        # Plain Git takes no experiment away.
        self.git("update-ref", "refs/tenon/exps/mine", "HEAD", cwd=self.there, env=self.elsewhere)
        self.git("fetch", "-q", "--prune", "origin", cwd=self.there, env=self.elsewhere)
        self.git("rev-parse", "--verify", "refs/tenon/exps/mine", cwd=self.there, env=self.elsewhere)
