"""An engine whose rankings are known, on a corpus made here."""

from __future__ import annotations

import json
from io import StringIO
from math import log2
from pathlib import Path
from types import MappingProxyType

import pytest
from rich.console import Console

from sensorium.errors import CorpusError, LibraryError, MediaError, QueryError
from sensorium.search.evaluation import evaluate, evaluation_as_json, evaluation_table, write_per_query
from sensorium.types import Answer, Hit, Item, Kind, Medium, Modality

MEASURES = ("R@1", "R@5", "R@10", "MRR", "nDCG@10", "MAP", "P@10", "recall@10", "F1@10", "R-precision")
FILES = ("photos/a.png", "photos/b.png", "photos/c.png", "shop/shoe-1.png", "shop/shoe-2.png", "shop/hat.png")


class KnownEngine:
    """Answers each query with the items listed for it, keeping only those below the folder asked for."""

    def __init__(self, root, items, rankings):
        self.library = self
        self.asked = []
        self._items = {number: [(root / name).resolve() for name in names] for number, names in items.items()}
        self._rankings = rankings

    def items_by_path(self):
        return MappingProxyType({path: number for number, paths in self._items.items() for path in paths})

    def search(self, query):
        self.asked.append(query)
        part = query.parts[0]
        ranking = self._rankings[part.text or part.path.name]
        if isinstance(ranking, Exception):
            raise ranking
        kept = [number for number in ranking if query.folder is None or self._below(number, query.folder)]
        return Answer(tuple(map(self._hit, kept[: query.limit])), took_ms=1.0, notes=("nothing indexed yet",))

    def _below(self, number, folder):
        return any(path.is_relative_to(folder) for path in self._items[number])

    def _hit(self, number):
        media = tuple(Medium(number * 10 + i, path, "image/png") for i, path in enumerate(self._items[number]))
        item = Item(number, Kind.PRODUCT, f"item {number}", Path("/feed.csv"), media=media)
        return Hit(item, score=1 / number, evidence=())


ITEMS = {1: FILES[0:1], 2: FILES[1:2], 3: FILES[2:3], 4: FILES[3:5], 5: FILES[5:6]}


@pytest.fixture
def corpus(tmp_path):
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    lines = ({"id": Path(name).stem, "file": name} for name in FILES)
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path


def ask(corpus, *queries):
    common = [{"id": f"q{i}", "task": "words", **query} for i, query in enumerate(queries)]
    (corpus / "queries.jsonl").write_text("\n".join(map(json.dumps, common)))


def test_scores_are_means_by_task_and_over_all_queries(corpus):
    ask(
        corpus,
        {"task": "words", "text": "first", "relevant": ["a"]},
        {"task": "words", "text": "third", "relevant": ["a"]},
        {"task": "looks", "text": "second", "relevant": ["a", "hat"]},
    )
    rankings = {"first": [1, 2], "third": [2, 3, 1], "second": [2, 1]}
    found = evaluation_as_json(evaluate(KnownEngine(corpus, ITEMS, rankings), corpus))
    words, looks, overall = found["tasks"]["words"], found["tasks"]["looks"], found["overall"]
    assert list(found) == ["tasks", "overall", "queries_without_answer"]
    assert [one["n"] for one in (words, looks, overall)] == [2, 1, 3]
    assert words["R@1"] == 1 / 2
    assert words["R@5"] == 1
    assert words["MRR"] == words["MAP"] == pytest.approx((1 / 1 + 1 / 3) / 2)
    assert words["nDCG@10"] == pytest.approx((1 + 1 / log2(3 + 1)) / 2)
    assert looks["MAP"] == pytest.approx((1 / 2) / 2)
    assert looks["nDCG@10"] == pytest.approx((1 / log2(3)) / (1 + 1 / log2(3)))
    assert (looks["P@10"], looks["recall@10"]) == pytest.approx((1 / 10, 1 / 2))
    assert looks["F1@10"] == pytest.approx(2 * (1 / 10) * (1 / 2) / (1 / 10 + 1 / 2))
    assert looks["R-precision"] == pytest.approx(1 / 2)
    assert overall["MRR"] == pytest.approx((1 / 1 + 1 / 3 + 1 / 2) / 3)
    assert found["queries_without_answer"] == []


def test_the_json_holds_exactly_the_promised_keys(corpus):
    ask(corpus, {"text": "x", "relevant": ["a"]})
    found = json.loads(json.dumps(evaluation_as_json(evaluate(KnownEngine(corpus, ITEMS, {"x": [1]}), corpus))))
    for one in (found["tasks"]["words"], found["overall"]):
        assert set(one) == {"n", *MEASURES, "intervals", "unmatched"}
        assert set(one["intervals"]) == set(MEASURES)
        assert all(low <= one[name] <= high for name, (low, high) in one["intervals"].items())


def test_several_relevant_files_of_one_item_count_once(corpus):
    ask(corpus, {"text": "shoes", "relevant": ["shoe-1", "shoe-2"]})
    scores = evaluate(KnownEngine(corpus, ITEMS, {"shoes": [4]}), corpus).overall
    assert scores.means["recall@10"] == scores.means["MAP"] == scores.means["R-precision"] == 1


def test_an_item_is_met_by_any_of_its_files(corpus):
    ask(corpus, {"text": "shoes", "relevant": ["shoe-2"]})
    assert evaluate(KnownEngine(corpus, ITEMS, {"shoes": [4]}), corpus).overall.means["R@1"] == 1


def test_a_relevant_file_outside_the_library_counts_as_never_found(corpus):
    ask(corpus, {"text": "x", "relevant": ["a", "b", "hat"]}, {"text": "y", "relevant": ["b"]})
    held = {number: names for number, names in ITEMS.items() if number in (1, 3)}
    found = evaluate(KnownEngine(corpus, held, {"x": [1, 3], "y": [3]}), corpus)
    assert found.overall.unmatched == 2  # b and hat: files, not mentions
    assert [one.scores["recall@10"] for one in found.per_query] == [pytest.approx(1 / 3), 0]
    assert found.per_query[0].scores["MAP"] == pytest.approx((1 / 1) / 3)


def test_excluded_items_leave_the_ranking_and_no_others(corpus):
    """The example itself comes first; without it the right one does, and the list is as long as asked for."""
    ask(corpus, {"image": "photos/a.png", "relevant": ["b"], "exclude": ["a"]})
    engine = KnownEngine(corpus, ITEMS, {"a.png": [1, 2, 3, 5]})
    found = evaluate(engine, corpus, limit=3)
    assert found.overall.means["R@1"] == 1
    assert found.per_query[0].top == tuple((corpus / FILES[i]).resolve() for i in (1, 2, 5))
    assert engine.asked[0].parts[0].modality is Modality.PICTURE
    assert engine.asked[0].parts[0].path == (corpus / "photos/a.png").resolve()


def test_excluding_one_file_of_a_product_excludes_that_product_only(corpus):
    ask(corpus, {"image": "shop/shoe-1.png", "relevant": ["hat", "shoe-2"], "exclude": ["shoe-1"]})
    found = evaluate(KnownEngine(corpus, ITEMS, {"shoe-1.png": [4, 1, 5]}), corpus)
    assert found.per_query[0].rank == 2
    assert found.overall.means["recall@10"] == 1  # of the hat: the product that was shown cannot be found


def test_only_the_folder_asked_for_is_searched(corpus):
    ask(corpus, {"text": "hat", "relevant": ["hat"], "folder": "shop"}, {"text": "hat", "relevant": ["hat"]})
    engine = KnownEngine(corpus, ITEMS, {"hat": [1, 2, 3, 5, 4]})
    assert [one.rank for one in evaluate(engine, corpus).per_query] == [1, 4]
    assert [query.folder for query in engine.asked] == [(corpus / "shop").resolve(), None]


def test_only_the_first_answers_up_to_the_limit_are_judged(corpus):
    ask(corpus, {"text": "x", "relevant": ["c"]})
    engine = KnownEngine(corpus, ITEMS, {"x": [1, 2, 3]})
    assert evaluate(engine, corpus, limit=3).overall.means["MRR"] == pytest.approx(1 / 3)
    assert evaluate(engine, corpus, limit=2).overall.means["MRR"] == 0


def test_an_item_answered_twice_counts_once(corpus):
    ask(corpus, {"text": "x", "relevant": ["c"]})
    assert evaluate(KnownEngine(corpus, ITEMS, {"x": [1, 1, 3]}), corpus).per_query[0].rank == 2


def test_only_the_tasks_asked_for_are_evaluated(corpus):
    ask(
        corpus,
        {"task": "words", "text": "x", "relevant": ["a"]},
        {"task": "looks", "text": "y", "relevant": ["a"]},
    )
    engine = KnownEngine(corpus, ITEMS, {"x": [1], "y": [1]})
    assert list(evaluate(engine, corpus, tasks=["looks"]).tasks) == ["looks"]
    assert len(engine.asked) == 1


def test_queries_that_are_refused_or_find_nothing_score_0_and_are_named(corpus):
    ask(
        corpus,
        {"text": "good", "relevant": ["a"]},
        {"text": "none", "relevant": ["a"]},
        {"text": "refused", "relevant": ["a"]},
        {"image": "photos/b.png", "relevant": ["a"]},
    )
    rankings = {"good": [1], "none": [], "refused": QueryError("no words"), "b.png": MediaError("b.png is empty")}
    found = evaluate(KnownEngine(corpus, ITEMS, rankings), corpus)
    assert (found.overall.n, found.overall.means["R@1"]) == (4, 1 / 4)
    assert evaluation_as_json(found)["queries_without_answer"] == [
        {"task": "words", "id": "q1", "why": "no hits; nothing indexed yet", "counted": True},
        {"task": "words", "id": "q2", "why": "no words", "counted": True},
        {"task": "words", "id": "q3", "why": "b.png is empty", "counted": True},
    ]


def test_queries_that_no_engine_can_answer_count_nowhere_and_are_named(corpus):
    ask(
        corpus,
        {"text": "good", "relevant": ["a"]},
        {"image": "photos/gone.png", "relevant": ["a"]},
        {"image": "shop/shoe-1.png", "relevant": ["shoe-2"], "exclude": ["shoe-1"]},
    )
    found = evaluate(KnownEngine(corpus, ITEMS, {"good": [1]}), corpus)
    assert (found.overall.n, found.overall.means["R@1"]) == (1, 1)
    assert [(one.id, one.counted) for one in found.unanswered] == [("q1", False), ("q2", False)]
    assert "gone.png is missing" in found.unanswered[0].why
    assert found.unanswered[1].why == "its only relevant items are excluded"


def test_what_is_wrong_with_the_whole_library_ends_the_evaluation(corpus):
    ask(corpus, {"text": "x", "relevant": ["a"]})
    with pytest.raises(LibraryError, match="gone"):
        evaluate(KnownEngine(corpus, ITEMS, {"x": LibraryError("gone")}), corpus)


def test_a_library_of_something_else_is_refused_with_the_cure(corpus):
    ask(corpus, {"text": "x", "relevant": ["a"]})
    with pytest.raises(CorpusError, match=r"holds no file that a query of .* looks for\. Index"):
        evaluate(KnownEngine(corpus, {9: ["elsewhere.png"]}, {"x": [9]}), corpus)


def test_a_corpus_whose_queries_cannot_be_asked_is_refused(corpus):
    ask(corpus, {"image": "photos/gone.png", "relevant": ["a"]})
    with pytest.raises(CorpusError, match=r"None of the 1 queries .*gone\.png is missing"):
        evaluate(KnownEngine(corpus, ITEMS, {}), corpus)


def test_progress_hears_every_query_and_how_many_there_are(corpus):
    ask(corpus, *({"text": "x", "relevant": ["a"]} for _ in range(3)))
    heard = []
    evaluate(KnownEngine(corpus, ITEMS, {"x": [1]}), corpus, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_the_table_has_a_row_per_task_and_one_over_all(corpus):
    ask(corpus, {"text": "x", "relevant": ["a"]}, {"task": "looks", "text": "y", "relevant": ["b"]})
    found = evaluate(KnownEngine(corpus, ITEMS, {"x": [1], "y": [1, 3, 2]}), corpus)
    console = Console(file=StringIO(), width=140)
    console.print(evaluation_table(found))
    rows = {line.split("│")[1].strip(): line for line in console.file.getvalue().splitlines() if line.startswith("│")}
    assert list(rows) == ["words", "looks", "overall"]
    assert f"{(1 + 1 / 3) / 2:.3f}" in rows["overall"]
    assert f"{1 / 3:.3f}" in rows["looks"]


def test_each_query_is_written_with_its_rank_and_what_came_first(corpus, tmp_path):
    ask(
        corpus,
        {"text": "größe", "relevant": ["hat"]},
        {"image": "photos/a.png", "relevant": ["c"], "exclude": ["a"]},
    )
    found = evaluate(KnownEngine(corpus, ITEMS, {"größe": [4, 5], "a.png": [1, 2]}), corpus)
    write_per_query(found, tmp_path / "ranks.jsonl")
    words, looks = map(json.loads, (tmp_path / "ranks.jsonl").read_text(encoding="utf-8").splitlines())
    root = corpus.resolve()
    assert (words["task"], words["id"], words["query"], words["rank"]) == ("words", "q0", "größe", 2)
    assert words["top"] == [str(root / "shop/shoe-1.png"), str(root / "shop/hat.png")]
    assert words["scores"]["MRR"] == 1 / 2
    assert (looks["query"], looks["rank"], looks["top"]) == (str(root / FILES[0]), None, [str(root / FILES[1])])


SHARED = Path(__file__).parents[3] / "shared" / "corpus"


def test_the_shared_corpus_is_answered_perfectly_by_its_own_judgements():
    """Every file an item of its own: an engine that reads the judgements scores 1, whatever the task."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED.name} is not beside this checkout")
    manifest = [json.loads(line) for line in (SHARED / "manifest.jsonl").open(encoding="utf-8")]
    numbers = {line["id"]: number for number, line in enumerate(manifest, 1)}
    queries = [json.loads(line) for line in (SHARED / "queries.jsonl").open(encoding="utf-8")]
    rankings = {}
    for line in queries:
        key = line.get("text") or Path(line.get("image") or line["audio"]).name
        right = [numbers[one] for one in line["relevant"]]
        rankings[key] = [numbers[one] for one in line.get("exclude", [])] + rankings.get(key, []) + right
    engine = KnownEngine(SHARED, {number: [line["file"]] for number, line in enumerate(manifest, 1)}, rankings)
    found = evaluate(engine, SHARED)
    assert found.overall.n == len(queries)
    assert set(found.tasks) == {line["task"] for line in queries}
    assert found.overall.unmatched == 0
    assert found.unanswered == ()
    assert found.overall.means["R@10"] > 0.99  # a text that two tasks share has two sets of right answers
