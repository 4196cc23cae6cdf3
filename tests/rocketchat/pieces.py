"""What can be said of a text that Rocket.Chat's parser took to pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tests.rocketchat import Pieces

_HARMLESS = {"text", "code", "bold", "link", "line"}
# What stands for a character that has no harmless form, and for those that nobody sees or tells apart.
_LOOK_ALIKES = str.maketrans({"∗": "*", "∼": "~", "∣": "|", "∖": "\\", "＿": "_", "`": "'", "\u2060": None})
_OUR_LINK = re.compile(r"\[([^\[\]\n]*)\]\((https?://[^\s()]+)\)")
# Also of old servers; what follows a letter is an address.
_MENTION = re.compile(r"(?<![A-Za-z.-])[@#][0-9A-Za-z_.-]|@(?:all|here)\b", re.IGNORECASE)


def flaws(pieces: Pieces) -> list[str]:
    """Constructs that are neither text nor code, nor AlertHub's bold and links; an emoji is text unless it has a name."""
    found = []
    for kind, *rest in pieces:
        if kind not in _HARMLESS and (kind != "emoji" or rest[0]):
            found.append(f"{kind}: {rest}")
        found += flaws(rest[-1]) if kind in ("bold", "link") else []
    return found


def seen(pieces: Pieces) -> str:
    """The words a person reads."""
    return "".join(
        "\n" if kind == "line" else seen(rest[-1]) if kind in ("bold", "link") else str(rest[-1])
        for kind, *rest in pieces
    )


def alike(text: str) -> str:
    """For comparing what is read with what was said: spaces, invisible characters and look-alikes set aside."""
    return " ".join(text.translate(_LOOK_ALIKES).split())


def links(pieces: Pieces) -> Iterator[tuple[str, str]]:
    """Words and address of each link."""
    for kind, *rest in pieces:
        if kind == "link":
            yield seen(rest[1]), rest[0]
        elif kind == "bold":
            yield from links(rest[0])


def links_written(text: str) -> list[tuple[str, str]]:
    """The links a text of ours holds, by the one form they have, outside of code."""
    return _OUR_LINK.findall(re.sub(r"`[^`\n]*`", "·", text))


def mentions(text: str) -> list[str]:
    """What a server may take for a mention: it looks through the raw text, code or not. Addresses of links are none."""
    return _MENTION.findall(_OUR_LINK.sub(r"[\1]", text))


def faults(text: str, readings: Mapping[str, Pieces], hosts: tuple[str, ...]) -> list[str]:
    """All that is wrong with how this text of ours is read; `hosts` are those our links may lead to."""
    written = links_written(text)
    found = [f"mention: {mention}" for mention in mentions(text)]
    found += [f"{url} is not ours" for _, url in written if url.split("/")[2] not in hosts]
    for reader, pieces in readings.items():
        found += [f"{reader}: {flaw}" for flaw in flaws(pieces)]
        if list(links(pieces)) != written:
            found.append(f"{reader}: links {list(links(pieces))} instead of {written}")
    return found
