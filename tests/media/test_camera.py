"""What a camera noted is told: when, with what, and, for those who want it, where and by whom."""

from __future__ import annotations

import av
import pytest
from PIL import ExifTags, Image

from sensorium.media.decoded import PERSONAL
from sensorium.media.films import decode_film
from sensorium.media.pictures import decode_picture


def photo(path, exif):
    Image.new("RGB", (8, 8)).save(path, exif=exif)
    return path


def attributes(path, limits):
    return decode_picture(path, limits, shorter_px=8).attributes


def with_gps(lat=(48, 51, 30.24), north="N", lon=(2, 17, 40.2), east="E"):
    exif = Image.Exif()
    exif[0x0110] = "Box"  # Pillow writes no EXIF into a PNG where this part of it is empty
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: north, 2: lat, 3: east, 4: lon})
    return exif


def test_date_and_camera_are_told(tmp_path, limits):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon\0", "Canon EOS 5D"
    exif.get_ifd(0x8769).update({0x9003: "2021:07:04 18:30:05", 0x9011: "+02:00"})
    found = attributes(photo(tmp_path / "photo.jpg", exif), limits)
    assert found == {"date": "2021-07-04T18:30:05+02:00", "camera": "Canon EOS 5D"}


@pytest.mark.parametrize(
    ("north", "east", "place"),
    [("N", "E", {"lat": 48.8584, "lon": 2.2945}), ("S", "W", {"lat": -48.8584, "lon": -2.2945})],
)
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif"])
def test_the_place_is_told_in_degrees(tmp_path, limits, suffix, north, east, place):
    path = photo(tmp_path / f"photo.{suffix}", with_gps(north=north, east=east))
    assert attributes(path, limits)["place"] == pytest.approx(place, abs=1e-5)


@pytest.mark.parametrize("lat", [(0, 0, 0), (91, 0, 0), (48,)])
def test_what_is_no_place_is_not_told(tmp_path, limits, lat):
    exif = Image.Exif()
    lon = (0, 0, 0) if lat == (0, 0, 0) else (2, 0, 0)
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: lat, 3: "E", 4: lon})
    assert attributes(photo(tmp_path / "photo.jpg", exif), limits) == {}


def test_people_are_told_and_count_as_personal(tmp_path, limits):
    exif = with_gps()
    exif[0x013B] = "Ada Example"
    exif.get_ifd(0x8769)[0xA430] = "Ada E."
    found = attributes(photo(tmp_path / "photo.jpg", exif), limits)
    assert (found["author"], found["owner"]) == ("Ada Example", "Ada E.")
    assert set(found) == PERSONAL | {"camera"}


def test_an_author_noted_by_windows_is_told(tmp_path, limits):
    exif = Image.Exif()
    exif[0x9C9D] = "Zoë\0".encode("utf-16-le")
    assert attributes(photo(tmp_path / "photo.jpg", exif), limits) == {"author": "Zoë"}


def test_nonsense_in_the_exif_costs_nothing(tmp_path, limits):
    exif = Image.Exif()
    exif[0x0112], exif[0x0132], exif[0x010F] = 99, "0000:00:00 00:00:00", "Nikon"
    assert attributes(photo(tmp_path / "photo.jpg", exif), limits) == {"camera": "Nikon"}


def test_a_telephone_film_tells_its_date_and_place(tmp_path, limits, make):
    path = make.film(tmp_path / "plain.mp4", [make.RED, make.BLUE], codec="mpeg4", each_s=0.5)
    with av.open(str(path)) as plain, av.open(str(tmp_path / "film.mov"), "w") as noted:
        noted.metadata.update({"creation_time": "2023-05-06T07:08:09Z", "location": "+48.8584+002.2945+035.0/"})
        video = noted.add_stream_from_template(plain.streams.video[0])
        for packet in plain.demux(plain.streams.video[0]):
            if packet.size:
                packet.stream = video
                noted.mux(packet)
    found = decode_film(tmp_path / "film.mov", limits, shorter_px=32).attributes
    assert found["date"].startswith("2023-05-06T07:08:09")
    assert found["place"] == {"lat": 48.8584, "lon": 2.2945}
