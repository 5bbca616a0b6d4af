"""A Git command that would change data which somebody has just edited: refused, or done and the edit kept; never lost, never committed for another."""
from world import MODEL_TWO, NOTES, TWO, WorldTest, file_oid, read_tree, tree_oid

EDITED = {**TWO, "b.csv": b"b, edited\n", "only-here.csv": b"precious\n"}
MODEL_EDITED = MODEL_TWO + b"edited"

COMMANDS = {
    "switch": ("switch", "-q", "side"),
    "forced_switch": ("checkout", "-q", "-f", "side"),
    "switch_that_merges": ("checkout", "-q", "-m", "side"),
    "checkout_of_a_pointer": ("checkout", "-q", "one", "--", "data/train.tenon"),
    "merge": ("merge", "-q", "--no-edit", "side"),
    "merge_with_conflict": ("merge", "-q", "--no-edit", "clash"),
    "rebase": ("rebase", "-q", "side"),
    "rebase_with_autostash": ("rebase", "-q", "--autostash", "side"),
    "cherry_pick": ("cherry-pick", "side~1"),
    "cherry_pick_without_commit": ("cherry-pick", "-n", "side~1"),
    "revert": ("revert", "--no-edit", "HEAD"),
    "reset_hard": ("reset", "-q", "--hard", "one"),
    "reset_keep": ("reset", "-q", "--keep", "one"),
    "reset_mixed": ("reset", "-q", "one"),
    "stash": ("stash", "-q"),
    "stash_of_everything": ("stash", "-q", "-u"),
    "pull": ("pull", "-q", "--no-rebase", ".", "side"),
    "sparse_checkout": ("sparse-checkout", "set", "--no-cone", "/*", "!/data/"),
    "bisect": ("bisect", "start", "HEAD", "one~1"),
    "removal_of_the_pointer": ("rm", "-q", "-f", "data/train.tenon"),
    "renaming_of_the_pointer": ("mv", "data/train.tenon", "data/other.tenon"),
}


class UnsavedEdits(WorldTest):
    def edit(self):
        self.lay(EDITED)
        self.write("model.bin", MODEL_EDITED)

    def check(self, command):
        before = set(self.git("rev-list", "--all", "HEAD").out.split())
        self.git(*command, check=False)
        self.survives_or_is_pinned("data/train", EDITED)
        self.survives_or_is_pinned("model.bin", MODEL_EDITED)
        self.here(notes=NOTES)
        conflicts = self.git("diff", "--name-only", "--diff-filter=U").out.split()
        for path, edited in (("data/train", EDITED), ("model.bin", MODEL_EDITED)):
            pointer = self.repo / f"{path}.tenon"
            if f"{path}.tenon" in conflicts or not pointer.exists():
                continue
            lies = read_tree(self.repo / path) if isinstance(edited, dict) else (self.repo / path).read_bytes()
            oid = tree_oid(lies) if isinstance(edited, dict) else file_oid(lies)
            named = self.pointer(path)["oid"]
            self.assertTrue(lies == edited or oid == named, f"{path} holds neither the edit nor what its pointer names")
        # Nobody asked to commit the edit.
        for commit in set(self.git("rev-list", "--all", "HEAD").out.split()) - before:
            if not self.git("log", "-1", "--format=%s", commit).out.startswith(("WIP on", "index on", "untracked files", "autostash", "On ")):
                self.assertNotEqual(self.oid_at(commit, "data/train"), tree_oid(EDITED))
        self.everything_pinned_is_stored()

    def survives_or_is_pinned(self, path, content):
        oid = tree_oid(content) if isinstance(content, dict) else file_oid(content)
        for commit in self.git("rev-list", "--all", "--reflog").out.split():
            shown = self.git("cat-file", "blob", f"{commit}:{path}.tenon", check=False)
            if shown.status == 0 and oid in shown.out:
                return
        self.survives(path, content)


def check(command, waits):
    def test(self):
        self.edit()
        if waits:
            self.settle()
        self.check(command)
    return test


for name, command in COMMANDS.items():
    setattr(UnsavedEdits, f"test_{name}", check(command, False))
    setattr(UnsavedEdits, f"test_{name}_after_the_pointers_followed", check(command, True))
