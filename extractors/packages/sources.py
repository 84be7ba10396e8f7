"""Where bytes come from: an open file or a part of it, or memory. Read at any place, never as a whole."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Source(Protocol):
    """A run of bytes that can be read at any place."""

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at `offset`."""
        ...

    def window(self, offset: int, size: int) -> Source:
        """Return a part of it as a source of its own."""
        ...


class FileSource:
    """An open file, or a window of it; `keeper` is what must live as long."""

    keeper: object = None

    def __init__(self, descriptor: int, base: int = 0, size: int | None = None) -> None:
        self._descriptor = descriptor
        self._base = base
        self.size = os.fstat(descriptor).st_size - base if size is None else size

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at `offset`, never beyond the window."""
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        return os.pread(self._descriptor, length, self._base + offset)

    def window(self, offset: int, size: int) -> FileSource:
        """Return the part of this source that a stored member fills."""
        part = FileSource(self._descriptor, self._base + offset, min(size, self.size - offset))
        part.keeper = self
        return part


class KeptSource(FileSource):
    """A descriptor that is closed when neither this source nor a window of it is used any more."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self._closer = weakref.finalize(self, os.close, descriptor)


class BytesSource:
    """Bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at `offset`."""
        return self._data[offset : offset + length] if offset >= 0 and length > 0 else b""

    def window(self, offset: int, size: int) -> BytesSource:
        """Return a part."""
        return BytesSource(self._data[offset : offset + size])
