"""What was worked out for a short text is remembered: alerts of one kind say the same words again and again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, update_wrapper
from typing import Concatenate, ParamSpec

_SHORT = 200  # characters; longer ones are rarely repeated, and all that is remembered stays below a megabyte
_TEXTS = 512
_How = ParamSpec("_How")
_Of = Callable[Concatenate[str, _How], str]


def for_short_texts(work_out: _Of[_How]) -> _Of[_How]:
    """Remember a pure function's last results for texts of at most 200 characters."""
    remembered = lru_cache(maxsize=_TEXTS)(work_out)

    def answer(text: str, /, *args: _How.args, **kwargs: _How.kwargs) -> str:
        known = remembered if len(text) <= _SHORT else work_out
        return known(text, *args, **kwargs)

    update_wrapper(answer, work_out)
    return answer
