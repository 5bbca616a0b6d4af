"""What Git merges: directories entry by entry, one whole side where it can't, and never a marker in a pointer."""
import os
import shutil

from harness import BIN, TenonTest


class MergeTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.git("config", "merge.tenon.name", "Tenon")
        self.git("config", "merge.tenon.driver", f"{BIN}/tenon merge-driver %O %A %B %P")
        self.git("config", "diff.tenon.textconv", f"{BIN}/tenon diff-driver")
        self.initialised()

    def start(self, **files):
        """A first commit with the artifact `data`, on main, and a branch `side` that stands there too."""
        for name, content in (files or {"a.csv": "a,1\n", "b.csv": "b,1\n"}).items():
            self.write(f"data/{name}", content)
        self.tenon("add", "data")
        self.git("commit", "-qm", "base")
        self.git("branch", "side")

    def put(self, changes, message=None):
        """Changes files of the work tree (None removes), and commits them where a message is given."""
        for name, content in changes.items():
            if content is None:
                os.remove(self.repo / name)
            else:
                self.write(name, content)
        if message:
            self.tenon("commit", "-qam", message)

    def switch(self, branch):
        self.git("checkout", "-q", branch)
        self.tenon("restore")

    def sides(self, theirs, ours):
        """Changes on `side`, then on main."""
        self.switch("side")
        self.put(theirs, "theirs")
        self.switch("main")
        self.put(ours, "ours")

    def files(self, path="data"):
        """The text of each file of an artifact."""
        found = self.tree(self.repo / path)
        return {os.fsdecode(name): (self.repo / path / os.fsdecode(name)).read_text() for name in found if found[name][0] == "file"}

    def lone_client(self):
        """The directory of a client that finds no daemon's program."""
        lone = self.base / "lone"
        lone.mkdir()
        shutil.copy(BIN / "tenon", lone / "tenon")
        return lone

    def unmerged(self):
        return sorted({line.split("\t")[1] for line in self.git("ls-files", "-u").out.splitlines()})

    def assert_one_whole_side(self, path="data.tenon"):
        text = (self.repo / path).read_text()
        self.assertNotIn("<<<<", text)
        self.assertIn(text, [self.git("show", f"{revision}:{path}", check=False).out for revision in ("main", "side")])


class Merges(MergeTest):
    def test_two_branches_that_add_different_files_give_the_union(self):
        self.start()
        self.sides({"data/theirs.csv": "t\n", "data/sub/x.csv": "x\n"}, {"data/ours.csv": "o\n"})
        self.git("merge", "-q", "--no-edit", "side")
        self.tenon("restore")
        self.assertEqual(self.files(), {
            "a.csv": "a,1\n", "b.csv": "b,1\n", "ours.csv": "o\n", "theirs.csv": "t\n", "sub/x.csv": "x\n"})
        self.assertEqual(self.states(), {"data": "clean"})
        self.assertEqual(self.git("status", "--porcelain").out, "")
        self.assertEqual(self.pointer("data", "HEAD")["oid"], "sha256:" + self.directory_hash(self.repo / "data"))
        self.tenon("verify", "--all")

    def test_changes_removals_modes_links_and_kinds_of_both_sides_come_together(self):
        self.start(**{"a": "1", "b": "1", "c": "1", "d/e": "1", "run.sh": "1", "gone": "1", "f": "1"})
        self.switch("side")
        self.put({"data/b": "theirs", "data/gone": None, "data/run.sh": "2"})
        os.remove(self.repo / "data/f")
        self.put({"data/f/g": "now a directory"})
        os.symlink("b", self.repo / "data/link")
        self.tenon("commit", "-qm", "theirs")
        self.switch("main")
        os.chmod(self.repo / "data/run.sh", 0o755)
        (self.repo / "data/empty").mkdir()
        self.put({"data/a": "ours", b"data/\xff\xfe": "odd"}, "ours")
        self.git("merge", "-q", "--no-edit", "side")
        self.tenon("restore")
        found = self.tree(self.repo / "data")
        self.assertEqual(sorted(found), [b"a", b"b", b"c", b"d/e", b"empty", b"f/g", b"link", b"run.sh", b"\xff\xfe"])
        self.assertEqual(found[b"link"], ("link", b"b"))
        self.assertEqual(found[b"empty"], ("empty",))
        self.assertTrue(found[b"run.sh"][2])
        self.assertEqual((self.repo / "data/run.sh").read_text(), "2")
        self.assertEqual((self.repo / "data/a").read_text(), "ours")
        self.assertEqual((self.repo / "data/b").read_text(), "theirs")
        self.tenon("verify", "--work-tree")

    def test_a_file_that_both_sides_changed_is_a_conflict_with_our_side_whole(self):
        self.start()
        self.sides({"data/a.csv": "theirs\n", "data/new.csv": "n\n"}, {"data/a.csv": "ours\n", "data/c.csv": "c\n"})
        before = self.tree(self.repo / "data")
        result = self.git("merge", "--no-edit", "side", status=1)
        self.assertIn("both changed: data/a.csv", result.out + result.err)
        self.assertNotIn("data/new.csv", result.out + result.err)
        self.assertEqual(self.unmerged(), ["data.tenon"])
        self.assertEqual((self.repo / "data.tenon").read_text(), self.git("show", "main:data.tenon").out)
        self.assertEqual(self.tree(self.repo / "data"), before)
        self.assertEqual(self.states(), {"data": "conflicted"})
        self.git("merge", "--abort")
        self.assertEqual(self.states(), {"data": "clean"})

    def test_removed_here_and_changed_there_is_a_conflict(self):
        self.start()
        self.sides({"data/a.csv": "theirs\n"}, {"data/a.csv": None})
        result = self.git("merge", "--no-edit", "side", status=1)
        self.assertIn("removed by us: data/a.csv", result.out + result.err)
        self.git("merge", "--abort")

    def test_an_artifact_that_both_sides_add(self):
        self.git("branch", "side")
        self.switch("side")
        self.write("data/theirs", "t")
        self.write("data/both", "b")
        self.tenon("add", "data")
        self.git("commit", "-qm", "theirs")
        self.switch("main")
        self.write("data/ours", "o")
        self.write("data/both", "b")
        self.tenon("add", "data")
        self.git("commit", "-qm", "ours")
        self.git("merge", "-q", "--no-edit", "side")
        self.tenon("restore")
        self.assertEqual(self.files(), {"ours": "o", "theirs": "t", "both": "b"})

    def test_an_artifact_that_one_side_removed_and_the_other_changed(self):
        self.start()
        self.switch("side")
        self.git("rm", "-q", "data.tenon")
        self.git("commit", "-qm", "gone")
        self.switch("main")
        self.put({"data/a.csv": "ours\n"}, "ours")
        self.git("merge", "--no-edit", "side", status=1)
        self.assert_one_whole_side()
        self.assertEqual(self.states(), {"data": "conflicted"})
        self.tenon("restore", "--ours", "data")
        self.assertEqual(self.files()["a.csv"], "ours\n")

    def test_file_artifacts(self):
        self.write("model.bin", "1")
        self.tenon("add", "model.bin")
        self.git("commit", "-qm", "base")
        self.git("branch", "side")
        self.sides({"model.bin": "theirs"}, {"train.py": "x"})
        self.git("merge", "-q", "--no-edit", "side")
        self.tenon("restore")
        self.assertEqual((self.repo / "model.bin").read_text(), "theirs")
        self.git("branch", "-f", "side")
        self.sides({"model.bin": "theirs again"}, {"model.bin": "ours"})
        result = self.git("merge", "--no-edit", "side", status=1)
        self.assertIn("'model.bin' was changed on both sides", result.out + result.err)
        self.assert_one_whole_side("model.bin.tenon")

    def test_pointers_that_differ_only_in_their_run_merge(self):
        self.start()
        text = (self.repo / "data.tenon").read_text()
        run = {side: f"run sha256:{digit * 64}\n" for side, digit in (("side", "1"), ("main", "2"))}
        for branch in ("side", "main"):
            self.git("checkout", "-q", branch)
            (self.repo / "data.tenon").write_text(text + run[branch])
            self.git("commit", "-qam", branch)
        self.git("merge", "-q", "--no-edit", "side")
        self.assertEqual((self.repo / "data.tenon").read_text(), text + run["main"])
        self.assertEqual(self.states(), {"data": "clean"})

    def test_rebase_cherry_pick_and_stash_pop(self):
        self.start()
        self.sides({"data/theirs.csv": "t\n"}, {"data/ours.csv": "o\n"})
        union = {"a.csv": "a,1\n", "b.csv": "b,1\n", "ours.csv": "o\n", "theirs.csv": "t\n"}
        self.git("cherry-pick", "side")
        self.tenon("restore")
        self.assertEqual(self.files(), union)
        self.git("reset", "-q", "--hard", "HEAD~1")
        self.tenon("restore")
        self.switch("side")
        self.git("rebase", "-q", "main")
        self.tenon("restore")
        self.assertEqual(self.files(), union)
        self.put({"data/b.csv": "stashed\n"})
        self.tenon("add", "-u")
        self.git("stash", "-q")
        self.tenon("restore")
        self.put({"data/c.csv": "c\n"}, "more")
        self.git("stash", "pop", "-q")
        self.assertEqual(self.files(), {**union, "b.csv": "stashed\n", "c.csv": "c\n"})

    def test_a_rebase_stops_at_a_conflict_and_can_be_aborted(self):
        self.start()
        self.sides({"data/a.csv": "theirs\n"}, {"data/a.csv": "ours\n"})
        self.git("rebase", "side", status=1)
        self.assert_one_whole_side()
        self.git("rebase", "--abort")
        self.tenon("restore")
        self.assertEqual(self.files()["a.csv"], "ours\n")

    def test_merge_tree_in_a_bare_repository(self):
        self.start()
        self.sides({"data/theirs.csv": "t\n"}, {"data/ours.csv": "o\n"})
        bare = self.base / "bare.git"
        self.git("clone", "-q", "--bare", str(self.repo), str(bare), cwd=self.base)
        self.git("config", "merge.tenon.driver", f"{BIN}/tenon merge-driver %O %A %B %P", cwd=bare)
        (bare / "info").mkdir(exist_ok=True)
        (bare / "info/attributes").write_text("*.tenon merge=tenon\n")
        tree = self.git("merge-tree", "--write-tree", "main", "side", cwd=bare).out.split()[0]
        merged = self.git("show", f"{tree}:data.tenon", cwd=bare).out
        self.git("merge", "-q", "--no-edit", "side")
        self.assertEqual(merged, (self.repo / "data.tenon").read_text())

    def test_a_side_whose_manifest_is_not_here_is_a_conflict_that_says_so(self):
        self.start()
        self.sides({"data/theirs.csv": "t\n"}, {"data/ours.csv": "o\n"})
        self.switch("side")
        text = (self.repo / "data.tenon").read_text().splitlines(keepends=True)
        foreign = "".join(f"manifest sha256:{'7' * 64}\n" if line.startswith("manifest") else line for line in text)
        (self.repo / "data.tenon").write_text(foreign)
        self.git("commit", "-qnam", "from elsewhere")
        self.git("checkout", "-q", "main")
        result = self.git("merge", "--no-edit", "side", status=1)
        self.assertIn("'data' can't be merged", result.out + result.err)
        self.assertIn("the store does not have", result.out + result.err)
        self.assert_one_whole_side()

    def test_pointers_that_are_damaged_huge_or_newer_are_a_conflict_with_one_whole_side(self):
        self.start()
        good = (self.repo / "data.tenon").read_text()
        bad = {
            "damaged": "not a pointer at all\n", "huge": good + "x-a " + "v" * 5000 + "\n", "newer": good.replace("tenon 1", "tenon 2"),
            "absurd": good.replace("size ", "size 9223372036854775807") , "binary": b"\xff\x00\xfe" * 100,
        }
        for name, content in bad.items():
            with self.subTest(name):
                self.git("checkout", "-q", "-B", "evil", "side")
                self.write("data.tenon", content)
                self.git("commit", "-qnam", name)
                self.git("checkout", "-q", "-B", "good", "side")
                (self.repo / "data.tenon").write_text(good + f"run sha256:{'1' * 64}\n")
                self.git("commit", "-qam", "good")
                result = self.git("merge", "--no-edit", "evil", status=1)
                self.assertIn("tenon: ", result.out + result.err)
                self.assertNotIn("Fatal error", result.out + result.err)
                self.assertEqual((self.repo / "data.tenon").read_text(), good + f"run sha256:{'1' * 64}\n")
                self.git("merge", "--abort")

    def test_without_a_daemon_a_merge_is_a_conflict(self):
        self.start()
        self.sides({"data/theirs.csv": "t\n"}, {"data/ours.csv": "o\n"})
        self.stop_daemon()
        lone = self.lone_client()
        self.git("config", "merge.tenon.driver", f"{lone}/tenon merge-driver %O %A %B %P")
        result = self.git("merge", "--no-edit", "side", status=1, env={"PATH": "/usr/bin:/bin"})
        self.assertIn("tenon: ", result.out + result.err)
        self.assert_one_whole_side()
        self.assertEqual(self.unmerged(), ["data.tenon"])

    def test_a_clone_without_tenon_keeps_one_whole_side(self):
        self.start()
        self.sides({"data/theirs.csv": "t\n"}, {"data/ours.csv": "o\n"})
        clone = self.base / "clone"
        self.git("clone", "-q", str(self.repo), str(clone), cwd=self.base)
        plain = {"PATH": "/usr/bin:/bin"}
        result = self.git("merge", "--no-edit", "origin/side", status=1, cwd=clone, env=plain)
        self.assertIn("data.tenon", result.out)
        self.assertEqual((clone / "data.tenon").read_text(), self.git("show", "main:data.tenon").out)

    def test_the_driver_writes_no_index_and_leaves_nothing_behind(self):
        self.start()
        self.sides({"data/theirs.csv": "t\n"}, {"data/ours.csv": "o\n"})
        self.git("merge", "-q", "--no-edit", "side")
        self.assertEqual([name for name in os.listdir(self.repo) if name.startswith(".merge_file")], [])

    def test_wrong_usage(self):
        self.assertEqual(self.tenon("merge-driver", "a", "b", check=False).status, 64)
        self.assertEqual(self.tenon("diff-driver", check=False).status, 64)
        self.assertIn("called by Git", self.tenon("help", "merge-driver").out)
        self.assertNotIn("merge-driver", self.tenon().out)


class Diffs(MergeTest):
    def two_states(self):
        self.start(**{"a.csv": "a,1\n", "b.csv": "b,1\n", "gone.csv": "g\n"})
        self.put({"data/b.csv": "b,22\n", "data/new é.csv": "n\n", b"data/odd\xff": "o", "data/gone.csv": None}, "changed")

    def changed_lines(self, text):
        return [line for line in text.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]

    def test_git_shows_files_added_removed_and_changed_with_their_bytes(self):
        self.two_states()
        commands = (["diff", "HEAD~1", "HEAD"], ["show", "HEAD"], ["log", "-p", "-1"])
        for command in commands:
            with self.subTest(command[0]):
                lines = self.changed_lines(self.git(*command).out)
                entries = sorted((line[0], *line[1:].split(None, 3)[2:]) for line in lines if line[1:4] == "100")
                self.assertEqual(entries, sorted([
                    ("-", "4", "b.csv"), ("+", "5", "b.csv"), ("+", "2", "new é.csv"), ("+", "1", "odd\\xff"), ("-", "2", "gone.csv")]))
                self.assertIn("-size 10", lines)
                self.assertIn("+files 4", lines)

    def test_a_pointer_whose_manifest_is_not_here_is_shown_with_a_note(self):
        self.start()
        text = (self.repo / "data.tenon").read_text()
        manifest = next(line for line in text.splitlines() if line.startswith("manifest"))
        (self.repo / "data.tenon").write_text(text.replace(manifest, f"manifest sha256:{'7' * 64}"))
        out = self.git("diff").out
        self.assertIn(f"+manifest sha256:{'7' * 64}", out)
        self.assertIn("+# the entries can't be listed: the store does not have", out)

    def test_what_is_no_pointer_and_a_missing_daemon_never_fail_a_diff(self):
        self.two_states()
        (self.repo / "data.tenon").write_text("not a pointer\n" * 1000)
        self.assertEqual(len(self.changed_lines(self.git("diff").out)) > 1000, True)
        self.git("checkout", "-q", "data.tenon")
        self.stop_daemon()
        lone = self.lone_client()
        self.git("config", "diff.tenon.textconv", f"{lone}/tenon diff-driver")
        out = self.git("show", "HEAD", env={"PATH": "/usr/bin:/bin"}).out
        self.assertIn("+files 4", out)

    def test_links_directories_and_executables_have_their_modes(self):
        self.start()
        os.symlink("a.csv", self.repo / "data/link")
        (self.repo / "data/empty").mkdir()
        self.write("data/run.sh", "#!/bin/sh\n", mode=0o755)
        self.tenon("commit", "-qm", "more")
        lines = [line[1:].split() for line in self.changed_lines(self.git("show", "HEAD").out)]
        self.assertIn(["120000", "------------", "-", "link", "->", "a.csv"], lines)
        self.assertIn(["040000", "------------", "-", "empty/"], lines)
        self.assertTrue(any(words[0] == "100755" and words[3] == "run.sh" for words in lines if len(words) > 3))


class Conflicts(MergeTest):
    def conflicted(self):
        """Two conflicted files, one that only they added, one that only we added."""
        self.start(**{"a.csv": "a,1\n", "sub/b.csv": "b,1\n", "same.csv": "s\n"})
        self.sides({"data/a.csv": "theirs\n", "data/sub/b.csv": None, "data/new.csv": "n\n"}, {
            "data/a.csv": "ours\n", "data/sub/b.csv": "ours too\n", "data/c.csv": "c\n"})
        self.git("merge", "--no-edit", "side", status=1)

    def conflict(self):
        (artifact,) = self.tenon("status", "--json").json()["artifacts"]
        self.assertEqual(artifact["state"], "conflicted")
        return artifact["conflict"]

    def test_status_lists_the_conflicted_files(self):
        self.conflicted()
        self.assertEqual(self.conflict(), {"count": 2, "settled": 0, "entries": [
            {"path": "data/a.csv", "kind": "both_changed"}, {"path": "data/sub/b.csv", "kind": "removed_by_them"}]})
        text = self.tenon("status").out
        self.assertRegex(text, r"both changed: +data/a\.csv")
        self.assertRegex(text, r"removed by them: +data/sub/b\.csv")

    def test_diff_tells_what_the_merge_brought_to_our_side(self):
        self.conflicted()
        self.assertEqual(self.tenon("diff").out, "")
        self.tenon("restore", "--merge", "data")
        said = self.tenon("diff").out
        self.assertIn("data/new.csv", said)
        self.assertNotIn("data/c.csv", said)

    def test_each_file_is_settled_by_a_side_and_the_last_one_ends_the_conflict(self):
        self.conflicted()
        self.tenon("restore", "--theirs", "data/a.csv")
        self.assertEqual(self.files(), {
            "a.csv": "theirs\n", "c.csv": "c\n", "new.csv": "n\n", "same.csv": "s\n", "sub/b.csv": "ours too\n"})
        found = self.conflict()
        self.assertEqual((found["settled"], found["entries"][0]["settled"]), (1, "theirs"))
        self.assertIn("theirs chosen", self.tenon("status").out)
        self.assertEqual(self.unmerged(), ["data.tenon"])
        self.assertIn("settled", self.tenon("restore", "--theirs", "data/sub").out)
        merged = {"a.csv": "theirs\n", "c.csv": "c\n", "new.csv": "n\n", "same.csv": "s\n"}
        self.assertEqual(self.files(), merged)
        # Their side has removed the file and left its directory.
        self.assertEqual(self.tree(self.repo / "data")[b"sub"], ("empty",))
        self.assertEqual(self.unmerged(), [])
        self.assertEqual(self.states(), {"data": "clean"})
        self.assertFalse((self.repo / ".git/tenon/choices").exists())
        self.git("commit", "-q", "--no-edit")
        self.assertEqual(self.pointer("data", "HEAD")["oid"], "sha256:" + self.directory_hash(self.repo / "data"))
        self.assertEqual(self.git("status", "--porcelain").out, "")
        self.tenon("verify", "--all")

    def test_a_choice_can_be_changed_until_the_last_one(self):
        self.conflicted()
        self.tenon("restore", "--theirs", "data/a.csv")
        self.tenon("restore", "--ours", "data/a.csv")
        self.assertEqual(self.files()["a.csv"], "ours\n")
        self.assertEqual(self.conflict()["settled"], 1)
        self.tenon("restore", "--ours", "data/sub/b.csv")
        self.assertEqual(self.files(), {
            "a.csv": "ours\n", "c.csv": "c\n", "new.csv": "n\n", "same.csv": "s\n", "sub/b.csv": "ours too\n"})
        self.assertEqual(self.unmerged(), [])

    def test_abort_takes_the_data_back_and_forgets_the_choices(self):
        self.conflicted()
        self.tenon("restore", "--theirs", "data/a.csv")
        self.git("merge", "--abort")
        self.tenon("restore")
        self.assertEqual(self.files(), {"a.csv": "ours\n", "c.csv": "c\n", "same.csv": "s\n", "sub/b.csv": "ours too\n"})
        self.assertEqual(self.states(), {"data": "clean"})
        self.put({"data/d.csv": "d\n"}, "more")
        self.git("merge", "--no-edit", "side", status=1)
        self.assertEqual(self.conflict()["settled"], 0)

    def choose_and_begin_anew(self, abort, *begin, chosen="theirs"):
        """Chooses a side, breaks off, and makes the same conflict again, with no look of Tenon's in between."""
        self.tenon("restore", f"--{chosen}", "data/a.csv")
        self.assertEqual(self.conflict()["settled"], 1)
        self.git(*abort)
        self.git(*begin, status=1)
        self.assertEqual(self.conflict()["settled"], 0)
        self.tenon("restore", "--ours", "data/sub/b.csv")
        self.assertEqual(self.unmerged(), ["data.tenon"])
        self.assertEqual(self.files()["a.csv"], "ours\n")

    def test_the_same_merge_begun_anew_has_no_choices(self):
        self.conflicted()
        for chosen in ("theirs", "ours"):
            self.choose_and_begin_anew(("merge", "--abort"), "merge", "--no-edit", "side", chosen=chosen)
            self.tenon("restore", "--merge", "data")

    def test_other_operations_begun_anew_have_no_choices(self):
        self.conflicted()
        self.git("merge", "--abort")
        for operation in ("cherry-pick", "rebase"):
            with self.subTest(operation):
                begin = (operation, "side") if operation == "cherry-pick" else (operation, "--onto", "main", "side~1", "side")
                self.git("checkout", "-q", "main")
                self.tenon("restore")
                self.git(*begin, status=1)
                self.tenon("restore", "--ours", "data")
                self.choose_and_begin_anew((operation, "--abort"), *begin)
                self.git(operation, "--abort")

    def test_a_whole_side_replaces_the_choices(self):
        self.conflicted()
        self.tenon("restore", "--theirs", "data/a.csv")
        self.tenon("restore", "--ours", "data")
        self.assertEqual(self.conflict()["settled"], 0)
        self.tenon("restore", "--ours", "data/sub/b.csv")
        self.assertEqual(self.files()["a.csv"], "ours\n")

    def test_what_merges_by_itself_can_be_had_first_and_the_rest_done_by_hand(self):
        self.conflicted()
        self.tenon("restore", "--merge", "data")
        self.assertEqual(self.files(), {
            "a.csv": "ours\n", "c.csv": "c\n", "new.csv": "n\n", "same.csv": "s\n", "sub/b.csv": "ours too\n"})
        self.assertEqual(self.unmerged(), ["data.tenon"])
        self.put({"data/a.csv": "by hand\n"})
        self.refused("restore", "--theirs", "data/sub/b.csv", says="changed by hand", hint=True)
        self.assertEqual(self.files()["a.csv"], "by hand\n")
        self.tenon("add", "data")
        self.assertEqual(self.unmerged(), [])
        self.git("commit", "-q", "--no-edit")
        self.assertEqual(self.states(), {"data": "clean"})
        self.assertEqual(self.files()["a.csv"], "by hand\n")

    def test_a_file_and_a_directory_of_one_name_are_one_conflict(self):
        self.start(**{"z": "1"})
        self.sides({"data/p/x": "theirs", "data/p/y": "theirs"}, {"data/p": "ours"})
        self.git("merge", "--no-edit", "side", status=1)
        self.assertEqual(self.conflict()["entries"], [{"path": "data/p", "kind": "file_and_directory"}])
        self.tenon("restore", "--theirs", "data/p/x")
        self.assertEqual(self.files(), {"z": "1", "p/x": "theirs", "p/y": "theirs"})
        self.assertEqual(self.unmerged(), [])

    def test_a_side_of_the_whole_artifact(self):
        self.conflicted()
        self.assertIn("'tenon add data'", self.tenon("restore", "--theirs", "data").err)
        self.assertEqual(self.files(), {"a.csv": "theirs\n", "new.csv": "n\n", "same.csv": "s\n"})
        self.git("add", "data.tenon")
        self.assertEqual(self.states(), {"data": "clean"})

    def test_what_is_not_in_conflict_is_refused(self):
        self.conflicted()
        self.refused("restore", "--theirs", "data/same.csv", says="not in conflict", hint=True)
        self.refused("restore", "--theirs", "data/nowhere", says="not in conflict", hint=True)
        self.refused("restore", "--merge", "train.py", says="no artifact in conflict", hint=True)
        self.assertEqual(self.tenon("restore", "--ours", "--merge", check=False).status, 64)

    def test_a_damaged_file_of_choices_counts_as_none(self):
        self.conflicted()
        self.tenon("restore", "--theirs", "data/a.csv")
        path = self.repo / ".git/tenon/choices"
        path.write_bytes(path.read_bytes()[:-9])
        self.assertEqual(self.conflict()["settled"], 0)
        self.tenon("restore", "--theirs", "data")
