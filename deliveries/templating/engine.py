"""Compiling and rendering. Every mistake becomes a TemplateFault that names the line."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from deliveries.templating import limits, words
from deliveries.templating.limits import TooMuch

LONGEST_SOURCE = 10_000  # characters
_FILE = "<template>"
_MOST_RANGE = 1_000


class TemplateFault(ValueError):
    """`line` counts from 1; None if it is not known. str() is a sentence for the author."""

    def __init__(self, words_: str, line: int | None) -> None:
        self.line = line
        super().__init__(f"Line {line}: {words_}" if line else words_)


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


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("*", "+", "%", "**"))

    def __init__(self) -> None:
        super().__init__(autoescape=False, finalize=words.shown, undefined=ChainableUndefined, cache_size=0)
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

    def call(self, context: Any, called: Any, *args: Any, **kwargs: Any) -> Any:
        limits.step()
        return super().call(context, called, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator in ("**", "*", "%") and not numbers:
            raise TooMuch(f"{operator} works on numbers only.")
        if operator == "**" or (numbers and max(abs(left), abs(right)) > 10**12):
            raise TooMuch("These numbers are too large.")
        found = super().call_binop(context, operator, left, right)
        return limits.bounded(found) if isinstance(found, str) else found


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > _MOST_RANGE:
        raise TooMuch(f"range() has at most {_MOST_RANGE:,} numbers.")
    return found


_sandbox = _Sandbox()


def check(source: str) -> None:
    """Raises TemplateFault for what cannot be compiled."""
    _compiled(source)


def render(source: str, context: Mapping[str, Any]) -> str:
    """The text; at most limits.LONGEST characters. Raises TemplateFault, whatever the template does."""
    template = _compiled(source)
    try:
        with limits.counting():
            return limits.joined(template.generate(dict(context))).strip()
    except TemplateError as error:
        raise TemplateFault(_sentence(error), _line(error)) from None
    except TooMuch as error:
        raise TemplateFault(str(error), _line(error)) from None
    except RecursionError:
        raise TemplateFault("A macro calls itself without an end.", None) from None
    except Exception as error:  # whatever a value does not support: the author must hear of it
        raise TemplateFault(_sentence(error), _line(error)) from None


@lru_cache(maxsize=64)
def _compiled(source: str) -> Template:
    if len(source) > LONGEST_SOURCE:
        raise TemplateFault(f"A template has at most {LONGEST_SOURCE:,} characters.", None)
    try:
        return _sandbox.from_string(source)
    except TemplateSyntaxError as error:
        raise TemplateFault(_sentence(error), error.lineno) from None
    except TemplateError as error:
        raise TemplateFault(_sentence(error), None) from None
    except RecursionError:
        raise TemplateFault("It is nested too deeply.", None) from None


def _line(error: BaseException) -> int | None:
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == _FILE), None)


def _sentence(error: BaseException) -> str:
    """Jinja2's words without the insides of Python."""
    text = str(error) or type(error).__name__
    text = re.sub(r"'[\w.]*\.(\w+)' object|\b[\w.]+\.(\w+) object", lambda found: f"{found[1] or found[2]}", text)
    return text[:1].upper() + text[1:300].rstrip(".") + "."
