"""Parts of a picture cover it, overlap, and are found as segments with their box."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sensorium.indexer.tiles import tile_share, tiles
from sensorium.types import Channel


@pytest.mark.parametrize("across", [2, 3, 4])
@pytest.mark.parametrize("size", [(90, 120), (120, 90), (60, 300), (7, 5)])
def test_parts_cover_the_picture_and_overlap(across, size):
    counted = np.zeros(size, int)
    boxes = []
    for box, part in tiles(np.ones((*size, 3), np.uint8), across):
        left, top, right, bottom = box
        rows, columns = (
            slice(int(top * size[0]), int(bottom * size[0])),
            slice(int(left * size[1]), int(right * size[1])),
        )
        counted[rows, columns] += 1
        assert part.shape[0] >= 1
        assert part.shape[1] >= 1
        boxes.append(box)
    assert len(set(boxes)) == len(boxes) >= across**2
    if min(size) > 50:
        assert counted.min() >= 1
        assert counted.max() == 4


def test_parts_are_nearly_square_and_a_panorama_has_more_of_them():
    shapes = [part.shape[:2] for _, part in tiles(np.ones((100, 300, 3), np.uint8), 2)]
    assert len(shapes) == 2 * 6
    assert all(0.7 < width / height < 1.4 for height, width in shapes)


def test_one_part_is_the_picture_itself():
    assert list(tiles(np.ones((10, 10, 3), np.uint8), 0)) == []
    assert tile_share(1) == 1


def test_a_small_thing_is_found_by_the_part_that_it_fills(shop, shelf):
    scene = Image.new("RGB", (400, 400), (110, 110, 110))
    scene.paste((220, 20, 20), (230, 230, 400, 400))
    scene.save(shop / "photos" / "scene.png")
    shelf.index(shop / "photos", tiles=2)
    ((space,),) = {shelf.models.spaces_for(Channel.PICTURE)}
    red = shelf.models.texts[0].encode_texts(["red"])
    near = shelf.library.nearest(space, Channel.PICTURE, red, 50)
    segments = shelf.library.segments(near.ids[0].tolist())
    ranked = [segments[i] for i in near.ids[0].tolist() if i >= 0]
    of_scene = [s for s in ranked if shelf.library.item(s.item_id).path.name == "scene.png"]
    assert len(of_scene) == 1 + 4
    assert of_scene[0].boxes == ((0.4286, 0.4286, 1.0, 1.0),)
    assert of_scene[-1].boxes != ()
    assert sum(not s.boxes for s in of_scene) == 1
