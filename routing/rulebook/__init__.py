"""The rules in force: `current()` is the frozen state that deciding needs, from memory for as long as it holds."""

from __future__ import annotations

from routing.rulebook.book import Admission, Book, Wording, Wordings
from routing.rulebook.compiling import route
from routing.rulebook.in_force import current, forget, held, of, version_now

__all__ = ["Admission", "Book", "Wording", "Wordings", "current", "forget", "held", "of", "route", "version_now"]
