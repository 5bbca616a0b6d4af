"""Damaged packs, lost catalogs: found, named, and healed from the bytes that are there."""
import os
import random
import shutil

from harness import TenonTest


class Damage(TenonTest):
    def committed(self):
        self.initialised()
        self.make_data(seed=3)
        self.write("model.bin", self.noise(8, 400_000))
        self.tenon("add", "data", "model.bin")
        self.git("commit", "-qm", "one")

    def test_each_flipped_byte_is_found_and_named(self):
        self.committed()
        packs = self.packs()
        sizes = [path.stat().st_size for path in packs]
        generator = random.Random(20)
        for _ in range(200):
            offset = generator.randrange(sum(sizes))
            for path, size in zip(packs, sizes):
                if offset < size:
                    break
                offset -= size
            self.stop_daemon()
            os.chmod(path, 0o600)
            with open(path, "r+b") as file:
                file.seek(offset)
                byte = file.read(1)[0]
                file.seek(offset)
                file.write(bytes([byte ^ (1 << generator.randrange(8))]))
            with self.subTest(pack=path.name[:8], offset=offset):
                verify = self.tenon("verify", "--json", check=False)
                self.assertEqual(verify.status, 1, f"verify did not find offset {offset}: {verify.out}{verify.err}")
                findings = verify.json()["items"]
                self.assertTrue(findings)
                named = [finding for finding in findings if "artifact" in finding]
                for finding in named:
                    self.assertIn(finding["artifact"], ("data", "model.bin"))
                    if finding["detail"].startswith("chunk"):
                        self.assertRegex(finding["chunk"], "^sha256:")
                        self.assertTrue(finding["artifact"] == "model.bin" or finding.get("file"), finding)
                fsck = self.tenon("fsck", "--read", check=False)
                self.assertEqual(fsck.status, 1, f"fsck did not find offset {offset}: {fsck.out}{fsck.err}")
                if not named:
                    # Header, footer, trailer or a record: the store has healed itself, lost nothing, and has told of it.
                    self.assertTrue(all(path.name[:8] in finding["detail"] for finding in findings), findings)
                    self.tenon("restore", "--to", str(self.base / "out"), "data")
                    self.assertEqual(self.tree(self.base / "out" / "data"), self.tree(self.repo / "data"))
                    shutil.rmtree(self.base / "out")
                    if not any(finding["detail"].startswith("block") for finding in findings):
                        self.tenon("fsck", "--read")
                        self.tenon("verify")
            # Heal by hand for the next round: the daemon may have moved or marked what it found.
            self.stop_daemon()
            self.assertTrue(path.exists() or list((self.store / "quarantine").rglob("*")), "a damaged pack was thrown away")
            shutil.rmtree(self.store / "quarantine", ignore_errors=True)
            self.restore_store()

    def restore_store(self):
        shutil.rmtree(self.store)
        shutil.copytree(self.base / "copy", self.store, symlinks=True)

    def setUp(self):
        super().setUp()
        if "flipped" in self._testMethodName:
            original = self.committed

            def committed_and_copied():
                original()
                self.stop_daemon()
                shutil.copytree(self.store, self.base / "copy", symlinks=True, ignore=shutil.ignore_patterns("*.sock"))

            self.committed = committed_and_copied

    def test_a_damaged_chunk_names_its_file_and_is_stored_again(self):
        self.committed()
        data_pack = max(self.packs(), key=lambda path: path.stat().st_size)
        self.stop_daemon()
        os.chmod(data_pack, 0o600)
        with open(data_pack, "r+b") as file:
            file.seek(data_pack.stat().st_size // 2)
            block = bytes(byte ^ 0x55 for byte in file.read(8))
            file.seek(-8, os.SEEK_CUR)
            file.write(block)
        verify = self.tenon("verify", "--json", status=1)
        findings = verify.json()["items"]
        self.assertTrue(findings)
        self.assertTrue(all(f["artifact"] == "model.bin" or f.get("file") for f in findings), findings)
        self.assertTrue(all(f.get("chunk", "").startswith("sha256:") for f in findings), findings)
        # The bytes still lie in the work tree: adding them again stores what was damaged.
        self.tenon("add", "data", "model.bin")
        self.tenon("verify", "--all")
        self.run_command("rm", "-rf", "data", "model.bin")
        self.tenon("restore")
        self.assertEqual(self.directory_hash(self.repo / "data"), self.pointer("data")["oid"].removeprefix("sha256:"))

    def test_catalog_and_index_can_be_made_anew(self):
        self.committed()
        before = self.tree(self.repo / "data")
        self.stop_daemon()
        for path in self.store.glob("catalog.sqlite*"):
            path.unlink()
        shutil.rmtree(self.store / "index")
        for path in self.store.glob("cache.sqlite*"):
            path.unlink()
        self.tenon("fsck", "--rebuild")
        self.tenon("verify", "--all")
        self.run_command("rm", "-rf", "data")
        self.tenon("restore")
        self.assertEqual(self.tree(self.repo / "data"), before)
        self.stop_daemon()
        for path in self.store.glob("catalog.sqlite*"):
            path.write_bytes(b"this is no database" * 1000)
        self.tenon("verify", "--all")

    def test_a_pack_that_is_gone(self):
        self.committed()
        self.stop_daemon()
        for path in self.packs():
            path.unlink()
        verify = self.tenon("verify", "--json", status=1)
        self.assertEqual({f["artifact"] for f in verify.json()["items"]}, {"data", "model.bin"})
        before = self.tree(self.repo / "data")
        self.tenon("add", "data", "model.bin")
        self.tenon("verify", "--all")
        self.assertEqual(self.tree(self.repo / "data"), before)
