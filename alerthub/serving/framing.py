"""Where a request ends, so that it can be waited for without a thread. What it means, and whether it is one at all, is
said by gunicorn's parser alone, which reads the same bytes afterwards. Pure.
"""

from __future__ import annotations

from typing import Protocol

MOST_HEAD = 32 * 1024
_MOST_LINE = 8190
_HEXADECIMAL = b"0123456789abcdefABCDEF"
_MOST_TRAILERS = 32 * 1024


def head_is_whole(data: bytearray, searched: int) -> bool:
    """Whether an empty line came; the first `searched` bytes were looked at before.

    Lines that end without a carriage return count too: the parser refuses them, and nobody need wait for that.
    """
    since = max(0, searched - 3)
    return data.find(b"\r\n\r\n", since) >= 0 or data.find(b"\n\n", since) >= 0


class Body(Protocol):
    whole: bool
    size: int
    """Bytes, as far as known: announced, or come so far."""

    def feed(self, data: bytes) -> None: ...


class Length:
    """A body of a known number of bytes."""

    def __init__(self, length: int) -> None:
        self.size = self._missing = length
        self.whole = length <= 0

    def feed(self, data: bytes) -> None:
        self._missing -= len(data)
        self.whole = self._missing <= 0


class Chunked:
    """A body in chunks (RFC 9112, 7.1). At whatever cannot be one it stops waiting: the parser will refuse it."""

    def __init__(self) -> None:
        self.whole = False
        self.size = 0
        self._line = bytearray()
        self._skip = 0
        self._trailers = -1

    def feed(self, data: bytes) -> None:
        place = 0
        while place < len(data) and not self.whole:
            if self._skip:
                step = min(self._skip, len(data) - place)
                self._skip -= step
                self.size += step
            else:
                end = data.find(b"\n", place)
                step = (end + 1 if end >= 0 else len(data)) - place
                self._line += data[place : place + step]
                if end >= 0:
                    self._read_line()
                self.whole = self.whole or len(self._line) > _MOST_LINE
            place += step

    def _read_line(self) -> None:
        line = bytes(self._line).strip()
        self._line.clear()
        if self._trailers >= 0:
            self._trailers += len(line)
            self.whole = not line or self._trailers > _MOST_TRAILERS
            return
        digits = line.partition(b";")[0].strip()
        size = int(digits, 16) if digits and not digits.strip(_HEXADECIMAL) else -1
        if size > 0:
            self._skip = size + 2  # and the line's end behind the data
        elif size == 0:
            self._trailers = 0
        else:
            self.whole = True
