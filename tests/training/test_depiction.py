"""How the model that tells captions from questions is fitted."""

from __future__ import annotations

import numpy as np
import pytest

from training.depiction import SENTENCES, cross_validated, features, fit, read_sentences


def rows_and_marks(count=200, noise=0.3):
    rng = np.random.default_rng(0)
    marks = (rng.random(count) < 0.3).astype(float)
    vectors = rng.normal(0, noise, (count, 8)).astype(np.float32)
    vectors[:, 0] += 2 * marks - 1
    return features(vectors, ["a"] * count), marks


def test_the_fit_finds_the_direction_that_tells_the_two_apart():
    rows, marks = rows_and_marks()
    weights = fit(rows, marks, 1e-3)
    assert abs(weights[0]) > 5 * np.abs(weights[1:8]).max()
    assert ((rows @ weights > 0) == marks).mean() > 0.98


def test_weights_that_are_held_back_more_are_smaller():
    rows, marks = rows_and_marks()
    lengths = [np.linalg.norm(fit(rows, marks, held_back)[:-1]) for held_back in (1e-3, 1e-2, 1e-1)]
    assert lengths == sorted(lengths, reverse=True)


def test_held_out_sentences_of_mere_noise_are_told_by_chance():
    rng = np.random.default_rng(1)
    rows = features(rng.normal(size=(400, 40)).astype(np.float32), ["a"] * 400)
    marks = (np.arange(400) % 2).astype(float)
    fitted = ((rows @ fit(rows, marks, 1e-4) > 0) == marks).mean()
    right, _ = cross_validated(rows, marks, 1e-4)
    assert right == pytest.approx(0.5, abs=0.1)
    assert fitted > right + 0.05


def test_a_question_mark_is_a_feature_of_its_own():
    rows = features(np.zeros((2, 3), np.float32), ["who?", "who"])
    assert rows.tolist() == [[0, 0, 0, 0.5, 1], [0, 0, 0, 0, 1]]


def test_every_sentence_is_marked_and_stands_once():
    marks, texts = read_sentences(SENTENCES)
    assert set(marks.tolist()) == {0.0, 1.0}
    assert len(texts) == len(set(texts)) == len(marks)
    assert all(text == text.strip() and text for text in texts)
    assert not any("?" in text for text, mark in zip(texts, marks, strict=True) if mark)
