"""Step 1: everything that training needs, in a folder small enough to carry to another machine.

`waves-NN.xz` holds the samples, `pack.npz` where each clip lies and the text vectors, `pack.json` the records,
`yamnet.npz` the teacher's weights. Neither decoders nor the text model are needed to open it.
"""

from __future__ import annotations

import itertools
import json
import logging
import lzma
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.sound.clips import Clip, clip_wordings, read_clips, read_waves, spoken_clips
from training.sound.plan import Paths
from training.sound.yamnet import save_yamnet
from training.textspace import encode

log = logging.getLogger(__name__)
SPOKEN = 120
PARTS = 4
STEPS_TO_PEAK = 256  # the step that samples are stored in makes noise 59 dB below their clip's peak


@dataclass(frozen=True, slots=True)
class Pack:
    """The pool, in memory."""

    clips: list[Clip]
    waves: NDArray[np.int16]  # all clips, one after the other
    starts: NDArray[np.int64]  # [clips + 1]
    texts: NDArray[np.float16]  # [wordings, 384], unit rows
    text_rows: NDArray[np.int64]  # clip i has the rows text_rows[text_starts[i]:text_starts[i + 1]], its label first
    text_starts: NDArray[np.int64]  # [clips + 1]
    class_names: list[str]
    class_texts: NDArray[np.float16]  # [521, 384]


def write_pack(paths: Paths, folder: Path, seed: int) -> None:
    """Write the pack, unless it is there."""
    if (folder / "pack.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    clips = read_clips(paths.pools)
    waves = read_waves(paths.pools, clips)
    for clip, wave in spoken_clips(paths.pools, SPOKEN, seed):
        clips.append(clip)
        waves.append(wave)
    log.info("%d clips, %.1f minutes", len(clips), sum(map(len, waves)) / 16_000 / 60)
    write_changes(folder, np.concatenate([changes_of(wave) for wave in waves]), parts=PARTS)
    classes = paths.classes.read_text("utf-8").splitlines()
    _write_tables(folder, clips, [len(wave) for wave in waves], classes)
    save_yamnet(paths.teacher, folder / "yamnet.npz")
    records = {"clips": [asdict(clip) for clip in clips], "classes": classes}
    (folder / "pack.json").write_text(json.dumps(records), encoding="utf-8")


def _write_tables(folder: Path, clips: list[Clip], lengths: list[int], classes: list[str]) -> None:
    row_of: dict[str, int] = {}
    rows = [[row_of.setdefault(wording, len(row_of)) for wording in clip_wordings(clip)] for clip in clips]
    log.info("encoding %d wordings", len(row_of))
    np.savez_compressed(
        folder / "pack.npz",
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        texts=encode(list(row_of)).astype(np.float16),
        text_rows=np.concatenate(rows),
        text_starts=np.concatenate([[0], np.cumsum([len(found) for found in rows])]),
        class_texts=encode(classes).astype(np.float16),
    )


def write_changes(folder: Path, changes: NDArray[np.uint16], *, parts: int) -> None:
    """Write the changes of all clips in so many files, each small enough to be sent."""
    with ThreadPoolExecutor() as pool:  # compressing lets other threads run
        for number, part in enumerate(pool.map(compressed, np.array_split(changes, parts))):
            (folder / f"waves-{number:02}.xz").write_bytes(part)


def read_changes(folder: Path) -> NDArray[np.uint16]:
    """What `write_changes` wrote."""
    return np.concatenate([joined(path.read_bytes()) for path in sorted(folder.glob("waves-*.xz"))])


def changes_of(wave: NDArray[np.int16]) -> NDArray[np.uint16]:
    """The steps from sample to sample, small ones as small numbers; the step's unit comes first."""
    unit = max(1, int(np.abs(wave.astype(np.int32)).max()) // STEPS_TO_PEAK)
    coarse = np.round(wave / unit).astype(np.int32)
    steps = np.diff(coarse, prepend=0)
    folded = np.where(steps >= 0, 2 * steps, -2 * steps - 1)  # zigzag: the sign in the lowest bit
    return np.concatenate([[unit], folded]).astype(np.uint16)


def compressed(changes: NDArray[np.uint16]) -> bytes:
    """Low bytes, then high ones: each alone is smoother than both in turn."""
    planes = np.concatenate([changes & 255, changes >> 8]).astype(np.uint8)
    return lzma.compress(planes.tobytes(), preset=1)


def open_pack(folder: Path) -> Pack:
    """Read the pack that `write_pack` wrote."""
    records = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
    clips = [Clip(**{**record, "texts": tuple(record["texts"])}) for record in records["clips"]]
    with np.load(folder / "pack.npz") as stored:
        tables = {name: stored[name] for name in stored.files}
    return Pack(
        clips=clips, waves=samples_of(read_changes(folder), tables["starts"]), class_names=records["classes"], **tables
    )


def joined(content: bytes) -> NDArray[np.uint16]:
    """What `compressed` was given."""
    low, high = np.split(np.frombuffer(lzma.decompress(content), np.uint8), 2)
    return np.asarray(low.astype(np.uint16) | (high.astype(np.uint16) << 8), dtype=np.uint16)


def samples_of(changes: NDArray[np.uint16], starts: NDArray[np.int64]) -> NDArray[np.int16]:
    """All clips' samples from their changes, clip i from `starts[i]` to `starts[i + 1]`."""
    waves = np.empty(starts[-1], dtype=np.int16)
    for clip, (start, stop) in enumerate(itertools.pairwise(starts)):
        first = start + clip  # each clip has one number more than samples: its unit
        folded = changes[first + 1 : stop + clip + 1].astype(np.int32)
        steps = np.where(folded % 2 == 0, folded // 2, -(folded + 1) // 2)
        waves[start:stop] = np.clip(np.cumsum(steps) * int(changes[first]), -32768, 32767)
    return waves
