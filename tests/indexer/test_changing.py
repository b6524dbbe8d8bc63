"""Files that change while they are read are read again, and named where they do not come to rest."""

import pytest

from sensorium.errors import MediaError
from sensorium.indexer.stamps import size_of, stamp, status_of, steadily, with_stamp


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "growing.txt"
    path.write_text("one")
    return path


def test_what_stays_the_same_is_read_once(file):
    found, seen = steadily(file, file.read_text)
    assert (found, seen) == ("one", stamp(status_of(file)))


def test_a_file_that_changes_meanwhile_is_read_again(file):
    contents = iter(["two two", "two two"])

    def read():
        said = file.read_text()
        file.write_text(next(contents, said))
        return said

    found, seen = steadily(file, lambda: read() if file.read_text() == "one" else file.read_text())
    assert (found, seen) == ("two two", stamp(status_of(file)))


def test_a_file_that_was_half_written_is_read_again(file):
    def read():
        if file.read_text() == "one":
            file.write_text("whole by now")
            raise MediaError("cut off")
        return file.read_text()

    assert steadily(file, read)[0] == "whole by now"


def test_a_file_that_never_rests_is_named(file):
    def read():
        with file.open("a") as more:
            more.write("more")

    with pytest.raises(MediaError, match=r"growing\.txt changes while it is being read"):
        steadily(file, read)


def test_a_bad_file_that_stays_the_same_is_not_read_again(file):
    tries = []

    def read():
        tries.append(1)
        raise MediaError("damaged")

    with pytest.raises(MediaError, match="damaged"):
        steadily(file, read)
    assert len(tries) == 1


def test_the_fingerprint_is_that_of_the_file_as_it_was_read():
    assert with_stamp("10:5+film.srt=3:4", "11:6") == "11:6+film.srt=3:4"
    assert with_stamp("10:5", "11:6") == "11:6"
    assert [size_of(each) for each in ("10:5", "10:5+film.srt=3:4", "missing", "c0ffee", "")] == [10] + 4 * [None]
