"""The servers that tests talk to, on loopback ports, with keys and data of their own: SeaweedFS for S3, OpenSSH's for SSH, Slurm for trials.

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


class Slurm:
    """Slurm with one node, this machine, and a munge of its own; `variables` leads its programs there."""

    PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")

    @classmethod
    def missing(cls):
        """The program that is not installed; `None`: all are."""
        path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin"])
        return next((name for name in cls.PROGRAMS if not shutil.which(name, path=path)), None)

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tenon-slurm-", dir=os.environ.get("TENON_TEST_DIR")))
        munge, control, node = (self.directory / name for name in ("munge", "control", "node"))
        for place in (munge, control, node):
            place.mkdir(mode=0o700)
        (munge / "key").write_bytes(os.urandom(1024))
        (munge / "key").chmod(0o400)
        host, user = socket.gethostname().split(".")[0], getpass.getuser()
        ports = free_ports(2)
        configuration = self.directory / "slurm.conf"
        configuration.write_text(f"""\
ClusterName=tenon
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={munge}/socket
CryptoType=crypto/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={control}
SlurmdSpoolDir={node}
SlurmctldPidFile={control}/pid
SlurmdPidFile={node}/pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0
MessageTimeout=10
KillWait=2
ReturnToService=2
MailProg=/bin/true
NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
""")
        self.variables = {"SLURM_CONF": str(configuration)}
        self.environment = {**os.environ, **self.variables, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin"}
        prefix = f"SLURM_CONF={configuration} PATH=$PATH:/usr/sbin exec"
        self.processes = []
        try:
            self.start(
                f"{prefix} munged --foreground --force --socket={munge}/socket --key-file={munge}/key --pid-file={munge}/pid --seed-file={munge}/seed",
                munge, lambda: (munge / "socket").exists())
            self.start(f"{prefix} slurmctld -D -c", control, lambda: self.says("scontrol", "ping"))
            self.start(f"{prefix} slurmd -D", node, lambda: b"idle" in self.output("sinfo", "--noheader", "--format=%T"))
        except Exception:
            self.stop()
            raise

    def start(self, command, directory, is_ready):
        self.processes.append(guarded(f"( {command} )", directory, is_ready))

    def output(self, *command):
        return subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    def says(self, *command):
        return subprocess.run(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def stop(self):
        """The node first, so that nothing of a job outlives its files."""
        self.output("scancel", "--state=RUNNING", "--signal=KILL", "--full", f"--user={getpass.getuser()}")
        for process in reversed(self.processes):
            os.close(process.lifeline)
            process.wait()
        self.processes = []
        shutil.rmtree(self.directory, ignore_errors=True)
