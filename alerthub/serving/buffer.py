"""Bytes in the order they came: few in memory, many in a temporary file."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile

_MOST_IN_MEMORY = 256 * 1024


class Buffer:
    """Written at the end, read at the beginning, by one thread at a time. Raises OSError if the disk is full."""

    def __init__(self) -> None:
        self._file: SpooledTemporaryFile[bytes] | None = None
        self._start = self._end = 0

    def __len__(self) -> int:
        return self._end - self._start

    def write(self, data: bytes | bytearray) -> None:
        if self._start > max(len(self), _MOST_IN_MEMORY):
            # Most of the file was read already: it must not grow with all that ever went through.
            rest = self.peek(len(self))
            self.clear()
            self.write(rest)
        if self._file is None:
            self._file = SpooledTemporaryFile(max_size=_MOST_IN_MEMORY)  # noqa: SIM115
        self._file.seek(self._end)
        self._file.write(data)
        self._end += len(data)

    def peek(self, size: int) -> bytes:
        """The first bytes, at most so many; none if it is empty."""
        if self._file is None:
            return b""
        self._file.seek(self._start)
        return self._file.read(min(size, len(self)))

    def skip(self, size: int) -> None:
        self._start += size
        if not len(self):
            self.clear()

    def recv(self, size: int) -> bytes:
        """Take the first bytes. Called so because gunicorn's parser reads from sockets."""
        found = self.peek(size)
        self.skip(len(found))
        return found

    def clear(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
        self._start = self._end = 0
