import hashlib
import os

from sensorium.models.checksums import combined_checksum, file_checksum


def test_a_file_has_the_sha256_of_its_bytes(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"weights" * 100_000)
    assert file_checksum(path) == hashlib.sha256(b"weights" * 100_000).hexdigest()


def test_a_file_that_was_replaced_is_read_again(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"old")
    file_checksum(path)
    path.write_bytes(b"new")
    os.utime(path, ns=(1, 1))
    assert file_checksum(path) == hashlib.sha256(b"new").hexdigest()


def test_a_combined_checksum_depends_on_every_part_and_their_order():
    values = {combined_checksum(parts) for parts in (("a", "b"), ("b", "a"), ("a",), ("a", "c"), ("ab",))}
    assert len(values) == 5
