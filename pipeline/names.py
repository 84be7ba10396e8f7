"""Names of files: raw bytes for the system, a display name for people, a safe name for output.

Names are hints for people and for grouping, never keys: bytes are found by their hash. A name that is not UTF-8
is taken for GB18030, which guesses right for all but very short names (wrong for 2 in 100 of two characters).
"""

from __future__ import annotations

import os
import unicodedata
from typing import AnyStr

NAME_BYTES = 255
"""Longest name Linux file systems hold: 85 Chinese characters in UTF-8."""

SAFE_BYTES = 200
"""Longest name we write: leaves room for prefixes, version numbers and encrypted file systems (143 to 255)."""

_SUFFIX_BYTES = 16
_RESERVED = frozenset('<>:"/\\|?*')
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MISLEADING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in "123456789¹²³")],
)
_UNFINISHED = (".part", ".partial", ".crdownload", ".filepart", ".tmp", ".download", ".opdownload", ".!ut", ".icloud")
_CLUTTER = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})
_CLUTTER_FOLDERS = frozenset(
    {"__macosx", "@eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found"},
)


def raw_name(name: str) -> bytes:
    """The bytes behind a name as Python's file functions give it."""
    return os.fsencode(name)


def display_name(raw: bytes) -> str:
    """A name for people: UTF-8, else GB18030, in NFC; what cannot be shown becomes U+FFFD.

    The result can always be encoded as UTF-8, stored in a database and printed on one line.
    """
    text = unicodedata.normalize("NFC", _decode(raw))
    return "".join("\ufffd" if _is_unshowable(char) else char for char in text)


def display_path(path: str) -> str:
    """A relative path for people, its parts joined by `/`."""
    return "/".join(display_name(part) for part in raw_name(path).split(b"/"))


def safe_name(name: str, *, limit: int = SAFE_BYTES) -> str:
    """A name that every system takes for one plain file, at most `limit` bytes; the suffix survives the cut.

    Reserved characters become `_`, invisible ones go, as do dots and spaces at both ends. Never empty, never hidden,
    and the safe name of a safe name is itself.
    """
    shown = "".join(_safe_character(char) for char in name)
    text = unicodedata.normalize("NFC", shown).strip(" .")
    if text.startswith("-"):
        text = "_" + text[1:]
    if text.split(".", 1)[0].strip().upper() in _DEVICES:
        text = "_" + text
    return _cut_text(text, limit) or "file"


def cut_name(raw: bytes, limit: int = NAME_BYTES) -> bytes:
    """The same raw name in at most `limit` bytes: cut at a character where it is UTF-8, the suffix kept."""
    if len(raw) <= limit:
        return raw
    try:
        return _cut_text(raw.decode("utf-8"), limit).encode("utf-8")
    except UnicodeDecodeError:
        stem, suffix = _split(raw, b".")
        return stem[: limit - len(suffix)] + suffix


def is_temporary_name(name: str) -> bool:
    """Whether a name says "not a document (yet)": hidden, a half download, an editor's lock, system clutter."""
    lower = name.lower()
    return name.startswith((".", "~$")) or lower.endswith(_UNFINISHED) or lower in _CLUTTER


def is_unfinished_name(name: str) -> bool:
    """Whether a name announces a file that will come under another name: `x.pdf.part`, `x.crdownload`."""
    return name.lower().endswith(_UNFINISHED) and not name.startswith("~$")


def is_skipped_folder(name: str) -> bool:
    """Whether a folder is hidden or belongs to a system, such as `__MACOSX` or a recycle bin."""
    return name.startswith(".") or name.lower() in _CLUTTER_FOLDERS


def _decode(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _is_unshowable(char: str) -> bool:
    return char in _MISLEADING or unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}


def _safe_character(char: str) -> str:
    if char in _RESERVED:
        return "_"
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    return "" if category in _UNSEEN else char


def _cut_text(text: str, limit: int) -> str:
    if len(text.encode("utf-8")) <= limit:
        return text
    stem, suffix = _split(text, ".")
    room = limit - len(suffix.encode("utf-8"))
    return stem.encode("utf-8")[:room].decode("utf-8", "ignore").rstrip(" .") + suffix


def _split(name: AnyStr, dot: AnyStr) -> tuple[AnyStr, AnyStr]:
    """Stem and suffix with its dot; a suffix longer than a suffix can be belongs to the stem."""
    stem, found, suffix = name.rpartition(dot)
    whole = found + suffix
    size = len(whole.encode("utf-8")) if isinstance(whole, str) else len(whole)
    return (stem, whole) if stem and size <= _SUFFIX_BYTES else (name, name[:0])
