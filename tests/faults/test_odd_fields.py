"""Rows 78 to 88 and 94 of the fault catalogue: odd fields in a notification never refuse it.

What a row asks for beyond today is listed in README.md beside this file.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deliveries import alertmanager
from deliveries.models import Alert, Delivery, Notification, RejectedRequest
from tests.factories import alert, payload
from tests.faults.road import flags, post, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("told")]
BODY = payload(alert())
PAYLOADS = Path(__file__).parent.parent / "payloads"


def alert_flags() -> set[str]:
    """What the stored alert's telling was flagged with, read again from the raw body."""
    body = Notification.objects.get()
    return {flag for one in alertmanager.read(bytes(body.body), body.content_type).alerts for flag in one.flags}


def without(name: str) -> dict[str, Any]:
    """The notification without this field, wherever it is."""
    alerts = [{key: value for key, value in alert().items() if key != name}]
    return {key: value for key, value in BODY.items() if key != name} | ({"alerts": alerts} if name != "alerts" else {})


@pytest.mark.parametrize(
    "name", ["labels", "annotations", "status", "startsAt", "endsAt", "groupKey", "receiver", "version", "externalURL"]
)
def test_row_78_a_missing_field_gets_a_default_and_is_told(now: datetime, name: str) -> None:
    assert post(without(name)).status_code == 202
    assert "FIRING" in shown(now)


def test_row_78_a_missing_fingerprint_follows_from_the_labels() -> None:
    post(BODY)
    assert (len(Alert.objects.get().fingerprint), alert_flags()) == (16, {"fingerprint_computed"})


def test_row_78_a_missing_group_key_follows_from_receiver_and_labels() -> None:
    post(without("groupKey"))
    assert "group_key_computed" in flags()
    assert Notification.objects.get().group_key == "alerthub:{}"


@pytest.mark.parametrize("value", [[], ["a"], "text", 17, True, None])
@pytest.mark.parametrize(
    "name", ["labels", "annotations", "status", "startsAt", "endsAt", "generatorURL", "fingerprint"]
)
def test_row_79_a_wrong_type_in_an_alert_is_told_all_the_same(now: datetime, name: str, value: Any) -> None:
    assert post(payload(alert() | {name: value}, status="firing")).status_code == 202
    assert "FIRING" in shown(now)


@pytest.mark.parametrize("value", [[], ["a"], "text", 17, {"a": None}, None])
@pytest.mark.parametrize(
    "name", ["groupKey", "receiver", "groupLabels", "commonLabels", "externalURL", "truncatedAlerts", "version"]
)
def test_row_79_a_wrong_type_in_the_group_is_told_all_the_same(now: datetime, name: str, value: Any) -> None:
    assert post(BODY | {name: value}).status_code == 202
    assert "FIRING" in shown(now)


@pytest.mark.parametrize(("value", "text"), [(17, "17"), (True, "true"), ({"a": 1}, '{"a":1}'), ([1], "[1]")])
def test_row_79_a_label_value_of_another_type_becomes_text(value: Any, text: str) -> None:
    odd = alert()
    odd["labels"]["odd"] = value
    post(payload(odd))
    assert Alert.objects.get().labels["odd"] == text
    assert "value_coerced" in alert_flags()


@pytest.mark.parametrize("status", ["flapping", "", "FIRED", 3])
def test_row_80_an_unknown_status_is_taken_as_firing_and_flagged(now: datetime, status: Any) -> None:
    post(payload(alert() | {"status": status}, status=status))
    assert ("status_unknown" in flags(), "FIRING" in shown(now)) == (True, True)


@pytest.mark.parametrize(("version", "odd"), [("4", False), (4, False), ("3", True), ("5", True), (None, True)])
def test_row_81_another_version_is_read_if_it_fits_and_flagged(version: Any, odd: bool) -> None:
    assert post(BODY | {"version": version}).status_code == 202
    assert ("version_unknown" in flags()) is odd


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-11-23T10:00:00",
        "2026-12-31T23:59:60Z",
        "2026-11-23T10:00:00.123456789+05:30",
        "2099-01-01T00:00:00Z",
        "yesterday",
    ],
)
@pytest.mark.parametrize("status", ["firing", "resolved"])
def test_row_82_any_time_is_borne(now: datetime, moment: str, status: str) -> None:
    assert post(payload(alert(status=status, starts_at=moment, ends_at=moment))).status_code == 202
    assert status.upper() in shown(now)


def test_row_82_an_end_before_the_start_is_flagged_and_lasts_nothing(now: datetime) -> None:
    post(payload(alert(status="resolved", starts_at="2026-11-23T10:00:00Z", ends_at="2026-11-23T09:00:00Z")))
    assert "ends_before_start" in alert_flags()
    assert "lasted" not in shown(now)


def test_row_82_a_zero_end_is_still_firing() -> None:
    post(BODY)
    assert (Alert.objects.get().status, Alert.objects.get().ends_at) == ("firing", None)


def test_row_83_a_label_of_a_megabyte_is_cut_in_storage_and_in_the_room(now: datetime) -> None:
    post(payload(alert(huge="x" * 2**20)))
    assert len(Alert.objects.get().labels["huge"]) == 64 * 1024
    assert len(shown(now)) < 6000


def test_row_83_of_five_thousand_labels_the_first_are_kept(now: datetime) -> None:
    post(payload(alert(**{f"l{number}": "x" for number in range(5000)})))
    assert (len(Alert.objects.get().labels), "labels_cut" in alert_flags()) == (200, True)
    assert len(shown(now)) < 6000


def test_row_83_an_empty_label_is_a_missing_one_and_any_name_is_borne(now: datetime) -> None:
    post(payload(alert(**{"empty": "", "with.dots": "a", "Größe": "b", "🔥": "c"})))
    assert set(Alert.objects.get().labels) == {"alertname", "severity", "with.dots", "Größe", "🔥"}
    assert "🔥=c" in shown(now)


@pytest.mark.parametrize("odd", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u0301" * 50], ids=ascii)
def test_row_84_what_turns_or_floods_text_is_taken_out_in_the_room_and_kept_in_the_trail(
    now: datetime, odd: str
) -> None:
    post(payload(alert(f"Disk{odd}Full")))
    assert odd not in shown(now)
    assert Alert.objects.get().name == f"Disk{odd}Full"


@pytest.mark.parametrize("odd", ["@all", "@here", "[x](http://evil.example)", "`code`", "*bold*", "#general"])
def test_row_85_mentions_and_markup_are_inert(now: datetime, odd: str) -> None:
    post(payload(alert() | {"annotations": {"summary": f"look {odd} now"}}))
    assert f"look {odd} now" not in shown(now)
    assert "look" in shown(now)


def test_row_85_only_web_addresses_become_links(now: datetime) -> None:
    post(payload(alert() | {"generatorURL": "javascript:alert(1)"}, externalURL="javascript:alert(2)"))
    assert "javascript:" not in shown(now)


def test_row_85_a_line_break_starts_nothing(now: datetime) -> None:
    post(payload(alert("Disk\n# Full")))
    assert "\n# Full" not in json.loads(shown(now))["text"]


@pytest.mark.parametrize("odd", ["{{ 7*7 }}", "{% debug %}", "${jndi:ldap://x}", "<script>alert(1)</script>"])
def test_row_86_what_looks_like_a_template_is_text(now: datetime, odd: str) -> None:
    post(payload(alert() | {"annotations": {"summary": f"before {odd} after"}}))
    message = shown(now)
    assert ("before 49" in message, "<script" in message, "before" in message) == (False, False, True)
    assert Alert.objects.get().annotations["summary"] == f"before {odd} after"


def test_row_87_a_formula_is_kept_as_it_came() -> None:
    """There is no CSV export yet that would have to escape it."""
    post(payload(alert('=HYPERLINK("http://evil.example")')))
    assert Alert.objects.get().name == '=HYPERLINK("http://evil.example")'
    assert Delivery.objects.count() == 1


def test_row_88_a_refused_body_is_kept_without_its_secrets() -> None:
    """An accepted one is kept as sent: hiding labels by name is not there yet."""
    post({"password": "hunter2-hunter2", "url": "https://chat.example/hooks/abc/verysecrettoken"})
    kept = RejectedRequest.objects.get().body
    assert ("hunter2" in kept, "verysecrettoken" in kept) == (False, False)


@pytest.mark.parametrize(
    "flavour",
    [
        json.loads((PAYLOADS / "grafana.json").read_text()),
        BODY | {"tenant": "team-a", "alerts": [alert() | {"silenceURL": "x", "values": {"A": 1.5}, "imageURL": None}]},
    ],
    ids=["grafana", "mimir"],
)
def test_row_94_extra_fields_are_kept_raw_and_do_no_harm(now: datetime, flavour: dict[str, Any]) -> None:
    raw = json.dumps(flavour).encode()
    assert post(raw).status_code == 202
    assert bytes(Notification.objects.get().body) == raw
    assert "FIRING" in shown(now)
