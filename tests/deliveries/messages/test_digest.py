"""Many messages as one: every name and count first, then the alerts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from deliveries.messages import Look, Told, render_digest, render_digest_plain
from deliveries.messages.fit import units
from tests.deliveries.digests import LIST, a_digest, a_told, card, line, lines, on, resolved
from tests.deliveries.messages.test_render import texts
from tests.deliveries.stories import NOW, START


def test_the_headline_counts_and_names_the_worst_first_and_ends_with_the_id() -> None:
    digest = a_digest(a_told("Slow", "warning"), a_told(), resolved(), resolved("Up", "info"), message_count=3)
    assert line(digest) == (
        "📋 *DIGEST* · 🔴 2 critical (1 resolved): DiskFull · 🟠 1 warning: Slow · ✅ 1 info (resolved): Up"
        " · 4 alerts in 3 messages · D-99"
    )


def of_names(**counts: int) -> list[Told]:
    return [a_told(name, **on(number)) for name, count in counts.items() for number in range(count)]


def test_the_headline_names_what_most_alerts_are() -> None:
    told = line(a_digest(*of_names(BackupFailed=27, PostgresDown=9, DiskFull=2), a_told("Slow", "warning")))
    assert "🔴 38 critical: BackupFailed ×27, PostgresDown ×9, DiskFull ×2 · 🟠 1 warning: Slow · 39 alerts" in told


def test_the_headline_names_three_and_counts_the_other_kinds() -> None:
    assert " · 🔴 10 critical: A ×4, E ×3, F ×2, +1 kind · " in line(a_digest(*of_names(A=4, E=3, F=2, G=1)))
    assert " · 🔴 11 critical: A ×4, E ×3, F ×2, +2 kinds · " in line(a_digest(*of_names(A=4, E=3, F=2, G=1, H=1)))


def test_the_headline_says_what_of_its_names_is_over() -> None:
    told = line(a_digest(*of_names(DiskFull=2), resolved(**on(3)), resolved("RaidDown", **on(4))))
    assert "🔴 4 critical (2 resolved): DiskFull ×3 (1 resolved), RaidDown (resolved) · " in told


def test_names_take_only_what_the_counts_leave() -> None:
    severities = ["critical", "warning", "info", "sev-1", "sev-2"]
    told = line(a_digest(*(a_told("n" * 60, severity, **on(0)) for severity in severities)))
    assert all(f"1 {severity}" in told for severity in severities)
    assert (told.count("n" * 60), units(told) <= 220) == (1, True)


def test_severities_that_find_no_room_in_the_headline_are_left_to_the_card() -> None:
    digest = a_digest(*(a_told("A", f"severity-{number}", **on(0)) for number in range(20)))
    told, shown = line(digest), str(card(digest)["text"])
    assert ("1 severity-0" in told, "severity-19" in told, "severity-19" in shown) == (True, False, True)
    assert (units(told) <= 220, told.endswith(" · 20 alerts in 2 messages · D-99")) == (True, True)


def test_a_late_digest_says_how_old_its_oldest_message_is() -> None:
    late = a_digest(oldest_at=NOW - timedelta(minutes=12))
    assert line(late).endswith(" · 2 alerts in 2 messages · oldest 12 m late · D-99")


def test_a_digest_in_time_says_nothing_of_its_age() -> None:
    assert "late" not in line(a_digest(oldest_at=NOW - timedelta(seconds=60)))


def test_a_digest_that_may_be_there_already_says_so() -> None:
    assert line(a_digest(possible_duplicate=2)).endswith(" · possible duplicate (attempt 2, D-99)")


def test_messages_that_may_be_there_already_are_counted_and_named() -> None:
    digest = a_digest(may_repeat=(71, 72))
    assert " · 2 alerts in 2 messages (2 may be repeats) · D-99" in line(digest)
    assert "May be here already, an earlier try had no clear answer: D-71, D-72" in lines(digest)


def test_many_that_may_be_there_already_are_counted_after_ten() -> None:
    told = lines(a_digest(may_repeat=tuple(range(1, 31))))
    assert [line for line in told if line.endswith("D-9, D-10 and 20 more")] != []


def test_each_name_has_one_line_with_its_count_and_its_alerts() -> None:
    digest = a_digest(
        a_told(**on(1)), a_told(**on(2), starts_at=START + timedelta(minutes=3)), resolved(**on(3), was_firing=True),
        resolved(**on(5)), resolved("HostDown", "warning", **on(4)), a_told("Odd", "sev-7", **on(6)),
    )  # fmt: skip
    assert lines(digest) == [
        "🔴 DiskFull ×4 (2 resolved) · `instance=db1` 14:02 · `instance=db2` 14:05 · "
        "✅ `instance=db3` fired 14:02, resolved 14:09 UTC · ✅ `instance=db5` 14:02–14:09",
        "✅ warning: HostDown (resolved) · 14:02–14:09 UTC · `instance=db4`",
        "⚪ sev-7: Odd · since 14:02 UTC · `instance=db6`",
        f"[full list]({LIST})",
    ]


def test_where_every_kind_has_its_line_nothing_is_said_of_others() -> None:
    alerts = [a_told(f"A{number}", **on(number)) for number in range(9)]
    for limit in range(500, 800, 3):
        assert not any("+0" in line for line in lines(a_digest(*alerts), limit))


def test_no_name_is_told_twice_in_the_card() -> None:
    alerts = [a_told(f"Alert{number:02}", **on(place)) for number in range(40) for place in range(3)]
    for limit in (1000, 2000, 5000):
        text = card(a_digest(*alerts), limit)["text"]
        assert [text.count(f"Alert{number:02}") for number in range(40)] == [1] * 40


def test_kinds_without_a_line_are_told_with_what_they_are_more_than() -> None:
    alerts = [a_told(f"Alert{number:02}", "critical" if number < 20 else "info", **on(number)) for number in range(30)]
    told = lines(a_digest(*alerts), limit=1000)
    assert told[0] == "🔴 Alert00 · since 14:02 UTC · `instance=db0`"
    assert any(re.match(r"🔴 \*\*\d+ more critical\*\* · Alert\d\d, ", line) for line in told)
    assert any(line.startswith("🔵 **10 info** · Alert20, ") for line in told)


def test_what_began_in_the_same_minute_says_so_once() -> None:
    digest = a_digest(*(a_told(**on(number)) for number in (1, 2)))
    assert "🔴 DiskFull ×2 · since 14:02 UTC · `instance=db1` · `instance=db2`" in lines(digest)


def test_only_labels_that_tell_alerts_apart_are_shown() -> None:
    labels = [{"env": "prod", "pod": f"p{number}", "zone": f"z{number % 2}"} for number in range(3)]
    digest = a_digest(*(a_told(labels=each) for each in labels))
    assert "🔴 DiskFull ×3 · since 14:02 UTC · `pod=p0` `zone=z0` · `pod=p1` `zone=z1` · `pod=p2` `zone=z0`" in lines(
        digest
    )


def test_what_the_exporter_added_tells_nothing_apart() -> None:
    digest = a_digest(*(a_told(labels={"pod": f"web-{number}", "uid": str(number)}) for number in range(2)))
    assert "🔴 DiskFull ×2 · since 14:02 UTC · `pod=web-0` · `pod=web-1`" in lines(digest)


def test_what_fires_stands_before_what_came_and_went_and_that_before_what_is_over() -> None:
    early = START - timedelta(hours=1)
    told = lines(a_digest(resolved(**on(1), starts_at=early), resolved(**on(2), was_firing=True), a_told(**on(3))))
    assert re.findall(r"instance=(db\d)", told[0]) == ["db3", "db2", "db1"]


def test_the_time_is_said_once_only_for_what_has_one_state() -> None:
    told = lines(a_digest(a_told(**on(1)), replace(resolved(**on(2)), ends_at=None)))
    assert told[0] == "🔴 DiskFull ×2 (1 resolved) · `instance=db1` 14:02 · ✅ `instance=db2` 14:02"


def test_more_alerts_than_can_be_told_apart_have_their_count_once() -> None:
    assert lines(a_digest(*[a_told(labels={})] * 1001))[0] == "🔴 DiskFull ×1001 · since 14:02 UTC"


def test_any_limit_has_room_for_the_word_that_some_are_told_above() -> None:
    severities = ["critical", "warning", "info", "sev-1", "sev-2"]
    digest = a_digest(*(a_told(f"{one}{n}", one, **on(n)) for one in severities for n in range(6)))
    for limit in range(500, 1600, 7):
        assert sum(map(units, texts(render_digest(digest, Look(text_limit=limit))))) <= limit


def test_alerts_without_labels_are_listed_by_their_time() -> None:
    assert "🔴 DiskFull · since 14:02 UTC" in lines(a_digest(a_told(labels={})))


def test_many_of_a_kind_leave_room_for_the_other_kinds() -> None:
    many = [a_told(**on(number)) for number in range(200)]
    told = lines(a_digest(*many, a_told("HostDown", "info")), limit=1000)
    assert (told[0][:18], told[0][-7:]) == ("🔴 DiskFull ×200 · ", " · +180")
    assert told[1].startswith("🔵 HostDown · since 14:02 UTC")
    assert told[-1] == f"**+180 more** – [full list]({LIST})"


def test_without_an_address_the_rest_is_still_counted() -> None:
    many = [a_told(**on(number)) for number in range(200)]
    assert lines(a_digest(*many, list_url=""), limit=1000)[-1].startswith("**+180 more** – full list: see AlertHub")


def test_names_and_counts_have_precedence_over_the_list() -> None:
    told = lines(a_digest(*(a_told(f"Alert{number:03}") for number in range(60))), limit=810)
    assert "Alert059" in told[0]
    assert told[1:] == [f"**+60 more** – [full list]({LIST})"]


def test_where_not_even_the_counts_find_room_the_headline_stands_alone() -> None:
    body = render_digest(a_digest(), Look(text_limit=200))
    assert (units(body["text"]) <= 200, "attachments" in body) == (True, False)


def test_the_card_has_the_colour_of_the_worst_that_fires() -> None:
    assert card(a_digest(resolved(), a_told("Slow", "warning")))["color"] == "#FFA000"
    assert card(a_digest(resolved()))["color"] == "#388E3C"


def test_the_title_leads_to_the_list() -> None:
    late = a_digest(oldest_at=NOW - timedelta(minutes=12))
    assert (card(late)["title"], card(late)["title_link"]) == ("Owed from 15:55 to 16:07 UTC", LIST)


def test_a_bad_address_is_left_out() -> None:
    assert "title_link" not in card(a_digest(list_url="javascript:alert(1)"))


def test_the_look_of_a_target_is_kept() -> None:
    body = render_digest(a_digest(), Look(alias="AlertHub", emoji=":fire:", channel="#ops"))
    assert (body["alias"], body["icon_emoji"], body["channel"]) == ("AlertHub", ":fire:", "#ops")


def test_the_plain_digest_still_names_and_counts() -> None:
    assert render_digest_plain(a_digest(), Look(alias="AlertHub", channel="#ops")) == {
        "text": "📋 *DIGEST* · 🔴 1 critical · 🟠 1 warning · 2 alerts in 2 messages · D-99\n"
        "🔴 **1 critical** · DiskFull\n🟠 **1 warning** · HostDown",
        "parseUrls": False,
        "channel": "#ops",
    }


def test_the_plain_digest_names_every_alert_that_the_rich_one_names() -> None:
    told = tuple(a_told(f"StormOfAlerts{number:03}") for number in range(150))
    for body in (render_digest(a_digest(*told), Look()), render_digest_plain(a_digest(*told), Look())):
        assert all(f"StormOfAlerts{number:03}" in str(body) for number in range(150))
