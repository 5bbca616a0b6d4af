"""The main job: data and model committed with code, changed, and always brought back exactly."""
import os

from harness import TenonTest


class MainJob(TenonTest):
    def commit_two(self):
        """Two commits of code, a dataset and a model. Returns what lay there at each."""
        self.initialised()
        self.make_data(seed=1)
        self.write("model.safetensors", self.noise(5, 300_000))
        self.tenon("add", "data/", "model.safetensors")
        self.git("commit", "-qm", "one")
        one = (self.tree(self.repo / "data"), self.sha256(self.repo / "model.safetensors"))
        self.make_data(seed=1, files=32)
        self.write("data/part0/file000.csv", "changed\n")
        os.unlink(self.repo / "data/part1/file001.csv")
        os.chmod(self.repo / "data/part2/file002.csv", 0o755)
        self.write("model.safetensors", self.noise(6, 310_000))
        self.write("train.py", "print('two')\n")
        self.git("add", "train.py")
        self.tenon("commit", "-qm", "two")
        two = (self.tree(self.repo / "data"), self.sha256(self.repo / "model.safetensors"))
        self.assertNotEqual(one, two)
        return one, two

    def here(self):
        return self.tree(self.repo / "data"), self.sha256(self.repo / "model.safetensors")

    def test_switching_between_commits_brings_exactly_their_bytes(self):
        one, two = self.commit_two()
        self.tenon("checkout", "-q", "HEAD~1")
        self.assertEqual(self.here(), one)
        self.assertEqual((self.repo / "train.py").read_text(), "print('train')\n")
        self.tenon("checkout", "-q", "main")
        self.assertEqual(self.here(), two)
        self.assertEqual(set(self.states().values()), {"clean"})
        self.assertEqual(self.git("status", "--porcelain").out, "")
        self.tenon("verify", "--all")

    def test_a_pointer_names_what_sha256sum_says(self):
        self.commit_two()
        self.assertEqual(self.pointer("model.safetensors", "HEAD")["oid"], "sha256:" + self.sha256(self.repo / "model.safetensors"))
        self.assertEqual(self.pointer("data", "HEAD")["oid"], "sha256:" + self.directory_hash(self.repo / "data"))
        self.assertEqual(self.pointer("data", "HEAD")["kind"], "tree")

    def test_git_never_sees_the_bytes(self):
        self.commit_two()
        tracked = self.git("ls-files").out.split()
        self.assertIn("data.tenon", tracked)
        self.assertFalse([path for path in tracked if path.startswith("data/") or path == "model.safetensors"])
        self.assertEqual(self.git("status", "--porcelain", "--untracked-files=all").out, "")

    def test_adding_again_changes_nothing(self):
        self.commit_two()
        before = (self.repo / "data.tenon").read_bytes()
        reply = self.tenon("add", "data", "model.safetensors", "--json").json()
        self.assertEqual({a["change"] for a in reply["artifacts"]}, {"unchanged"})
        self.assertEqual(reply["new_bytes"], 0)
        self.assertEqual((self.repo / "data.tenon").read_bytes(), before)
        self.assertEqual(self.git("status", "--porcelain").out, "")

    def test_add_update_takes_only_what_changed(self):
        self.commit_two()
        self.write("data/part0/new.csv", "new\n")
        self.assertEqual(self.states(), {"data": "changed", "model.safetensors": "clean"})
        self.assertIn("data.tenon", self.git("status", "--porcelain").out)
        self.tenon("status", "--exit-code", status=1)
        self.tenon("add", "-u")
        self.assertEqual(set(self.states().values()), {"clean"})
        self.assertEqual(self.git("diff", "--cached", "--name-only").out.split(), ["data.tenon"])

    def test_restore_brings_back_an_artifact_and_a_file_inside_one(self):
        one, two = self.commit_two()
        self.write("data/part0/file000.csv", "oops\n")
        self.write("data/part0/file005.csv", "oops too\n")
        self.tenon("restore", "data/part0/file000.csv")
        self.assertEqual((self.repo / "data/part0/file000.csv").read_text(), "changed\n")
        self.assertEqual((self.repo / "data/part0/file005.csv").read_text(), "oops too\n")
        self.tenon("restore", "data")
        self.assertEqual(self.here(), two)
        self.tenon("restore", "--source", "HEAD~1", "--to", str(self.base / "elsewhere"), "data")
        self.assertEqual(self.tree(self.base / "elsewhere/data" if (self.base / "elsewhere/data").exists() else self.base / "elsewhere"), one[0])
        self.assertEqual(self.here(), two)

    def test_what_a_restore_overwrites_can_be_recovered(self):
        self.commit_two()
        self.write("data/part0/file000.csv", "precious and never added\n")
        precious = self.tree(self.repo / "data")
        self.tenon("restore", "data")
        self.assertEqual((self.repo / "data/part0/file000.csv").read_text(), "changed\n")
        states = self.tenon("recover", "--json").json()["states"]
        self.assertEqual([state["path"] for state in states], ["data"])
        self.tenon("recover", states[0]["id"], str(self.base / "back"))
        self.assertEqual(self.tree(self.base / "back"), precious)

    def test_looking_without_checking_out(self):
        one, _ = self.commit_two()
        listed = self.tenon("ls", "--sha256sum", "HEAD~1:data").out
        files = {line.split("  ", 1)[1]: line.split("  ", 1)[0] for line in listed.splitlines()}
        wanted = {os.fsdecode(name): entry[1] for name, entry in one[0].items() if entry[0] == "file"}
        self.assertEqual({name.removeprefix("data/"): oid for name, oid in files.items()}, wanted)
        path = self.repo / "data/big.bin"
        self.assertEqual(self.tenon("cat", "data/big.bin", "--range", "300000-300004").out, path.read_bytes()[300000:300005].decode(errors="surrogateescape"))
        out = self.run_command("sh", "-c", '"$0" cat HEAD:data/big.bin | sha256sum', os.environ["TENON_BIN"] + "/tenon").out
        self.assertEqual(out.split()[0], self.sha256(path))

    def test_diff_log_show_and_which(self):
        self.commit_two()
        names = self.tenon("diff", "--name-only", "HEAD~1", "HEAD").out.split()
        self.assertIn("data/part0/file000.csv", names)
        self.assertIn("data/part1/file001.csv", names)
        self.assertNotIn("data/part3/file003.csv", names)
        self.assertEqual(self.tenon("diff", "--name-only").out, "")
        self.tenon("diff", "--exit-code", "HEAD~1", "HEAD", status=1)
        log = self.tenon("log", "--json").json()
        self.assertEqual([commit["subject"] for commit in log["items"]], ["two", "one"])
        show = self.tenon("show", "--json").json()
        self.assertEqual({a["path"] for a in show["artifacts"]}, {"data", "model.safetensors"})
        which = self.tenon("which", "data/part3/file003.csv", "--json").json()
        self.assertTrue(which["stored"])
        self.assertEqual({(m["artifact"], m["entry"]) for m in which["matches"]}, {("data", "data/part3/file003.csv")} if which["matches"][0]["entry"].startswith("data/") else {("data", "part3/file003.csv")})
        self.assertEqual(len(which["matches"][0]["commits"]), 2)

    def test_untrack_leaves_the_bytes(self):
        self.commit_two()
        digest = self.sha256(self.repo / "model.safetensors")
        self.tenon("untrack", "model.safetensors")
        self.assertEqual(self.sha256(self.repo / "model.safetensors"), digest)
        self.assertFalse((self.repo / "model.safetensors.tenon").exists())
        self.assertEqual(self.git("diff", "--cached", "--name-status").out.split()[-2:], ["D", "model.safetensors.tenon"])
        self.assertNotIn("model.safetensors", self.states())

    def test_commands_work_below_the_top_and_as_git_tenon(self):
        self.commit_two()
        sub = self.repo / "data/part0"
        self.assertEqual(self.tenon("ls", "file000.csv", "--json", cwd=sub).json()["items"][0]["size"], 8)
        link = self.base / "bin"
        link.mkdir()
        os.symlink(os.environ["TENON_BIN"] + "/tenon", link / "git-tenon")
        path = {"PATH": f"{link}:{self.environment['PATH']}"}
        self.assertIn("model.safetensors", self.git("tenon", "show", env=path).out)

    def test_every_kind_of_entry_comes_back(self):
        self.initialised()
        names = [b"data/caf\xe9.bin", "data/smile-😀.txt".encode(), b"data/a b/c'd\"e", b"data/tab\tname", b"data/-n", b"data/\\back"]
        for number, name in enumerate(names):
            self.write(name, self.noise(number, 1000 + number))
        self.write("data/zero", b"")
        (self.repo / "data/nothing/deep").mkdir(parents=True)
        os.symlink("/etc/passwd", self.repo / "data/absolute-link")
        os.symlink("nowhere", self.repo / "data/dangling")
        with open(self.repo / "data/sparse", "wb") as sparse:
            sparse.truncate(30_000_000)
        before = self.tree(self.repo / "data")
        self.tenon("add", "data")
        self.git("commit", "-qm", "kinds")
        self.run_command("rm", "-rf", "data")
        self.assertEqual(self.states(), {"data": "missing"})
        self.tenon("restore", "data")
        self.assertEqual(self.tree(self.repo / "data"), before)
        self.tenon("verify", "--work-tree")

    def test_a_type_change_both_ways(self):
        self.initialised()
        self.write("data/x", b"file\n")
        self.write("data/y/z", b"below\n")
        self.tenon("add", "data")
        self.git("commit", "-qm", "one")
        one = self.tree(self.repo / "data")
        os.unlink(self.repo / "data/x")
        self.write("data/x/inner", b"now a directory\n")
        self.run_command("rm", "-rf", "data/y")
        self.write("data/y", b"now a file\n")
        self.tenon("commit", "-qm", "two")
        two = self.tree(self.repo / "data")
        for revision, wanted in (("HEAD~1", one), ("main", two), ("main~1", one)):
            self.tenon("checkout", "-q", revision)
            self.assertEqual(self.tree(self.repo / "data"), wanted)

    def test_an_artifact_that_a_commit_does_not_have_goes_and_comes(self):
        self.initialised()
        self.write("data/a", b"a\n")
        self.tenon("add", "data")
        self.git("commit", "-qm", "one")
        self.write("extra.bin", self.noise(9, 50_000))
        self.tenon("add", "extra.bin")
        self.git("commit", "-qm", "two")
        self.tenon("checkout", "-q", "HEAD~1")
        self.assertFalse((self.repo / "extra.bin").exists())
        self.tenon("checkout", "-q", "main")
        self.assertEqual((self.repo / "extra.bin").read_bytes(), self.noise(9, 50_000))

    def test_checkout_brings_data_that_is_missing(self):
        _, two = self.commit_two()
        self.run_command("rm", "-rf", "data", "model.safetensors")
        self.tenon("checkout", "-q", "main")
        self.assertEqual(self.here(), two)
