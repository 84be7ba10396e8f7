"""Kinds of documents (材料): what a word or a file's name means, and which documents a folder holds. Pure.

A paper whose content is not read, such as a letter of authority or a residence permit, counts by what `filing.yaml`
says of it, else by its file's name: the person who put it there named it. A finding asks to look at what was only named.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.build import Leaf, construct, nest
from pipeline.model import Document, Text
from pipeline.order_tables import Row, table_of
from pipeline.reading import Reading

PREFIX = "documents["
NAMED_ONLY = frozenset({"letter", "unknown", "multiple"})
"""Kinds of paper whose content does not say which document it is."""
VIDEOS = (".mp4", ".mov", ".m4v", ".avi")


@functools.cache
def rows() -> Mapping[str, Row]:
    """The kinds of documents by their ids, in the order of the table."""
    return {row["id"]: row for row in table_of("rules/materials.yaml")["documents"]}


def kind_of(word: str) -> str | None:
    """The kind of document a word means: its id, its name or another name in use; None where there is none."""
    wanted = _plain(word)
    for ident, row in rows().items():
        if wanted in {_plain(one) for one in (ident, row["zh"], *row.get("aliases", ()), *row.get("names", ()))}:
            return ident
    return None


def kinds_of_file(name: str) -> tuple[str, ...]:
    """The kinds of document that a file's name speaks of: those with the longest word found in it."""
    stem = _plain(name.rpartition("/")[2].rpartition(".")[0])
    found = [(len(word), ident) for ident, word in _words() if word in stem]
    longest = max(found, default=(0, ""))[0]
    return tuple(dict.fromkeys(ident for length, ident in found if length == longest))


@functools.cache
def _words() -> tuple[tuple[str, str], ...]:
    return tuple((ident, _plain(word)) for ident, row in rows().items() for word in row.get("names", ()))


def _plain(text: str) -> str:
    return re.sub(r"[\s《》“”\"'_\-]", "", unicodedata.normalize("NFKC", text)).casefold()


def name_of(kinds: Sequence[str]) -> Text:
    """Kinds of documents in words."""
    found = [rows()[kind] for kind in kinds]
    return Text("、".join(row["zh"] for row in found), ", ".join(row["en"] for row in found))


def held(
    documents: Sequence[Document], readings: Sequence[Reading], values: Mapping[str, Leaf]
) -> tuple[tuple[Document, ...], dict[str, Leaf]]:
    """The documents with what `filing.yaml` and file names say of them, and the values without those statements.

    A typed document whose `file` lies in the folder is that file; one whose file does not lie there serves as nothing.
    """
    typed = {path: value for path, value in values.items() if path.startswith(PREFIX)}
    rest = {path: value for path, value in values.items() if path not in typed}
    stated = [construct(Document, {"file": "", "sha256": "", **row}) for row in nest(typed).get("documents", ())]
    files = {reading.file: reading.sha256 for reading in readings}
    for one in stated:
        documents = _placed(documents, one, files)
    return tuple(_by_name(documents, readings)), rest


def _placed(documents: Sequence[Document], stated: Document, files: Mapping[str, str]) -> Sequence[Document]:
    """The documents with one more, or with what is stated of one of them."""
    file = next((name for name in files if stated.file and name.endswith(stated.file)), "")
    if stated.file and not file:
        return [*documents, stated]  # named, but not there: see `absent`
    if file and any(document.file == file for document in documents):
        return [_said(document, stated) if document.file == file else document for document in documents]
    return [*documents, _said(replace(stated, file=file, sha256=files.get(file, "")), stated)]


def _said(document: Document, stated: Document) -> Document:
    return replace(document, serves_as=(stated.kind,), dated=stated.dated, valid_to=stated.valid_to)


def _by_name(documents: Sequence[Document], readings: Sequence[Reading]) -> Iterator[Document]:
    for document in documents:
        kinds = kinds_of_file(document.file) if document.kind in NAMED_ONLY and not document.serves_as else ()
        yield replace(document, serves_as=kinds) if kinds else document
    known = {document.file for document in documents}
    for reading in readings:
        kinds = kinds_of_file(reading.file) if reading.file not in known and _is_video(reading) else ()
        if kinds:
            yield Document("unknown", reading.file, reading.sha256, serves_as=kinds)


def _is_video(reading: Reading) -> bool:
    return reading.file.lower().endswith(VIDEOS)


def absent(document: Document) -> bool:
    """Whether `filing.yaml` names a file for it that the folder has not."""
    return bool(document.file) and not document.sha256 and not document.serves_as


def only_named(document: Document) -> bool:
    """Whether it counts only because of its file's name."""
    return document.kind in NAMED_ONLY and bool(document.serves_as)
