"""Why a delivery is as it is comes out of one closed set, wherever it is written."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.anywhere
DELIVERIES = Path(__file__).parents[2] / "deliveries"


def written_reasons(tree: ast.AST) -> list[str]:
    """Texts given as a `reason`, save the empty one."""
    given = [each.value for each in ast.walk(tree) if isinstance(each, ast.keyword) and each.arg == "reason"]
    for each in ast.walk(tree):
        if isinstance(each, ast.Dict):
            given += [
                value
                for key, value in zip(each.keys, each.values, strict=True)
                if isinstance(key, ast.Constant) and key.value == "reason"
            ]
    return [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value]


@pytest.mark.parametrize("path", sorted((DELIVERIES / "outbox").glob("*.py")), ids=lambda path: path.name)
def test_the_outbox_writes_no_reason_of_its_own(path: Path) -> None:
    assert written_reasons(ast.parse(path.read_text(encoding="utf-8"))) == []
