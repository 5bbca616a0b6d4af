"""What is recorded of a commit's artifacts, signed with an SSH key, and believed only where somebody whose key counts has signed it."""
import base64
import json
import os
import pathlib
import re
import subprocess

from harness import TenonTest

TOOLS = pathlib.Path(os.environ.get("TENON_TEST_TOOLS", ".build/test-tools")).absolute()

# Everything that judges here is others' code: DSSE by securesystemslib, SSH signatures by sshsig, statements by in-toto-attestation. The class only
# introduces the two to each other.
VERIFIER = """\
import json, sys
from google.protobuf import json_format
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1 import statement_pb2
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
from securesystemslib.signer import Key
import sshsig

class SSHKey(Key):
    def __init__(self, line, keyid):
        super().__init__(keyid, "ssh", "sshsig", {"public": line})
        self.key = sshsig.PublicKey.from_openssh_str(line)
    @classmethod
    def from_dict(cls, keyid, value): raise NotImplementedError
    def to_dict(self): raise NotImplementedError
    def verify_signature(self, signature, data):
        try:
            sshsig.verify(data, bytes.fromhex(signature.signature), [self.key], "tenon")
        except sshsig.InvalidSignature as error:
            raise UnverifiedSignatureError(str(error)) from error

key = SSHKey(open(sys.argv[1]).read(), sys.argv[2])
for line in sys.stdin:
    envelope = Envelope.from_dict(json.loads(line))
    try:
        envelope.verify([key], 1)
    except VerificationError as error:
        print("rejected:", error)
        continue
    statement = Statement.copy_from_pb(json_format.Parse(envelope.payload, statement_pb2.Statement()))
    statement.validate()
    print("accepted:", statement.pb.predicate_type, *(subject.name for subject in statement.pb.subject))
"""


class AttestationTest(TenonTest):
    def setUp(self):
        super().setUp()
        self.initialised()
        self.write("data/rows.csv", self.text(1, 5000))
        self.tenon("add", "data")
        self.git("commit", "-qm", "data")
        self.run_id = self.tenon("run", "--json", "-d", "data", "-o", "m.bin", "--", "sh", "-c", "head -c 999 data/rows.csv > m.bin").json()["run"]["run"]
        self.git("commit", "-qm", "model")
        self.alice = self.make_key("alice")
        self.signers = self.base / "allowed_signers"
        self.allow(self.line("alice"))
        self.git("config", "gpg.format", "ssh")
        self.git("config", "user.signingkey", str(self.alice))
        self.git("config", "gpg.ssh.allowedSignersFile", str(self.signers))

    def make_key(self, name, kind="ed25519", *options):
        path = self.base / name
        self.run_command("ssh-keygen", "-q", "-t", kind, *options, "-N", "", "-C", name, "-f", path)
        return path

    def line(self, name, options=""):
        return f"{name}@example.com {options}{(self.base / f'{name}.pub').read_text()}"

    def allow(self, *lines):
        self.signers.write_text("".join(lines))

    def fingerprint(self, name):
        return self.run_command("ssh-keygen", "-l", "-f", self.base / f"{name}.pub").out.split()[1]

    def verify(self, *arguments, status=0, **options):
        return self.tenon("verify", "--attestations", "--json", *arguments, status=status, **options).json()

    def problems(self, *arguments, **options):
        reply = self.verify(*arguments, status=1, **options)
        self.assertEqual(len(reply["items"]), reply["findings"])
        return {item["path"]: (item["problem"], item["cause"]) for item in reply["items"]}

    def bundle(self):
        path = self.base / "bundle.jsonl"
        self.tenon("attest", "--output", path)
        return path, path.read_text().splitlines()

    # What is signed

    def test_a_commit_is_attested_and_verified(self):
        self.assertEqual({path: problem for path, (problem, _) in self.problems().items()}, {"data": "unsigned", "m.bin": "unsigned"})
        reply = self.tenon("attest", "--json").json()
        self.assertEqual(reply["key"], self.fingerprint("alice"))
        self.assertEqual({s["kind"]: (s["artifacts"], s["signed"]) for s in reply["statements"]}, {"run": (["m.bin"], True), "binding": (["data"], True)})
        self.assertIn(self.run_id, [s["record"] for s in reply["statements"]])
        reply = self.verify()
        self.assertEqual((reply["artifacts"], reply["findings"], reply["signers"]), (2, 0, ["alice@example.com"]))
        self.assertIn("all attested by alice@example.com", self.tenon("verify", "--attestations", "HEAD").out)
        self.verify("--all")
        # Again changes nothing.
        records = self.tenon("records", "--json", "m.bin").json()["records"]
        self.assertEqual({s["signed"] for s in self.tenon("attest", "--json").json()["statements"]}, {False})
        self.assertEqual(self.tenon("records", "--json", "m.bin").json()["records"], records)
        self.assertEqual([r["kind"] for r in records], ["run", "signature"])
        self.assertEqual((records[1]["signed"], records[1]["key"]), (self.run_id, self.fingerprint("alice")))

    def test_keys_of_every_kind_and_from_the_agent(self):
        agent = subprocess.run(["ssh-agent", "-s"], capture_output=True, check=True, text=True).stdout
        variables = dict(re.findall(r"(SSH_\w+)=([^;]+);", agent))
        self.addCleanup(lambda: os.kill(int(variables["SSH_AGENT_PID"]), 15))
        self.make_key("held")
        self.run_command("ssh-add", "-q", self.base / "held", env=variables)
        (self.base / "held").unlink()
        public = (self.base / "held.pub").read_text().strip()
        self.make_key("bob", "ecdsa")
        self.make_key("carol", "rsa", "-b", "2048")
        self.allow(self.line("bob"), self.line("carol"), self.line("held"))
        for value, name in ((str(self.base / "bob"), "bob"), (str(self.base / "carol.pub"), "carol"), (f"key::{public}", "held"), (public, "held"),
                            (str(self.base / "held.pub"), "held")):
            self.git("config", "user.signingkey", value)
            self.assertEqual(self.tenon("attest", "--json", env=variables).json()["key"], self.fingerprint(name))
        self.git("config", "--unset", "user.signingkey")
        self.git("config", "gpg.ssh.defaultKeyCommand", f"echo 'key::{public}'")
        self.assertEqual(self.tenon("attest", "--json", env=variables).json()["key"], self.fingerprint("held"))
        for name in ("bob", "carol", "held"):
            self.allow(self.line(name))
            self.assertEqual(self.verify()["signers"], [f"{name}@example.com"])

    def test_a_validation_is_signed(self):
        reply = self.tenon("record", "m.bin", "--kind", "validation", "-m", "accuracy=0.9", "--sign", "--json").json()
        self.assertEqual(reply["key"], self.fingerprint("alice"))
        records = self.tenon("records", "--json", "m.bin").json()["records"]
        self.assertEqual([r["signed"] for r in records if r["kind"] == "signature"], [reply["record"]])
        self.make_key("bob")
        signed = self.tenon("attest", "--json", "--key", self.base / "bob", reply["record"]).json()
        self.assertEqual([(s["record"], s["kind"], len(s["keys"])) for s in signed["statements"]], [(reply["record"], "validation", 2)])
        # The pointer names a run, and that is what must be signed.
        self.assertEqual(self.problems()["m.bin"][0], "unsigned")
        self.refused("attest", "sha256:" + "0" * 64, says="is no record that is here")

    def test_signatures_travel_with_the_records(self):
        remote = self.base / "remote"
        self.tenon("remote", "add", "origin", str(remote))
        self.tenon("attest")
        self.tenon("push")
        self.run_command("git", "clone", "-q", self.repo, self.base / "clone")
        self.stop_daemon()
        self.enter(self.base / "elsewhere")
        clone = self.base / "clone"
        self.tenon("init", cwd=clone)
        self.tenon("remote", "add", "origin", str(remote), cwd=clone)
        # A clone without data asks the remote for records, and for nothing else.
        reply = self.verify("--allowed-signers", self.signers, cwd=clone)
        self.assertEqual((reply["signers"], reply["artifacts"]), (["alice@example.com"], 2))
        self.assertFalse((clone / "m.bin").exists())
        self.tenon("fsck", "--rebuild", cwd=clone)
        self.verify("--allowed-signers", self.signers, cwd=clone)

    # Others read it

    def test_ssh_keygen_alone_checks_an_envelope(self):
        _, lines = self.bundle()
        self.assertEqual(len(lines), 2)
        for line in lines:
            envelope = json.loads(line)
            self.assertEqual(envelope["payloadType"], "application/vnd.in-toto+json")
            [signature] = envelope["signatures"]
            self.assertEqual(signature["keyid"], self.fingerprint("alice"))
            payload = base64.b64decode(envelope["payload"])
            (self.base / "e.sig").write_bytes(base64.b64decode(signature["sig"]))
            for text, status in ((payload, 0), (payload.replace(b"2", b"3", 1), 255)):
                message = b"DSSEv1 28 application/vnd.in-toto+json %d " % len(text) + text
                result = subprocess.run(
                    ["ssh-keygen", "-Y", "verify", "-n", "tenon", "-f", self.signers, "-I", "alice@example.com", "-s", self.base / "e.sig"], input=message,
                    capture_output=True)
                self.assertEqual(result.returncode, status, result.stderr)

    def test_a_verifier_from_pypi_accepts_it_and_rejects_it_after_one_changed_byte(self):
        python = TOOLS / "bin/python"
        if subprocess.run([python, "-c", "import sshsig, securesystemslib, in_toto_attestation"], capture_output=True).returncode if python.exists() else 1:
            self.skipTest("sshsig, securesystemslib and in-toto-attestation are not installed: make test-tools")
        program = self.write("../verifier.py", VERIFIER)
        _, lines = self.bundle()

        def judge(lines, key="alice"):
            result = subprocess.run(
                [python, program, self.base / f"{key}.pub", self.fingerprint("alice")], input="\n".join(lines), capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stderr)
            return result.stdout.splitlines()

        self.assertEqual(sorted(judge(lines)), ["accepted: https://slsa.dev/provenance/v1 m.bin", "accepted: urn:tenon:commit:1 data"])
        for line in lines:
            envelope = json.loads(line)
            payload = bytearray(base64.b64decode(envelope["payload"]))
            payload[payload.index(b'"sha256":"' if b'"sha256":"' in payload else b'"dirHash":"') + 12] ^= 1
            envelope["payload"] = base64.b64encode(payload).decode()
            self.assertTrue(judge([json.dumps(envelope)])[0].startswith("rejected"))
        self.make_key("mallory")
        self.assertTrue(all(answer.startswith("rejected") for answer in judge(lines, "mallory")))

    # What does not count

    def test_a_key_that_nobody_knows_does_not_count(self):
        self.make_key("mallory")
        self.tenon("attest", "--key", self.base / "mallory")
        problem, cause = self.problems()["m.bin"]
        self.assertEqual(problem, "untrusted")
        self.assertIn(self.fingerprint("mallory"), cause)
        self.assertIn("No principal matched", cause)
        # Beside a good one it does no harm.
        self.tenon("attest")
        self.verify()

    def test_keys_count_when_and_for_what_they_may_sign(self):
        self.tenon("attest")
        for options, words in (('valid-before="20200101" ', "key has expired"), ('valid-after="20990101" ', "not yet valid"),
                               ('namespaces="git" ', 'not permitted for use in signature namespace "tenon"')):
            self.allow(self.line("alice", options))
            self.assertIn(words, self.problems()["m.bin"][1])
        self.allow(self.line("alice", 'namespaces="git,tenon",valid-before="20200101" '))
        self.verify("--verify-time", "20191231")
        self.run_command("ssh-keygen", "-k", "-f", self.base / "revoked", self.base / "alice.pub")
        self.allow(self.line("alice"))
        self.git("config", "gpg.ssh.revocationFile", str(self.base / "revoked"))
        self.assertEqual(self.problems()["m.bin"][0], "untrusted")

    def test_a_signature_for_another_purpose_is_neither_stored_nor_believed(self):
        _, lines = self.bundle()
        envelope = json.loads(lines[0])
        payload = base64.b64decode(envelope["payload"])
        message = self.base / "message"
        message.write_bytes(b"DSSEv1 28 application/vnd.in-toto+json %d " % len(payload) + payload)
        self.run_command("ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", self.alice, message)
        envelope["signatures"][0]["sig"] = base64.b64encode((self.base / "message.sig").read_bytes()).decode()
        other = self.base / "other.jsonl"
        other.write_text(json.dumps(envelope) + "\n" + lines[1] + "\n")
        [(problem, cause)] = self.problems("--bundle", other).values()
        self.assertEqual(problem, "untrusted")
        self.assertIn("namespace", cause)

    def test_bundles_that_were_cut_short_swapped_or_changed(self):
        path, lines = self.bundle()
        self.verify("--bundle", path)
        cases = {"empty": ("", "unsigned"), "one": (lines[0] + "\n", "unsigned")}
        first, second = (json.loads(line) for line in lines)
        first["signatures"], second["signatures"] = second["signatures"], first["signatures"]
        cases["swapped"] = (json.dumps(first) + "\n" + json.dumps(second), "untrusted")
        for name, (text, problem) in cases.items():
            path.write_text(text)
            self.assertIn(problem, {problem for problem, _ in self.problems("--bundle", path).values()}, name)
        for text, says in ((lines[0][:-30], "was cut short"), ("not json", "no DSSE envelope"), ("{}", "no DSSE envelope"),
                           (json.dumps({**json.loads(lines[0]), "payloadType": "text/plain"}), "no in-toto statement"),
                           (json.dumps({**json.loads(lines[0]), "payload": "?"}), "no Base64"),
                           (json.dumps({**json.loads(lines[0]), "signatures": [{"sig": "gA=="}]}), "no SSH signature")):
            path.write_text(lines[1] + "\n" + text + "\n")
            self.refused("verify", "--attestations", "--bundle", path, says=[says, "line 2"])

    def test_a_signature_of_another_record_does_not_pass_for_this_ones(self):
        """What can write to the store or a remote can claim anything; it stays a claim."""
        self.tenon("attest")
        signature = [r for r in self.tenon("records", "--json", "data").json()["records"] if r["kind"] == "signature"][0]
        _, lines = self.bundle()
        texts = {json.loads(base64.b64decode(json.loads(line)["payload"]))["predicateType"]: json.loads(line)["signatures"][0]["sig"] for line in lines}
        other = self.tenon("record", "m.bin", "--kind", "validation", "-m", "a=1", "--json").json()["record"]
        status = os.stat(self.repo)
        tree = {"top_level": str(self.repo), "device": status.st_dev, "inode": status.st_ino, "git_environment": {}, "prefix": ""}
        foreign = base64.b64decode(texts["urn:tenon:commit:1"]).decode()
        code, answer = self.http("POST", "/v1/sign", {"work_tree": tree, "signatures": [{"record": other, "text": foreign}], "time": 1})
        self.assertEqual(code, 200, answer)
        self.assertIn(b'"event":"done"', answer)
        for body, says in (({"record": signature["record"], "text": foreign}, b"signature itself"), ({"record": other, "text": "x"}, b"can't be read"),
                           ({"record": "sha256:" + "0" * 64, "text": foreign}, b"no such record"),
                           ({"record": other, "text": foreign.replace("BEGIN", "begin")}, b"can't be read"), ({"record": other, "text": foreign[:90]}, b"can't be read")):
            self.assertIn(says, self.http("POST", "/v1/sign", {"work_tree": tree, "signatures": [body], "time": 1})[1])
        # An artifact with no run in its pointer would take any statement about it; this signature is of another one.
        self.tenon("untrack", "m.bin")
        (self.repo / "copy.bin").write_bytes((self.repo / "m.bin").read_bytes())
        self.tenon("add", "copy.bin")
        pointer = self.repo / "copy.bin.tenon"
        pointer.write_text("".join(line for line in pointer.read_text().splitlines(True) if not line.startswith("run ")))
        self.git("add", "-A")
        self.git("commit", "-qm", "copy", "--no-verify")
        self.verify()
        # Only the good one counts: without it, the foreign one convinces nobody.
        self.make_key("bob")
        self.allow(self.line("bob"))
        self.assertEqual({problem for problem, _ in self.problems().values()}, {"untrusted"})

    # What can't be done

    def test_what_is_missing_is_said(self):
        self.git("config", "gpg.ssh.program", "no-such-program")
        self.refused("attest", says="there is no program 'no-such-program'", hint=True)
        self.git("config", "--unset", "gpg.ssh.program")
        self.refused("attest", "--key", "missing", says="No such file", hint=True)
        self.git("config", "user.signingkey", str(self.base / "missing"))
        self.refused("attest", says="No such file", hint=True)
        self.git("config", "--unset", "user.signingkey")
        self.refused("attest", says="neither user.signingkey nor gpg.ssh.defaultKeyCommand", hint=True)
        self.git("config", "gpg.ssh.defaultKeyCommand", "echo no key")
        self.refused("attest", says="names no key")
        self.git("config", "gpg.format", "openpgp")
        self.refused("attest", says="Git signs with 'openpgp'", hint=True)
        self.assertEqual([r["kind"] for r in self.tenon("records", "--json", "m.bin").json()["records"]], ["run"])
        self.git("config", "--unset", "gpg.ssh.allowedSignersFile")
        self.refused("verify", "--attestations", says="it is not said whose keys count", hint=True)
        self.refused("verify", "--attestations", "--allowed-signers", "missing", says="can't be read")
        self.refused("verify", "--bundle", "x", status=64)
        self.refused("attest", "--no-sign", status=64)
        # A key whose passphrase nobody can be asked for.
        self.run_command("ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", self.base / "locked")
        self.refused("attest", "--key", self.base / "locked", says="nothing was signed", hint=True)

    def test_a_run_whose_record_is_not_here_is_neither_signed_nor_believed(self):
        pointer = self.repo / "m.bin.tenon"
        pointer.write_text(pointer.read_text().replace(self.run_id, "sha256:" + "1" * 64))
        self.git("commit", "-qam", "forged", "--no-verify")
        self.refused("attest", says="'m.bin' can't be attested", hint=True)
        problem, cause = self.problems()["m.bin"]
        self.assertEqual(problem, "missing")
        self.assertIn("is not here", cause)
        pointer.write_text(pointer.read_text().replace("sha256:" + "1" * 64, self.tenon("run", "--json", "--", "true").json()["run"]["run"]))
        self.git("commit", "-qam", "another's", "--no-verify")
        self.assertIn("is not about these bytes", self.problems()["m.bin"][1])
