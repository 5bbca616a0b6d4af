"""What the pages tell people to paste, run as it stands there."""
import pathlib
import re
import xml.etree.ElementTree

from machines import MachinesTest

TOP = pathlib.Path(__file__).resolve().parents[2]


def blocks(page, language):
    """The fenced blocks of a page, in its order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (TOP / page).read_text(), re.M | re.S)


def jobs():
    """The commands of each example in docs/ci.md, in its order: those of `run:` steps, or of a `script:` list."""
    found = []
    for block in blocks("docs/ci.md", "yaml"):
        commands = re.findall(r"^ *- run: (.+)$", block, re.M)
        script = re.search(r"^( *)script:\n((?:\1 +- .+\n)+)", block, re.M)
        found.append(commands or [line.strip().removeprefix("- ") for line in script[2].splitlines()])
    return found


class StoryTest(MachinesTest):
    def test_the_whole_story_of_the_readme_is_true(self):
        [story] = [block for block in blocks("README.md", "sh") if "git init -q story" in block]
        self.assertLessEqual(len(story.splitlines()), 10)
        for verb in ("init", "add", "run", "record", "push", "trace", "rerun", "verify --policy"):
            self.assertIn(f"tenon {verb}", story)
        place = self.base / "empty"
        place.mkdir()
        said = self.run_command("sh", "-e", "-u", "-c", story, cwd=place)
        for words in ("identical  sum.model", "data/", "the rules are kept"):
            self.assertIn(words, said.out)
        # The comment in it tells the truth, too.
        before = "\n".join(line for line in story.splitlines() if not re.match("tenon (record|trace|rerun|verify)", line))
        # Elsewhere: it is these bytes that were validated, wherever they lie.
        other = self.machine("other")
        other.tree.mkdir()
        refused = self.run_command("sh", "-e", "-u", "-c", before, cwd=other.tree, env=other.environment, check=False)
        self.assertNotEqual(refused.status, 0)
        self.assertIn("policy.validated", refused.err)


class ProposalTest(MachinesTest):
    """A branch `proposal` off `main`, with rules and a remote in tenon.yaml, and runners that clone without data."""

    def setUp(self):
        super().setUp()
        self.here = self.first_machine()
        self.here.tenon("remote", "add", "origin", str(self.base / "data-remote"))
        self.propose(self.here, str(self.base / "data-remote"))
        with open(self.repo / "tenon.yaml", "a") as file:
            file.write('policy: { lineage: [ "models/**" ] }\n')
        self.here.write("data/rows.csv", self.text(1, 5000))
        self.here.tenon("add", "data")
        self.commit("rules and data")
        self.publish("main")
        self.here.git("switch", "-qc", "proposal")

    def commit(self, message):
        self.here.git("add", "-A")
        self.here.git("commit", "-qm", message)

    def publish(self, branch):
        self.here.tenon("push", "origin", branch)
        self.here.git("push", "-q", "--no-verify", "origin", branch)

    def runner(self, name):
        """A runner after its checkout: all history, HEAD detached at the proposal."""
        runner = self.machine(name, GITHUB_BASE_REF="main", CI_MERGE_REQUEST_DIFF_BASE_SHA=self.here.git("rev-parse", "main").out.strip())
        self.git("clone", "-q", f"file://{self.hub}", str(runner.tree), cwd=self.base, env=runner.environment)
        runner.git("checkout", "-q", "--detach", "origin/proposal")
        return runner

    def run_job(self, runner, commands):
        """Exit statuses up to the first that is not 0, as runners do it."""
        for command in commands:
            status = self.run_command("sh", "-e", "-c", command, cwd=runner.tree, env=runner.environment, check=False)
            if status.status:
                return status
        return status


class CIPageTest(ProposalTest):
    def test_the_examples_pass_what_keeps_the_rules(self):
        self.here.tenon("run", "-d", "data", "-o", "models/m.bin", "--", "sh", "-c", "mkdir -p models && cp data/rows.csv models/m.bin")
        self.commit("model")
        self.publish("proposal")
        self.assertEqual(len(jobs()), 3)
        for number, commands in enumerate(jobs()):
            self.assertTrue(all(command.startswith("tenon ") for command in commands))
            runner = self.runner(f"runner{number}")
            self.assertEqual(self.run_job(runner, commands).status, 0, commands)
            self.assertFalse((runner.tree / "data").exists())
            # What was fetched is records alone: no chunk of any data.
            self.assertEqual(runner.tenon("store", "--json").json()["snapshots"], 0)

    def test_the_examples_refuse_what_does_not_and_rules_that_the_proposal_drops(self):
        self.here.write("models/m.bin", b"no history")
        self.here.tenon("add", "models/m.bin")
        text = (self.repo / "tenon.yaml").read_text()
        (self.repo / "tenon.yaml").write_text(text[:text.index("policy:")])
        self.here.git("add", "-A")
        self.here.git("commit", "-qm", "no rules any more")
        self.publish("proposal")
        for number, commands in enumerate(jobs()[:2]):
            runner = self.runner(f"runner{number}")
            result = self.run_job(runner, commands)
            self.assertEqual((result.status, "models/m.bin" in result.out), (1, True), result.err)
            suite = xml.etree.ElementTree.parse(runner.tree / "policy.xml").getroot()[0]
            self.assertEqual(suite.get("failures"), "1")


class ShallowTest(ProposalTest):
    """Clones that are too shallow say what is missing, and what they name is enough."""

    def shallow(self, name, depth):
        runner = self.machine(name)
        self.git("clone", "-q", f"--depth={depth}", "--no-single-branch", f"file://{self.hub}", str(runner.tree), cwd=self.base, env=runner.environment)
        runner.git("checkout", "-q", "--detach", "origin/proposal")
        runner.tenon("remote", "trust", "origin")
        return runner

    def hinted(self, runner, said):
        """Runs the first `git fetch` that a hint names."""
        command = re.search(r"hint: .*?(git fetch (?:--depth=\d+(?: origin(?: [0-9a-f]{40})+)?|--unshallow))", said)
        self.assertIsNotNone(command, said)
        runner.git(*command[1].split()[1:])
        return command[1]

    def test_a_range_names_the_depth_that_it_needs(self):
        for number in range(5):
            self.here.write(f"note{number}", b"x")
            self.commit(f"note {number}")
        self.publish("proposal")
        base = self.here.git("rev-parse", "HEAD~4").out.strip()
        for depth in (1, 3):
            runner = self.shallow(f"runner{depth}", depth)
            start = runner.git("rev-parse", f"HEAD~{depth - 1}").out.strip()
            result = runner.tenon("verify", "--policy", "origin/main..HEAD", status=2)
            self.assertIn(f"it lacks a parent of commit {start[:12]}, {depth} deep", result.err)
            self.assertEqual(self.hinted(runner, result.err), f"git fetch --depth={depth + 1}")
        # A clone that reaches the range's start needs no more.
        runner = self.shallow("exact", 5)
        self.assertEqual(runner.tenon("verify", "--policy", "--json", f"{base}..HEAD").json()["commits"], 4)
        runner = self.shallow("whole", 2)
        self.assertIn("git fetch --unshallow", runner.tenon("verify", "--policy", "--all", status=2).err)

    def test_a_commit_that_a_run_executed_is_named_and_can_be_fetched_alone(self):
        self.here.tenon("run", "-d", "data", "-o", "models/m.bin", "--", "sh", "-c", "mkdir -p models && cp data/rows.csv models/m.bin")
        code = self.here.git("rev-parse", "HEAD").out.strip()
        self.commit("model")
        for number in range(2):
            self.here.write(f"note{number}", b"x")
            self.commit(f"note {number}")
        self.publish("proposal")
        # On main, a clone of one branch does not reach it.
        runner = self.machine("runner")
        self.git("clone", "-q", "--depth=1", "-b", "proposal", f"file://{self.hub}", str(runner.tree), cwd=self.base, env=runner.environment)
        runner.tenon("remote", "trust", "origin")
        result = runner.tenon("verify", "--policy", status=2)
        self.assertIn(f"lacks the commit {code[:12]} that a run executed", result.err)
        self.assertEqual(self.hinted(runner, result.err), f"git fetch --depth=1 origin {code}")
        self.assertIn("the rules are kept", runner.tenon("verify", "--policy").out)
