"""What no client can skip: a real `git push` to a bare repository whose pre-receive judges it."""
import shutil
import subprocess
import unittest

from harness import BIN, TenonTest
from programs import NO_HOOKS
from servers import SSHD, WHEN_MISSING, ssh_server

RULES = """\
version: 1
policy:
  lineage: [ "models/**" ]
  metrics: { "models/best.*": "accuracy >= 0.90" }
  validated: [ "models/valid.*" ]
"""


class ServerTest(TenonTest):
    """A bare repository with the hook, to which data, code and rules were pushed; the client runs no hooks."""

    def setUp(self):
        super().setUp()
        self.hub = self.base / "hub.git"
        self.remote = self.base / "remote"
        self.git("init", "-q", "--bare", "-b", "main", str(self.hub), cwd=self.base)
        self.initialised()
        self.git("remote", "add", "origin", str(self.hub))
        self.tenon("remote", "add", "origin", str(self.remote))
        self.tenon("server-hook", "install", str(self.hub), "--remote", str(self.remote))
        self.write("tenon.yaml", RULES)
        self.write("data/rows.csv", self.text(1, 5000))
        self.write("fit.py", "import os, sys; os.makedirs('models', exist_ok=True); open(sys.argv[1], 'w').write(open('data/rows.csv').read()[:99])\n")
        self.tenon("add", "data")
        self.git("add", "tenon.yaml", "fit.py")
        self.git("commit", "-qm", "data, code and rules")
        self.tenon("push")
        self.push()

    def push(self, *refs, **options):
        return self.git(*NO_HOOKS, "push", "-q", "origin", *(refs or ["main"]), **options)

    def refused_push(self, *refs, says=()):
        """The push is refused, and what the pusher reads holds these words."""
        before = self.git("for-each-ref", cwd=self.hub).out
        result = self.push(*refs, check=False)
        self.assertNotEqual(result.status, 0, result.err)
        self.assertIn("pre-receive hook declined", result.err)
        self.assertEqual(self.git("for-each-ref", cwd=self.hub).out, before)
        for words in [says] if isinstance(says, str) else says:
            self.assertIn(words, result.err)
        return result.err

    def commit(self, message="commit", *options):
        self.git(*NO_HOOKS, "commit", "-qm", message, *options)
        return self.git("rev-parse", "HEAD").out.strip()

    def bad_model(self, name="models/x.safetensors", text="no history"):
        self.write(name, text)
        self.tenon("add", name)
        return self.commit("model without history")

    def run_model(self, name="models/x.safetensors", *options):
        self.tenon("run", "-d", "data", "-o", name, *options, "--", "python3", "fit.py", name)

    def drop(self):
        self.git(*NO_HOOKS, "reset", "-q", "--hard", "origin/main")
        shutil.rmtree(self.repo / "models", ignore_errors=True)


class RulesTest(ServerTest):
    def test_a_model_without_a_record_is_refused_whatever_the_client_does_and_with_a_run_it_passes(self):
        bad = self.bad_model()
        self.tenon("push")
        said = self.refused_push(says=[
            f"refs/heads/main: commit {bad[:12]} breaks policy.lineage at 'models/x.safetensors': no run is recorded that made it",
            "hint: make it with 'tenon run -o models/x.safetensors -- COMMAND'", "tenon.yaml of refs/heads/main on the server"])
        self.assertTrue(all(line.startswith("remote: ") for line in said.splitlines() if "tenon: " in line), said)
        self.git("push", "-q", "--no-verify", "origin", "main", status=1)
        self.drop()
        self.run_model()
        self.commit("model")
        self.tenon("push")
        self.push()
        # Records are kept on the server; data is not.
        self.assertEqual([p.suffix for p in (self.hub / "tenon/store/packs").rglob("*") if p.is_file()], [".pack"])
        self.assertLess(sum(p.stat().st_size for p in (self.hub / "tenon/store/packs").rglob("*.pack")), 20_000)

    def test_no_daemon_and_nothing_of_the_users_is_needed(self):
        self.run_model()
        self.commit("model")
        self.tenon("push")
        self.stop_daemon()
        away = self.base / "store-away"
        self.store.rename(away)
        self.push()
        self.assertFalse(self.store.exists())
        away.rename(self.store)

    def test_a_bad_commit_in_the_middle_of_a_pushed_range_is_named(self):
        self.run_model()
        self.commit("good")
        bad = self.bad_model("models/bad.bin")
        self.tenon("rm", "models/bad.bin")
        self.commit("gone again", "-a")
        self.tenon("push", "origin", "HEAD", bad)
        said = self.refused_push(says=f"commit {bad[:12]} breaks policy.lineage at 'models/bad.bin'")
        self.assertEqual(said.count("breaks policy"), 1)

    def test_what_nobody_stored_a_pointer_that_is_none_and_a_large_file_are_found(self):
        self.write("nobody.bin.tenon", "tenon 1\nkind file\noid sha256:" + "1" * 64 + "\nsize 5\n")
        self.write("odd.bin.tenon", "tenon 1\nkind file\n")
        self.write("large.bin", self.noise(1, 11 << 20))
        self.git("add", "nobody.bin.tenon", "odd.bin.tenon", "large.bin")
        head = self.commit("bad")[:12]
        self.refused_push(says=[
            f"commit {head} breaks policy.data at 'nobody.bin': nobody has the bytes of sha256:{'1' * 64}",
            f"commit {head} breaks policy.pointer at 'odd.bin'", f"commit {head} breaks policy.max-git-file at 'large.bin'",
            "3 rules are broken"])

    def test_data_that_was_not_pushed_to_the_remote_is_found(self):
        self.write("more.bin", "not sent yet")
        self.tenon("add", "more.bin")
        self.commit("more")
        self.refused_push(says="policy.data at 'more.bin'")
        self.tenon("push")
        self.push()

    def test_a_metric_below_the_bound_is_refused_and_one_above_passes(self):
        self.write("m.json", '{"accuracy": 0.85}')
        self.run_model("models/best.bin", "-m", "m.json")
        self.commit("best")
        self.tenon("push")
        self.refused_push(says="its accuracy is 0.85; policy.metrics asks for accuracy >= 0.9")
        self.tenon("record", "models/best.bin", "--kind", "validation", "-m", "accuracy=0.95")
        self.tenon("push")
        self.push()

    def test_what_is_not_validated_is_refused_until_a_validation_is_recorded(self):
        self.run_model("models/valid.bin")
        self.commit("valid")
        self.tenon("push")
        self.refused_push(says=["policy.validated", "hint: tenon record models/valid.bin --kind validation"])
        self.tenon("record", "models/valid.bin", "--kind", "validation", "-m", "accuracy=0.9")
        self.tenon("push")
        self.push()

    def test_what_a_failed_run_left_behind_has_no_history(self):
        self.tenon(
            "run", "--keep-outputs", "-d", "data", "-o", "models/x.bin", "--", "sh", "-c", "mkdir -p models; echo half > models/x.bin; exit 3",
            status=3)
        self.git("add", "-A")
        self.assertIn("the run that made it failed: its command ended with 3", self.git("commit", "-qm", "half", check=False).err)
        self.commit("half")
        self.tenon("push")
        self.refused_push(says="the run that made it failed: its command ended with 3")

    def test_a_run_of_a_commit_that_was_not_pushed_is_found(self):
        self.write("fit.py", (self.repo / "fit.py").read_text() + "# another\n")
        self.git("add", "fit.py")
        code = self.commit("code")
        self.run_model()
        self.git(*NO_HOOKS, "commit", "-q", "--amend", "-m", "code, rewritten, and a model")
        self.tenon("push")
        self.refused_push(says=f"the commit {code[:12]} that its run executed is not in this repository")


class PolicySourceTest(ServerTest):
    def test_rules_that_are_pushed_along_do_not_count(self):
        self.write("tenon.yaml", "version: 1\n")
        self.git("add", "tenon.yaml")
        self.bad_model()
        self.tenon("push")
        self.refused_push(says="policy.lineage")
        # A change of the rules alone may be pushed; it counts from then on.
        self.git(*NO_HOOKS, "reset", "-q", "--soft", "origin/main")
        self.git("reset", "-q", "--", "models")
        self.commit("rules go")
        self.push()
        self.bad_model()
        self.push()

    def test_a_detour_by_another_branch_leads_nowhere(self):
        self.git("branch", "-q", "side")
        self.push("side")
        self.git(*NO_HOOKS, "switch", "-q", "side")
        self.write("tenon.yaml", "version: 1\n")
        self.git("add", "tenon.yaml")
        self.commit("no rules on this branch")
        self.push("side")
        self.bad_model()
        self.tenon("push")
        self.push("side")
        self.write("tenon.yaml", RULES)
        self.git("add", "tenon.yaml")
        self.commit("as if nothing had been")
        self.push("side")
        self.refused_push("side:main", says="refs/heads/main: commit")

    def test_a_new_branch_and_a_tag_are_held_to_the_default_branchs_rules(self):
        bad = self.bad_model()
        self.tenon("push")
        for name in ("refs/heads/new", "refs/tags/v1"):
            self.refused_push(f"HEAD:{name}", says=[f"{name}: commit {bad[:12]}", "tenon.yaml of refs/heads/main on the server"])
        self.refused_push("HEAD:refs/heads/new", "main~1:refs/heads/other", says=f"refs/heads/new: commit {bad[:12]}")
        self.push("main~1:refs/heads/new")
        # A tag of a tree brings no commit.
        self.git("tag", "-a", "-m", "tree", "tree", "main~1^{tree}")
        self.push("tree")

    def test_a_merge_into_a_branch_is_not_judged_again_for_what_the_default_branch_has(self):
        self.push("main:topic")
        self.run_model()
        self.commit("model")
        self.tenon("push")
        self.push()
        self.git(*NO_HOOKS, "switch", "-qc", "topic", "origin/topic")
        self.write("note", "x")
        self.git("add", "note")
        self.commit("note")
        self.git(*NO_HOOKS, "merge", "-q", "-m", "merge", "main")
        shutil.move(self.remote, self.base / "away")
        self.push("topic")

    def test_the_first_push_is_held_to_the_servers_own_rules(self):
        fresh = self.base / "fresh.git"
        self.git("init", "-q", "--bare", "-b", "main", str(fresh), cwd=self.base)
        rules = self.base / "rules.yaml"
        rules.write_text(RULES)
        self.tenon("server-hook", "install", str(fresh), "--remote", str(self.remote), "--policy", str(rules))
        self.write("tenon.yaml", "version: 1\n")
        self.git("add", "tenon.yaml")
        self.bad_model()
        self.tenon("push")
        self.git("remote", "set-url", "origin", str(fresh))
        said = self.refused_push(says="policy.lineage at 'models/x.safetensors'")
        self.assertIn("rules: tenon.server.policy", said)
        rules.write_text("version: 2\n")
        self.refused_push(says="tenon.server.policy")
        self.git("config", "--unset", "tenon.server.policy", cwd=fresh)
        self.push()

    def test_rules_on_the_server_that_can_not_be_read_refuse_every_push(self):
        self.write("tenon.yaml", "version: 1\npolicy: { lineage: models }\n")
        self.git("add", "tenon.yaml")
        self.commit("broken rules")
        self.push()
        self.write("note", "x")
        self.git("add", "note")
        self.commit("note")
        self.refused_push(says=["tenon.yaml of refs/heads/main on the server", "policy.lineage"])


class CareTest(ServerTest):
    def test_another_hook_that_is_there_keeps_running_and_comes_back(self):
        other = self.base / "other.git"
        self.git("init", "-q", "--bare", "-b", "main", str(other), cwd=self.base)
        hook = other / "hooks/pre-receive"
        text = f"#!/bin/sh\ncat >>'{self.base}/seen'\n[ ! -e '{self.base}/no' ]\n"
        self.run_command("sh", "-c", 'printf %s "$1" >"$2" && chmod 751 "$2"', "sh", text, str(hook), cwd=self.base)
        self.assertIn("a script was there and runs after Tenon", self.tenon("server-hook", "install", str(other)).out)
        self.assertFalse(self.tenon("server-hook", "install", "--json", str(other)).json()["changed"])
        self.tenon("server-hook", "install", str(other), "--remote", str(self.remote))
        self.git("remote", "set-url", "origin", str(other))
        self.push()
        head = self.git("rev-parse", "HEAD").out.strip()
        self.assertEqual((self.base / "seen").read_text(), f"{'0' * 40} {head} refs/heads/main\n")
        (self.base / "no").touch()
        self.refused_push("main:other")
        (self.base / "no").unlink()
        self.assertEqual(self.tenon("server-hook", "status", "--json", str(other)).json()["hook"]["next_author"], "script")
        self.tenon("server-hook", "uninstall", str(other))
        self.assertEqual((hook.read_text(), hook.stat().st_mode & 0o777), (text, 0o751))
        self.assertEqual([p.name for p in hook.parent.glob("pre-receive*") if p.suffix != ".sample"], ["pre-receive"])
        self.tenon("server-hook", "status", str(other), status=1)

    def test_while_the_remote_is_away_pushes_are_refused_or_accepted_as_the_server_says(self):
        self.write("more.bin", "more")
        self.tenon("add", "more.bin")
        self.commit("more")
        self.tenon("push")
        away = self.base / "away"
        self.remote.rename(away)
        self.refused_push(says=["the push can't be checked: the remote with the data can't be asked", "hint: try again later"])
        # What names no data needs no remote, and a deletion nothing at all.
        self.push("HEAD~1:refs/heads/code")
        self.push(":code")
        self.git("config", "tenon.server.unreachable", "accept", cwd=self.hub)
        self.assertIn("remote: tenon: data and history were not checked", self.push().err)
        self.write("odd.bin.tenon", "tenon 1\n")
        self.git("add", "odd.bin.tenon")
        self.commit("odd")
        self.refused_push(says="policy.pointer at 'odd.bin'")
        self.git("config", "tenon.server.unreachable", "maybe", cwd=self.hub)
        self.refused_push(says="tenon.server.unreachable of the server: it is 'refuse' or 'accept'")

    def test_a_server_that_does_not_know_where_the_data_is_says_so(self):
        fresh = self.base / "fresh.git"
        self.git("init", "-q", "--bare", "-b", "main", str(fresh), cwd=self.base)
        self.assertIn("config tenon.server.remote URL", self.tenon("server-hook", "install", str(fresh)).out)
        self.git("remote", "set-url", "origin", str(fresh))
        self.refused_push(says="tenon.server.remote is not set")

    def test_a_repository_without_data_is_left_in_peace(self):
        plain, work = self.base / "plain.git", self.base / "plain"
        self.git("init", "-q", "--bare", "-b", "main", str(plain), cwd=self.base)
        self.tenon("server-hook", "install", str(plain))
        self.new_repository(work)
        (work / "large.bin").write_bytes(self.noise(1, 11 << 20))
        self.git("add", "-A", cwd=work)
        self.git("commit", "-qm", "large", cwd=work)
        self.assertEqual(self.git("push", "-q", str(plain), "main", cwd=work).err, "")
        self.assertFalse((plain / "tenon").exists())

    def test_what_is_not_a_list_of_references_is_refused(self):
        one, ref = "1" * 40, "refs/heads/x"
        environment = {"GIT_DIR": str(self.hub)}
        for text in (f"{one} {one} {ref}", f"{one} {ref}\n", f"{one} {one} {ref}\nx\n", f"{one} {'g' * 40} {ref}\n", f"{one} {one} HEAD\n",
                     f"{one} {one} refs/{'x' * 5000}\n", f"{one} {one} {ref}\x1b[2J\n\n"):
            process = subprocess.run(
                [BIN / "tenon", "server-hook", "pre-receive"], cwd=self.hub, env={**self.environment, **environment}, input=text.encode(),
                capture_output=True, timeout=60)
            self.assertEqual(process.returncode, 1, text)
            self.assertIn(b"tenon: the push can't be checked: ", process.stderr)
            self.assertNotIn(b"\x1b", process.stderr)
        for text in ("", f"{one} {'0' * 40} {ref}\n"):
            process = subprocess.run(
                [BIN / "tenon", "server-hook", "pre-receive"], cwd=self.hub, env={**self.environment, **environment}, input=text.encode(),
                capture_output=True, timeout=60)
            self.assertEqual((process.returncode, process.stderr), (0, b""))

    def test_a_work_tree_and_shared_hooks_are_not_touched(self):
        self.refused("server-hook", "install", str(self.repo), says="is not a bare repository", hint=True)
        self.refused("server-hook", "install", str(self.base), says="is no Git repository")
        shared = self.base / "shared-hooks"
        shared.mkdir()
        self.git("config", "core.hooksPath", str(shared), cwd=self.hub)
        self.refused("server-hook", "install", str(self.hub), says="which others share", hint=True)
        self.assertEqual(list(shared.iterdir()), [])

    def test_pushes_at_once_are_all_judged(self):
        clients = []
        for number in range(4):
            self.git(*NO_HOOKS, "switch", "-qc", f"topic{number}", "main")
            self.write(f"models/m{number}.bin", f"model {number}")
            if number == 2:
                self.tenon("add", f"models/m{number}.bin")
            else:
                self.tenon("run", "-d", "data", "-o", f"models/m{number}.bin", "--", "cp", "data/rows.csv", f"models/m{number}.bin")
            self.commit(f"model {number}")
        self.tenon("push", "--all")
        for number in range(4):
            clients.append(subprocess.Popen(
                ["git", *NO_HOOKS, "push", "-q", "origin", f"topic{number}"], cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
        said = [client.communicate(timeout=300)[0].decode() for client in clients]
        self.assertEqual([client.returncode == 0 for client in clients], [True, True, False, True], said)

    def test_ten_thousand_commits_are_judged_one_by_one(self):
        lines = []
        for number in range(10_000):
            who = f"committer C O Mitter <c@example.com> {1_700_000_000 + number} +0000\ndata 0\n"
            parent = f"from {self.git('rev-parse', 'HEAD').out.strip()}\n" if number == 0 else ""
            files = f"M 100644 inline code/f{number % 50}.py\ndata {len(str(number))}\n{number}\n"
            if number % 10 == 0:
                text = f"tenon 1\nkind file\noid sha256:{number + 1:064x}\nsize 5\n"
                files += f"M 100644 inline sets/s{number % 7}.bin.tenon\ndata {len(text)}\n{text}\n"
            lines.append(f"commit refs/heads/long\n{who}{parent}{files}")
        subprocess.run(["git", "fast-import", "--quiet"], cwd=self.repo, env=self.environment, input="".join(lines).encode(), check=True)
        self.refused_push("long:main", says=[
            "breaks policy.data at 'sets/s", "1000 rules are broken", "and 980 more"])


@unittest.skipUnless(SSHD, WHEN_MISSING)
class OverSSHTest(ServerTest):
    def test_a_push_over_ssh_is_judged_too(self):
        self.environment |= ssh_server().environment
        self.git("remote", "set-url", "origin", f"ssh://there{self.hub}")
        bad = self.bad_model()
        self.tenon("push")
        self.refused_push(says=f"refs/heads/main: commit {bad[:12]} breaks policy.lineage at 'models/x.safetensors'")
        self.drop()
        self.run_model()
        self.commit("model")
        self.tenon("push")
        self.push()
