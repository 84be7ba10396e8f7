"""Pictures for the browser: pages of scans and of finished PDFs as JPEG, kept in memory for a while, never on disk."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from extractors.identify import FileKind, identify

LONGEST_PX = 2400
PREVIEW_PX = 1600
QUALITY = 82
MAX_KEPT_BYTES = 96 * 1024 * 1024


class Pictures:
    """JPEG bytes by key, the least used dropped first; one picture is decoded at a time to bound memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._drawing = threading.Lock()

    def scan(self, sha256: str, fetch: Callable[[], Path], page: int) -> bytes:
        """A page of a scan, large enough to read its smallest print; the file is fetched where it is not kept."""
        return self._get(("scan", sha256, page), lambda: _draw_scan(fetch(), page))

    def preview(self, digest: str, name: str, read: Callable[[], bytes], page: int) -> bytes:
        """A page of a finished PDF of the bundle with this digest; `read` gives its bytes where it is not kept."""
        return self._get(("preview", digest, name, page), lambda: _draw(read(), FileKind.PDF, page, PREVIEW_PX))

    def _get(self, key: tuple[object, ...], draw: Callable[[], bytes]) -> bytes:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with self._drawing:
            data = draw()
        with self._lock:
            self._size += len(data) - len(self._kept.get(key, b""))
            self._kept[key] = data
            while self._size > MAX_KEPT_BYTES and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])
        return data


def _draw_scan(path: Path, page: int) -> bytes:
    return _draw(path.read_bytes(), identify(path), page, LONGEST_PX)


def _draw(data: bytes, kind: FileKind, page: int, longest_px: int) -> bytes:
    from extractors import documents
    from extractors.vision import images

    small, _ = images.shrink(documents.page_picture(data, kind, page), longest_px)
    return images.encode_jpeg(small, QUALITY)
