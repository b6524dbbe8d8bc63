"""The factory. It receives its collaborators and keeps nothing at module level."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flask import Flask

from sensorium.history import History

from . import guard, problems
from .api import api_routes
from .history import Notes, history_routes
from .jobs import job_routes
from .media import media_routes
from .metrics import metric_routes
from .pages import page_routes
from .strict_json import StrictJson
from .why import why_routes

if TYPE_CHECKING:
    from sensorium.search.engine import Engine
    from sensorium.settings import Settings


def create_app(engine: Engine, settings: Settings, *, token: str = "") -> Flask:
    """The whole service over one engine and the library it holds.

    Requests larger than `settings.max_upload_mb` are answered with 413. On a loopback `settings.host` only requests
    for a loopback name are answered, so that no web site can read a private library by rebinding its name. By the
    `token`, which is no secret, the commands of this machine know the service again; see `sensorium.serving`.
    """
    app = Flask("sensorium.web")
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_mb * 2**20
    app.json = StrictJson(app)
    guard.install(app, host=settings.host)
    problems.install(app)
    app.add_url_rule("/api/v1/service", "service", lambda: {"token": token, "process": os.getpid()})
    history = Notes(History(engine.library.folder, kept=settings.history))
    app.register_blueprint(api_routes(engine, history))
    app.register_blueprint(media_routes(engine.library))
    app.register_blueprint(page_routes(engine, history))
    app.register_blueprint(history_routes(history))
    app.register_blueprint(job_routes(engine.library, settings))
    app.register_blueprint(why_routes(engine))
    app.register_blueprint(metric_routes(engine.library))
    return app
