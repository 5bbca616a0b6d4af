"""`tenon params` and `tenon metrics`: values of small files in the work tree, at commits and of experiments."""
import csv
import io
import json

from harness import TenonTest


class ValuesTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()
        self.commits = []
        for lr, accuracy in ((0.1, 0.9), (0.01, 0.93), (0.001, 0.95)):
            self.write("params.yaml", f"train:\n  lr: {lr}\n  depth: 3\n")
            self.write("metrics.json", json.dumps({"accuracy": accuracy, "loss": {"val": 1 - accuracy}}))
            self.git("add", "-A")
            self.git("commit", "-qm", f"lr {lr}")
            self.commits.append(self.git("rev-parse", "HEAD").out.strip())

    def rows(self, text):
        return [line.split() for line in text.splitlines()]

    def test_values_of_the_work_tree_are_listed(self):
        self.assertEqual(
            self.rows(self.tenon("params", "show", "params.yaml").out), [["params.yaml", "train.lr", "0.001"], ["params.yaml", "train.depth", "3"]])
        # 'show' is what is meant without a word; paths are relative to where one stands.
        (self.repo / "sub").mkdir()
        self.assertEqual(self.rows(self.tenon("params", "../params.yaml", cwd=self.repo / "sub").out)[0], ["../params.yaml", "train.lr", "0.001"])

    def test_revisions_ranges_and_experiments_have_a_row_each(self):
        self.git("update-ref", "refs/tenon/exps/brave-otter", self.commits[0])
        out = self.tenon("metrics", "show", "HEAD", "HEAD~2", "brave-otter", "-k", "accuracy", "--", "metrics.json").out
        rows = self.rows(out)
        self.assertEqual(rows[0], ["accuracy"])
        self.assertEqual([(row[0], row[-1]) for row in rows[1:]], [("HEAD", "0.95"), ("HEAD~2", "0.9"), ("brave-otter", "0.9")])
        reply = self.tenon("metrics", "show", "--json", f"{self.commits[0]}..HEAD", "metrics.json").json()
        self.assertEqual([item["commit"] for item in reply["items"]], self.commits[:0:-1])
        self.assertEqual(reply["items"][0]["values"][1], {"file": "metrics.json", "key": "loss.val", "value": 1 - 0.95})
        self.assertEqual(reply["values"], 4)
        for option, count in (("--max-count=2", 2), ("--all-commits", 5), ("--all-branches", 1), ("--experiments", 1)):
            self.assertEqual(len(self.tenon("metrics", "show", "--json", option, "--", "metrics.json").json()["items"]), count, option)

    def test_comma_separated_values_are_read_by_others(self):
        self.write("params.yaml", "train:\n  name: 'a, \"b\"'\n")
        rows = list(csv.reader(io.StringIO(self.tenon("params", "show", "--csv", "params.yaml").out)))
        self.assertEqual(rows, [["revision", "commit", "params.yaml:train.name"], ["work tree", "", 'a, "b"']])

    def test_differences_have_both_sides(self):
        self.write("metrics.json", json.dumps({"accuracy": 0.96, "f1": 0.8}))
        rows = self.rows(self.tenon("metrics", "diff", "metrics.json").out)
        self.assertEqual(rows[0], ["file", "key", "HEAD", "work", "tree", "difference"])
        self.assertEqual(rows[1:3], [["metrics.json", "accuracy", "0.95", "0.96", "+0.01"], ["metrics.json", "f1", "-", "0.8", "new"]])
        self.assertEqual(rows[3][1], "loss.val")
        self.assertEqual(rows[3][-1], "gone")
        change = self.tenon("metrics", "diff", "--json", "HEAD~2..HEAD~1", "metrics.json").json()
        self.assertEqual((change["from"]["commit"], change["to"]["commit"]), (self.commits[0], self.commits[1]))
        self.assertEqual((change["changes"][0]["old"], change["changes"][0]["new"], change["changes"][0]["change"]), (0.9, 0.93, "changed"))
        self.assertAlmostEqual(change["changes"][0]["difference"], 0.03)
        self.tenon("params", "diff", "--exit-code", "HEAD", "--", "params.yaml")
        self.tenon("params", "diff", "--exit-code", "HEAD~1", "--", "params.yaml", status=1)

    def test_all_formats_say_the_same(self):
        self.write("a.toml", "[train]\nlr = 0.001\ndepth = 3\n")
        self.write("a.json", '{"train": {"lr": 1e-3, "depth": 3}}')
        self.write("a.csv", "train.lr,train.depth\n0.1,1\n0.001,3\n")
        self.write("a.tsv", "name\tvalue\ntrain.lr\t0.001\ntrain.depth\t3\n")
        for name in ("a.toml", "a.json", "a.csv", "a.tsv", "params.yaml"):
            found = self.tenon("params", "show", "--json", name).json()["items"][0]["values"]
            self.assertEqual({value["key"]: value["value"] for value in found}, {"train.lr": 0.001, "train.depth": 3}, name)
            # A run takes the same values.
            run = self.tenon("run", "--json", "-p", name, "--", "true").json()["run"]["run"]
            self.assertTrue(run)

    def test_what_can_not_be_read_is_told_and_hides_nothing_else(self):
        self.write("bomb.yaml", "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)))
        self.write("deep.toml", "a" + ".a" * 20000 + "=1\n")
        self.write("broken.json", '{"a": ')
        result = self.tenon("params", "show", "bomb.yaml", "deep.toml", "broken.json", "params.yaml")
        self.assertIn("train.lr", result.out)
        for words in ("'bomb.yaml' can't be read", "too many values", "'deep.toml' can't be read", "nested too deeply", "'broken.json' can't be read"):
            self.assertIn(words, result.err)
        self.refused("params", "show", "none.yaml", says="neither a revision nor a path")
        self.refused("params", "show", "--", "none.yaml", says="at none of the revisions")
        self.refused("metrics", "diff", "broken.json", says="can't be read")
        self.refused("metrics", "show", "broken.json", says="can't be read")
        # The daemon lives.
        self.tenon("status")

    def test_names_can_not_write_on_the_terminal(self):
        self.write("m.json", json.dumps({"\x1b[31mred": 1, "a\nb": 2}))
        out = self.tenon("metrics", "show", "m.json").out
        self.assertNotIn("\x1b", out)
        self.assertEqual(len(out.splitlines()), 2)

    def test_without_files_and_stages_runs_tell(self):
        self.write("train.py", "import json\nopen('model.bin', 'w').write('x')\njson.dump({'accuracy': 0.5}, open('metrics.json', 'w'))\n")
        self.tenon("run", "-p", "params.yaml:train.lr", "-o", "model.bin", "-m", "metrics.json", "--", "python3", "train.py")
        self.git("add", "-A")
        self.git("commit", "-qm", "model")
        self.assertEqual(self.rows(self.tenon("params", "show", "HEAD").out), [["params.yaml", "train.lr", "0.001"]])
        self.assertEqual(self.rows(self.tenon("metrics", "show", "HEAD").out), [["metrics.json", "accuracy", "0.5"]])
        self.assertIn("no stage declares", self.tenon("metrics", "show", "HEAD~1").out)

    def test_a_file_without_values_is_named_as_such(self):
        self.write("empty.json", "[]\n")
        self.assertIn("no numbers like that in these files", self.tenon("metrics", "show", "--", "empty.json").out)
        self.write("bad.json", "{\n")
        result = self.refused("metrics", "show", "--", "bad.json", says="'bad.json' can't be read for its values")
        self.assertNotIn("restoring", result.err)
