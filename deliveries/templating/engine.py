"""Compiling and rendering. Every mistake becomes a TemplateFault that names the line.

It runs in the process that `child` is; what is counted here has the same fate everywhere, what is not meets its limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any

from jinja2 import ChainableUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from deliveries.templating import limits, seams, words
from deliveries.templating.fault import TemplateFault
from deliveries.templating.limits import TooMuch
from deliveries.templating.seams import Span

_FILE = "<template>"
_MOST_RANGE = 1_000


class _Counted(NodeTransformer):
    """Loops go through a counter, and joining texts through a measure."""

    def visit_For(self, node: nodes.For, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802  Jinja2 looks for it
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, "_each", [], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        values = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(values, "_concat", [], [], None, None, lineno=node.lineno)


def _shown(value: Any) -> str:
    limits.note_shown()
    return words.shown(value)


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("*", "+", "%", "**"))

    def __init__(self) -> None:
        # Optimized, parts would run uncounted while they are compiled.
        super().__init__(autoescape=False, finalize=_shown, undefined=ChainableUndefined, cache_size=0, optimized=False)
        self.globals = {"range": _range}
        self.filters = dict(words.filters())

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed: nodes.Template = _Counted().visit(super()._parse(source, name, filename))
        return parsed

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Of texts, numbers and lists nothing but what templates need; no method makes much out of little."""
        return attr in (
            "items",
            "keys",
            "values",
            "get",
            "index",
            "index0",
            "first",
            "last",
            "length",
            "revindex",
        ) and (super().is_safe_attribute(obj, attr, value))

    def wrap_str_format(self, value: Any) -> None:
        """Jinja2 lets `format` pass before it asks what is safe; one width in it makes a gigabyte."""

    def call(self, context: Any, called: Any, *args: Any, **kwargs: Any) -> Any:
        limits.step()
        return super().call(context, called, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator in ("**", "*", "%") and not numbers:
            raise TooMuch(f"{operator} works on numbers only.")
        if operator == "**" or (numbers and max(abs(left), abs(right)) > 10**12):
            raise TooMuch("These numbers are too large.")
        return limits.bounded(super().call_binop(context, operator, left, right))


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > _MOST_RANGE:
        raise TooMuch(f"range() has at most {_MOST_RANGE:,} numbers.")
    return found


_sandbox = _Sandbox()


def render(source: str, context: Mapping[str, Any]) -> str:
    """The text; at most limits.LONGEST characters. Raises TemplateFault, whatever the template does, and MemoryError."""
    values: list[Span] = []
    try:
        template = _compiled(source)
        with limits.counting():
            text = limits.joined(_noted(template.generate(dict(context)), values))
        return seams.apart(text, values).strip()
    except (TemplateFault, MemoryError):
        raise
    except TooMuch as error:
        raise TemplateFault(str(error), _line(error)) from None
    except RecursionError:
        raise TemplateFault("A macro calls itself without an end, or a list is nested too deeply.") from None
    except Exception as error:  # whatever a value does not support: the author must hear of it
        raise TemplateFault(_sentence(error), _line(error)) from None


def _noted(pieces: Iterator[str], values: list[Span]) -> Iterator[str]:
    """The same pieces; adds where the values among them stand."""
    place = 0
    for piece in pieces:
        if limits.was_shown():
            values.append((place, place + len(piece)))
        place += len(piece)
        yield piece


@lru_cache(maxsize=64)
def _compiled(source: str) -> Template:
    try:
        return _sandbox.from_string(source)
    except TemplateSyntaxError as error:
        raise TemplateFault(_sentence(error), error.lineno) from None
    except (RecursionError, SyntaxError):  # Python's own limits: 20 loops in each other, 100 brackets
        raise TemplateFault("It is nested too deeply.") from None
    except ValueError:  # Python reads at most 4,300 digits
        raise TemplateFault("A number in it is too long.") from None


def _line(error: BaseException) -> int | None:
    return next(iter(reversed([line for file, line in _places(error.__traceback__) if file == _FILE])), None)


def _places(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    """Without the sources, which are not read here: this process opens no file."""
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


def _sentence(error: BaseException) -> str:
    """Jinja2's words without the insides of Python."""
    text = (str(error) or type(error).__name__)[:1_000]
    text = re.sub(r"'[\w.]*\.(\w+)' object|\b[\w.]+\.(\w+) object", lambda found: f"{found[1] or found[2]}", text)
    return text[:1].upper() + text[1:300].rstrip(".") + "."
