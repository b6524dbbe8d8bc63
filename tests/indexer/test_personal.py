"""Where somebody was and who stays out of a library unless it is asked for."""

from __future__ import annotations

from PIL import ExifTags, Image


def test_places_and_people_are_kept_only_where_asked_for(shop, shelf):
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48, 30, 0), 3: "E", 4: (2, 15, 0)})
    exif[0x0132], exif[0x013B] = "2024:02:03 04:05:06", "Ada Example"
    path = shop / "photos" / "trip.jpg"
    Image.new("RGB", (8, 8)).save(path, exif=exif)

    def attributes():
        return shelf.library.item(shelf.library.items_by_path()[path]).attributes

    shelf.index(path)
    assert attributes() == {"date": "2024-02-03T04:05:06"}
    path.touch()
    shelf.index(path, personal_tags=True)
    assert attributes() == {
        "date": "2024-02-03T04:05:06", "author": "Ada Example", "place": {"lat": 48.5, "lon": 2.25},
    }  # fmt: skip
