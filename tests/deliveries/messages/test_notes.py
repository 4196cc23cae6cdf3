"""What an alert says beside its labels: every annotation is told, once, short, and as what it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliveries.messages import notes
from deliveries.messages.fit import units
from tests.deliveries.messages.test_render import TEXT
from tests.deliveries.stories import an_alert


def of(annotations: dict[str, str], limit: int = 2000, said: tuple[str, ...] = ()) -> list[str]:
    return notes.lines(annotations, limit, "\n", said)


def lines(limit: int = 2000, said: tuple[str, ...] = (), **annotations: str) -> list[str]:
    return of(annotations, limit, said)


def test_every_annotation_has_its_line_in_the_order_they_came() -> None:
    told = lines(
        zone="a", summary="Checkout is down", impact="Customers cannot pay.", current_value="93 %", description="Long."
    )
    assert told == ["Checkout is down", "Long.", "Zone: a", "Impact: Customers cannot pay.", "Current value: 93 %"]


def test_a_message_beside_a_summary_is_told_too() -> None:
    assert lines(summary="Short", message="Longer", description="Long") == ["Short", "Longer", "Long"]


def test_names_may_be_written_large() -> None:
    assert lines(Summary="Short", Description="Long", Error="no such table") == [
        "Short",
        "Long",
        "Error: no such table",
    ]


@pytest.mark.parametrize("name", ["message", "title", "description", "info"])
def test_others_stand_in_for_a_summary(name: str) -> None:
    assert (notes.summary({name: "Look", "impact": "big"}), of({name: "Look"})) == ("Look", ["Look"])


def test_a_title_beside_a_summary_has_its_own_line() -> None:
    assert lines(title="Checkout", summary="Down") == ["Down", "Title: Checkout"]


def test_what_two_annotations_say_alike_is_told_once() -> None:
    assert lines(summary="Same", description=" Same ", info="Same") == ["Same"]


def test_what_only_repeats_the_name_is_not_told() -> None:
    assert lines(said=("Shell in container",), summary="Shell in container", description="bash") == ["bash"]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("runbook", "/runbooks/disk", "Runbook: /runbooks/disk"),
        ("runbook_url", "runbooks/disk.md", "Runbook: `runbooks/disk.md`"),
        ("dashboard", "grafana.example.com/d/x", "Dashboard: `grafana.example.com/d/x`"),
        ("runbook_url", "javascript:alert(1)", "Runbook: javascript:alert(1)"),
        ("hint", "https://a.example/x has the numbers", "Hint: `https://a.example/x` has the numbers"),
        ("docs", "https://me:pw@a.example/x", "Docs: `https://a.example/x`"),
    ],
)
def test_what_cannot_be_a_link_is_text(name: str, text: str, line: str) -> None:
    assert of({name: text}) == [line]


def test_what_is_a_link_is_no_text() -> None:
    assert lines(summary="Down", logs_url="https://logs.example/?q=a b", runbook="https://a.example") == ["Down"]


def test_a_summary_that_is_an_address_is_a_link() -> None:
    assert lines(summary="https://a.example/incident") == []


def test_a_long_one_is_cut() -> None:
    [line] = lines(impact="x " * 300)
    assert (line[:10], line[-1], units(line) <= 200) == ("Impact: x ", "…", True)


def test_ten_are_told_and_the_others_counted() -> None:
    told = of({f"a{number}": str(number) for number in range(14)})
    assert (told[9], told[10:]) == ("A9: 9", ["+4 annotations"])


def test_what_finds_no_room_is_counted() -> None:
    assert lines(60, first="x" * 45, second="y" * 45) == ["First: " + "x" * 45]
    assert lines(80, first="x" * 45, second="y" * 80) == ["First: " + "x" * 45, "+1 annotation"]


def test_grafanas_fields_are_told_like_annotations_and_what_is_for_programs_last() -> None:
    alert = an_alert(annotations={"__values__": "{}", "summary": "Hot"}, grafana_fields={"values": "A=93.2"})
    assert list(notes.notes_of(alert)) == ["summary", "values", "__values__"]


def test_in_a_list_all_of_it_is_one_short_line() -> None:
    assert (
        notes.short({"summary": "Pod is gone", "value": "3", "impact": "none"}) == "Pod is gone; Value: 3; Impact: none"
    )
    assert units(notes.short({"summary": "s " * 300, "value": "v " * 300})) <= 240


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(TEXT | st.sampled_from(["summary", "impact"]), TEXT, max_size=14), st.integers(0, 800))
def test_any_annotations_keep_the_limit(annotations: dict[str, str], limit: int) -> None:
    told = notes.lines(annotations, limit, "  \n")
    assert units("  \n".join(told)) <= limit
    assert all(told)
