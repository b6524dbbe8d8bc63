"""The command line: what it prints, what its JSON promises, and how it ends."""

import json

import pytest
from click.testing import CliRunner
from PIL import Image

from sensorium.cli import main
from sensorium.library import Library
from tests.fakes import register_fake_profile

TASK_KEYS = {"n", "R@1", "R@5", "R@10", "MRR", "nDCG@10", "MAP", "P@10", "F1@10", "R-precision"}


@pytest.fixture
def run(monkeypatch):
    """Call `sensorium` in this process, over fake models."""
    register_fake_profile()
    monkeypatch.setenv("SENSORIUM_PROFILE", "fake")
    monkeypatch.setenv("SENSORIUM_WORKERS", "1")
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, colour in (("first", "red"), ("second", "blue")):
        Image.new("RGB", (40, 40), colour).save(folder / f"{name}.png")
    (folder / "notes.txt").write_text("The harbour opens at nine.")
    return folder


@pytest.fixture
def library(run, photos, tmp_path):
    result = run("index", photos, "--library", tmp_path / "library")
    assert result.exit_code == 0, result.output
    assert "3 indexed, 0 unchanged" in result.output
    return tmp_path / "library"


def test_search_prints_the_promised_json(run, library):
    result = run("search", "a red picture", "--library", library, "--json")
    answer = json.loads(result.output)
    assert answer["took_ms"] > 0
    best = answer["hits"][0]
    assert {"item", "score", "moments", "evidence"} <= best.keys()
    assert {"id", "kind", "title", "path"} <= best["item"].keys()
    assert (best["item"]["kind"], best["item"]["title"]) == ("picture", "first.png")


def test_search_prints_page_after_page(run, library):
    def titles(*options):
        answer = json.loads(run("search", "red", "--library", library, "--limit", 2, "--json", *options).output)
        return [hit["item"]["title"] for hit in answer["hits"]], answer["cursor"]

    first, cursor = titles()
    second, end = titles("--page", 2)
    assert sorted(first + second) == ["first.png", "notes", "second.png"]
    assert titles("--cursor", cursor) == (second, end) == (second, None)
    assert titles("--page", 3) == ([], None)
    assert "2 hits" in (shown := run("search", "red", "--library", library, "--limit", 2).output)
    assert "more with --page 2" in shown
    assert "  3. " in run("search", "red", "--library", library, "--limit", 2, "--page", 2).output


def test_similar_takes_ids_and_files(run, library, photos):
    by_file = run("similar", photos / "first.png", "--library", library, "--json")
    assert by_file.exit_code == 0, by_file.output
    hits = json.loads(by_file.output)["hits"]
    assert "first.png" not in [hit["item"]["title"] for hit in hits]
    best = json.loads(run("search", "red", "--library", library, "--json").output)["hits"][0]["item"]
    assert json.loads(run("similar", best["id"], "--library", library, "--json").output)["hits"] == hits
    assert run("similar", best["id"], "--kind", "picture", "--library", library).exit_code == 0
    nowhere = run("similar", "/nowhere.png", "--library", library)
    assert nowhere.exit_code == 1
    assert "no item of this library" in nowhere.output


def test_history_is_kept_only_where_it_is_wanted(run, library, monkeypatch):
    run("search", "secret", "--library", library)
    assert "not kept" in run("history", "--library", library).output
    monkeypatch.setenv("SENSORIUM_HISTORY", "true")
    run("search", "harbour -red", "--library", library)
    assert [one["query"] for one in json.loads(run("history", "--library", library, "--json").output)["queries"]] == [
        "harbour -red"
    ]
    assert "harbour -red" in run("history", "--library", library).output
    assert "Forgotten" in run("history", "--forget", "--library", library).output
    assert run("history", "--library", library).output == ""


def test_search_explains(run, library):
    shown = run("search", "harbour", "--library", library, "--explain").output
    assert "place 1 before second looks" in shown
    assert "calibrated" in shown
    best = json.loads(run("search", "harbour", "--library", library, "--explain", "--json").output)["hits"][0]
    assert best["explanation"]["rank"] == 1


def test_search_understands_the_query_language(run, library):
    listed = json.loads(run("search", "kind:picture", "--library", library, "--facets", "kind", "--json").output)
    assert (listed["query"], listed["total"]) == ("kind:picture", 2)
    assert {hit["item"]["title"] for hit in listed["hits"]} == {"first.png", "second.png"}
    assert listed["facets"][0]["values"] == [{"label": "picture", "count": 2, "filter": "kind:picture"}]
    without = json.loads(run("search", "kind:picture -red", "--library", library, "--json").output)
    assert [hit["item"]["title"] for hit in without["hits"]] == ["second.png"]
    shown = run("search", "harbour", "--library", library, "--facets", "kind", "--explain").output
    assert "kind  picture (2) · document (1)" in shown
    assert "text by words, full text" in shown


def test_a_slip_in_a_query_is_shown_where_it_is(run, library):
    result = run("search", "harbour kind:pictur", "--library", library)
    assert result.exit_code == 1
    assert "Did you mean picture?" in result.output
    assert result.output.splitlines()[1:] == ["  harbour kind:pictur", "               ^^^^^^"]


def test_search_takes_examples_with_weights(run, library, photos):
    example = ("search", "harbour", "--image", photos / "second.png", "--library", library, "--json")
    for weights, best in (("0.01,1", "second.png"), ("1,0.01", "notes")):
        answer = json.loads(run(*example, "--weights", weights).output)
        assert answer["hits"][0]["item"]["title"] == best


def test_search_prints_hits_for_people(run, library):
    result = run("search", "harbour", "--library", library)
    assert "1. notes" in result.output
    assert "The harbour opens at nine." in result.output


def test_status_prints_the_promised_json(run, library, photos):
    (photos / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    assert "1 failed" in run("index", photos, "--library", library).output
    found = json.loads(run("status", "--library", library, "--json").output)
    assert found["items"] == {"document": 1, "picture": 2}
    assert found["segments"]["picture"] == 2
    (failure,) = found["failures"]
    assert failure["path"] == str(photos / "torn.jpg")
    assert failure["reason"]
    assert "torn.jpg" in run("status", "--library", library).output


def test_strict_makes_failures_an_error(run, photos, tmp_path):
    (photos / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    assert run("index", photos, "--library", tmp_path / "a").exit_code == 0
    assert run("index", photos, "--library", tmp_path / "a", "--strict").exit_code == 1


def test_evaluate_prints_the_promised_json(run, library, photos):
    lines = [{"id": name, "file": f"{name}.png", "kind": "image", "set": "s"} for name in ("first", "second")]
    (photos / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)))
    queries = [
        {"id": "q1", "task": "colours", "text": "red", "relevant": ["first"]},
        {"id": "q2", "task": "alike", "image": "first.png", "relevant": ["second"], "exclude": ["first"]},
    ]
    (photos / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    evaluation = json.loads(run("evaluate", photos, "--library", library, "--json").output)
    assert evaluation["tasks"].keys() == {"colours", "alike"}
    for measured in (*evaluation["tasks"].values(), evaluation["overall"]):
        assert measured.keys() >= TASK_KEYS
    assert evaluation["tasks"]["colours"]["R@1"] == 1
    assert evaluation["overall"]["n"] == 2
    assert "alike" in run("evaluate", photos, "--library", library).output


def test_models_are_listed_with_what_is_here(run):
    listed = run("models").output
    assert "starter" in listed
    assert "fake" in listed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["search", "--library", "x"], "Give words"),
        (["search", "red", "--image", "/no/such.png", "--library", "x"], "does not exist"),
        (["index", "/no/such/folder", "--library", "x"], "does not exist"),
        (["search", "red", "--weights", "1,2", "--library", "x"], "1 parts need 1 weights"),
        (["search", "red", "--weights", "one", "--library", "x"], "numbers separated by commas"),
        (["index", "."], "--library"),
    ],
)
def test_bad_usage_ends_with_2_and_says_what_is_wrong(run, arguments, said):
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_everything_else_ends_with_1_and_one_sentence(run, tmp_path, library, photos):
    missing = run("search", "red", "--library", tmp_path / "nowhere")
    assert (missing.exit_code, missing.output.count("\n")) == (1, 1)
    assert "There is no library" in missing.output
    with Library.open(library).writing():
        busy = run("index", photos, "--library", library)
    assert busy.exit_code == 1
    assert "Another process is writing" in busy.output


def test_a_setting_that_cannot_be_read_is_named(run, library, monkeypatch):
    monkeypatch.setenv("SENSORIUM_BATCH_SIZE", "many")
    result = run("search", "red", "--library", library)
    assert result.exit_code == 1
    assert "SENSORIUM_BATCH_SIZE = 'many'" in result.output


def test_a_run_measures_the_background_that_a_killed_one_left_out(run, library, photos):
    opened = Library.open(library)
    assert opened.calibrated()
    with opened.writing() as writer, writer.transaction() as write:  # a run that is killed before it calibrates
        write.remove_items([str(photos / "notes.txt")])
    assert not opened.calibrated()
    assert run("index", photos / "first.png", "--library", library).exit_code == 0
    assert opened.calibrated()
