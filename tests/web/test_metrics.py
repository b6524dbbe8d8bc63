"""What a monitoring system reads."""

import math
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from sensorium.indexes.measured import Measured
from sensorium.indexes.state import IndexState
from sensorium.settings import Settings
from sensorium.status import Status
from sensorium.types import Channel, Kind
from sensorium.web import create_app


class OneLibrary:
    folder = Path("/nowhere")

    def __init__(self, status):
        self._status = status

    def status(self):
        return self._status


class OneEngine:
    def __init__(self, status):
        self.library = OneLibrary(status)


MEASURED = Measured("minilm", Channel.TEXT, "ivf-rabitq", "tenth", 40, 0.985, 1.5, 4.0, 64, 1.0)
UNTIMED = Measured("minilm", Channel.TEXT, "ivf-rabitq", "all", 16, 0.99, math.nan, math.nan, 32, 1.0)
STATUS = Status(
    "starter",
    {Kind.DOCUMENT: 3},
    {Channel.TEXT: 70_000},
    ("minilm",),
    (),
    (IndexState("minilm", Channel.TEXT, "ivf-rabitq", 70_000, 5_000_000, (UNTIMED, MEASURED)),),
)


def read(status):
    response = create_app(OneEngine(status), Settings()).test_client().get("/metrics")
    assert response.status_code == 200
    assert response.content_type.startswith("text/plain")
    samples = [s for family in text_string_to_metric_families(response.text) for s in family.samples]
    return {(s.name, *sorted(s.labels.items())): s.value for s in samples}


def test_counts_sizes_recall_and_times_are_there():
    found = read(STATUS)
    index = (("channel", "text"), ("kind", "ivf-rabitq"))
    assert found["sensorium_items", ("kind", "document")] == 3
    assert found["sensorium_segments", ("channel", "text")] == 70_000
    assert found["sensorium_failures",] == 0
    assert found["sensorium_index_vectors", *index, ("space", "minilm")] == 70_000
    assert found["sensorium_index_bytes", *index, ("space", "minilm")] == 5_000_000
    tenth = (*index, ("selectivity", "tenth"), ("space", "minilm"))
    assert found["sensorium_index_recall", *tenth] == 0.985
    assert found["sensorium_index_effort", *tenth] == 64
    timed = (*index, ("quantile", "0.95"), ("selectivity", "tenth"), ("space", "minilm"))
    assert found["sensorium_index_search_seconds", *timed] == 0.004


def test_what_is_not_known_is_left_out():
    names = [name for name in read(STATUS) if name[0] == "sensorium_index_search_seconds"]
    assert len(names) == 2
    assert all(("selectivity", "tenth") in name for name in names)


def test_a_new_library_has_figures_too():
    assert read(Status("starter", {}, {}, (), ()))["sensorium_failures",] == 0
