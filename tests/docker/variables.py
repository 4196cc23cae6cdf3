"""Which environment variables the code reads, found in its source; and which `docker/env.example` names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from inspect import isfunction
from pathlib import Path

from alerthub import env

ROOT = Path(__file__).resolve().parent.parent.parent
SEVERITIES = ("CRITICAL", "WARNING", "INFO")
# Every reader there is: one that is named here by hand is forgotten when the next comes.
_READERS = {name for name, each in vars(env).items() if isfunction(each) and each.__module__ == env.__name__} | {"get"}
_LINE = re.compile(r"^#?([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)


def sources() -> list[Path]:
    folders = ("alerthub", "routing", "deliveries")
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")] + [ROOT / "docker/gunicorn.conf.py"]


def read_by_the_code() -> dict[str, str | None]:
    """Each variable with its default as text; None where the default is not written as one plain value."""
    found: dict[str, str | None] = {}
    for path in sources():
        for call in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            for name in _names(call.args[0]):
                found[name] = found.get(name) or _default(call)
    return found


def named_in_the_example() -> dict[str, str]:
    return dict(_LINE.findall((ROOT / "docker/env.example").read_text(encoding="utf-8")))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    """`env.text(NAME, ...)` and its like, and `os.environ.get(NAME)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            owner = ast.unparse(node.func.value)
            if node.func.attr in _READERS and owner in ("env", "os.environ"):
                yield node


def _names(argument: ast.expr) -> list[str]:
    match argument:
        case ast.Constant(value=str(name)):
            return [name] if name.isupper() and name != "PYTHONPATH" else []
        case ast.JoinedStr():
            return [
                re.sub(r"\{.*?\}", severity, ast.unparse(argument)[2:-1])
                for severity in SEVERITIES
                if _is_target(argument)
            ]
    return []


def _is_target(argument: ast.JoinedStr) -> bool:
    return "ROCKETCHAT_" in ast.unparse(argument)


def _default(call: ast.Call) -> str | None:
    given = (
        call.args[1]
        if len(call.args) > 1
        else next((word.value for word in call.keywords if word.arg == "default"), None)
    )
    if given is None or any(isinstance(node, ast.Name | ast.Attribute | ast.JoinedStr) for node in ast.walk(given)):
        return None
    value = eval(compile(ast.Expression(given), "default", "eval"))
    return str(value).lower() if isinstance(value, bool) else str(value)
