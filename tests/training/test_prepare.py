"""Decoding a pool: what lies in the tars comes out under the picture's number in pairs.jsonl."""

import dataclasses
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.config import load_settings
from training.pairs import read_pairs
from training.pictures import PictureStore
from training.prepare import _decode_all
from training.teach import views_by_picture

RECIPE = Path(__file__).parents[2] / "training" / "starter-cpu.toml"
# Key: shard, size, colour, set and split; the order of the file is not the order of the tars.
PICTURES = {
    "00002": ("pictures-01.tar", (40, 30), (200, 10, 10), "clothing_cc0", "train"),
    "00000": ("pictures-00.tar", (30, 90), (10, 200, 10), "flickr8k_224", "val"),
    "00001": ("pictures-00.tar", (20, 20), (10, 10, 200), "flickr8k_224", "train"),
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pool")
    for name in ("pictures-00.tar", "pictures-01.tar"):
        with tarfile.open(folder / name, "w") as tar:
            for key, (shard, size, colour, *_) in PICTURES.items():
                if shard == name:
                    content = io.BytesIO()
                    Image.new("RGB", size, colour).save(content, "WEBP", lossless=True)
                    member = tarfile.TarInfo(f"{key}.webp")
                    member.size = content.tell()
                    content.seek(0)
                    tar.addfile(member, content)
    lines = [
        json.dumps({"key": key, "shard": shard, "set": name, "split": split, "texts": ["one"], "license": "CC0-1.0"})
        for key, (shard, _, _, name, split) in PICTURES.items()
    ]
    (folder / "pairs.jsonl").write_text("\n".join(lines))
    recipe = load_settings(RECIPE)
    paths = dataclasses.replace(recipe.paths, pools=folder, work=folder)
    return dataclasses.replace(recipe, paths=paths, teach=dataclasses.replace(recipe.teach, processes=1))


def test_every_picture_is_found_under_its_number(settings):
    _decode_all(settings, read_pairs(settings.paths.pools))
    store = PictureStore.open(settings.paths.work)
    assert len(store) == len(PICTURES)
    for number, (_, _, colour, *_) in enumerate(PICTURES.values()):
        np.testing.assert_array_equal(store.picture(number), np.broadcast_to(colour, store.picture(number).shape))
    assert [store.picture(number).shape[:2] for number in range(3)] == [(30, 40), (60, 30), (20, 20)]


def test_validation_pictures_have_the_whole_view_only(settings):
    pairs = read_pairs(settings.paths.pools)
    views = views_by_picture(settings, pairs)
    assert views.tolist() == [settings.sets["clothing_cc0"].views, 1, settings.sets["flickr8k_224"].views]
