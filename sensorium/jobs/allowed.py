"""Which indexing may be asked for from the page or the interface."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from pathlib import Path

from sensorium.errors import JobError
from sensorium.settings import Settings


def jobs_allowed(settings: Settings) -> bool:
    """Whether jobs are taken: by themselves only where nobody but this machine can ask for them."""
    return settings.jobs == "on" or (settings.jobs == "auto" and _is_loopback(settings.host))


def require_jobs(settings: Settings) -> None:
    """Raises `JobError` where jobs are off."""
    if not jobs_allowed(settings):
        raise JobError(
            "Indexing cannot be asked for here. Where other machines may reach the service, it must be allowed with "
            "SENSORIUM_JOBS=on."
        )


def allowed_paths(wanted: Iterable[str], folders: Iterable[Path], known: Sequence[Path]) -> list[Path]:
    """The paths, absolute. Raises `JobError` for one that is not there, or is neither in `folders` nor `known`.

    `folders` are those of the settings; `known` is what the library has been made from, which may be looked at again.
    Links are followed before a path is judged.
    """
    roots = [folder.expanduser().resolve() for folder in folders]
    found = []
    for text in wanted:
        path = Path(text).expanduser().resolve()
        inside = any(path == root or root in path.parents for root in (*roots, *known))
        if not text.strip() or not inside:  # before its existence is told
            raise JobError(
                f"{text!r} may not be indexed from here. Its folder must be named in SENSORIUM_INDEX_FOLDERS, or have "
                "been indexed from the command line before."
            )
        if not path.exists() and path not in known:
            raise JobError(f"{path} does not exist. Check the path.")
        found.append(path)
    if not found:
        raise JobError("Nothing was named to be indexed. Give one path or more.")
    return found


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
