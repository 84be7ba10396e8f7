"""What can be wrong with a file, as exceptions that speak to the person who dropped it.

Each kind carries a code for programs, and says in Chinese and English what is wrong and what to do.
A reader raises these and nothing else for bad input; any other exception is a bug of ours.
"""

from __future__ import annotations


class ExtractError(Exception):
    """A file could not be read; `zh` and `en` say why and what to do, `code` names the kind."""

    code = "unreadable"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class Unreadable(ExtractError):
    """The bytes are damaged or are not what they claim to be."""

    code = "unreadable"


class Incomplete(ExtractError):
    """The end of the file is missing: a broken download or copy."""

    code = "incomplete"


class Empty(ExtractError):
    """The file has no bytes."""

    code = "empty"


class Encrypted(ExtractError):
    """A password is needed."""

    code = "encrypted"


class Unsupported(ExtractError):
    """A sound file of a kind that is not read."""

    code = "unsupported"


class ArchiveKind(ExtractError):
    """An archive of another kind than ZIP: RAR, 7z, tar, gzip."""

    code = "archive_kind"


class TooLarge(ExtractError):
    """Over a limit that protects the machine; the message names the number and the limit."""

    code = "too_large"


class ToolMissing(ExtractError):
    """A program or package needed for this kind of file is not installed."""

    code = "tool_missing"


class ToolFailed(ExtractError):
    """A helper program crashed or ran out of time on this file."""

    code = "tool_failed"
