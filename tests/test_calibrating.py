"""When a library's limits are measured anew. It takes seconds: only a library of some size is asked, and here twice."""

import json

from sensorium.cli.shared import RULE, calibrate
from sensorium.library import Library
from sensorium.search.chance import FACT, LEAST
from tests.fakes import fake_models
from tests.search.drafted import put, text_item


def test_a_library_that_became_too_small_for_limits_is_not_measured_again_and_again(tmp_path):
    library, models = Library.open_or_create(tmp_path / "library", "fake"), fake_models()
    put(library, models, [text_item(f"{n}.txt", f"passage {n} of all") for n in range(20)])
    calibrate(library, models)
    with library.writing() as writer, writer.transaction() as write:
        write.put_fact(RULE, json.dumps({"second_look": 0.0, "free": 9.0}))
        write.put_fact(FACT, json.dumps({"text": LEAST}))
    calibrate(library, models)
    assert json.loads(library.fact(FACT)) == {}
    with library.writing() as writer, writer.transaction() as write:
        write.put_fact("calibrated_seq", str(library.last_seq() - 1))  # one change, which is too little
    calibrate(library, models)
    assert not library.calibrated()
    library.close()


def test_limits_are_measured_anew_when_a_later_version_weighs_looks_otherwise(tmp_path):
    library, models = Library.open_or_create(tmp_path / "library", "fake"), fake_models()
    put(library, models, [text_item(f"{n}.txt", f"passage {n} of all") for n in range(LEAST)])
    calibrate(library, models)
    counts = json.loads(library.fact(FACT))
    with library.writing() as writer, writer.transaction() as write:
        write.put_fact(RULE, json.dumps({"second_look": 0.0, "free": 9.0}))
        write.put_fact(FACT, json.dumps({**counts, "text": -1}))  # to see that it is written again
    assert library.calibrated()
    calibrate(library, models)
    assert json.loads(library.fact(FACT)) == counts
    with library.writing() as writer, writer.transaction() as write:
        write.put_fact(FACT, json.dumps({**counts, "text": -1}))
    calibrate(library, models)
    assert json.loads(library.fact(FACT))["text"] == -1  # nothing has changed, nothing is asked
    library.close()
