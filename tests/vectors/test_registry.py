from __future__ import annotations

import subprocess
import sys

import faiss
import numpy as np
import pytest

import sensorium.vectors as vectors
from sensorium.errors import UnknownName
from sensorium.vectors import VectorIndex, faiss_index, index_names, load_index, make_index, register_index
from sensorium.vectors.exact import ExactIndex


@pytest.mark.parametrize("name", index_names())
def test_every_registered_index_fits_the_protocol(name):
    index = make_index(name, 7)
    assert isinstance(index, VectorIndex)
    assert (index.dimension, len(index)) == (7, 0)


def test_the_built_in_indexes_are_registered():
    assert {"exact", "faiss"} <= set(index_names())


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    for ask in (lambda: make_index("pinecone", 3), lambda: load_index("pinecone", tmp_path / "file")):
        with pytest.raises(UnknownName, match=r"vector index is named 'pinecone'\. Known: exact, faiss"):
            ask()


@pytest.mark.parametrize("factory", [ExactIndex, "sensorium.vectors.exact:ExactIndex"], ids=["class", "place"])
def test_an_index_registered_by_the_caller_is_made_and_loaded(factory, tmp_path, monkeypatch):
    monkeypatch.setattr(vectors, "_TYPES", dict(vectors._TYPES))  # so that other tests do not meet it
    register_index("mine", factory)
    make_index("mine", 5).save(tmp_path / "file")
    assert isinstance(load_index("mine", tmp_path / "file"), ExactIndex)
    assert "mine" in index_names()


def test_importing_the_registry_loads_neither_numpy_nor_faiss():
    code = "import sys, sensorium.vectors; print([m for m in ('numpy', 'faiss') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_copy_on_a_gpu_answers_as_the_index_itself(monkeypatch):
    """Without a GPU here, FAISS's own copy on the CPU stands in for the one on the card: the detour is the same."""
    rows = np.random.default_rng(0).standard_normal((300, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = np.arange(300)[::-1] * 5 + 2
    index, copies = make_index("faiss", 16), []
    index.add(ids, rows)
    expected = index.search(rows[:20], 7)
    monkeypatch.setattr(faiss_index, "gpus", lambda: 1)
    monkeypatch.setattr(faiss_index, "on_gpu", lambda flat: copies.append(faiss.clone_index(flat)) or copies[-1])
    for _ in range(2):
        found = index.search(rows[:20], 7)
        np.testing.assert_array_equal(found.ids, expected.ids)
        np.testing.assert_array_equal(found.scores, expected.scores)
    assert len(copies) == 1
    assert index.search(rows[:1], 3, allowed=ids[:2]).ids.tolist()[0][2] == -1
    index.remove(expected.ids[0][:1])
    assert expected.ids[0][0] not in index.search(rows[:1], 7).ids
    assert len(copies) == 2
