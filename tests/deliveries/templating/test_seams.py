"""What an alert says stays harmless beside the words of a template and beside what else it says."""

from __future__ import annotations

import pytest

from deliveries.messages.safe import JOINER
from deliveries.templating.engine import render
from tests.rocketchat import RocketChat
from tests.rocketchat.pieces import faults, seen

pytestmark = pytest.mark.anywhere
SAYS = {
    "yes": "y",
    "slot": "8",
    "a": "evil.",
    "b": "com",
    "colon": "x:",
    "path": "//y.zz",
    "amp": "&",
    "close": "x]",
    "local": "local",
}


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("(slot {{ slot }})", "(slot 8)"),
        ("on ({{ yes }})", "on (y)"),
        ("it {{ a }}{{ b }}", "it evil.com"),
        ("it {{ colon }}{{ path }}", "it x://y.zz"),
        ("it {{ colon }}fire:", "it x:fire:"),
        ("it {{ amp }}amp;", "it &amp;"),
        ("it {{ close }}(y)", "it x](y)"),
        ("it {{ local }}host", "it localhost"),
        ("{% for one in [slot, slot] %}D {{ one }}){% endfor %}", "D 8)D 8)"),
        ("*{{ slot }}* {{ slot }} )", "8 8 )"),
        ("{{ 'x:'|bold }}", "x:"),
        ("{{ 'pod (a-b_c_1) x'|bold }}", "pod (a-b_c_1) x"),
        ("{{ 'pod \\'web-1_x_y\\' x'|bold }}", "pod 'web-1_x_y' x"),
        ("{{ 'pod web-1_x_y x [z] y'|bold }}", "pod web-1_x_y x [z] y"),
    ],
)
def test_a_value_makes_no_markup_with_what_stands_beside_it(rocketchat: RocketChat, template: str, words: str) -> None:
    text = render(template, SAYS)
    [readings] = rocketchat.read_messages([text])
    assert faults(text, readings, ()) == []
    assert {seen(pieces).replace(JOINER, "") for pieces in readings.values()} == {words}


@pytest.mark.parametrize(
    "template",
    [
        "[page](https://ours.example/{{ slot }})",
        "(https://ours.example/{{ slot }}) 8) :fire: www.ours.example",
        "{{ 'https://ours.example/a.bc'|link('a.bc') }} {{ 'evil.com'|code }}",
        ":{{ 'fire' }}: @{{ 'ops' }}",
    ],
)
def test_the_words_of_the_author_and_addresses_stay_as_they_are(template: str) -> None:
    assert JOINER not in render(template, SAYS)


def test_many_values_cost_little() -> None:
    assert (
        len(render("{% for _ in range(900) %}{{ colon }}{{ path }} {% endfor %}", {"colon": "x:", "path": "//y"})) > 900
    )


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("pod web-1", "*pod web-1*"),
        ("pod (a-b_c_1) x", "pod (`a-b_c_1`) x"),
        ("a-b_c_1 is down", "*`a-b_c_1` is down*"),
        ("x:", f"*x:{JOINER}*"),
        ("", ""),
    ],
)
def test_bold_is_what_can_stand_in_it(said: str, shown: str) -> None:
    assert render("{{ said|bold }}", {"said": said}) == shown
