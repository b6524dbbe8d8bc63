"""Reads a corpus of judged queries: `manifest.jsonl`, a line per file, and `queries.jsonl`, a line per query."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sensorium.errors import CorpusError
from sensorium.types import Modality, Part

_EXAMPLES = {"image": Modality.PICTURE, "audio": Modality.SOUND, "video": Modality.FILM}
_ASKED_BY = ("text", *_EXAMPLES)


@dataclass(frozen=True, slots=True)
class Judged:
    """One query and what should be found. All paths are absolute.

    `relevant` and `exclude` are files: an item is met through any of its own. Excluded items do not count as
    found; `folder`, where given, is the only one searched.
    """

    id: str
    task: str
    part: Part
    relevant: tuple[Path, ...]
    exclude: tuple[Path, ...] = ()
    folder: Path | None = None


def read_corpus(folder: Path, tasks: Sequence[str] = ()) -> tuple[Judged, ...]:
    """The judged queries in `folder`, of the given tasks only, in the order of the file.

    Raises `CorpusError` for a missing file, a line that is not what it should be (with its number), a task that
    has no queries, and a corpus without any.
    """
    root = folder.resolve()
    files: dict[str, Path] = {}
    for where, line in _lines(root / "manifest.jsonl"):
        files[_text(line, "id", where)] = (root / _text(line, "file", where)).resolve()
    judged = tuple(_judged(line, where, root, files) for where, line in _lines(root / "queries.jsonl"))
    known = {query.task for query in judged}
    if unknown := sorted(set(tasks) - known):
        raise CorpusError(f"{folder} has no task {unknown[0]!r}. It has: {', '.join(sorted(known)) or 'none'}.")
    if not judged:
        raise CorpusError(f"{root / 'queries.jsonl'} holds no queries; a line per judged query was expected.")
    return tuple(query for query in judged if not tasks or query.task in tasks)


def _lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each line that is not blank, as an object, with where it stands."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise CorpusError(
            f"{path} cannot be read ({error.strerror}). A corpus is a folder with manifest.jsonl and queries.jsonl."
        ) from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path} is not UTF-8: {error.reason} at byte {error.start}.") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{path}, line {number}"
            yield where, _object(line, where)


def _object(line: str, where: str) -> Mapping[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise CorpusError(f"{where}: not JSON ({error}).") from error
    if not isinstance(value, dict):
        raise CorpusError(f"{where}: an object in braces was expected, got {type(value).__name__}.")
    return value


def _judged(line: Mapping[str, Any], where: str, root: Path, files: Mapping[str, Path]) -> Judged:
    relevant = _files_of(line, "relevant", where, files)
    if not relevant:
        raise CorpusError(f"{where}: `relevant` is empty; a query without a right answer cannot be judged.")
    return Judged(
        id=_text(line, "id", where),
        task=_text(line, "task", where),
        part=_part(line, where, root),
        relevant=relevant,
        exclude=_files_of(line, "exclude", where, files),
        folder=root / _text(line, "folder", where) if "folder" in line else None,
    )


def _part(line: Mapping[str, Any], where: str, root: Path) -> Part:
    asked_by = [key for key in _ASKED_BY if key in line]
    if len(asked_by) != 1:
        raise CorpusError(f"{where}: expected one of {', '.join(_ASKED_BY)}; got {', '.join(asked_by) or 'none'}.")
    value = _text(line, asked_by[0], where)
    if asked_by[0] == "text":
        return Part(Modality.TEXT, text=value)
    return Part(_EXAMPLES[asked_by[0]], path=root / value)


def _files_of(line: Mapping[str, Any], key: str, where: str, files: Mapping[str, Path]) -> tuple[Path, ...]:
    ids = line.get(key, [])
    if not isinstance(ids, list):
        raise CorpusError(f"{where}: `{key}` should be a list of ids, got {type(ids).__name__}.")
    for wanted in ids:
        if not isinstance(wanted, str) or wanted not in files:
            raise CorpusError(f"{where}: `{key}` names {wanted!r}, which is no id of manifest.jsonl.")
    return tuple(files[wanted] for wanted in dict.fromkeys(ids))


def _text(line: Mapping[str, Any], key: str, where: str) -> str:
    value = line.get(key)
    if not isinstance(value, str) or not value:
        raise CorpusError(f"{where}: `{key}` should be a text that is not empty, got {value!r}.")
    return value
