"""One table of settings: a row is a name, a default and a help text.

Each may be given in the environment as `SENSORIUM_<NAME>`; the command line's options of the same name win.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from sensorium.errors import BadSetting


def _parted(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Patterns = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parted)]
"""In the environment: separated by commas."""

Numbers = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_parted)]
"""In the environment: separated by commas."""


def _parted_paths(value: Any) -> Any:
    return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value


Folders = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_parted_paths)]
"""In the environment: separated as in PATH."""


class Settings(BaseSettings):
    """Read once at the composition root and handed down; nothing else looks at the environment."""

    model_config = SettingsConfigDict(env_prefix="SENSORIUM_", frozen=True, extra="ignore")

    profile: str = Field("starter", description="Models a new library is made with; `sensorium models` lists them.")
    device: Literal["auto", "cuda", "mps", "cpu"] = Field("auto", description="Where models run.")
    minilm_path: Path | None = Field(None, description="Folder with the files of all-MiniLM-L6-v2.")
    open_clip_model: str = Field("ViT-B-16-SigLIP2-256", description="Architecture for the profile `open_clip`.")
    open_clip_weights: str = Field("webli", description="Its pretrained tag, or the path of a local checkpoint.")
    sentence_model: str = Field(
        "sentence-transformers/all-MiniLM-L6-v2",
        description="Text encoder for text against text in the profile `open_clip`: a name or a folder.",
    )
    transcriber: Literal["auto", "whisper", "pocketsphinx", "none"] = Field(
        "auto", description="Speech to text; `auto` is Whisper where its weights are on this machine."
    )
    subtitles: Literal["instead", "beside", "ignore"] = Field(
        "instead", description="What a film's subtitles, inside or beside it, are to a transcript of its sound."
    )
    whisper_model: str = Field("base", description="Whisper model: a name, or the path of a local checkpoint.")
    ocr: Literal["auto", "on", "off"] = Field(
        "auto", description="Whether text in pictures is read; `auto` does where the extra `ocr` is installed."
    )
    cache_folder: Path | None = Field(
        None, description="Folder for what is computed once on a machine; the user's cache folder where none is named."
    )
    allow_download: bool = Field(False, description="Whether models may be fetched from a model hub.")

    fusion: str = Field(
        "discounted", description="How the channels' answers are joined into one list; docs/cli.md lists the ways."
    )
    false_accept: float = Field(
        0.05, gt=0, lt=1, description="Share of nonsense queries that may have a hit that passes for an answer."
    )
    rerank: str = Field(
        "cross-encoder,pictures,variety,fold",
        description="Second looks at the best hits, in this order; docs/cli.md lists them.",
    )
    cross_encoder: str = Field(
        "", description="Cross-encoder that reads the best passages again: a folder or a hub's name; empty for none."
    )
    rerank_pictures: str = Field(
        "", description="Larger open_clip model that looks at the best pictures again, as NAME:WEIGHTS; empty for none."
    )
    rerank_budget_ms: float = Field(
        200, gt=0, description="Time that all second looks together may take, in milliseconds; the rest is skipped."
    )

    tiles: int = Field(
        0,
        ge=0,
        le=4,
        description="Overlapping parts along a picture's shorter side that are encoded too, for small things in it.",
    )
    personal_tags: bool = Field(
        False,
        description="Whether the place, author and owner that a camera noted are kept. A library may be shared.",
    )
    vector_index: str = Field(
        "auto", description="Kind of the vector indexes: exact, faiss, ivf-rabitq, ivf-sq8, ivf-pq, hnsw, or by size."
    )
    index_recall: float = Field(
        0.98, gt=0, lt=1, description="Share of the nearest vectors that a trained index is tuned to find."
    )
    measure: bool = Field(
        True, description="Whether the service asks a sample of its queries again, exactly, to measure its indexes."
    )
    include: Patterns = Field((), description="Only files that match one of these patterns are indexed.")
    exclude: Patterns = Field((), description="Files and folders that match one of these patterns are not indexed.")
    hidden: bool = Field(False, description="Whether files and folders whose name begins with a dot are indexed.")
    follow_links: bool = Field(False, description="Whether links to folders are followed.")
    keep_removed_days: float = Field(
        30, ge=0, description="For so many days what has vanished may come back without being read again."
    )

    fetch: bool = Field(False, description="Whether what lists of URLs and product feeds name is fetched.")
    fetch_allow: Patterns = Field((), description="Networks that may be fetched from although they are not public.")
    fetch_ports: Numbers = Field((80, 443), description="Ports that are fetched from.")
    fetch_max_mb: int = Field(100, ge=1, description="Larger files are not fetched, in MB.")
    fetch_timeout_s: float = Field(300, gt=0, description="A file that takes longer to come is given up, in seconds.")
    fetch_per_host: int = Field(2, ge=1, description="Files fetched from one host at the same time.")
    fetch_delay_s: float = Field(0.5, ge=0, description="Time between two requests to one host, in seconds.")
    fetch_recheck_days: float = Field(
        0,
        ge=0,
        description="A product's picture is asked for anew after so many days, though its row is as it was; 0: no.",
    )
    fetch_keep_mb: int = Field(
        10_000, ge=0, description="Room for fetched files in the library, in MB; the oldest are let go, items stay."
    )

    workers: int = Field(2, ge=1, description="Processes that decode media.")
    batch_size: int = Field(64, ge=1, description="Pictures or texts encoded at once.")
    max_file_mb: int = Field(4096, ge=1, description="Larger files are refused, in MB.")
    max_megapixels: int = Field(200, ge=1, description="Larger pictures are refused, in millions of pixels.")
    max_duration_s: int = Field(6 * 3600, ge=1, description="Longer sounds and films are refused, in seconds.")
    decode_timeout_s: int = Field(300, ge=1, description="A file that takes longer to decode is given up, in seconds.")

    history: bool = Field(
        False, description="Whether queries are remembered, in history.db in the library's folder and nowhere else."
    )

    jobs: Literal["auto", "on", "off"] = Field(
        "auto", description="Whether the service takes jobs of indexing; `auto` is where only this machine can ask."
    )
    index_folders: Folders = Field((), description="Folders that may be indexed from the page, parted as in PATH.")

    host: str = Field("127.0.0.1", description="Address the service listens on.")
    port: int = Field(7700, ge=0, le=65535, description="Port the service listens on.")
    processes: int = Field(
        1, ge=1, le=64, description="Processes that answer queries, a core and the models' memory for each."
    )
    max_upload_mb: int = Field(64, ge=1, description="Larger uploads to the service are refused, in MB.")


def load_settings() -> Settings:
    """The settings of this process. Raises `BadSetting`, naming the variable and what is wrong with its value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "SENSORIUM_" + str(first["loc"][0]).upper()
        raise BadSetting(f"{name} = {first['input']!r}: {first['msg']}.") from error
