"""Request body to payload, with the odd ways of Rocket.Chat's router kept: bad JSON becomes `{}`, text becomes junk."""

from __future__ import annotations

import json
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from .eras import Eras
from .http1 import Request


class Rejected(ValueError):
    """The body is answered with 400, as JSON or (the old body parser) as plain text; str() is the parser's message."""

    def __init__(self, text: str, *, as_json: bool) -> None:
        super().__init__(text)
        self.as_json = as_json


def _no_constants(name: str) -> NoReturn:
    # Python reads NaN and Infinity; JavaScript's JSON.parse does not.
    raise ValueError(f"Unexpected token {name[0]} in JSON")


def parse_json(text: str) -> Any:
    """Raises ValueError, also for nesting that no parser takes."""
    try:
        return json.loads(text, parse_constant=_no_constants)
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


def read(request: Request, eras: Eras) -> dict[str, Any]:
    """The payload a hook sees. Raises Rejected."""
    if request.method == "GET":
        return {}
    kind = request.content_type.lower()
    text = request.body.decode("utf-8", "replace")
    if "application/json" in kind:
        return _read_json(text, eras)
    if kind.startswith("application/x-www-form-urlencoded"):
        return _read_form(text)
    if kind.startswith("multipart/form-data"):
        return {}
    # No JSON content type: the text is spread into its characters, which is "not empty", so an empty message is posted.
    return {str(place): letter for place, letter in enumerate(text)}


def _plain(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _read_json(text: str, eras: Eras) -> dict[str, Any]:
    try:
        return _plain(parse_json(text))
    except ValueError as error:
        if eras.malformed_json == "400":
            raise Rejected(str(error), as_json=False) from None
        return {}


def _read_form(text: str) -> dict[str, Any]:
    pairs = dict(parse_qsl(text, keep_blank_values=True))
    if set(pairs) == {"payload"}:
        try:
            return _plain(parse_json(pairs["payload"]))
        except ValueError as error:
            raise Rejected(str(error), as_json=True) from None
    if len(pairs) == 1:  # raw JSON sent with curl's default content type, kept working for old senders
        try:
            return _plain(parse_json(text))
        except ValueError:
            return dict(pairs)
    return dict(pairs)
