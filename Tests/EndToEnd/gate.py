"""A gate before an HTTP server: it counts what passes, and can be shut, cut or made to lie."""
import http.client
import http.server
import threading
import time


class Passage:
    """One request that came to the gate."""

    def __init__(self, method, path):
        self.method = method
        self.path, _, self.query = path.partition("?")
        # Bytes of the request's and the answer's body that have passed.
        self.sent = 0
        self.received = 0
        # The server's answer; None as long as there is none.
        self.status = None


class Answer:
    """What the server answers, for a test to change. `raw`, if set, goes out in place of all of it, and the connection ends."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body, self.raw = status, headers, body, None


class Gate:
    def __init__(self, port):
        self.upstream = port
        self.passages = []
        # Called with passage and answer before the answer goes out.
        self.tamper = None
        self.changed = threading.Condition()
        self.connections = set()
        # Those of them with a request that has no whole answer yet.
        self.held = set()
        # Bytes of bodies, in either direction, after which nothing passes any more; "cut" or "silent" says how.
        self.limit, self.manner = None, None
        self.count = 0
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except (OSError, http.client.HTTPException):
                    self.close_connection = True

            def setup(self):
                super().setup()
                with gate.changed:
                    gate.connections.add(self.connection)
                self.upstream = http.client.HTTPConnection("127.0.0.1", gate.upstream)

            def finish(self):
                self.upstream.close()
                with gate.changed:
                    gate.connections.discard(self.connection)
                super().finish()

            def do_GET(self):
                gate.exchange(self)

            do_PUT = do_POST = do_DELETE = do_HEAD = do_GET

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    # For tests

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def shut(self, manner, after=0):
        """From `after` further bytes on nothing passes: connections are cut and refused ("cut"), or nobody answers ("silent")."""
        with self.changed:
            self.limit, self.manner = self.count + after, manner
            self.changed.notify_all()

    def open(self):
        """Everything passes again; what was held up is cut."""
        with self.changed:
            self.limit = self.manner = None
            connections = list(self.connections)
            self.changed.notify_all()
        for connection in connections:
            Gate.cut(connection)

    def wait(self, condition, timeout=60):
        """Waits until `condition(gate)` holds."""
        with self.changed:
            if not self.changed.wait_for(lambda: condition(self), timeout):
                raise TimeoutError("the gate has not seen what the test waits for")

    def wait_until_given_up(self, timeout=60):
        """Waits until whoever made the requests that the gate holds up has closed their connections."""
        deadline = time.monotonic() + timeout
        while True:
            with self.changed:
                held = {connection.getpeername() for connection in self.held}
            if not held & self.open_at_the_other_end():
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(held)} requests wait at the gate, and some are still wanted")
            time.sleep(0.02)

    def open_at_the_other_end(self):
        """The addresses of sockets that are connected to the gate and that a process has open. (Nothing can be read from what the gate has not read: the end comes last.)"""
        addresses = set()
        for line in open("/proc/net/tcp").readlines()[1:]:
            _, local, remote, *_, inode = line.split()[:10]
            if int(remote.split(":")[1], 16) == self.port and inode != "0":
                addresses.add(("127.0.0.1", int(local.split(":")[1], 16)))
        return addresses

    @property
    def is_shut(self):
        return self.limit is not None and self.count >= self.limit

    def close(self):
        self.open()
        self.server.shutdown()
        self.server.server_close()

    # What passes

    def note(self, count):
        """Counts bytes, and stops whoever may not go on."""
        with self.changed:
            self.count += count
            self.changed.notify_all()
            while self.is_shut:
                if self.manner == "cut":
                    raise ConnectionError("the gate is shut")
                self.changed.wait()

    @staticmethod
    def cut(connection):
        try:
            connection.shutdown(2)
        except OSError:
            pass

    def exchange(self, handler):
        passage = Passage(handler.command, handler.path)
        with self.changed:
            self.held.add(handler.connection)
        try:
            self.note(0)
            with self.changed:
                self.passages.append(passage)
            length = int(handler.headers.get("content-length", 0))
            upstream = handler.upstream
            upstream.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
            for name, value in handler.headers.items():
                upstream.putheader(name, value)
            upstream.endheaders()
            while passage.sent < length:
                piece = handler.rfile.read1(min(1 << 16, length - passage.sent))
                if not piece:
                    raise ConnectionError("the client went away")
                passage.sent += len(piece)
                self.note(len(piece))
                upstream.send(piece)
            response = upstream.getresponse()
            body = response.read()
            answer = Answer(response.status, [(n, v) for n, v in response.getheaders() if n.lower() not in ("transfer-encoding", "connection")], body)
            with self.changed:
                passage.status = answer.status
                self.changed.notify_all()
            self.note(0)
            if self.tamper:
                self.tamper(passage, answer)
            self.reply(handler, passage, answer)
        except (OSError, http.client.HTTPException):
            Gate.cut(handler.connection)
            handler.upstream.close()
            handler.close_connection = True
        finally:
            with self.changed:
                self.held.discard(handler.connection)
                self.changed.notify_all()

    def reply(self, handler, passage, answer):
        if answer.raw is not None:
            handler.wfile.write(answer.raw)
            raise ConnectionError("that was all")
        handler.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() != "content-length" or handler.command == "HEAD":
                handler.send_header(name, value)
        if handler.command != "HEAD":
            handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        if handler.command == "HEAD":
            return
        for start in range(0, len(answer.body), 1 << 16):
            piece = answer.body[start:start + (1 << 16)]
            handler.wfile.write(piece)
            passage.received += len(piece)
            self.note(len(piece))
