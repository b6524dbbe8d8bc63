"""What `status` tells of the indexes."""

from sensorium.indexes.measuring import Measurer
from sensorium.indexes.options import IndexOptions
from sensorium.jsonform import status_as_json
from sensorium.library import Library
from sensorium.search.terminal import print_status
from sensorium.types import Channel
from tests.indexes.filled import SPACE, fill, nearest, rows, save


def measured(folder):
    library = Library.open_or_create(folder, "fake", IndexOptions("ivf-sq8"))
    fill(library, 2_100)
    save(library)
    measurer = Measurer(library.indexes)
    for query in rows(5, seed=9):
        nearest(library, query[None], 5)
    measurer.measure()
    measurer.stop()
    return library


def test_status_names_every_index_with_its_size_and_figures(tmp_path):
    library = measured(tmp_path / "library")
    (state,) = Library.open(library.folder).status().indexes
    (path,) = library.folder.glob("vectors/*.ivf-sq8")
    assert (state.space, state.channel, state.kind) == (SPACE.name, Channel.TEXT, "ivf-sq8")
    assert (state.vectors, state.bytes) == (2_100, path.stat().st_size)
    assert [figure.selectivity for figure in state.figures] == ["all"]


def test_status_as_json_and_in_the_terminal(tmp_path, capsys):
    status = measured(tmp_path / "library").status()
    (index,) = status_as_json(status)["indexes"]
    assert (index["channel"], index["kind"], index["vectors"]) == ("text", "ivf-sq8", 2_100)
    assert index["measured"]["all"]["queries"] == 5
    assert 0.9 <= index["measured"]["all"]["recall"] <= 1
    print_status(status)
    shown = capsys.readouterr().out
    assert "ivf-sq8" in shown
    assert "2100" in shown


def test_figures_of_another_kind_are_not_those_of_this_index(tmp_path):
    library = measured(tmp_path / "library")
    flat = Library.open(library.folder, IndexOptions("faiss"))
    save(flat)
    (state,) = flat.status().indexes
    assert (state.kind, state.figures) == ("faiss", ())
