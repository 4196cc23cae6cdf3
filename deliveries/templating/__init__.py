"""How an alert group reads in chat, in people's own words: Jinja2, in a sandbox that can neither escape nor run away.

Pure. `context` says what can be used, `samples` are what a template must be able to say. `engine` compiles and renders,
`limits` counts the work, `words` are the filters: they run in the process that `child` is, which `deliveries.rendering`
starts and stops. `go` knows what to write for what was meant for Alertmanager. Whoever asks for a text loads nothing of Jinja2.
"""

from __future__ import annotations

from deliveries.templating.context import context_of
from deliveries.templating.fault import TemplateFault

__all__ = ["TemplateFault", "context_of"]
