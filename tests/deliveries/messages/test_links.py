"""Only addresses worth following become links, and only behind our own words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deliveries.messages import links
from deliveries.messages.addresses import address
from tests.deliveries.stories import TRAIL, a_story, an_alert


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://x.example/a?b=c&d=%20#f", "https://x.example/a?b=c&d=%20#f"),
        ("HTTP://x.example", "http://x.example"),
        ("http://x.example.", "http://x.example./"),
        (" http://x.example/ ", "http://x.example/"),
        ("http://[::1]:9090/graph", "http://[::1]:9090/graph"),
        (
            "http://x.example/a(b)[c]`d`<e>\"f'@all*",
            "http://x.example/a%28b%29%5Bc%5D%60d%60%3Ce%3E%22f%27%40all%2A",
        ),
        ("http://x.example/ü", "http://x.example/%C3%BC"),
        ("http://x.example/d/Disk full?var-host=a b", "http://x.example/d/Disk%20full?var-host=a%20b"),
    ],
)
def test_a_good_address_is_made_safe_for_markdown(url: str, safe: str) -> None:
    assert address(url) == safe


@pytest.mark.parametrize(
    "url",
    [
        "",
        "#",
        "/graph",
        "x.example/graph",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://x.example",
        "http://",
        "http:///path",
        "http://user:secret@x.example/",
        "http://good.example@evil.example/",
        "http://x example/a",
        "http://x.example/a\nb",
        "http://x.example\\@evil.example",
        "http://[::1/",
        "http://x.example:port/",
        "http://gооd.example/",
        "http://x.example/" + "a" * 3000,
        "http://x.example/" + "ü" * 1000,
    ],
)
def test_a_bad_address_is_no_link(url: str) -> None:
    assert address(url) == ""


def test_the_link_to_alertmanager_quotes_the_receiver_as_alertmanager_does() -> None:
    story = a_story(external_url="http://am.example/prefix/", receiver="web.hook")
    assert links.alertmanager(story) == "http://am.example/prefix/#/alerts?receiver=web%5C.hook"


@pytest.mark.parametrize("url", ["", "not an address", "http://am.example/?x", "http://am.example/#/x"])
def test_an_odd_external_url_gives_no_link(url: str) -> None:
    assert links.alertmanager(a_story(external_url=url)) == ""


def test_the_title_leads_to_the_expression_all_alerts_share() -> None:
    assert links.main(a_story(an_alert(), an_alert())) == "http://prometheus.example.com/graph"


def test_the_title_leads_to_alertmanager_when_expressions_differ() -> None:
    story = a_story(an_alert(), an_alert(generator_url="http://other.example"))
    assert links.main(story).startswith("http://alertmanager.example.com:9093/#/alerts")


def test_the_title_leads_to_the_first_expression_when_nothing_else_is_known() -> None:
    story = a_story(an_alert(), an_alert(generator_url="http://other.example"), external_url="")
    assert links.main(story) == "http://prometheus.example.com/graph"


def test_the_title_of_a_test_message_leads_to_the_trail() -> None:
    assert links.main(a_story(is_test=True, alerts=())) == TRAIL


def test_all_links_stand_in_one_line() -> None:
    alert = an_alert(annotations={"runbook_url": "http://r.example", "dashboard": "http://d.example"})
    labels = [link.partition("](")[0] for link in links.line(a_story(alert), 1000).split(" · ")]
    assert labels == ["[Runbook", "[Dashboard", "[Source", "[Alertmanager", "[AlertHub trail"]


def test_different_runbooks_are_numbered() -> None:
    alerts = [an_alert(annotations={"runbook": f"http://r{number}.example"}) for number in range(5)]
    line = links.line(a_story(*alerts), 1000)
    assert [f"Runbook {number}]" in line for number in range(1, 6)] == [True, True, True, False, False]


def test_the_trail_is_the_last_link_to_be_given_up() -> None:
    assert links.line(a_story(), len(TRAIL) + 30) == f"[AlertHub trail]({TRAIL})"


def test_without_any_good_address_there_is_no_line() -> None:
    story = a_story(replace(an_alert(), generator_url=""), trail_url="", external_url="")
    assert links.line(story, 1000) == ""


def shown(**annotations: str) -> list[str]:
    story = a_story(an_alert(annotations=annotations, generator_url=""), external_url="", trail_url="")
    return [each for each in links.line(story, 2000).split(" · ") if each]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("runbook_url", "Runbook"),
        ("runbook_link", "Runbook"),
        ("playbook", "Playbook"),
        ("logs_url", "Logs"),
        ("silenceURL", "Silence"),
        ("grafanaPanelUrl", "Grafana panel"),
        ("SOP", "SOP"),
        ("url", "Url"),
    ],
)
def test_an_address_is_a_link_under_its_own_name(name: str, words: str) -> None:
    assert shown(**{name: "https://a.example/x"}) == [f"[{words}](https://a.example/x)"]


def test_runbooks_and_dashboards_stand_before_the_others() -> None:
    urls = {name: f"https://{name}.example" for name in ("logs", "panel", "dashboard", "playbook", "runbook")}
    assert [each.partition("]")[0] for each in shown(**urls)] == [
        "[Runbook", "[Playbook", "[Dashboard", "[Panel", "[Logs",
    ]  # fmt: skip


def test_two_names_of_one_address_are_one_link() -> None:
    assert shown(runbook="https://a.example", runbook_url="https://a.example", wiki="https://a.example") == [
        "[Runbook](https://a.example)"
    ]


def test_an_annotation_that_leads_where_the_source_does_is_the_only_link_there() -> None:
    story = a_story(an_alert(annotations={"query": "http://prometheus.example.com/graph"}), external_url="")
    assert links.line(story, 2000) == f"[Query](http://prometheus.example.com/graph) · [AlertHub trail]({TRAIL})"


def test_spaces_are_repaired_where_they_belong_to_the_address() -> None:
    assert shown(dashboard_url="https://g.example/d/Disk full") == ["[Dashboard](https://g.example/d/Disk%20full)"]
    assert shown(search="https://g.example/?q=a b") == ["[Search](https://g.example/?q=a%20b)"]
    assert shown(hint="https://g.example/d has the numbers") == []
    assert shown(hint="https://g.example/d says what?") == []


def test_a_name_of_links_that_is_also_one_of_ours_hides_none() -> None:
    story = a_story(an_alert(annotations={"source": "https://git.example"}))
    assert links.line(story, 2000).startswith("[Source](https://git.example) · [Source](http://prometheus.example.com/")


def test_what_is_over_is_not_silenced() -> None:
    fields = {"silenceURL": "https://g.example/s", "panelURL": "https://g.example/p"}
    over = an_alert(status="resolved", grafana_fields=fields, generator_url="")
    assert links.line(a_story(over, external_url="", trail_url=""), 2000) == "[Panel](https://g.example/p)"


def test_not_more_than_eight_names_of_links() -> None:
    assert len(shown(**{f"a{number}": f"https://{number}.example" for number in range(12)})) == 8
