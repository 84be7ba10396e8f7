"""One file in, one `Reading` out: identify, ask the one extractor for that kind, turn its errors into a failure.

This is the only place where an `ExtractError` becomes a value. Anything else an extractor raises is our bug; it is
logged with the file's id (never its content) and reported as such on that one file, so that the rest goes on.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractors.archives import Member
from extractors.errors import ExtractError
from extractors.identify import FileKind, identify
from extractors.paper import Paper
from pipeline.model import Failure, Text
from pipeline.names import is_skipped_folder, is_temporary_name

READER_VERSION = "13"
"""Raised whenever a reader gives other results; readings kept under another version are made again."""

PACKAGES = frozenset({FileKind.APP_PACKAGE, FileKind.CERTIFICATE, FileKind.KEYSTORE})

log = logging.getLogger("beianbox.reading")

OUT_OF_MEMORY = Failure(
    "out_of_memory",
    Text(
        "读取此文件需要的内存超过上限，未读取。请缩小图片、拆分 PDF 后重新放入；确需处理时可提高设置 reader_memory_bytes。",
        "Reading this file needs more memory than the limit. Make the picture smaller or split the PDF; or raise the "
        "setting reader_memory_bytes.",
    ),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file said: papers, or an app package (as `beianbox app --json` gives it), or why nothing.

    `members` are the files of an archive and `notes` what was left out of it.
    """

    file: str
    sha256: str
    size: int
    kind: str
    papers: tuple[Paper, ...] = ()
    package: Mapping[str, Any] | None = None
    failure: Failure | None = None
    notes: tuple[Text, ...] = field(default=())
    members: tuple[Member, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages of the file were read."""
        return max((paper.page for paper in self.papers), default=0)


def read_file(
    path: Path,
    *,
    name: str,
    sha256: str,
    engine: str = "auto",
    password: str | None = None,
    place: Path | None = None,
) -> Reading:
    """What the file says. Never raises for a bad file: the reading carries the failure instead.

    An archive is unpacked into the empty folder `place` (see `extractors.archives`), as is the first sheet of a workbook,
    as CSV; without one they are only looked into.
    """
    try:
        kind = identify(path)
    except ExtractError as problem:
        return _failed(name, sha256, _size(path), "unknown", problem)
    try:
        return _read(path, kind, name, sha256, engine, password, place)
    except ExtractError as problem:
        return _failed(name, sha256, _size(path), kind.value, problem)
    except MemoryError:
        return Reading(name, sha256, _size(path), kind.value, failure=OUT_OF_MEMORY)
    except Exception as bug:
        log.exception("file %s: the reader broke (%s)", sha256[:8], type(bug).__name__)
        return Reading(name, sha256, _size(path), kind.value, failure=_broken(bug))


def _read(
    path: Path, kind: FileKind, name: str, sha256: str, engine: str, password: str | None, place: Path | None
) -> Reading:
    size = _size(path)
    if kind in PACKAGES:
        from extractors.packages.read import read_package
        from extractors.packages.report import to_json

        package = to_json(read_package(path, password=password), sha256=sha256)
        return Reading(name, sha256, size, "app_package", package={**package, "file": name})
    if kind.is_document:
        from extractors.documents import read_document

        papers = read_document(path.read_bytes(), kind, engine=engine)
        return Reading(name, sha256, size, _kind_of(papers), papers=papers)
    if kind is FileKind.ZIP:
        from extractors import archives

        found = archives.unpack(path, place, skip=_is_clutter) if place else archives.look_into(path, skip=_is_clutter)
        notes = tuple(Text(zh, en) for zh, en in found.notes)
        return Reading(name, sha256, size, kind.value, notes=notes, members=found.members)
    if kind is FileKind.WORKBOOK and place:
        return Reading(name, sha256, size, kind.value, members=(_first_sheet(path, place),))
    return Reading(name, sha256, size, kind.value)


def _first_sheet(path: Path, place: Path) -> Member:
    """The first sheet of a workbook, written as CSV into `place` as `0`."""
    from extractors.workbook import read_sheet

    text = io.StringIO()
    csv.writer(text).writerows(read_sheet(path))
    return Member("0.csv", (place / "0").write_text(text.getvalue(), "utf-8"))


def _is_clutter(path: str) -> bool:
    """Whether a file of an archive would not be taken from a folder either."""
    *folders, name = path.split("/")
    return is_temporary_name(name) or any(is_skipped_folder(folder) for folder in folders)


def _kind_of(papers: tuple[Paper, ...]) -> str:
    kinds = list(dict.fromkeys(paper.kind for paper in papers if paper.kind != "unknown"))
    if not kinds:
        return "unknown"
    return kinds[0] if len(kinds) == 1 else "multiple"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _failed(name: str, sha256: str, size: int, kind: str, problem: ExtractError) -> Reading:
    return Reading(name, sha256, size, kind, failure=Failure(problem.code, Text(problem.zh, problem.en)))


def _broken(bug: Exception) -> Failure:
    word = type(bug).__name__
    return Failure(
        "internal",
        Text(
            f"读取此文件时程序内部出错（{word}），其他文件不受影响。请换一个文件重试，并把日志交给开发者。",
            f"The program broke on this file ({word}); the others are not affected. Try another file and report the log.",
        ),
    )
