"""The rows of the matrix: what people do with plain Git, and the bytes that must lie there and be pinned after it.

A row is a method named `row_…`. `self.unsaved` is whether somebody has changed `notes.bin` before it and not committed that: no row touches that
file, so the edit is never Git's or Tenon's to take. `self.notes` is what it holds.
"""
import shlex

from programs import NO_HOOKS
from world import CLASH, EDIT, LINE, MODEL_ONE, MODEL_TWO, NOTES, ONE, SIDE_ONE, SIDE_TWO, THREE, TWO, WorldTest, read_tree, union

# Which hooks of others the row must have called.
CALLS = {}


def calls(*names):
    def note(row):
        CALLS[row.__name__] = names
        return row
    return note


class Rows(WorldTest):
    unsaved = False
    notes = NOTES

    def edit_notes(self, repo=None):
        self.unsaved, self.notes = True, EDIT
        ((repo or self.repo) / "notes.bin").write_bytes(EDIT)
        self.settle(cwd=repo)

    def ends(self, data, model=MODEL_TWO, repo=None, pinned_notes=NOTES):
        """HEAD pins and the work tree holds these; the unsaved edit is as it was, and nothing else is changed."""
        self.pinned("HEAD", data, model, pinned_notes, repo)
        self.here(data, model, self.notes, repo)
        self.settle(cwd=repo)
        changed = set() if self.notes == pinned_notes else {"notes.bin"}
        self.assertEqual({path for path, state in self.states(cwd=repo).items() if state not in ("clean",)} - changed, set())
        lines = self.git("status", "--porcelain", cwd=repo).out.splitlines()
        self.assertEqual([line for line in lines if line[3:] not in {f"{path}.tenon" for path in changed}], [])

    # Commits

    @calls("pre-commit")
    def row_commit_data_only(self):
        self.lay(THREE)
        before = self.head()
        first = self.git("commit", "-qm", "three", status=1)
        self.assertIn("tenon: data/train", first.err + first.out)
        self.assertIn("repeat the commit", first.err + first.out)
        self.assertEqual(self.head(), before)
        self.git("commit", "-qm", "three")
        self.ends(THREE, pinned_notes=self.notes)

    @calls("pre-commit", "post-commit", "commit-msg")
    def row_commit_code_and_data(self):
        self.lay(THREE)
        self.write("train.py", "three")
        self.git("add", "train.py")
        self.git("commit", "-qm", "three")
        self.ends(THREE, pinned_notes=self.notes)

    @calls("pre-commit", "post-commit")
    def row_commit_all(self):
        self.lay(THREE)
        self.settle()
        self.git("commit", "-qam", "three")
        self.ends(THREE, pinned_notes=self.notes)

    @calls("pre-commit", "post-commit")
    def row_commit_all_without_waiting(self):
        self.lay(THREE)
        self.write("train.py", "three")
        self.git("commit", "-qam", "three")
        self.ends(THREE, pinned_notes=self.notes)

    @calls("pre-commit", "post-commit")
    def row_commit_of_a_path_leaves_data_alone(self):
        self.lay(THREE)
        self.write("README.md", "three")
        self.git("commit", "-qm", "three", "README.md")
        self.pinned("HEAD", TWO, MODEL_TWO, NOTES)
        self.here(THREE, MODEL_TWO, self.notes)
        self.assertEqual(self.git("diff", "--cached", "--name-only").out, "")
        self.settle()
        self.git("commit", "-qam", "the rest")
        self.ends(THREE, pinned_notes=self.notes)

    @calls("pre-commit", "post-commit")
    def row_commit_of_a_pointers_path(self):
        self.lay(THREE)
        self.settle()
        # Changed again since the pointer followed: what is committed is what lies there.
        four = {**THREE, "four.csv": b"four\n"}
        self.lay(four)
        self.git("commit", "-qm", "four", "data/train.tenon")
        self.pinned("HEAD", four, MODEL_TWO, NOTES)
        self.assertEqual(self.git("diff", "--cached", "--name-only").out, "")
        self.write("README.md", "five")
        self.git("add", "README.md")
        self.git("commit", "-qm", "five", "README.md")
        self.ends(four)

    @calls("pre-commit", "post-commit")
    def row_amend_takes_no_data_along(self):
        self.lay(THREE)
        self.git("commit", "--amend", "-qm", "reworded")
        self.assertEqual(self.git("log", "-1", "--format=%s").out, "reworded\n")
        self.pinned("HEAD", TWO, MODEL_TWO, NOTES)
        self.here(THREE, MODEL_TWO, self.notes)
        self.tenon("add", "-u", "data/train")
        self.git("commit", "--amend", "--no-edit", "-q")
        self.ends(THREE)
        self.assertEqual(self.git("rev-list", "--count", "one..HEAD").out, "1\n")

    @calls("pre-commit", "post-commit")
    def row_first_commit_of_an_artifact(self):
        self.write("new.bin", b"new\n")
        self.tenon("add", "new.bin")
        self.write("new.bin", b"newer\n")
        self.git("commit", "-qm", "new")
        self.assertEqual(self.oid_at("HEAD", "new.bin"), "sha256:" + self.sha256(self.repo / "new.bin"))
        self.ends(TWO, pinned_notes=self.notes)

    # Moving between commits

    @calls("post-checkout")
    def row_switch(self):
        self.git("switch", "-q", "side")
        self.ends(SIDE_TWO, MODEL_ONE)
        self.git("switch", "-q", "main")
        self.ends(TWO)
        self.git("checkout", "-q", "one")
        self.ends(ONE, MODEL_ONE)
        self.git("switch", "-q", "-")
        self.ends(TWO)

    @calls("post-checkout", "pre-commit", "post-commit")
    def row_detached_head(self):
        self.git("checkout", "-q", "--detach", "HEAD~1")
        self.ends(ONE, MODEL_ONE)
        self.lay(THREE)
        self.tenon("add", "-u", "data/train")
        self.git("commit", "-qm", "detached", "data/train.tenon")
        self.ends(THREE, MODEL_ONE)
        detached = self.head()
        self.git("switch", "-q", "main")
        self.ends(TWO)
        self.git("checkout", "-q", detached)
        self.ends(THREE, MODEL_ONE)

    @calls()
    def row_reset_hard(self):
        self.git("reset", "-q", "--hard", "HEAD~1") if not self.unsaved else self.git("reset", "-q", "--keep", "HEAD~1")
        self.ends(ONE, MODEL_ONE)
        self.git("reset", "-q", "--keep", "ORIG_HEAD")
        self.ends(TWO)

    @calls()
    def row_reset_hard_discards_an_edit_that_recover_has(self):
        self.lay(THREE)
        self.settle()
        self.git("reset", "-q", "--hard")
        self.notes = NOTES
        self.ends(TWO)
        self.survives("data/train", THREE)
        if self.unsaved:
            self.survives("notes.bin", EDIT)

    @calls()
    def row_checkout_of_a_pointer(self):
        self.git("checkout", "-q", "one", "--", "data/train.tenon")
        self.here(ONE, MODEL_TWO, self.notes)
        self.git("restore", "--source=HEAD", "--staged", "--worktree", "data/train.tenon")
        self.ends(TWO)

    @calls()
    def row_stash_and_pop(self):
        self.lay(THREE)
        self.settle()
        self.git("stash", "-q")
        self.here(TWO, MODEL_TWO, NOTES)
        self.assertEqual(self.git("status", "--porcelain").out, "")
        self.git("stash", "pop", "-q")
        self.here(THREE, MODEL_TWO, self.notes)
        self.assertEqual(self.git("status", "--porcelain", "data").out, " M data/train.tenon\n")
        self.git("commit", "-qam", "popped")
        self.ends(THREE, pinned_notes=self.notes)

    @calls("post-checkout")
    def row_bisect_run(self):
        self.git("switch", "-q", "line")
        self.git("bisect", "start", "line", "line~4")
        script = 'test "$(cat data/train/n.csv)" -lt 4'
        self.git("bisect", "run", "sh", "-c", script)
        self.assertEqual(self.git("rev-parse", "refs/bisect/bad").out, self.git("rev-parse", "line~1").out)
        self.git("bisect", "reset")
        self.ends(LINE[-1], MODEL_ONE)

    # Joining

    @calls("post-merge", "pre-merge-commit")
    def row_merge(self):
        self.git("merge", "-q", "--no-edit", "side")
        self.ends(union(SIDE_TWO, TWO))
        self.assertEqual(self.git("rev-list", "--count", "--merges", "main~1..main").out, "1\n")

    @calls("post-checkout", "post-merge")
    def row_merge_fast_forward(self):
        self.git("switch", "-q", "-c", "behind", "one")
        self.git("merge", "-q", "main")
        self.ends(TWO)

    def conflict(self, *command):
        self.assertNotEqual(self.git(*command, check=False).status, 0)
        self.assertEqual(self.states()["data/train"], "conflicted")
        self.assertNotIn("<<<<", (self.repo / "data/train.tenon").read_text())
        self.assertIn("data/train.tenon", self.git("diff", "--name-only", "--diff-filter=U").out)
        self.here(notes=self.notes)

    @calls("pre-commit", "post-commit")
    def row_merge_with_conflict(self):
        self.conflict("merge", "-q", "clash")
        self.tenon("restore", "--ours", "data/train")
        self.here(TWO)
        self.tenon("restore", "--theirs", "data/train")
        self.here(union(TWO, CLASH) if (self.repo / "data/train/two.csv").exists() else CLASH)
        resolved = self.resolve()
        self.git("commit", "-qm", "merged")
        self.ends(resolved)
        self.assertEqual(self.git("rev-list", "--count", "--merges", "main~1..main").out, "1\n")

    def resolve(self):
        """Takes the data that lies there for the conflict's outcome. Returns it."""
        self.git("add", "data/train.tenon")
        self.assertEqual(self.states()["data/train"], "clean")
        return read_tree(self.repo / "data/train")

    @calls()
    def row_merge_abort(self):
        self.conflict("merge", "-q", "clash")
        self.git("merge", "--abort")
        self.ends(TWO)

    @calls("post-checkout", "post-rewrite")
    def row_rebase(self):
        self.git("switch", "-q", "side")
        if self.unsaved:
            self.assertNotEqual(self.git("rebase", "-q", "main", check=False).status, 0)
            self.ends(SIDE_TWO, MODEL_ONE)
        self.git("rebase", "-q", "--autostash", "main")
        self.pinned("HEAD~1", union(TWO, SIDE_ONE, TWO), MODEL_TWO, NOTES)
        self.ends(union(SIDE_TWO, TWO))

    @calls("post-checkout", "post-rewrite")
    def row_rebase_with_the_apply_backend(self):
        self.git("switch", "-q", "side")
        self.git("rebase", "-q", "--apply", "--autostash", "main")
        self.pinned("HEAD~1", union(TWO, SIDE_ONE, TWO), MODEL_TWO, NOTES)
        self.ends(union(SIDE_TWO, TWO))

    @calls("post-rewrite", "pre-commit", "post-commit")
    def row_rebase_interactive_with_edit_and_exec(self):
        self.git("switch", "-q", "side")
        seen = self.base / "seen"
        todo = f"sed -i -e '1s/^pick/edit/' -e '$a exec cat data/train/*.csv >{shlex.quote(str(seen))}'"
        self.git("rebase", "-q", "-i", "--autostash", "main", env={"GIT_SEQUENCE_EDITOR": todo})
        stopped = union(SIDE_ONE, TWO)
        self.pinned("HEAD", stopped, MODEL_TWO, NOTES)
        self.here(stopped, MODEL_TWO)
        edited = {**stopped, "at-stop.csv": b"written at the stop\n"}
        self.lay(edited)
        self.tenon("add", "-u")
        self.git("commit", "-q", "--amend", "--no-edit")
        self.pinned("HEAD", edited, MODEL_TWO, NOTES)
        self.git("rebase", "--continue", env={"GIT_EDITOR": "true"})
        ended = union(edited, SIDE_TWO, TWO)
        self.assertEqual(seen.read_bytes(), b"".join(content for name, content in sorted(ended.items()) if "/" not in name))
        self.pinned("HEAD~1", edited, MODEL_TWO, NOTES)
        self.ends(ended)

    @calls("post-checkout")
    def row_rebase_abort(self):
        self.git("switch", "-q", "clash")
        self.conflict("rebase", "-q", "--autostash", "main") if not self.unsaved else self.git("rebase", "-q", "--autostash", "main", check=False)
        self.git("rebase", "--abort")
        self.ends(CLASH, MODEL_ONE)

    @calls("post-commit")
    def row_cherry_pick(self):
        self.git("cherry-pick", "side~1")
        self.ends(union(SIDE_ONE, TWO))

    @calls("pre-commit", "post-commit")
    def row_cherry_pick_without_commit(self):
        self.git("cherry-pick", "-n", "side~1")
        self.here(union(SIDE_ONE, TWO), MODEL_TWO, self.notes)
        self.assertEqual(self.git("rev-parse", "HEAD").out, self.git("rev-parse", "main").out)
        self.pinned("HEAD", TWO)
        self.git("commit", "-qm", "picked", "-m", "and committed")
        self.ends(union(SIDE_ONE, TWO), pinned_notes=self.notes)

    @calls()
    def row_cherry_pick_with_conflict_and_abort(self):
        self.conflict("cherry-pick", "clash")
        self.git("cherry-pick", "--abort")
        self.ends(TWO)

    @calls("post-commit")
    def row_revert(self):
        self.git("revert", "--no-edit", "HEAD")
        self.ends(ONE, MODEL_ONE)

    @calls()
    def row_apply_mail(self):
        patch = self.base / "patch"
        patch.write_bytes(self.git("format-patch", "-1", "--stdout", "side~1").out.encode())
        self.git("switch", "-q", "-c", "from-one", "one")
        self.git("am", "-q", str(patch))
        self.ends(SIDE_ONE, MODEL_ONE)
        self.git("switch", "-q", "main")
        self.git("am", "-q", "-3", str(patch))
        self.ends(union(SIDE_ONE, TWO))

    # Several work trees and repositories

    @calls("post-checkout")
    def row_worktree_add(self):
        other = self.base / "other"
        self.git("worktree", "add", "-q", str(other), "side")
        self.pinned("HEAD", SIDE_TWO, MODEL_ONE, NOTES, repo=other)
        self.here(SIDE_TWO, MODEL_ONE, NOTES, repo=other)
        self.all_clean(repo=other)
        self.here(TWO, MODEL_TWO, self.notes)
        self.lay(THREE, repo=other)
        self.settle(cwd=other)
        self.git("commit", "-qam", "there", cwd=other)
        self.pinned("HEAD", THREE, MODEL_ONE, NOTES, repo=other)
        self.all_clean(repo=other)
        self.ends(TWO)

    def clone(self, source, *options, name="clone"):
        """A clone as its people set it up: their hooks, then Tenon, then the data."""
        target = self.base / name
        self.git("clone", "-q", *options, f"file://{source}", str(target), cwd=self.base)
        self.column.in_clone(self, target)
        self.tenon("init", cwd=target)
        self.tenon("restore", cwd=target)
        self.assertEqual(self.git("status", "--porcelain", cwd=target).out, "")
        return target

    @calls("pre-commit", "post-commit")
    def row_submodule(self):
        outer = self.base / "outer"
        allow = ("-c", "protocol.file.allow=always")
        self.new_repository(outer)
        self.git(*allow, "submodule", "--quiet", "add", "-b", "main", f"file://{self.repo}", "sub", cwd=outer)
        self.git("commit", "-qm", "with submodule", cwd=outer)
        sub = outer / "sub"
        self.column.in_clone(self, sub)
        self.tenon("init", cwd=sub)
        self.tenon("restore", cwd=sub)
        self.here(TWO, MODEL_TWO, NOTES, repo=sub)
        if self.unsaved:
            self.edit_notes(sub)
        self.lay(THREE, repo=sub)
        self.tenon("add", "-u", "data/train", cwd=sub)
        self.git("commit", "-qm", "three", "data/train.tenon", cwd=sub)
        self.pinned("HEAD", THREE, MODEL_TWO, NOTES, repo=sub)
        self.git("commit", "-qam", "moved", cwd=outer)
        self.git("checkout", "-q", "HEAD~1", cwd=outer)
        self.git(*allow, "submodule", "--quiet", "update", cwd=outer)
        self.here(TWO, MODEL_TWO, self.notes, repo=sub)
        self.git("checkout", "-q", "-", cwd=outer)
        self.git(*allow, "submodule", "--quiet", "update", cwd=outer)
        self.here(THREE, MODEL_TWO, self.notes, repo=sub)
        self.everything_pinned_is_stored(sub)

    @calls("pre-commit", "post-commit", "pre-push")
    def row_shallow_clone(self):
        clone = self.clone(self.repo, "--depth", "1")
        self.here(TWO, MODEL_TWO, NOTES, repo=clone)
        if self.unsaved:
            self.edit_notes(clone)
        self.lay(THREE, repo=clone)
        self.write("train.py", "three")
        self.tenon("add", "-u", "data/train", cwd=clone)
        self.git("commit", "-qm", "three", "data/train.tenon", cwd=clone)
        self.ends(THREE, repo=clone)
        self.git("push", "-q", "origin", "HEAD:refs/heads/from-shallow", cwd=clone)
        self.pinned("from-shallow", THREE, MODEL_TWO, NOTES)

    @calls("pre-commit", "post-commit")
    def row_sparse_checkout(self):
        self.git("sparse-checkout", "set", "--no-cone", "/*", "!/data/")
        self.assertFalse((self.repo / "data/train.tenon").exists())
        self.write("README.md", "sparse")
        self.git("add", "README.md")
        self.git("commit", "-qm", "sparse", "README.md")
        self.pinned("HEAD", TWO, MODEL_TWO, NOTES)
        self.survives("data/train", TWO)
        self.git("sparse-checkout", "disable")
        self.ends(TWO)

    @calls("pre-commit", "post-commit")
    def row_pull_without_hooks_then_a_commit_of_the_readme(self):
        colleague = self.clone(self.repo, name="colleague")
        self.lay(THREE, repo=colleague)
        self.tenon("commit", "-qam", "three", cwd=colleague)
        self.git("remote", "add", "colleague", f"file://{colleague}")
        self.git(*NO_HOOKS, "pull", "-q", "--no-rebase", "colleague", "main")
        self.write("README.md", "read me again")
        self.git("add", "README.md")
        self.git("commit", "-qm", "readme")
        self.pinned("HEAD", THREE, MODEL_TWO, self.notes)
        self.ends(THREE, pinned_notes=self.notes)

    @calls("post-merge", "pre-push")
    def row_pull_and_push(self):
        origin = self.base / "origin.git"
        self.git("init", "-q", "--bare", str(origin))
        self.git("push", "-q", f"file://{origin}", "main")
        colleague = self.clone(origin, "-b", "main", name="colleague")
        self.lay(THREE, repo=colleague)
        self.tenon("commit", "-qam", "three", cwd=colleague)
        self.git("push", "-q", "origin", "main", cwd=colleague)
        self.git("pull", "-q", "--no-rebase", f"file://{origin}", "main")
        self.ends(THREE)

    @calls()
    def row_clean_of_everything_ignored(self):
        self.git("clean", "-qfdx")
        self.assertFalse((self.repo / "model.bin").exists())
        self.git("commit", "-qm", "nothing", "--allow-empty")
        self.pinned("HEAD", TWO, MODEL_TWO)
        self.tenon("restore")
        self.notes = (self.repo / "notes.bin").read_bytes()
        self.ends(TWO)
