"""A real Chromium without a window, driven through the pipes of its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/)."""
import base64
import json
import os
import select
import shutil
import struct
import subprocess
import tempfile
import time
import zlib


def find():
    """The program, or nothing where it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """One page of one browser; what it logs and asks of the network is kept."""

    def __init__(self, program, width=1280, height=900):
        self.profile = tempfile.mkdtemp(prefix="tenon-chromium-")
        self.size = (width, height)
        to_browser, self.writing = os.pipe()
        self.reading, from_browser = os.pipe()
        # The browser reads descriptor 3 and writes descriptor 4.
        script = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        self.process = subprocess.Popen(
            ["bash", "-c", script, "chromium", program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
             f"--user-data-dir={self.profile}", "about:blank"],
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.profile})
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.count = 0
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.writing)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.reading)
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self, timeout):
        end = time.monotonic() + timeout
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.reading], [], [], max(0, end - time.monotonic()))
            part = os.read(self.reading, 1 << 16) if ready else b""
            if not part:
                raise RuntimeError("the browser does not answer")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive(120)
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, url, scheme, width=None):
        """Loads a page as somebody sees it who prefers the colour `scheme` ("light" or "dark")."""
        self.events = []
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setDeviceMetricsOverride", width=width or self.size[0], height=self.size[1], deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive(120))

    def screenshot(self):
        """The whole page, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"])

    def evaluate(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def complaints(self):
        """What the page logged, threw or was refused."""
        found = []
        for event in self.events:
            if event["method"] == "Runtime.consoleAPICalled":
                found.append(str(event["params"]["args"]))
            elif event["method"] == "Runtime.exceptionThrown":
                found.append(str(event["params"]["exceptionDetails"]))
            elif event["method"] == "Log.entryAdded":
                found.append(event["params"]["entry"]["text"])
        return found

    def requests(self):
        """The addresses that were asked for."""
        return [event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"]


class Picture:
    """The pixels of a PNG of 8 bits a channel, not interlaced (https://www.w3.org/TR/png-3/)."""

    def __init__(self, png):
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        position, data = 8, b""
        while position < len(png):
            length, kind = struct.unpack(">I4s", png[position:position + 8])
            body = png[position + 8:position + 8 + length]
            if kind == b"IHDR":
                self.width, self.height, depth, color, _, _, interlace = struct.unpack(">IIBBBBB", body)
                assert depth == 8 and color in (2, 6) and interlace == 0
                self.channels = 3 if color == 2 else 4
            elif kind == b"IDAT":
                data += body
            position += 12 + length
        self.rows = self.unfilter(zlib.decompress(data))

    def unfilter(self, raw):
        step, length = self.channels, self.width * self.channels
        rows, before = [], bytearray(length)
        for start in range(0, len(raw), length + 1):
            kind, row = raw[start], bytearray(raw[start + 1:start + 1 + length])
            if kind == 1:
                for i in range(step, length):
                    row[i] = (row[i] + row[i - step]) & 255
            elif kind == 2:
                row = bytearray((a + b) & 255 for a, b in zip(row, before))
            elif kind == 3:
                for i in range(length):
                    row[i] = (row[i] + ((row[i - step] if i >= step else 0) + before[i]) // 2) & 255
            elif kind == 4:
                for i in range(length):
                    left, up, corner = (row[i - step], before[i], before[i - step]) if i >= step else (0, before[i], 0)
                    guess = left + up - corner
                    distances = (abs(guess - left), abs(guess - up), abs(guess - corner))
                    row[i] = (row[i] + (left, up, corner)[distances.index(min(distances))]) & 255
            rows.append(row)
            before = row
        return rows

    def count(self, color, box=None, tolerance=3):
        """How many pixels have this colour, in a box (left, top, right, bottom)."""
        left, top, right, bottom = box or (0, 0, self.width, self.height)
        found = 0
        for row in self.rows[top:bottom]:
            for i in range(left * self.channels, right * self.channels, self.channels):
                if all(abs(row[i + c] - color[c]) <= tolerance for c in range(3)):
                    found += 1
        return found
