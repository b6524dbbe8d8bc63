"""What every answer carries against hostile content, and which names the service answers to."""

from __future__ import annotations

import ipaddress

from flask import Flask, Response, abort, request

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""For everything but the served media: only our own script and style, no inline code, nothing from elsewhere."""

SANDBOX_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""For documents that could carry script (HTML, SVG): shown as an origin of their own, without script or requests."""


def install(app: Flask, *, host: str) -> None:
    if _is_loopback(host):
        app.before_request(_refuse_foreign_names)
    app.after_request(_protect)


def _refuse_foreign_names() -> None:
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if not _is_loopback(name.strip("[]")):
        abort(
            400,
            f"This service answers on this machine only, not as {name!r}. "
            "To serve other machines, start it with the address it should listen on (--host).",
        )


def refuse_other_sites() -> None:
    """A page from elsewhere may send a form here, but must not change anything. Programs that are no browsers may."""
    origin = request.headers.get("Origin", "")
    foreign = bool(origin) and origin.partition("://")[2] != request.host
    if foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403, "Only this service's own page may ask for this.")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _protect(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    return response
