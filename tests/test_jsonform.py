"""The JSON form of answers: what is in it, and that it is always strict JSON."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

from sensorium.jsonform import answer_as_json, item_as_json
from sensorium.types import (
    Answer,
    Channel,
    Evidence,
    Facet,
    FacetValue,
    Filter,
    Hit,
    Item,
    Kind,
    Medium,
    Moment,
    Segment,
    Term,
    Utterance,
)

MEDIUM = Medium(7, Path("/data/talk.wav"), "audio/x-wav", duration_s=12.5)


def answer(item: Item, *, raw: float = 0.5) -> Answer:
    segment = Segment(3, item.id, Channel.SPEECH, 7, 1.5, 4.0, text="good morning")
    quote = Utterance(1.5, 2.5, "good")
    evidence = Evidence(Channel.SPEECH, "words", 0, segment, raw, 2.25, 1, 2.0, quote)
    return Answer((Hit(item, 2.0, (evidence,), (Moment(7, 1.5, 4.0),)),), 3.14159, ("a note",))


def test_the_form_has_every_field_of_the_documentation():
    item = Item(1, Kind.RECORDING, "talk", Path("/data/talk.wav"), {"speaker": "Ada"}, (MEDIUM,))
    assert answer_as_json(answer(item)) == {
        "hits": [
            {
                "item": {
                    "id": 1,
                    "kind": "recording",
                    "title": "talk",
                    "path": "/data/talk.wav",
                    "attributes": {"speaker": "Ada"},
                    "media": [
                        {
                            "id": 7,
                            "path": "/data/talk.wav",
                            "mime": "audio/x-wav",
                            "width": None,
                            "height": None,
                            "duration_s": 12.5,
                            "content": "",
                        }
                    ],
                },
                "score": 2.0,
                "chance": None,
                "moments": [{"medium_id": 7, "start_s": 1.5, "end_s": 4.0, "page": None}],
                "evidence": [
                    {
                        "channel": "speech",
                        "matcher": "words",
                        "part": 0,
                        "raw": 0.5,
                        "calibrated": 2.25,
                        "rank": 1,
                        "contribution": 2.0,
                        "segment_id": 3,
                        "text": "good morning",
                        "spans": [],
                        "boxes": [],
                        "matched_boxes": [],
                        "quote": {"start_s": 1.5, "end_s": 2.5, "text": "good", "language": ""},
                        "start_s": 1.5,
                        "end_s": 4.0,
                        "page": None,
                        "medium_id": 7,
                    }
                ],
                "alike": [],
                "explanation": None,
            }
        ],
        "took_ms": 3.142,
        "notes": ["a note"],
        "cursor": None,
        "total": None,
        "nothing": False,
        "facets": [],
    }


def test_a_facet_says_what_to_type():
    red = FacetValue("red", 3, Filter("colour", (Term("red"),)), "colour:red")
    found = answer_as_json(Answer((), 1.0, total=5, facets=(Facet("colour", "Colour", (red,), 1, 2),)))
    values = [{"label": "red", "count": 3, "filter": "colour:red"}]
    assert found["facets"] == [{"field": "colour", "label": "Colour", "values": values, "others": 1, "without": 2}]
    assert found["total"] == 5


def test_whatever_a_feed_holds_becomes_strict_json():
    attributes = {
        "price": Decimal("9.90"),
        "since": date(2024, 2, 29),
        "sizes": ("s", {"eu": np.int64(42)}),
        "weight": float("nan"),
        "stock": np.float32(0.5),
        3: None,
    }
    form = item_as_json(Item(1, Kind.PRODUCT, "shoe", Path("feed.csv"), attributes))
    assert json.loads(json.dumps(form, allow_nan=False))["attributes"] == {
        "price": 9.9,
        "since": "2024-02-29",
        "sizes": ["s", {"eu": 42}],
        "weight": None,
        "stock": 0.5,
        "3": None,
    }


def test_numpy_scores_and_infinite_ones_are_written_too():
    item = Item(1, Kind.RECORDING, "talk", Path("talk.wav"))
    (hit,) = answer_as_json(answer(item, raw=np.float32(0.25)))["hits"]
    assert hit["evidence"][0]["raw"] == 0.25
    (hit,) = answer_as_json(answer(item, raw=float("inf")))["hits"]
    assert hit["evidence"][0]["raw"] is None
