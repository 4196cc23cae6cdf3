"""Reading the environment: a wrong value stops the start with a sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from alerthub import env

pytestmark = pytest.mark.anywhere


def read_from_file(path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the file adds to the environment."""
    monkeypatch.setattr(os, "environ", found := dict[str, str]())
    (path / ".env").write_bytes(content)
    env.load_dotenv(path / ".env")
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A=1", ("A", "1")),
        ("export A=b", ("A", "b")),
        ('A="b # c"', ("A", "b # c")),
        ('A="p4ss" # note', ("A", "p4ss")),
        ("A='x=y'  # note", ("A", "x=y")),
        ("A=b # comment", ("A", "b")),
        ("A=b#c", ("A", "b#c")),
        ("A=", ("A", "")),
        ("A= # comment", ("A", "")),
        ("\ufeffA=1", ("A", "1")),
    ],
)
def test_lines_of_the_file_are_read_as_compose_reads_them(
    line: str, expected: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_from_file(tmp_path, line.encode(), monkeypatch) == dict([expected])


@pytest.mark.parametrize("line", ["", "# A=1"])
def test_other_lines_say_nothing(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_from_file(tmp_path, line.encode(), monkeypatch) == {}


def test_a_file_that_is_no_text_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"\.env cannot be read as UTF-8"):
        read_from_file(tmp_path, b"A=\xff", monkeypatch)


@pytest.mark.parametrize(
    "line", ["A: s3cret", 'A="s3cret', "A='s3cret", "A B=s3cret", "A='it's s3cret'", "=s3cret", "two words"]
)
def test_a_line_that_cannot_be_read_stops_the_start_by_its_number(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was left out, and what it set was believed to be unset."""
    with pytest.raises(ImproperlyConfigured, match=r"\.env, line 3, does not read NAME=VALUE") as refused:
        read_from_file(tmp_path, f"B=1\n# note\n{line}\nC=2\n".encode(), monkeypatch)
    assert "s3cret" not in str(refused.value)


def test_the_real_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING", "real")
    (tmp_path / ".env").write_text("A_SETTING=file\n")
    env.load_dotenv(tmp_path / ".env")
    assert env.text("A_SETTING") == "real"


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("A_SETTING_FILE", str(tmp_path / "secret"))
    assert env.text("A_SETTING") == "s3cret"


def test_a_mark_of_an_editor_is_no_part_of_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfs3cret\r\n")
    monkeypatch.setenv("A_SETTING_FILE", str(tmp_path / "secret"))
    assert env.text("A_SETTING") == "s3cret"


def test_a_secret_file_that_is_no_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfes3cret")
    monkeypatch.setenv("A_SETTING_FILE", str(tmp_path / "secret"))
    with pytest.raises(ImproperlyConfigured, match="A_SETTING_FILE points to a file that is no UTF-8 text"):
        env.text("A_SETTING")


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (env.hosts, "Chat.example.com, chat_1,10.0.0.5,[fd00::5],fd00::6,x.", ["Chat.example.com", "chat_1", "10.0.0.5",
                                                                               "[fd00::5]", "fd00::6", "x."]),
        (lambda name: env.hosts(name, patterns=True), "*,.example.com,[::1]", ["*", ".example.com", "[::1]"]),
        (env.origins, "https://a.example/,http://*.b.example:8080", ["https://a.example", "http://*.b.example:8080"]),
        (lambda name: env.bind(name, 8093), "unix:/run/a.sock", "unix:/run/a.sock"),
        (lambda name: env.bind(name, 8093), "0.0.0.0:8093,[::]:8093", "0.0.0.0:8093,[::]:8093"),
        (lambda name: env.bind(name, 8093), "", "127.0.0.1:8093"),
    ],
)  # fmt: skip
def test_a_right_value_is_read(
    read: Callable[[str], Any], value: str, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SETTING", value)
    assert read("A_SETTING") == expected


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING", "")
    assert env.number("A_SETTING", 7) == 7


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.flag("A_SETTING", default=False), "maybe"),
        (lambda: env.number("A_SETTING", 1), "many"),
        (lambda: env.number("A_SETTING", 1, least=1), "0"),
        (lambda: env.rate("A_SETTING", "10/60"), "10 per minute"),
        (lambda: env.rate("A_SETTING", "10/60"), "10/0"),
        (lambda: env.rate("A_SETTING", "10/60"), "1001/60"),
        (lambda: env.rate("A_SETTING", "10/60"), "10/3601"),
        (lambda: env.rate("A_SETTING", "10/60"), "2147483648"),
        (lambda: env.rate("A_SETTING", "10/60"), "９/60"),
        (lambda: env.seconds_each("A_SETTING", "other=60", least=60), "critical=999999999999999"),
        (lambda: env.seconds_each("A_SETTING", "other=60", least=60), "critical=59"),
        (lambda: env.hosts("A_SETTING"), "https://chat.example.com"),
        (lambda: env.hosts("A_SETTING"), "chat.example.com:443"),
        (lambda: env.hosts("A_SETTING"), "chat.example.com/hooks"),
        (lambda: env.hosts("A_SETTING"), "*"),
        (lambda: env.hosts("A_SETTING"), ".example.com"),
        (lambda: env.hosts("A_SETTING", patterns=True), "alerthub.example.com, https://other.example"),
        (lambda: env.hosts("A_SETTING", patterns=True), "*.example.com"),
        (lambda: env.hosts("A_SETTING", patterns=True), "::1"),
        (lambda: env.origins("A_SETTING"), "alerthub.example.com"),
        (lambda: env.origins("A_SETTING"), "https://alerthub.example.com/alerthub"),
        (lambda: env.bind("A_SETTING", 8093), "0.0.0.0:80930"),
        (lambda: env.bind("A_SETTING", 8093), "127.0.0.1:http"),
        (lambda: env.token("A_SETTING"), "to ken"),
        (lambda: env.token("A_SETTING"), "tökén"),
        (lambda: env.networks_or("A_SETTING", "unix"), "10.0.0.0/8,proxy.example"),
        (lambda: env.networks_or("A_SETTING", "unix"), "10.0.0.1/8"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(
    read: Callable[[], Any], value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SETTING", value)
    with pytest.raises(ImproperlyConfigured, match="A_SETTING"):
        read()


def test_a_secret_file_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING_FILE", "/nowhere/secret")
    with pytest.raises(ImproperlyConfigured, match="A_SETTING_FILE"):
        env.text("A_SETTING")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("10/60", (10, 60)), ("0", (0, 60)), ("5 / 1", (5, 1)), ("30", (30, 60)), ("1000/3600", (1000, 3600))],
)
def test_rates_are_calls_per_seconds(value: str, expected: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING", value)
    assert env.rate("A_SETTING", "1/1") == expected


def test_networks_are_named_with_or_without_a_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING", "127.0.0.1, fd00::/8,unix")
    assert [str(each) for each in env.networks_or("A_SETTING", "unix")] == ["127.0.0.1/32", "fd00::/8", "unix"]


@pytest.mark.parametrize(
    "value", ["hc.example/s3cr3t", "ftp://hc.example/s3cr3t", "https://:s3cr3t@hc.example", "https://[s3cr3t"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PING", value)
    with pytest.raises(ImproperlyConfigured, match="PING must read https://HOST/PATH") as refused:
        env.address("PING")
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize("value", ["", "https://hc.example/s3cr3t?a=b", "http://10.0.0.1:8000/"])
def test_an_address_is_read_as_it_is(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PING", value)
    assert env.address("PING") == value
