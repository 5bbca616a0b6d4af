"""The servers that tests of remotes talk to, on loopback ports, with keys and data of their own: SeaweedFS for S3, OpenSSH's for SSH.

Scripts/test-servers.sh installs them. What is started ends with the process that started it, however that ends.
"""
import datetime
import functools
import getpass
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

BIN = pathlib.Path(os.environ.get("TENON_BIN", "."))
WEED = next((path for path in [
    os.environ.get("TENON_TEST_WEED"), str(pathlib.Path(__file__).resolve().parents[2] / ".build/test-servers/bin/weed"), shutil.which("weed"),
] if path and os.access(path, os.X_OK)), None)
SSHD = next((path for path in ["/usr/sbin/sshd"] if os.access(path, os.X_OK)), None)
WHEN_MISSING = "not installed: run Scripts/test-servers.sh"


def is_free(port) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count, distance=0):
    """Ports that are free, and those `distance` above them too."""
    ports = set()
    while len(ports) < count:
        port = random.randrange(11_000, 21_000)
        if is_free(port) and (not distance or is_free(port + distance)):
            ports.add(port)
    return sorted(ports)


def guarded(command, directory, is_ready):
    """Runs `command` until this process ends, whichever way, and removes `directory` then. Returns once `is_ready()`."""
    read, write = os.pipe()
    log = directory / "log"
    # The shell's input ends when the last holder of the pipe's other end has gone: this process, for nobody inherits it.
    script = f'{command} >"{log}" 2>&1 </dev/null & server=$!; read line; kill -9 $server; wait; rm -rf "{directory}"'
    process = subprocess.Popen(["/bin/sh", "-c", script], stdin=read, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    os.close(read)
    process.lifeline = write
    deadline = time.monotonic() + 60
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"a server does not start: {command}\n{log.read_text()[-2000:]}")
        time.sleep(0.05)
    return process


class Seaweed:
    """S3 by SeaweedFS; the bucket `BUCKET` is there."""

    BUCKET = "tenon-test"
    KEYS = {"AWS_ACCESS_KEY_ID": "AKTENONTEST", "AWS_SECRET_ACCESS_KEY": "secret/+=of-the-tests"}

    def __init__(self, volume_megabytes=64):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tenon-weed-", dir=os.environ.get("TENON_TEST_DIR")))
        (self.directory / "data").mkdir()
        (self.directory / "s3.json").write_text(json.dumps({"identities": [{
            "name": "tests", "credentials": [{"accessKey": self.KEYS["AWS_ACCESS_KEY_ID"], "secretKey": self.KEYS["AWS_SECRET_ACCESS_KEY"]}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}))
        # SeaweedFS takes the ports 10,000 above for gRPC.
        master, volume, filer, self.port = free_ports(4, distance=10_000)
        command = (
            f'"{WEED}" server -dir="{self.directory}/data" -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.port={master} -volume.port={volume} '
            f'-filer.port={filer} -s3 -s3.port={self.port} -s3.port.iceberg=0 -s3.port.lance=0 -s3.config="{self.directory}/s3.json" '
            f'-master.volumeSizeLimitMB={volume_megabytes} -volume.max=40')
        self.process = guarded(command, self.directory, self.is_ready)

    def stop(self):
        os.close(self.process.lifeline)
        self.process.wait()

    def is_ready(self) -> bool:
        """The volume server may come later than S3: an object must have been written."""
        try:
            return self.request("PUT", f"/{self.BUCKET}") in (200, 409) and self.request("PUT", f"/{self.BUCKET}/ready", b"1") == 200
        except OSError:
            return False

    def request(self, method, path, body=b"", query=""):
        """One signed request (AWS Signature Version 4): the status."""
        return self.exchange(method, path, body, query)[0]

    def exchange(self, method, path, body=b"", query=""):
        """The same: status and body."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        headers = {"host": f"127.0.0.1:{self.port}", "x-amz-content-sha256": digest, "x-amz-date": now}
        names = ";".join(sorted(headers))
        canonical = "\n".join([method, urllib.parse.quote(path), query, *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, digest])
        scope = f"{now[:8]}/us-east-1/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = functools.reduce(
            lambda key, part: hmac.digest(key, part.encode(), "sha256"), scope.split("/"), b"AWS4" + self.KEYS["AWS_SECRET_ACCESS_KEY"].encode())
        signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.KEYS['AWS_ACCESS_KEY_ID']}/{scope},SignedHeaders={names},Signature={signature}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, urllib.parse.quote(path) + (f"?{query}" if query else ""), body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class SSHServer:
    """OpenSSH's server for the user who runs the tests; `tenon` is on the PATH of those who come in. The host is called `there`."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tenon-sshd-", dir=os.environ.get("TENON_TEST_DIR")))
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.directory / name)], check=True)
        if os.getuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        [self.port] = free_ports(1)
        self.write("sshd_config", [
            f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self.directory}/host", f"AuthorizedKeysFile {self.directory}/user.pub",
            "StrictModes no", "UsePAM no", "PidFile none", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
            "PermitRootLogin prohibit-password", "MaxStartups 100", f"SetEnv PATH={BIN}:/usr/local/bin:/usr/bin:/bin"])
        self.write("ssh_config", [
            "Host there", "HostName 127.0.0.1", f"Port {self.port}", f"User {getpass.getuser()}", f"IdentityFile {self.directory}/user",
            "Host *", "IdentitiesOnly yes", f"UserKnownHostsFile {self.directory}/known_hosts", "GlobalKnownHostsFile /dev/null",
            "StrictHostKeyChecking yes"])
        self.write("known_hosts", [f"[127.0.0.1]:{self.port} {(self.directory / 'host.pub').read_text().strip()}"])
        self.environment = {"GIT_SSH_COMMAND": f"ssh -F '{self.directory}/ssh_config'"}
        self.process = guarded(f'{SSHD} -D -e -f "{self.directory}/sshd_config"', self.directory, lambda: not is_free(self.port))

    def write(self, name, lines):
        (self.directory / name).write_text("".join(line + "\n" for line in lines))


@functools.cache
def seaweed() -> Seaweed:
    """One for all tests of this process."""
    return Seaweed()


@functools.cache
def ssh_server() -> SSHServer:
    return SSHServer()
