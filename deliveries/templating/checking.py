"""Whether a template may be saved: it must compile, and say something of every sample."""

from __future__ import annotations

from deliveries.templating import samples
from deliveries.templating.engine import TemplateFault, render


def faults(headline: str, card: str) -> dict[str, str]:
    """Field -> what is wrong with it, with the line; empty if nothing is."""
    found: dict[str, str] = {}
    for field, source in (("headline", headline), ("card", card)):
        if source.strip() and (fault := _fault(source)):
            found[field] = fault
    return found


def _fault(source: str) -> str:
    for what, context in samples.contexts().items():
        try:
            render(source, context)
        except TemplateFault as fault:
            return f"{fault} It failed on {what}."
    return ""
