"""Vectors of segments by id: those that are stored, and found without reading all of them."""

import numpy as np
from sqlalchemy import text

from sensorium.catalogue import follow
from sensorium.types import Channel
from tests.search.drafted import open_engine, text_item


def test_they_are_those_of_the_segments_rising_and_unknown_ones_left_out(tmp_path):
    engine = open_engine(tmp_path, [text_item(f"{n}.txt", f"harbour {n}", f"rope {n}") for n in range(200)])
    library, (space,) = engine.library, engine._models.spaces_for(Channel.TEXT)
    ids, rows = library.vectors(space, Channel.TEXT)
    wanted = [*ids[::-2].tolist(), 10**9]  # more than one request takes, and the wrong way round
    found, vectors = library.vectors_of(space, wanted)
    np.testing.assert_array_equal(found, np.sort(ids[::-2]))
    np.testing.assert_array_equal(vectors, rows[np.isin(ids, found)])
    assert library.vectors_of(space, [])[0].shape == (0,)


def test_many_ids_do_not_make_it_read_every_vector(tmp_path):
    engine = open_engine(tmp_path, [text_item(f"{n}.txt", f"harbour {n}") for n in range(300)])
    with engine.library._reading() as connection:
        values = {"space": 1, "ids": list(range(1, 251)), "channel": None}
        plan = connection.execute(
            text(f"EXPLAIN QUERY PLAN {follow._OF_SEGMENTS.text}").bindparams(
                *follow._OF_SEGMENTS._bindparams.values()
            ),
            values,
        ).all()
    steps = [row.detail for row in plan if row.detail.startswith("SEARCH")]
    assert steps[0].startswith("SEARCH segment USING INTEGER PRIMARY KEY")
    assert "space_id=? AND key=?" in steps[1]
