"""Where a library is being served: a small file in its folder, by which commands find the service that is warm already.

The file is believed only so far: the process it names must live, the address must be this machine's own, and what
answers there must know the file's token. A library from elsewhere cannot send queries anywhere by it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from sensorium.settings import Settings

FILE = "service.json"
PATIENCE_S = 60.0
"""How long an answer is waited for."""
_ONLY_OF_THE_SERVICE = {"host", "port", "jobs", "index_folders", "max_upload_mb", "measure", "processes"}


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: where it listens on this machine, its process, and the token it is known by.

    `settings` is the digest of those it answers by: with others an answer would be another one.
    """

    host: str
    port: int
    pid: int
    token: str
    settings: str


def new_token() -> str:
    return secrets.token_hex(16)


@contextmanager
def announced(folder: Path, address: str, token: str, settings: Settings) -> Iterator[None]:
    """While open, commands on the library in `folder` find the service at `address`, `http://host:port/`.

    A folder that cannot be written, and an address that is not this machine's own, are left alone.
    """
    parts = urlsplit(address)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(parts.hostname or "", parts.hostname or "")
    service = Service(host, parts.port or 0, os.getpid(), token, digest(settings))
    path = folder / FILE
    told = False
    if _is_own(host):
        with suppress(OSError):
            path.write_text(json.dumps(asdict(service)), "utf-8")
            path.chmod(0o600)
            told = True
    try:
        yield
    finally:
        if told and _read(path) == service:  # another service may have come since
            path.unlink(missing_ok=True)


def digest(settings: Settings) -> str:
    """Of everything that an answer may depend on."""
    return hashlib.sha256(settings.model_dump_json(exclude=_ONLY_OF_THE_SERVICE).encode()).hexdigest()


def running_service(folder: Path, settings: Settings) -> Service | None:
    """The service of the library in `folder` that answers by the same settings; None where there is none."""
    service = _read(folder / FILE)
    if service is None or not _is_own(service.host) or service.settings != digest(settings):
        return None
    if not _lives(service.pid):
        return None
    told = ask(service, "/api/v1/service", {})
    return service if told is not None and told.get("token") == service.token else None


def ask(service: Service, path: str, fields: dict[str, str]) -> dict[str, Any] | None:
    """The JSON object that the service answers with; None where it does not, for whatever reason."""
    connection = HTTPConnection(service.host, service.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", f"{path}?{urlencode(fields)}")
        answer = connection.getresponse()
        document = json.loads(answer.read()) if answer.status == 200 else None
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return document if isinstance(document, dict) else None


def _read(path: Path) -> Service | None:
    try:
        told = json.loads(path.read_text("utf-8"))
        service = Service(**told)
    except (OSError, ValueError, TypeError):
        return None
    fits = all(isinstance(getattr(service, name), kind) for name, kind in _KINDS.items())
    return service if fits and 0 < service.port < 65536 else None


_KINDS = {"host": str, "port": int, "pid": int, "token": str, "settings": str}


def _is_own(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return pid > 0
