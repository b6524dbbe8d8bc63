"""How well an engine answers judged queries: `sensorium evaluate`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sensorium.errors import CorpusError, MediaError, QueryError
from sensorium.types import Answer, Hit, Query

from .corpus import Judged, read_corpus
from .measures import MEASURES, Judgement, Score, measure, score

if TYPE_CHECKING:
    from rich.table import Table

    from .measures import Values

_SHOWN_HITS = 10  # as deep as the measures with a cut-off look
_SHOWN_MEASURES = ("R@1", "R@5", "R@10", "MRR", "nDCG@10", "MAP")


class HasPaths(Protocol):
    def items_by_path(self) -> Mapping[Path, int]:
        """The item of every medium, by its absolute, resolved path."""
        ...


class AnswersQueries(Protocol):
    """What an evaluation asks of an engine."""

    @property
    def library(self) -> HasPaths: ...

    def search(self, query: Query) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Ranking:
    """How one query went. `rank` is that of the first right item, 1 is best; `top` are the best hits' files."""

    task: str
    query: Judged
    rank: int | None
    relevant: int
    top: tuple[Path, ...]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A query with nothing to rank, and why. `counted` ones scored 0; the others could not be asked at all."""

    task: str
    id: str
    why: str
    counted: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores by task and over all queries. Every query counts alike in `overall`, so large tasks weigh more."""

    tasks: Mapping[str, Score]
    overall: Score
    unanswered: tuple[Unanswered, ...]
    per_query: tuple[Ranking, ...]


@dataclass(frozen=True, slots=True)
class _Outcome:
    query: Judged
    judgement: Judgement
    top: tuple[Path, ...]
    missing: frozenset[Path]


def evaluate(
    engine: AnswersQueries,
    corpus: Path,
    *,
    tasks: Sequence[str] = (),
    limit: int = 100,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Ask every judged query of `corpus` and measure the first `limit` items of each answer.

    A relevant file stands for its item, and several of one item for one. A file that is not in the library
    counts as a relevant item that is never found. A query that the engine refuses, or answers with nothing,
    scores 0; one whose example file is missing cannot be asked of any engine and counts nowhere. Both are named.
    `progress` hears the queries done and all of them. Raises `CorpusError` for a broken corpus, and for a
    library that holds none of the relevant files.
    """
    queries = read_corpus(corpus, tasks)
    items = engine.library.items_by_path()
    if not any(path in items for query in queries for path in query.relevant):
        raise CorpusError(f"The library holds no file that a query of {corpus} looks for. Index {corpus} first.")
    outcomes: list[_Outcome] = []
    unanswered: list[Unanswered] = []
    for done, query in enumerate(queries, 1):
        outcome, why = _ask(engine, query, items, limit)
        if outcome is not None:
            outcomes.append(outcome)
        if why:
            unanswered.append(Unanswered(query.task, query.id, why, counted=outcome is not None))
        if progress is not None:
            progress(done, len(queries))
    if not outcomes:
        raise CorpusError(f"None of the {len(queries)} queries of {corpus} can be asked: {unanswered[0].why}")
    return _summary(outcomes, tuple(unanswered))


def _ask(
    engine: AnswersQueries, judged: Judged, items: Mapping[Path, int], limit: int
) -> tuple[_Outcome | None, str | None]:
    """The outcome, or none for a query that cannot be asked; and why nothing was found, where nothing was."""
    excluded = {items[path] for path in judged.exclude if path in items}
    missing = frozenset(path for path in judged.relevant if path not in items)
    relevant = {str(items[path]) for path in judged.relevant if path in items and items[path] not in excluded}
    relevant |= {f"missing {path}" for path in missing}
    if judged.part.path is not None and not judged.part.path.is_file():
        return None, f"its example {judged.part.path} is missing"
    if not relevant:
        return None, "its only relevant items are excluded"
    # Judged items are counted one by one: a near-duplicate that is folded into another is found all the same
    query = Query(parts=(judged.part,), limit=limit + len(excluded), folder=judged.folder, fold=False)
    hits, why = _hits(engine, query)
    kept = list({hit.item.id: hit for hit in hits if hit.item.id not in excluded}.values())[:limit]
    judgement = Judgement(found=[str(hit.item.id) for hit in kept], relevant=frozenset(relevant))
    return _Outcome(judged, judgement, tuple(map(_file_of, kept[:_SHOWN_HITS])), missing), why


def _hits(engine: AnswersQueries, query: Query) -> tuple[tuple[Hit, ...], str | None]:
    try:
        answer = engine.search(query)
    except (QueryError, MediaError) as error:
        return (), str(error)
    return answer.hits, None if answer.hits else "; ".join(("no hits", *answer.notes))


def _file_of(hit: Hit) -> Path:
    """The file a person would look at: a product's own path is that of its feed."""
    return hit.item.media[0].path if hit.item.media else hit.item.path


def _summary(outcomes: Sequence[_Outcome], unanswered: tuple[Unanswered, ...]) -> Evaluation:
    values = measure([outcome.judgement for outcome in outcomes])
    rows_by_task: dict[str, list[int]] = {}
    for row, outcome in enumerate(outcomes):
        rows_by_task.setdefault(outcome.query.task, []).append(row)
    return Evaluation(
        tasks={task: _score(outcomes, values, rows) for task, rows in rows_by_task.items()},
        overall=_score(outcomes, values, range(len(outcomes))),
        unanswered=unanswered,
        per_query=tuple(_ranking(outcome, values[row].tolist()) for row, outcome in enumerate(outcomes)),
    )


def _score(outcomes: Sequence[_Outcome], values: Values, rows: Sequence[int]) -> Score:
    missing = frozenset[Path]().union(*(outcomes[row].missing for row in rows))
    return score(values[list(rows)], unmatched=len(missing))


def _ranking(outcome: _Outcome, scores: Sequence[float]) -> Ranking:
    found, relevant = outcome.judgement.found, outcome.judgement.relevant
    return Ranking(
        task=outcome.query.task,
        query=outcome.query,
        rank=next((rank for rank, item in enumerate(found, 1) if item in relevant), None),
        relevant=len(relevant),
        top=outcome.top,
        scores=dict(zip(MEASURES, scores, strict=True)),
    )


def evaluation_as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Plain values: scores by task and overall, and the queries without an answer by task and id."""
    return {
        "tasks": {task: _score_as_json(one) for task, one in evaluation.tasks.items()},
        "overall": _score_as_json(evaluation.overall),
        "queries_without_answer": [
            {"task": one.task, "id": one.id, "why": one.why, "counted": one.counted} for one in evaluation.unanswered
        ],
    }


def _score_as_json(one: Score) -> dict[str, Any]:
    intervals = {name: list(bounds) for name, bounds in one.intervals.items()}
    return {"n": one.n, **one.means, "intervals": intervals, "unmatched": one.unmatched}


def evaluation_table(evaluation: Evaluation) -> Table:
    """A row per task and one over all queries; R@10 with its 95 % interval."""
    from rich.table import Table

    table = Table("task", title="Share of queries with a right answer among the first 1, 5 and 10, and rank measures")
    for name in ("n", *_SHOWN_MEASURES, "R@10, 95 %", "unmatched"):
        table.add_column(name, justify="right")
    for task, one in evaluation.tasks.items():
        table.add_row(task, *_cells(one))
    table.add_section()
    table.add_row("overall", *_cells(evaluation.overall), style="bold")
    return table


def _cells(one: Score) -> list[str]:
    low, high = one.intervals["R@10"]
    means = [f"{one.means[name]:.3f}" for name in _SHOWN_MEASURES]
    return [str(one.n), *means, f"{low:.3f}–{high:.3f}", str(one.unmatched)]


def write_per_query(evaluation: Evaluation, path: Path) -> None:
    """A JSON line per query asked: what was asked, the rank of the first right item (null if none), the top files."""
    with path.open("w", encoding="utf-8") as file:
        for one in evaluation.per_query:
            file.write(json.dumps(_ranking_as_json(one), ensure_ascii=False) + "\n")


def _ranking_as_json(one: Ranking) -> dict[str, Any]:
    part = one.query.part
    return {
        "task": one.task,
        "id": one.query.id,
        "query": part.text or str(part.path),
        "rank": one.rank,
        "relevant": one.relevant,
        "top": [str(path) for path in one.top],
        "scores": dict(one.scores),
    }
