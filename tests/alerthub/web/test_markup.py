"""What a strict Content-Security-Policy forbids is in no template of ours: scripts and styles live in files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.anywhere
ROOT = Path(__file__).resolve().parents[3]
# Made of unfold's, which has both; see alerthub/web/files.py.
THEIRS = "alerthub/templates/unfold/layouts/skeleton.html"
INLINE = {
    "a script": r"<script(?![^>]*\bsrc=)",
    "a stylesheet": r"<style",
    "a style": r"\sstyle=",
    "what is done at an event": r"\son[a-z]+=",
}


def templates() -> Iterator[str]:
    for room in ("alerthub", "routing", "deliveries"):
        yield from (str(path.relative_to(ROOT)) for path in sorted((ROOT / room / "templates").rglob("*.html")))


@pytest.mark.parametrize("what", INLINE)
@pytest.mark.parametrize("template", [name for name in templates() if name != THEIRS])
def test_a_template_has_nothing_inline(template: str, what: str) -> None:
    assert re.findall(INLINE[what], (ROOT / template).read_text()) == []


@pytest.mark.parametrize("room", ["alerthub", "routing", "deliveries"])
def test_no_markup_in_code_has_a_style_of_its_own(room: str) -> None:
    styled = re.compile(r"<[a-z][^>\n]* style=")
    found = [str(path) for path in (ROOT / room).rglob("*.py") if styled.search(path.read_text())]
    # The sandbox's page is not AlertHub's.
    assert [path for path in found if "/sandbox/" not in path] == []
