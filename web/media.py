"""Serves media and thumbnails by id. There is no way to name a file: only what the catalogue holds is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, send_file

from .guard import SANDBOX_POLICY
from .links import ID

if TYPE_CHECKING:
    from sensorium.library import Library

THUMBNAIL_MAX_AGE_S = 3600

_INERT_FAMILIES = ("image/", "audio/", "video/")
_PDF = "application/pdf"  # browsers refuse to show one inside a sandbox, and run its script in a viewer of their own


def media_routes(library: Library) -> Blueprint:
    routes = Blueprint("media", __name__)

    @routes.get(f"/media/<{ID}:medium_id>")
    def medium(medium_id: int) -> Response:
        """The file as it is. Conditional, and in ranges, so that players can seek."""
        found = library.medium(medium_id)
        try:
            response = send_file(found.path, mimetype=found.mime, conditional=True, download_name=found.path.name)
        except OSError:
            abort(404, f"The file {found.path.name!r} of medium {medium_id} has vanished or cannot be read.")
        response.headers["Accept-Ranges"] = "bytes"
        if _may_carry_script(found.mime):
            response.headers["Content-Security-Policy"] = SANDBOX_POLICY
        else:
            response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
        return response

    @routes.get(f"/thumbnails/<{ID}:medium_id>")
    def thumbnail(medium_id: int) -> Response:
        """A small picture of the medium."""
        path = library.thumbnail(medium_id)
        if path is None:
            abort(404, f"There is no thumbnail of medium {medium_id}.")
        try:
            mime = "image/webp" if path.suffix == ".webp" else "image/jpeg"
            return send_file(path, mimetype=mime, conditional=True, max_age=THUMBNAIL_MAX_AGE_S)
        except OSError:
            abort(404, f"The thumbnail of medium {medium_id} has vanished or cannot be read.")

    @routes.get(f"/stills/<{ID}:segment_id>")
    def still(segment_id: int) -> Response:
        """A still of a film, as WebP."""
        path = library.still(segment_id)
        if path is None:
            abort(404, f"There is no still of segment {segment_id}.")
        try:
            return send_file(path, mimetype="image/webp", conditional=True, max_age=THUMBNAIL_MAX_AGE_S)
        except OSError:
            abort(404, f"The still of segment {segment_id} has vanished or cannot be read.")

    return routes


def _may_carry_script(mime: str) -> bool:
    return mime.startswith("image/svg") or not (mime.startswith(_INERT_FAMILIES) or mime == _PDF)
