"""Puts a change into code that is loaded already: every function of the file that is alive gets its new code."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import CodeType, FunctionType

from tests.mutants.changes import Mutant


def change(mutant: Mutant, path: str) -> int:
    """How many functions were changed. `path` is the file's, as its module has it."""
    made = {(code.co_qualname, code.co_firstlineno): code for code in _codes(compile(mutant.tree, path, "exec"))}
    count = 0
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename == path:
            code = made.get((each.__code__.co_qualname, each.__code__.co_firstlineno))
            # With other variables of what is around it, such as the class that `super()` asks for, it fits nowhere.
            fits = code is not None and code.co_freevars == each.__code__.co_freevars
            if code is not None and fits and code != each.__code__:
                each.__code__ = code
                count += 1
    return count


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
