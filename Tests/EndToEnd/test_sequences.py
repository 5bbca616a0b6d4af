"""A few of the random sequences; `make soak` runs many."""
import unittest

from harness import BIN
from soak_sequences import soak


class Sequences(unittest.TestCase):
    def test_a_few_dozen_seeds(self):
        reports, ran, _ = soak(BIN, 40, 1, 2)
        self.assertEqual(ran, 40)
        self.assertEqual(reports, [])
