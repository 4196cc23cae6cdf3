"""What the body of an answer of Rocket.Chat's says: its JSON, its own words, the messages it shows. Nothing is judged."""

from __future__ import annotations

import json
from typing import Any

_LONGEST_WORDS = 500


def parse(body: bytes) -> dict[str, Any] | None:
    """The body as a JSON object; None if it is anything else."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def words_of(answer: dict[str, Any] | None) -> str:
    """The server's own explanation. A script's error may be any JSON."""
    for key in ("error", "message", "errorType"):
        said = (answer or {}).get(key)
        if said:
            return (said if isinstance(said, str) else json.dumps(said))[:_LONGEST_WORDS]
    return ""


def message_id(answer: dict[str, Any]) -> str:
    """The id of the message an answer shows; "" if it shows none."""
    message = answer.get("message")
    found = message.get("_id") if isinstance(message, dict) else None
    return found if isinstance(found, str) else ""


def responses(answer: dict[str, Any]) -> list[dict[str, Any]]:
    given = answer.get("responses")
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
