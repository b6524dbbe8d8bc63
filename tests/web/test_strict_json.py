"""What the service writes is strict JSON, whatever it holds."""

import json

import pytest
from flask import Flask, jsonify

from sensorium.web.strict_json import StrictJson


def written(document):
    app = Flask("probe")
    app.json = StrictJson(app)
    app.add_url_rule("/", view_func=lambda: jsonify(document))
    answer = app.test_client().get("/")
    assert answer.mimetype == "application/json"
    return answer.data


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.parametrize(
    "document",
    [
        {"b": 1, "a": [True, None, 0.1, "ä ✓ </script>"]},
        {"beyond 64 bits": 2**70},
        {"a file's name that is no text": "caf\udce9.jpg"},
    ],
)
def test_what_is_written_is_read_again_in_its_order(document):
    read = json.loads(written(document), parse_constant=refuse)
    assert (read, list(read)) == (document, list(document))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_null(number):
    assert json.loads(written({"score": number}), parse_constant=refuse) == {"score": None}
