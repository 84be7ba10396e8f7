"""Archives in a filing: their members become files of the filing, named `资料.zip/域名证书.jpg`.

A reader process unpacks them under numbers into a private folder (see `extractors.archives`); the hashes are taken
here, since a reader may say anything. Only ZIP archives of files are opened; packages and office files are read as one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from extractors.archives import Member
from pipeline.reading import Reading
from pipeline.receiving import Gone, open_regular
from pipeline.source_file import SourceFile, sha256_of
from pipeline.workers import Readers, Source

_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_NOT_ARCHIVES = frozenset(
    {".apk", ".apks", ".xapk", ".apkm", ".aab", ".hap", ".hsp", ".app", ".ipa", ".docx", ".xlsx", ".pptx"}
)
"""Names that promise something else in a ZIP: to spare a look only, since the reader judges by content."""


def may_be_archive(file: Source) -> bool:
    """Whether a file begins like a ZIP and its name promises nothing else."""
    if not may_be_called(file.name):
        return False
    try:
        with open_regular(file.path) as stream:
            return stream.read(4) in _STARTS
    except (Gone, OSError):
        return False


def may_be_called(name: str) -> bool:
    """Whether an archive may have this name."""
    return Path(name).suffix.lower() not in _NOT_ARCHIVES


@contextlib.contextmanager
def opened(
    files: Sequence[SourceFile], readers: Readers, *, engine: str = "auto"
) -> Iterator[tuple[tuple[SourceFile, ...], tuple[Reading, ...]]]:
    """The files, each archive followed by its members, and what was read on the way; members are gone at the end."""
    found: list[SourceFile] = []
    readings: list[Reading] = []
    with contextlib.ExitStack() as stack:
        for file in files:
            found.append(file)
            if may_be_archive(file):
                room = stack.enter_context(readers.room())
                readings.append(readers.read_one(file, engine=engine, place=room))
                found += [_source(file, member, path) for member, path in members(readings[-1], room)]
        yield tuple(found), tuple(readings)


def members(reading: Reading, place: Path) -> Iterator[tuple[Member, Path]]:
    """The files unpacked from an archive, each with where it lies; one that is not there after all is left out."""
    for number, member in enumerate(reading.members if reading.kind == "zip" else ()):
        path = place / str(number)
        if path.is_file() and not path.is_symlink():
            yield member, path


def _source(archive: SourceFile, member: Member, path: Path) -> SourceFile:
    return SourceFile(f"{archive.name}/{member.name}", path, sha256_of(path))
