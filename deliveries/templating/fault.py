"""What is wrong with a template, for its author. Loads nothing of Jinja2."""

from __future__ import annotations


class TemplateFault(ValueError):
    """`words` is a sentence; `line` counts from 1, None if it is not known. str() is both."""

    def __init__(self, words: str, line: int | None = None) -> None:
        self.words, self.line = words, line
        super().__init__(f"Line {line}: {words}" if line else words)
