"""Where FAISS works: on a GPU only where its build can and finds one; else on the CPU, and it says so."""

import logging
from types import SimpleNamespace

import faiss
import numpy as np
import pytest

from sensorium.vectors import gpu, make_index
from sensorium.vectors.faiss_index import FaissIndex


@pytest.mark.parametrize(
    ("build", "count", "words"),
    [
        (SimpleNamespace(get_num_gpus=lambda: 0), 0, "built without GPUs"),  # what the CPU's build looks like
        (SimpleNamespace(get_num_gpus=lambda: 0, StandardGpuResources=object), 0, "finds none"),
        (SimpleNamespace(get_num_gpus=lambda: 2, StandardGpuResources=object), 2, "finds 2"),
    ],
    ids=["cpu build", "gpu build without a gpu", "gpu build with two"],
)
def test_a_build_tells_how_many_gpus_it_can_use(build, count, words):
    assert gpu.usable(build)[0] == count
    assert words in gpu.usable(build)[1]


def test_the_installed_build_is_asked_once_and_what_it_says_is_logged(caplog):
    gpu.gpus.cache_clear()
    with caplog.at_level(logging.INFO, "sensorium.vectors.gpu"):
        counts = {gpu.gpus() for _ in range(3)}
    assert counts == {faiss.get_num_gpus() if hasattr(faiss, "StandardGpuResources") else 0}
    assert [record.message for record in caplog.records] == [gpu.usable(faiss)[1]]


@pytest.mark.skipif(gpu.usable(faiss)[0] > 0, reason="FAISS finds a GPU here: this is about machines without one")
def test_without_a_gpu_searching_and_training_stay_on_the_cpu():
    rows = np.random.default_rng(0).standard_normal((500, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    flat = FaissIndex(16)
    flat.add(np.arange(500), rows)
    assert flat.search(rows[:9], 1).ids[:, 0].tolist() == list(range(9))
    assert flat._on_gpu is None
    lists = faiss.index_factory(16, "IVF4,Flat", faiss.METRIC_INNER_PRODUCT)
    with gpu.clustering_on_gpu(lists):
        assert lists.clustering_index is None
        lists.train(rows)
    assert lists.is_trained
    assert len(make_index("ivf-sq8", 16)) == 0


@pytest.mark.skipif(gpu.usable(faiss)[0] == 0, reason="no GPU that FAISS can use")
def test_a_gpu_finds_what_the_cpu_finds():
    rows = np.random.default_rng(0).standard_normal((2000, 64)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    flat, exact = FaissIndex(64), make_index("exact", 64)
    for index in (flat, exact):
        index.add(np.arange(2000), rows)
    found, expected = flat.search(rows[:50], 10), exact.search(rows[:50], 10)
    assert flat._on_gpu is not None
    np.testing.assert_array_equal(found.ids, expected.ids)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)
