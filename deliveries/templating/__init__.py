"""How an alert group reads in chat, in people's own words: Jinja2, in a sandbox that can neither escape nor run away.

Pure. `engine` compiles and renders, `limits` counts the work, `words` are the filters, `context` says what can be used,
`checking` tries a template on `samples`. They are loaded when the first template is used: Jinja2 costs 2 MB in every process.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deliveries.templating.checking import faults
    from deliveries.templating.context import context_of
    from deliveries.templating.engine import TemplateFault, check, render

__all__ = ["TemplateFault", "check", "context_of", "faults", "render"]

_ROOMS = {
    "TemplateFault": "engine",
    "check": "engine",
    "render": "engine",
    "context_of": "context",
    "faults": "checking",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
