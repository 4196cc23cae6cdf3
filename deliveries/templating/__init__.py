"""How an alert group reads in chat, in people's own words: Jinja2, in a sandbox that can neither escape nor run away.

Pure. `engine` compiles and renders, `limits` counts the work, `words` are the filters, `context` says what can be used.
"""

from __future__ import annotations

from deliveries.templating.checking import faults
from deliveries.templating.context import context_of
from deliveries.templating.engine import TemplateFault, check, render

__all__ = ["TemplateFault", "check", "context_of", "faults", "render"]
