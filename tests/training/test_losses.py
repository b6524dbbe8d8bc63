"""Losses and measures against values that can be worked out by hand."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from training.losses import batch_weights, contrastive, embedding_gap, equal_rows, similarity_gap
from training.measures import captions_trial, ranks, recalls, trial_recalls, zero_shot_hits
from training.pairs import Pair

SCALE = torch.tensor(3.0)


def test_contrastive_of_aligned_pairs():
    rows = torch.eye(3)
    loss = contrastive(rows, rows, torch.eye(3, dtype=torch.bool), SCALE, torch.ones(3))
    assert loss.item() == pytest.approx(-math.log(math.exp(3) / (math.exp(3) + 2)))


def test_equal_texts_are_positives():
    vectors = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    loss = contrastive(vectors, vectors, equal_rows(torch.tensor([5, 5])), SCALE, torch.ones(2))
    assert loss.item() == pytest.approx(math.log(2))  # the floor: one half of the mass on each


def test_a_row_without_weight_does_not_count():
    vectors = functional.normalize(torch.randn(3, 4, generator=torch.Generator().manual_seed(0)), dim=1)
    same = torch.eye(3, dtype=torch.bool)
    weighted = contrastive(vectors, vectors.flip(1), same, SCALE, torch.tensor([1.0, 0.0, 0.0]))
    alone = 3 * vectors @ vectors.flip(1).T
    expected = (
        functional.cross_entropy(alone[:1], torch.tensor([0]))
        + functional.cross_entropy(alone.T[:1], torch.tensor([0]))
    ) / 2
    torch.testing.assert_close(weighted, expected)


def test_gaps_vanish_for_equal_vectors():
    vectors = functional.normalize(torch.randn(4, 5), dim=1)
    assert embedding_gap(vectors, vectors).item() == pytest.approx(0, abs=1e-6)
    assert similarity_gap(vectors, vectors, torch.randn(7, 5), 10.0).item() == pytest.approx(0, abs=1e-6)


def test_batch_weights_have_mean_one():
    torch.testing.assert_close(batch_weights(torch.tensor([1.0, 3.0])), torch.tensor([0.5, 1.5]))


def test_rank_counts_wrong_pictures_before_the_best_answer():
    similarity = np.array([[0.9, 0.8, 0.1], [0.9, 0.8, 0.1]], dtype=np.float32)
    relevant = np.array([[False, True, True], [True, True, False]])
    assert ranks(similarity, relevant).tolist() == [1, 0]
    assert recalls(np.array([0, 4, 9, 10])) == (1 / 4, 2 / 4, 3 / 4)


def test_a_trial_counts_equal_texts_as_answers():
    pairs = [
        Pair(str(n), "s", "shop", "val", (text, "other"), "CC0-1.0") for n, text in enumerate(["hat", "hat", "bag"])
    ]
    trial = captions_trial(pairs, "shop", first_text_only=True)
    assert trial.texts == ["hat", "bag"]
    assert trial.relevant.tolist() == [[True, True, False], [False, False, True]]
    pictures = np.eye(3, dtype=np.float32)
    assert trial_recalls(trial, pictures, pictures[[1, 0]]) == (1 / 2, 1.0, 1.0)


def test_zero_shot_takes_the_nearest_class():
    classes = np.eye(2, dtype=np.float32)
    pictures = np.array([[0.9, 0.1], [0.8, 0.2]], dtype=np.float32)
    assert zero_shot_hits(pictures, classes, np.array([0, 1])).tolist() == [True, False]
