"""The pointer follows the data: what is changed in place is stored and shows in Git without a command of Tenon's."""
import mmap
import os
import pathlib
import subprocess
import time

from harness import BIN, TenonTest


class Watching(TenonTest):
    def setUp(self):
        super().setUp()
        self.environment["TENON_WATCH_DELAY"] = "0.2"
        self.initialised()
        self.make_data(seed=1)
        self.tenon("add", "data")
        self.git("commit", "-qm", "one")

    def pointer_text(self):
        return (self.repo / "data.tenon").read_text()

    def test_an_edit_shows_in_git_status_and_commit_a_takes_it(self):
        self.write("data/part0/file000.csv", "edited\n")
        self.tenon("status", "--wait")
        self.assertIn(" M data.tenon", self.git("status", "--porcelain").out)
        self.git("commit", "-qam", "two")
        self.assertEqual(self.pointer("data", "HEAD")["oid"], "sha256:" + self.directory_hash(self.repo / "data"))
        self.assertEqual(self.states(), {"data": "clean"})
        self.tenon("verify")

    def test_the_pointer_follows_without_any_command(self):
        before = self.pointer_text()
        self.tenon("status")
        self.write("data/new/deep/down/file.csv", "new\n")
        self.until(lambda: self.pointer_text() != before, "the pointer follows")
        self.assertEqual(self.pointer("data")["oid"], "sha256:" + self.directory_hash(self.repo / "data"))

    def test_stash_takes_data_away_and_brings_it_back(self):
        self.write("data/part0/file000.csv", "edited\n")
        edited = self.tree(self.repo / "data")
        self.tenon("status", "--wait")
        self.git("stash")
        self.tenon("restore")
        self.assertNotEqual(self.tree(self.repo / "data"), edited)
        self.git("stash", "pop")
        self.assertEqual(self.tree(self.repo / "data"), edited)

    def test_git_refuses_to_overwrite_changed_data(self):
        self.write("data/part0/file000.csv", "two\n")
        self.tenon("status", "--wait")
        self.git("commit", "-qam", "two")
        self.write("data/part0/file000.csv", "three\n")
        self.tenon("status", "--wait")
        refusal = self.git("checkout", "HEAD~1", check=False)
        self.assertEqual(refusal.status, 1)
        self.assertIn("data.tenon", refusal.err)

    def test_changes_made_while_no_daemon_ran_are_found(self):
        before = self.pointer_text()
        self.kill_daemon()
        self.write("data/part1/file001.csv", "while nobody looked\n")
        self.assertEqual(self.pointer_text(), before)
        self.tenon("daemon", "start")
        self.until(lambda: self.pointer_text() != before, "the pointer follows after a restart")
        self.assertEqual(self.pointer("data")["oid"], "sha256:" + self.directory_hash(self.repo / "data"))

    def test_a_file_that_is_written_to_all_the_time_is_told_and_left(self):
        before = self.pointer_text()
        with open(self.repo / "data/big.bin", "r+b") as file:
            file.write(b"half of it")
            file.flush()
            waited = self.tenon("status", "--wait", status=1)
            self.assertIn("somebody writes to 'big.bin'", waited.err)
            self.assertEqual(self.pointer_text(), before)
        self.tenon("status", "--wait")
        self.assertNotEqual(self.pointer_text(), before)

    def test_stores_through_a_mapping_that_leave_no_trace_are_committed(self):
        self.tenon("status", "--wait")
        with open(self.repo / "data/big.bin", "r+b") as file:
            mapping = mmap.mmap(file.fileno(), 0)
        for value in (b"1", b"2", b"3"):
            mapping[:1] = value
            self.assertEqual(self.states()["data"], "modified")
            time.sleep(0.03)
        mapping.close()
        self.tenon("status", "--wait")
        self.git("commit", "-qam", "mapped")
        self.assertEqual(self.pointer("data", "HEAD")["oid"], "sha256:" + self.directory_hash(self.repo / "data"))

    def test_nothing_is_written_while_git_is_in_the_middle_of_something(self):
        self.git("checkout", "-qb", "other")
        self.write("train.py", "other\n")
        self.git("commit", "-qam", "other")
        self.git("checkout", "-q", "main")
        self.write("train.py", "main\n")
        self.git("commit", "-qam", "main")
        self.git("merge", "other", check=False)
        before = self.pointer_text()
        self.write("data/part0/file000.csv", "in a merge\n")
        # Long enough for several looks.
        time.sleep(1.5)
        self.assertEqual(self.pointer_text(), before)
        self.git("merge", "--abort")
        self.until(lambda: self.pointer_text() != before, "the pointer follows after the merge")

    def test_a_directory_that_is_made_anew_is_followed(self):
        before = self.pointer_text()
        self.tenon("status")
        subprocess.run(["rm", "-rf", self.repo / "data"], check=True)
        time.sleep(0.5)
        self.make_data(seed=2)
        self.until(lambda: self.pointer_text() != before, "the pointer of the new directory is there")
        self.tenon("status", "--wait")
        self.assertEqual(self.pointer("data")["oid"], "sha256:" + self.directory_hash(self.repo / "data"))

    def test_a_repository_that_is_deleted_holds_up_no_other(self):
        log = self.home / ".local/state/tenon/tenond.log"
        first, self.repo = self.repo, self.base / "second"
        self.new_repository(self.repo)
        self.initialised()
        self.make_data(seed=2)
        self.tenon("add", "data")
        self.tenon("status", "--wait")
        subprocess.run(["rm", "-rf", first], check=True)
        self.until(lambda: "a work tree is not watched any more" in log.read_text(), "the repository is forgotten", seconds=15)
        self.assertNotIn(str(first), (self.store / "watched").read_text())
        before = self.pointer_text()
        self.write("data/part0/file000.csv", "edited\n")
        self.until(lambda: self.pointer_text() != before, "the pointer follows", seconds=15)

    def test_an_artifact_that_waits_holds_up_no_other(self):
        self.write("other/file.csv", "one\n")
        self.tenon("add", "other")
        self.tenon("status", "--wait")
        before = (self.repo / "other.tenon").read_text()
        with open(self.repo / "data/big.bin", "r+b") as file:
            file.write(b"half of it")
            file.flush()
            # Long enough for the pauses between looks at it to become longer than the patience below.
            time.sleep(7)
            self.write("other/file.csv", "two\n")
            self.until(lambda: (self.repo / "other.tenon").read_text() != before, "the other's pointer follows", seconds=4)

    def test_status_says_how_changes_are_found(self):
        self.assertEqual(self.tenon("status", "--json").json()["watch"], "watched")
        info = self.tenon("daemon", "status", "--json").json()
        self.assertEqual(info["watched_artifacts"], 1)
        self.assertGreater(info["watched_directories"], 5)
        self.tenon("daemon", "stop")
        self.environment["TENON_WATCH"] = "off"
        status = self.tenon("status", "--json").json()
        self.assertEqual(status["watch"], "scan")
        self.assertIn("does not watch", status["watch_reason"])
        before = self.pointer_text()
        self.write("data/part0/file000.csv", "unwatched\n")
        self.assertEqual(self.states(), {"data": "changed"})
        self.tenon("status", "--wait")
        self.assertNotEqual(self.pointer_text(), before)
