"""What differs between Rocket.Chat releases and settings, as switches. The defaults are today's newest behaviour."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

_CHOICES: dict[str, tuple[str, ...]] = {
    "token_error": ("404json", "500text", "hang"),
    "malformed_json": ("swallowed", "400"),
    "repeated_id": ("400", "200"),
    "unknown_parent": ("stored", "refused"),
    "archived_info": ("refused", "shown"),
}
_SWITCHES = ("fields_strict", "separate_response", "threads", "edit_blocked", "bot_bypass")
_NUMBERS = {
    "max_size": "a whole number of UTF-16 code units, or 0 for no limit",
    "edit_minutes": "a whole number of minutes, or 0 for no limit",
}


@dataclass(frozen=True, slots=True)
class Eras:
    """Raises ValueError for a value that no release has."""

    token_error: str = "500text"  # noqa: S105 - how an unknown token is answered, no secret
    malformed_json: str = "swallowed"
    max_size: int = 5000  # UTF-16 code units of the text; 0 = not enforced
    fields_strict: bool = True
    separate_response: bool = True
    repeated_id: str = "400"  # chat.sendMessage with an _id that exists: either was inferred, clients must bear both
    threads: bool = True
    unknown_parent: str = "stored"  # a reply to a message that is not there; stored, it is shown nowhere
    edit_blocked: bool = False  # as if every message were too old to be edited, for bots too
    edit_minutes: int = 0  # the age at which editing ends, for accounts without the role bot; 0 = never
    archived_info: str = "refused"  # whether rooms.info shows an archived room
    bot_bypass: bool = True  # the REST rate limit does not hold for bots

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}")
        for name in _SWITCHES:
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be true or false")
        for name, words in _NUMBERS.items():
            number = getattr(self, name)
            if not isinstance(number, int) or isinstance(number, bool) or number < 0:
                raise ValueError(f"{name} must be {words}")

    def as_dict(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}
