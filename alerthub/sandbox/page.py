"""The page that shows the rooms: its few files, served from memory under a strict content security policy."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from .http1 import Answer, text_answer

_FOLDER = Path(__file__).parent / "page"
_FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/messages.js": ("messages.js", "text/javascript; charset=utf-8"),
    "/markdown.js": ("markdown.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_HEADERS = {
    # Pictures that a message names are never fetched: what is shown here came from anywhere.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@lru_cache(maxsize=16)
def serve(path: str) -> Answer:
    if path not in _FILES:
        return text_answer(404, "404 Not Found")
    name, content_type = _FILES[path]
    return Answer(200, (_FOLDER / name).read_bytes(), content_type, _HEADERS)
