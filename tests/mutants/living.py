"""Puts a change into code that is loaded already: every function of the file that is alive gets its new code."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from types import CodeType, FunctionType

from tests.mutants.changes import Mutant


def functions(paths: Collection[str]) -> dict[str, list[FunctionType]]:
    """The functions of these files that are alive. Asked once, before there are processes: to look at every object copies all
    of a process's memory."""
    alive: dict[str, list[FunctionType]] = defaultdict(list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename in paths:
            alive[each.__code__.co_filename].append(each)
    return alive


def change(mutant: Mutant, path: str, alive: Iterable[FunctionType]) -> int:
    """How many functions of `alive`, the file's, were changed. `path` is the file's, as its module has it."""
    made = {(code.co_qualname, code.co_firstlineno): code for code in _codes(compile(mutant.tree, path, "exec"))}
    count = 0
    for each in alive:
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
