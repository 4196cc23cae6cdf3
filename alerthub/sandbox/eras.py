"""What differs between Rocket.Chat releases and settings, as switches. The defaults are today's newest behaviour."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

_CHOICES: dict[str, tuple[str, ...]] = {
    "token_error": ("404json", "500text", "hang"),
    "malformed_json": ("swallowed", "400"),
    "repeated_id": ("400", "200"),
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

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}")
        for name in ("fields_strict", "separate_response"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be true or false")
        if not isinstance(self.max_size, int) or isinstance(self.max_size, bool) or self.max_size < 0:
            raise ValueError("max_size must be a whole number of UTF-16 code units, or 0 for no limit")

    def as_dict(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}
