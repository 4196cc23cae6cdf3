"""What a browser would send of the forms on a page, if nobody changed anything."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.sent: list[tuple[str, str]] = []
        self._select = self._area = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag in ("input", "select", "textarea") and name and found.get("type") not in ("submit", "button"):
            self.names.append(name)
        if tag == "input" and name in self.names:
            if found.get("type") not in ("checkbox", "radio") or "checked" in found:
                self.sent.append((name, found.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in found:
            self.sent.append((self._select, found.get("value", "")))
        elif tag == "textarea":
            self._area, self._text = name, []

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area:
            self.sent.append((self._area, "".join(self._text).removeprefix("\n")))
            self._area = ""


def of(page: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The names of all that can be entered, and what is sent of it."""
    reader = _Reader()
    reader.feed(page)
    return list(dict.fromkeys(reader.names)), reader.sent
