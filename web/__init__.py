"""The service: a JSON interface, media by id, and one search page.

app = create_app(engine, settings)
serve(app, settings)
"""

from .app import create_app
from .server import listen, serve

__all__ = ["create_app", "listen", "serve"]
