"""Looking at folders: what lies in the inbox, or in a folder a person named. Nothing is opened, moved or followed.

Every look at a file of someone else's may find it gone; that is normal and silent. Links, pipes and devices are
reported, never followed, so nothing outside the folder is ever read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.errors import EnvironmentProblem, UsageError
from pipeline.model import Text
from pipeline.names import display_path, is_skipped_folder, is_temporary_name, is_unfinished_name, raw_name

MAX_DEPTH = 20
Fingerprint = tuple[int, int, int]


class LookKind(StrEnum):
    """What a look found."""

    FILE = "file"
    UNFINISHED = "unfinished"
    EMPTY_FOLDER = "empty_folder"
    LINK = "link"
    SPECIAL = "special"
    CLOSED_FOLDER = "closed_folder"
    DEEP_FOLDER = "deep_folder"


@dataclass(frozen=True, slots=True)
class Look:
    """One thing in a folder at one moment; `path` is relative, as the system gives it (not always printable).

    `arrives_as` is set for an original that was moved aside and looked at again: its path when it came.
    """

    path: str
    kind: LookKind
    inode: int = 0
    size: int = 0
    mtime_ns: int = 0
    arrives_as: str = ""

    @property
    def fingerprint(self) -> Fingerprint:
        """Equal in two looks when nothing was written in between."""
        return self.inode, self.size, self.mtime_ns

    @property
    def origin(self) -> str:
        """The path it came under."""
        return self.arrives_as or self.path

    @property
    def folder(self) -> str:
        """The first folder of the path: one filing; empty for a loose file."""
        first, slash, _ = self.origin.partition("/")
        return first if slash or self.kind in _FOLDER_KINDS else ""


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file of a folder a person named, read in place; `name` is relative to the folder and for people.

    `skipped` says why it is not read, and is None for a file that is.
    """

    path: Path
    name: str
    size: int
    skipped: Text | None = None


_FOLDER_KINDS = frozenset({LookKind.EMPTY_FOLDER, LookKind.CLOSED_FOLDER, LookKind.DEEP_FOLDER})

REASONS: dict[LookKind, Text] = {
    LookKind.UNFINISHED: Text(
        "未完成的下载或复制，等待其改为正式文件名", "An unfinished download or copy: waits for its final name"
    ),
    LookKind.LINK: Text(
        "符号链接，不读取。请放入文件本身", "A symbolic link is not followed. Put the file itself here"
    ),
    LookKind.SPECIAL: Text(
        "不是普通文件（管道、设备或套接字），不读取。请移走",
        "Not a regular file (pipe, device or socket). Take it away",
    ),
    LookKind.CLOSED_FOLDER: Text(
        "文件夹无法打开：没有读取权限。请修改权限",
        "The folder cannot be opened: no right to read it. Change its rights",
    ),
    LookKind.DEEP_FOLDER: Text(
        f"文件夹层数超过 {MAX_DEPTH}，不再深入。请把文件移到较浅的位置",
        f"More than {MAX_DEPTH} folders deep and not looked into. Move the files further up",
    ),
}


def scan(inbox: Path) -> tuple[Look, ...]:
    """Everything in the inbox that matters, in order of its raw path; hidden things and clutter are left out.

    Raises:
        EnvironmentProblem: the inbox itself is missing or closed, as a share that is not mounted would be.
    """
    try:
        with os.scandir(inbox):
            pass
    except OSError as error:
        raise EnvironmentProblem(
            f"无法打开收件箱 {inbox}：{error.strerror}。请检查该目录是否存在、网络盘是否已挂载、权限是否正确。",
            f"The inbox {inbox} cannot be opened: {error.strerror}. "
            "Check that it is there, that its share is mounted, and its rights.",
        ) from error
    return tuple(look for look in _sorted_looks(inbox) if not (look.kind is LookKind.EMPTY_FOLDER and not look.path))


def list_folder(folder: Path) -> tuple[FolderFile, ...]:
    """The files of a folder and its sub-folders, in order of name; the folder is left as it is.

    Hidden files and clutter are left out; links, pipes and unfinished downloads are listed as skipped.

    Raises:
        UsageError: there is no such folder, or it cannot be opened.
    """
    try:
        with os.scandir(folder):
            pass
    except OSError as error:
        raise UsageError(
            f"无法打开文件夹 {folder}：{error.strerror}。请检查路径是否写对、是否有读取权限。",
            f"The folder {folder} cannot be opened: {error.strerror}. Check the path and its rights.",
        ) from error
    looks = (look for look in _sorted_looks(folder) if look.kind is not LookKind.EMPTY_FOLDER)
    return tuple(
        FolderFile(folder / look.path, display_path(look.path), look.size, REASONS.get(look.kind)) for look in looks
    )


def look_at(root: Path, path: str) -> Look | None:
    """One look at one path; None when nothing is there."""
    try:
        found = os.lstat(root / path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _look(path, found)


def _sorted_looks(root: Path) -> list[Look]:
    return sorted(_walk(str(root)), key=lambda look: raw_name(look.path))


def _walk(root: str) -> Iterator[Look]:
    """All looks below a folder; a loop with a list of folders still to do, since names may be nested deep."""
    waiting = [("", 0)]
    while waiting:
        prefix, depth = waiting.pop()
        if depth > MAX_DEPTH:
            yield Look(prefix.rstrip("/"), LookKind.DEEP_FOLDER)
            continue
        try:
            with os.scandir(f"{root}/{prefix}") as found:
                entries = list(found)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            yield Look(prefix.rstrip("/"), LookKind.CLOSED_FOLDER)
            continue
        if not entries:
            yield Look(prefix.rstrip("/"), LookKind.EMPTY_FOLDER)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not is_skipped_folder(entry.name):
                    waiting.append((f"{prefix}{entry.name}/", depth + 1))
            elif not is_temporary_name(entry.name) or is_unfinished_name(entry.name):
                yield from _look_at_entry(prefix, entry)


def _look_at_entry(prefix: str, entry: os.DirEntry[str]) -> Iterator[Look]:
    try:
        yield _look(prefix + entry.name, entry.stat(follow_symlinks=False))
    except FileNotFoundError:
        return


def _look(path: str, found: os.stat_result) -> Look:
    return Look(path, _kind(path, found.st_mode), found.st_ino, found.st_size, found.st_mtime_ns)


def _kind(path: str, mode: int) -> LookKind:
    if stat.S_ISLNK(mode):
        return LookKind.LINK
    if not stat.S_ISREG(mode):
        return LookKind.SPECIAL
    name = path.rpartition("/")[2]
    return LookKind.UNFINISHED if is_unfinished_name(name) and not name.startswith(".") else LookKind.FILE
