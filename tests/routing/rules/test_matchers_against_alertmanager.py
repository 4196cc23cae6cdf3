"""Our matchers held against Alertmanager's own: `amtool` says which routes fit, and we must say the same."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from routing.rules.matchers import Matcher, MatcherError, parse

AMTOOL = shutil.which("amtool")
pytestmark = pytest.mark.skipif(AMTOOL is None, reason="amtool (Debian's prometheus-alertmanager) is not installed")

NAMES = ["team", "env", "service", "_x", "a:b"]
VALUES = [
    "db",
    "web",
    "db-1",
    "x.y",
    "10.0.0.1",
    "é",
    "a,b",
    'a"b',
    r"a\b",
    r"\d",
    "a b",
    "{x}",
    "'q'",
    "",
    "12",
    "a\nb",
]
PATTERNS = [
    "db|web",
    "db.*",
    r"\d+",
    ".*",
    ".+",
    "",
    "(?i)DB",
    "[a-z]+-[0-9]",
    r"10\.0\..*",
    r"\w+",
    ".",
    "a.b",
    "x{1,2}",
]
BARE = ["db", "web", "x.y", "a-b", r"\d+", ".*", "db|web", "(a|b)", "[a-z]+", "", "é", r"a\\b", r"a\nb"]
LABELS = [
    {},
    *({"team": value, "service": value, "a:b": value} for value in VALUES if value),
    *({"env": value, "_x": value, "team": "db"} for value in ["db", "12", "a\nb", "DB", r"a\b"]),
]


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(AMTOOL), *arguments], capture_output=True, text=True, timeout=20, check=False)


def write_routes(folder: Path, texts: Sequence[str]) -> Path:
    """A configuration with a continuing route for each text; JSON is YAML without doubt about quotes."""
    names = [f"r{number}" for number in range(len(texts))]
    routes = [{"receiver": name, "continue": True, "matchers": [text]} for name, text in zip(names, texts, strict=True)]
    file = folder / "alertmanager.yml"
    route = {"receiver": "none", "routes": routes}
    file.write_text(json.dumps({"route": route, "receivers": [{"name": name} for name in ["none", *names]]}))
    return file


def fitting(file: Path, labels: Mapping[str, str]) -> set[str]:
    words = [str(Matcher(name, "=", value)) for name, value in labels.items()]
    found = amtool("config", "routes", "test", f"--config.file={file}", *words)
    assert found.returncode == 0, found.stderr
    return set(found.stdout.strip().split(",")) - {"none"}


def made_up(chance: random.Random) -> str:
    """A text as people write it: one to three matchers, quoted or not, spaces here and there."""
    parts = []
    for _ in range(chance.choice([1, 1, 2, 3])):
        name, op = chance.choice(NAMES), chance.choice(["=", "!=", "=~", "!~"])
        value = str(Matcher("x", "=", chance.choice(VALUES if "~" not in op else PATTERNS)))[2:]
        if chance.random() < 0.4:
            value = chance.choice(BARE)
        space = chance.choice(["", " "])
        parts.append(f"{name}{space}{op}{space}{value}")
    text = chance.choice([",", ", "]).join(parts) + chance.choice(["", "", ", "])
    return f"{{{text}}}" if chance.random() < 0.3 else text


def test_every_text_fits_the_same_labels(tmp_path: Path) -> None:
    chance = random.Random(2)
    texts = [made_up(chance) for _ in range(400)]
    file = write_routes(tmp_path, texts)
    matchers = [parse(text) for text in texts]
    for labels in LABELS:
        ours = {f"r{n}" for n, some in enumerate(matchers) if all(matcher.matches(labels) for matcher in some)}
        theirs = fitting(file, labels)
        assert {texts[int(name[1:])] for name in ours ^ theirs} == set()


@pytest.mark.parametrize(
    "text",
    [
        "team",
        "team: db",
        '="db"',
        'team="db',
        'team="db"x',
        'a="b" c="d"',
        "a=b,,c=d",
        ",a=b",
        'team=~"("',
        'a=~"(?=b)"',
        r'a=~"(b)\1"',
        '"team"x="db"',
        'a~="b"',
        "{,}",
        'a=~"*"',
        'a=~"b{1001}"',
        "'team'=db",
    ],
)
def test_both_refuse(tmp_path: Path, text: str) -> None:
    with pytest.raises(MatcherError):
        parse(text)
    assert amtool("check-config", str(write_routes(tmp_path, [text]))).returncode != 0


# Alertmanager takes these and makes a matcher that nobody meant; it says nothing.
@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("team==db", {"team": "=db"}),
        ("team='db'", {"team": "'db'"}),
        ("team=“db”", {"team": "“db”"}),
        ("team=db env=prod", {"team": "db env=prod"}),
        ("team=db and env=prod", {"team": "db and env=prod"}),
        ("team=~a{2}", {"team": "a{2"}),
    ],
)
def test_we_refuse_what_alertmanager_misreads(tmp_path: Path, text: str, labels: dict[str, str]) -> None:
    with pytest.raises(MatcherError):
        parse(text)
    assert fitting(write_routes(tmp_path, [text]), labels) == {"r0"}
