"""Trials through Slurm: a real one with one node, started here."""
import os
import signal
import unittest

from servers import Slurm
from test_experiments import COMMAND, ExperimentCase

MISSING = Slurm.missing()


@unittest.skipIf(MISSING, f"{MISSING} is not installed: run Scripts/test-servers.sh")
class SlurmTest(ExperimentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.slurm = Slurm()
        except RuntimeError as error:
            raise unittest.SkipTest(f"Slurm can't be started here: {error}") from error
        cls.addClassCleanup(cls.slurm.stop)

    def setUp(self):
        super().setUp()
        self.environment.update(self.slurm.variables)
        self.git("config", "tenon.executor", "slurm")

    def table(self, group):
        """What does not say when, or as whose job."""
        rows = self.exp("compare", group, "--json").json()["experiments"]
        kept = ("status", "overrides", "parameters", "metrics", "inputs", "outputs")
        return sorted(([row.get(key) for key in kept] for row in rows), key=str)

    def test_a_grid_gives_the_same_table_as_on_this_machine(self):
        grid = ("-S", "train.lr=0.1,0.2,0.3,0.4", "-S", "train.depth=2,3", "-j", "2", *COMMAND)
        self.exp("run", "--name", "far", *grid, status=2)
        self.git("config", "tenon.executor", "local")
        self.exp("run", "--name", "near", *grid, status=2)
        self.assertEqual(self.table("far"), self.table("near"))
        self.assertEqual(len(self.table("far")), 8)
        self.assertEqual(self.trees(), 1)
        failed = [e for e in self.experiments().values() if e["status"] == "failed" and e["name"].startswith("far")]
        self.assertEqual(len(failed), 1)
        self.assertIn("status 1", failed[0]["reason"])
        self.assertIn("diverged", self.exp("logs", failed[0]["name"]).out)

    def test_a_trial_is_stopped_and_another_one_goes_on(self):
        self.exp("run", "--queue", "--name", "one", "-o", "out.txt", "--", "python3", "wait.py")
        self.exp("run", "--queue", "--name", "two", "-o", "out.txt", "--", "python3", "wait.py")
        self.exp("start", "-j", "2")
        self.mark("one")
        self.mark("two")
        self.assertIn("Stopped 1 experiment", self.exp("stop", "one").out)
        self.assertEqual(self.experiments()["one"]["status"], "stopped")
        (self.marks / "go").touch()
        self.until(lambda: self.experiments()["two"]["status"] == "done", "two goes on")

    def test_whoever_works_the_queue_off_may_die(self):
        self.exp("run", "--queue", "--name", "one", "-o", "out.txt", "--", "python3", "wait.py")
        worker = self.exp("start", "--json").json()["process"]
        self.mark("one")
        os.kill(worker, signal.SIGKILL)
        self.assertEqual(self.experiments()["one"]["status"], "running")
        self.exp("start")
        (self.marks / "go").touch()
        self.until(lambda: self.experiments()["one"]["status"] == "done", "one is done")
        self.assertEqual(len(self.experiments()), 1)

    def test_a_job_that_slurm_ends_is_a_trial_that_failed(self):
        self.exp("run", "--queue", "--name", "one", "-o", "out.txt", "--", "python3", "wait.py")
        self.exp("start")
        self.mark("one")
        self.slurm.output("scancel", "--full", "--signal=KILL", "--name=tenon")
        self.until(lambda: self.experiments()["one"]["status"] == "failed", "one failed")
        self.assertEqual(self.trees(), 1)

    def test_slurm_away(self):
        self.environment["SLURM_CONF"] = str(self.base / "nowhere.conf")
        result = self.exp("run", "--name", "one", *COMMAND, status=2)
        self.assertIn("Slurm", result.err + result.out)
        self.assertEqual(self.experiments()["one"]["status"], "failed")

    def test_a_node_with_a_store_of_its_own_gets_and_sends_data_through_the_remote(self):
        self.tenon("remote", "add", "origin", self.base / "remote")
        store = self.base / "node-store"
        self.git("config", "tenon.slurm.store", store)
        self.addCleanup(lambda: self.tenon("daemon", "stop", env={"TENON_STORE": str(store)}, check=False))
        self.exp("run", "--name", "one", "-S", "train.lr=0.2", *COMMAND)
        self.assertTrue((store / "packs").is_dir())
        self.exp("apply", "one")
        self.assertEqual((self.repo / "models/model.bin").read_text(), f"0.2 3 {len((self.repo / 'data/rows.csv').read_text())}")
