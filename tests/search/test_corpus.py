from __future__ import annotations

import json

import pytest

from sensorium.errors import CorpusError
from sensorium.search.corpus import Judged, read_corpus
from sensorium.types import Modality, Part

MANIFEST = [{"id": "a", "file": "photos/a.png"}, {"id": "b", "file": "sounds/b.wav"}, {"id": "c", "file": "c.mp4"}]
TEXT = {"id": "q0", "task": "words", "text": "['bin blue at f two now']", "relevant": ["a", "b", "a"]}
PICTURE = {
    "id": "q1",
    "task": "looks",
    "image": "photos/a.png",
    "relevant": ["b"],
    "exclude": ["a"],
    "folder": "sounds",
}


@pytest.fixture
def corpus(tmp_path):
    write(tmp_path / "manifest.jsonl", *MANIFEST)
    write(tmp_path / "queries.jsonl", TEXT, PICTURE)
    return tmp_path


def write(path, *lines):
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))


def test_queries_are_read_with_absolute_paths_and_text_as_it_stands(corpus):
    root = corpus.resolve()
    words, looks = read_corpus(corpus)
    assert words == Judged(
        id="q0",
        task="words",
        part=Part(Modality.TEXT, text="['bin blue at f two now']"),
        relevant=(root / "photos/a.png", root / "sounds/b.wav"),
    )
    assert looks == Judged(
        id="q1",
        task="looks",
        part=Part(Modality.PICTURE, path=root / "photos/a.png"),
        relevant=(root / "sounds/b.wav",),
        exclude=(root / "photos/a.png",),
        folder=root / "sounds",
    )


def test_sounds_and_films_are_examples_too(corpus):
    common = {"task": "t", "relevant": ["a"]}
    write(
        corpus / "queries.jsonl",
        {"id": "1", "audio": "sounds/b.wav", **common},
        "",
        {"id": "2", "video": "c.mp4", **common},
    )
    assert [query.part.modality for query in read_corpus(corpus)] == [Modality.SOUND, Modality.FILM]


def test_only_the_tasks_asked_for_are_read(corpus):
    assert [query.id for query in read_corpus(corpus, ["looks"])] == ["q1"]


def test_a_linked_file_is_known_by_the_path_it_leads_to(corpus, tmp_path_factory):
    real = tmp_path_factory.mktemp("elsewhere") / "a.png"
    real.touch()
    (corpus / "photos").mkdir()
    (corpus / "photos/a.png").symlink_to(real)
    assert read_corpus(corpus)[0].relevant[0] == real.resolve()


def test_an_unknown_task_is_answered_with_the_known_ones(corpus):
    with pytest.raises(CorpusError, match=r"no task 'smells'\. It has: looks, words\."):
        read_corpus(corpus, ["words", "smells"])


@pytest.mark.parametrize("name", ["manifest.jsonl", "queries.jsonl"])
def test_a_missing_file_is_named_with_what_a_corpus_is(corpus, name):
    (corpus / name).unlink()
    with pytest.raises(CorpusError, match=rf"{name} cannot be read.*A corpus is a folder with"):
        read_corpus(corpus)


def test_a_corpus_without_queries_is_refused(corpus):
    write(corpus / "queries.jsonl")
    with pytest.raises(CorpusError, match="holds no queries"):
        read_corpus(corpus)


def test_a_file_that_is_not_text_is_refused(corpus):
    (corpus / "queries.jsonl").write_bytes(b'{"id": "\xff"}')
    with pytest.raises(CorpusError, match=r"queries\.jsonl is not UTF-8.*byte 8"):
        read_corpus(corpus)


BROKEN = {
    "torn": ('{"id": "q2", "ta', "not JSON"),
    "a list": ("[1]", "an object in braces was expected, got list"),
    "no id": ({**TEXT, "id": None}, "`id` should be a text"),
    "no task": ({**TEXT, "task": ""}, "`task` should be a text"),
    "nothing asked": ({k: v for k, v in TEXT.items() if k != "text"}, "expected one of text, image, audio, video; got"),
    "asked twice": ({**TEXT, "image": "photos/a.png"}, "expected one of .*; got text, image"),
    "nothing relevant": ({**TEXT, "relevant": []}, "`relevant` is empty"),
    "unknown file": ({**TEXT, "relevant": ["a", "zz"]}, "`relevant` names 'zz', which is no id of manifest"),
    "unknown exclude": ({**TEXT, "exclude": [["a"]]}, "`exclude` names"),
    "relevant no list": ({**TEXT, "relevant": "ab"}, "`relevant` should be a list of ids, got str"),
    "folder no text": ({**TEXT, "folder": 3}, "`folder` should be a text"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_line_is_refused_with_its_number(corpus, fault):
    line, message = BROKEN[fault]
    write(corpus / "queries.jsonl", TEXT, "", line)
    with pytest.raises(CorpusError, match=rf"queries\.jsonl, line 3: {message}"):
        read_corpus(corpus)


def test_a_broken_line_of_the_manifest_is_refused_with_its_number(corpus):
    write(corpus / "manifest.jsonl", MANIFEST[0], {"id": "b"})
    with pytest.raises(CorpusError, match=r"manifest\.jsonl, line 2: `file` should be a text"):
        read_corpus(corpus)
