"""`tenon plots`: a page that stands by itself, seen in a real browser."""
import json
import math
import random
import unittest
import xml.etree.ElementTree

import browser
from harness import TenonTest

SVG = "{http://www.w3.org/2000/svg}"
HTML = "{http://www.w3.org/1999/xhtml}"
HOSTILE = "<script>alert(1)</script>\"'&"
# The colours of the first two series, of the page and of cells, on light and on dark ground.
COLORS = {
    "light": {"page": (0xF6, 0xF7, 0xF9), "card": (255, 255, 255), "series": [(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)]},
    "dark": {"page": (0x0E, 0x12, 0x17), "card": (0x16, 0x1B, 0x22), "series": [(0x4A, 0xA8, 0xE8), (0xFF, 0x8A, 0x4C)]},
}


class PlotsTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()

    def test_warnings_move_no_cursor(self):
        self.write("a.csv", "step,loss\n1,2\n2,1\n")
        self.write("tenon.yaml", 'version: 1\nplots: [ { a.csv: { template: "x\\e[31mred", y: ["loss", "none\\e]0;title\\a"] } } ]\n')
        result = self.tenon("plots")
        self.assertIn("red", result.err)
        self.assertIn("title", result.err)
        self.assertNotRegex(result.err, r"[\x00-\x09\x0b-\x1f\x7f]")

    def train(self, lr, seed):
        """What a training leaves: metrics, a long log, predicted classes."""
        generator = random.Random(seed)
        self.write("params.yaml", f"lr: {lr}\nname: 'run {seed}'\n")
        accuracy = 0.9 - 0.02 * abs(math.log10(lr) + 2) + 0.01 * generator.random()
        self.write("metrics.json", json.dumps({"accuracy": accuracy, "loss": {"val": 1 - accuracy}, HOSTILE: seed}))
        rows = [f"{step},{math.exp(-step / 900) + 0.05 * generator.random():.4f},{1 - math.exp(-step / (500 + 90 * seed)):.4f}" for step in range(3000)]
        self.write("logs/train.csv", "step,loss,accuracy\n" + "\n".join(rows) + "\n")
        classes = ["cat", "dog", HOSTILE]
        pairs = [(actual, actual if generator.random() < 0.8 else generator.choice(classes)) for actual in (generator.choice(classes) for _ in range(500))]
        self.write("classes.json", json.dumps([{"actual": actual, "predicted": predicted} for actual, predicted in pairs]))

    def history(self):
        """Five commits and as many experiments."""
        for seed, lr in enumerate((0.1, 0.03, 0.01, 0.003, 0.001)):
            self.train(lr, seed)
            self.git("add", "-A")
            self.git("commit", "-qm", f"Try {lr} {HOSTILE}")
            self.git("update-ref", f"refs/tenon/exps/trial-{seed}", "HEAD")
        self.train(0.02, 9)

    def page(self, *arguments):
        self.tenon("plots", "-o", "page.html", *arguments)
        return (self.repo / "page.html").read_bytes()

    def test_a_page_has_all_that_was_asked_for(self):
        self.history()
        reply = self.tenon("plots", "--json", "-o", "page.html", "--", "logs/train.csv", "classes.json", "metrics.json").json()
        self.assertEqual(reply["problems"], [])
        sections = {}
        for chart in reply["charts"]:
            sections.setdefault(chart["section"], []).append(chart["title"])
        self.assertEqual(sections["Curves"], ["loss", "accuracy"])
        self.assertEqual(sections["Confusion matrices"], ["classes.json", "classes.json"])
        self.assertEqual(sections["Metrics over commits"], ["accuracy", "loss.val", HOSTILE])
        self.assertEqual(sections["Experiments"], ["Parameters and metrics"])
        page = xml.etree.ElementTree.fromstring((self.repo / "page.html").read_bytes())
        self.assertEqual(page.findall(f".//{HTML}script"), [])
        self.assertEqual(len(page.findall(f".//{HTML}figure")), len(reply["charts"]))
        for element in page.iter():
            self.assertFalse([name for name in element.attrib if name.lower().startswith("on")])
            for name in ("href", "src"):
                self.assertRegex(element.get(name, "#s"), r"^(#s|data:,)")
        # Long lines are thinned, and say so.
        self.assertIn("largest-triangle-three-buckets", "".join(page.itertext()))
        longest = max(len(path.get("d", "")) for path in page.iter(f"{SVG}path"))
        self.assertLess(longest, 20_000)

    def test_the_same_content_gives_the_same_page(self):
        self.history()
        first = self.page("HEAD", "HEAD~1", "--", "logs/train.csv", "metrics.json")
        self.assertEqual(self.page("HEAD", "HEAD~1", "--", "logs/train.csv", "metrics.json"), first)
        self.assertEqual(self.tenon("plots", "-o", "-", "HEAD", "HEAD~1", "--", "logs/train.csv", "metrics.json").out.encode(), first)

    def test_what_can_not_be_drawn_is_told(self):
        self.refused("plots", says="there is nothing to draw", hint=True)
        self.write("bad.csv", "a,b\n1\n")
        result = self.tenon("plots", "-o", "page.html", "bad.csv")
        self.assertIn("line 2: it has 1 fields", result.err)
        self.assertIn("line 2: it has 1 fields", (self.repo / "page.html").read_text())
        self.refused("plots", "-o", "no/such/page.html", "bad.csv", says="writing 'no/such/page.html' failed")
        self.tenon("plots", "--json", "-o", "-", status=64)

    @unittest.skipUnless(browser.find(), "Chromium is not installed: Scripts/test-browser.sh")
    def test_a_browser_shows_it_in_light_and_dark_without_network_and_scripts(self):
        self.history()
        self.page("--", "logs/train.csv", "classes.json", "metrics.json")
        address = f"file://{self.repo}/page.html"
        with browser.Browser(browser.find()) as window:
            for scheme, colors in COLORS.items():
                with self.subTest(scheme):
                    # With scripts, to see that there are none; what is drawn is the same without them.
                    window.call("Emulation.setScriptExecutionDisabled", value=False)
                    window.open(address, scheme)
                    self.assertEqual(window.complaints(), [])
                    self.assertEqual([url for url in window.requests() if not url.startswith("data:")], [address])
                    boxes = window.evaluate(
                        "[...document.querySelectorAll('figure')].map(f => { const b = f.querySelector(':scope > svg').getBoundingClientRect();"
                        " return [f.querySelector('h3').textContent, b.left, b.top + scrollY, b.right, b.bottom + scrollY].map("
                        "v => typeof v == 'number' ? Math.round(v) : v) })")
                    self.assertLessEqual(window.evaluate("document.documentElement.scrollWidth"), window.size[0])
                    outside = window.evaluate(
                        "[...document.querySelectorAll('figure > svg text')].filter(t => { const a = t.getBoundingClientRect(),"
                        " b = t.closest('figure').getBoundingClientRect(); return a.left < b.left - 1 || a.right > b.right + 1 }).map(t => t.textContent)")
                    self.assertEqual(outside, [])
                    window.call("Emulation.setScriptExecutionDisabled", value=True)
                    window.open(address, scheme)
                    picture = browser.Picture(window.screenshot())
                    self.assertGreater(picture.count(colors["page"]), 20_000)
                    self.assertGreater(picture.count(colors["card"]), 200_000)
                    curves = [box for box in boxes if "logs/train.csv" in box[0]]
                    self.assertEqual(len(curves), 2)
                    for _, *box in curves:
                        for color in colors["series"]:
                            # Lines are thin and smoothed: only their marks have the colour itself.
                            self.assertGreater(picture.count(color, box), 40, f"{color} in {box}")
                    # A line over commits has one colour, and goes over the width of its chart.
                    _, left, top, right, bottom = next(box for box in boxes if box[0].startswith("accuracy") and "metrics.json" in box[0])
                    for part in range(1, 4):
                        start = left + (right - left) * part // 5
                        self.assertGreater(picture.count(colors["series"][0], (start, top, start + (right - left) // 5, bottom)), 20)
            # On a narrow screen nothing is cut off.
            window.call("Emulation.setScriptExecutionDisabled", value=False)
            window.open(address, "light", width=390)
            self.assertLessEqual(window.evaluate("document.documentElement.scrollWidth"), 390)


if __name__ == "__main__":
    unittest.main()
