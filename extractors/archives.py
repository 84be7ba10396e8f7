"""ZIP archives of papers: every limit is checked in the directory before the first member is unpacked.

Members are unpacked under numbers, never under their own names, so no name can lead anywhere. Names are read as UTF-8
where the archive says so or the bytes are, else as GB18030, which Chinese Windows writes. An archive over a limit or
behind a password is refused whole; a member that is a link, an archive itself, or points out of the archive is left
out and named in `Archive.notes`. App packages and office files are ZIP too and none of this module's business.
"""

from __future__ import annotations

import hashlib
import lzma
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from extractors import limits
from extractors.errors import ArchiveKind, Encrypted, ExtractError, TooLarge, Unreadable, Unsupported
from extractors.identify import FileKind, identify
from extractors.packages.zipread import decode_name

_ENCRYPTED, _UTF8 = 0x1, 0x800
_UNICODE_PATH = 0x7075  # Info-ZIP's extra field with the name in UTF-8, which archivers on Chinese Windows add
_CHUNK_BYTES = 1 << 18
_SHOWN = 5
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, OverflowError, struct.error, OSError)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive: its path for people, with `/`; size in bytes and SHA-256 of what was unpacked."""

    name: str
    size: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Archive:
    """The files of an archive, in its order, and what was left out, in Chinese and English."""

    members: tuple[Member, ...]
    notes: tuple[tuple[str, str], ...] = ()


def look_into(path: Path, *, skip: Callable[[str], bool] = lambda _: False) -> Archive:
    """What an archive holds by its directory; nothing is unpacked. `skip` says of a path whether it is no paper.

    Raises:
        ExtractError: the archive is damaged, locked, or over a limit.
    """
    with _opened(path) as archive:
        kept, notes = _sort_out(archive.infolist(), path.stat().st_size, skip)
    return Archive(tuple(Member(name, info.file_size) for name, info in kept), tuple(notes))


def unpack(path: Path, place: Path, *, skip: Callable[[str], bool] = lambda _: False) -> Archive:
    """Unpacks an archive into the folder `place`: the first member as `0`, the next as `1`, and so on.

    Raises:
        ExtractError: the archive is damaged, locked, or over a limit.
    """
    members: list[Member] = []
    inner: list[str] = []
    with _opened(path) as archive:
        kept, notes = _sort_out(archive.infolist(), path.stat().st_size, skip)
        for name, info in kept:
            target = place / str(len(members))
            member = _unpack_member(archive, info, name, target)
            if _is_archive(target):
                inner.append(name)
                target.unlink()
            else:
                members.append(member)
    if inner:
        notes = [*notes, _nested(inner)]
    return Archive(tuple(members), tuple(notes))


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _DAMAGED as error:
        raise _damaged() from error
    except NotImplementedError as error:
        raise _unknown_method() from error


def _sort_out(
    infos: Sequence[zipfile.ZipInfo], archive_bytes: int, skip: Callable[[str], bool]
) -> tuple[list[tuple[str, zipfile.ZipInfo]], list[tuple[str, str]]]:
    """The members to unpack under names that differ, and notes on those left out.

    Raises:
        ExtractError: the archive as a whole is refused.
    """
    files = [info for info in infos if not info.is_dir()]
    _check(files, archive_bytes)
    kept: dict[str, zipfile.ZipInfo] = {}
    outside: list[str] = []
    links: list[str] = []
    for info in files:
        name = _name(info)
        if _is_outside(name):
            outside.append(name)
        elif stat.S_ISLNK(info.external_attr >> 16):
            links.append(name)
        elif not skip(name):
            kept[_free_name(name, kept)] = info
    notes = [_outside(outside)] if outside else []
    return list(kept.items()), [*notes, _links(links)] if links else notes


def _check(files: Sequence[zipfile.ZipInfo], archive_bytes: int) -> None:
    if len(files) > limits.MAX_ARCHIVE_MEMBERS:
        raise TooLarge(
            f"压缩包内有 {len(files)} 个文件，上限 {limits.MAX_ARCHIVE_MEMBERS} 个，未打开。请只打包本次备案的材料。",
            f"The archive has {len(files)} files, the limit is {limits.MAX_ARCHIVE_MEMBERS}; it was not opened. "
            "Pack the papers of this filing only.",
        )
    if any(info.flag_bits & _ENCRYPTED for info in files):
        raise Encrypted(
            "压缩包设有密码，无法打开。请解压后把文件直接放入文件夹，或重新打包且不设密码。",
            "The archive is locked by a password. Unpack it and put the files into the folder, or pack it without one.",
        )
    total = sum(info.file_size for info in files)
    if total > limits.MAX_ARCHIVE_BYTES:
        raise TooLarge(
            f"压缩包解开后共 {_mib(total)}，上限 {_mib(limits.MAX_ARCHIVE_BYTES)}，未打开。请解压后直接放入需要的文件。",
            f"Unpacked, the archive has {_mib(total)}, the limit is {_mib(limits.MAX_ARCHIVE_BYTES)}; it was not opened. "
            "Unpack it and put in the files that matter.",
        )
    _check_ratio(total, archive_bytes)
    for info in files:
        _check_ratio(info.file_size, info.compress_size)


def _check_ratio(size: int, packed: int) -> None:
    """Refuses what grows like a bomb; small files may be as empty as they like."""
    if size > limits.ARCHIVE_RATIO_FROM_BYTES and size > packed * limits.MAX_ARCHIVE_RATIO:
        raise TooLarge(
            f"压缩包内容异常：压缩比超过 {limits.MAX_ARCHIVE_RATIO}:1（{packed} 字节解开为 {size} 字节），疑似压缩炸弹，未打开。"
            "请直接放入原文件。",
            f"The archive grows by more than {limits.MAX_ARCHIVE_RATIO}:1 ({packed} bytes become {size}) like a bomb; "
            "it was not opened. Put the files themselves into the folder.",
        )


def _unpack_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, target: Path) -> Member:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(info) as source, target.open("xb") as sink:
            while piece := source.read(_CHUNK_BYTES):
                size += len(piece)
                _check_grown(size, info.file_size)
                digest.update(piece)
                sink.write(piece)
    except NotImplementedError as error:
        raise _unknown_method() from error
    except (RuntimeError, *_DAMAGED) as error:  # RuntimeError: a header that asks for a password after all
        raise _damaged(name) from error
    return Member(name, size, digest.hexdigest())


def _check_grown(size: int, promised: int) -> None:
    """The limits were checked against the directory; a member may not be larger than that said."""
    if size > promised:
        raise _damaged()


def _name(info: zipfile.ZipInfo) -> str:
    """A member's path for people: one line, `/` between its parts, NFC."""
    # zipfile cuts a name at a zero byte and takes bytes without the flag for CP437; orig_filename is uncut
    raw = info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437", "replace")
    text = _unicode_path(info.extra, raw) or decode_name(raw)
    text = unicodedata.normalize("NFC", text).replace("\\", "/")
    return "".join("\ufffd" if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char for char in text)


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """The name in Info-ZIP's extra field, where it belongs to this very name."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        body = extra[at + 4 : at + 4 + length]
        if kind == _UNICODE_PATH and len(body) > 5 and body[1:5] == struct.pack("<L", zlib.crc32(raw)):
            return body[5:].decode("utf-8", "replace")
        at += 4 + length
    return ""


def _is_outside(name: str) -> bool:
    """Whether a path would lead out of the folder it is unpacked in."""
    return name.startswith("/") or name[1:2] == ":" or ".." in name.split("/")


def _free_name(name: str, taken: dict[str, zipfile.ZipInfo]) -> str:
    if name not in taken:
        return name
    path = PurePosixPath(name)
    return next(free for free in _numbered(path) if free not in taken)


def _numbered(path: PurePosixPath) -> Iterator[str]:
    for number in range(2, limits.MAX_ARCHIVE_MEMBERS + 2):
        yield str(path.with_name(f"{path.stem} ({number}){path.suffix}"))


def _is_archive(path: Path) -> bool:
    """Whether a member is an archive of files again, of whatever kind."""
    try:
        return identify(path) is FileKind.ZIP
    except ArchiveKind:
        return True
    except ExtractError:  # it stays a file of the filing, which says what is wrong with it
        return False


def _outside(names: Sequence[str]) -> tuple[str, str]:
    return (
        f"{len(names)} 个文件的路径指向压缩包之外，未读取：{_list(names)}。确需使用时请解压后直接放入。",
        f"{len(names)} files have paths that lead out of the archive and were not read: {_list(names)}. "
        "Unpack them yourself if they matter.",
    )


def _links(names: Sequence[str]) -> tuple[str, str]:
    return (
        f"{len(names)} 个符号链接未读取：{_list(names)}。请放入文件本身。",
        f"{len(names)} symbolic links were not read: {_list(names)}. Put in the files themselves.",
    )


def _nested(names: Sequence[str]) -> tuple[str, str]:
    return (
        f"压缩包里还有 {len(names)} 个压缩包，未打开：{_list(names)}。请解压后把其中的文件放入文件夹。",
        f"{len(names)} archives inside the archive were not opened: {_list(names)}. "
        "Unpack them and put their files into the folder.",
    )


def _list(names: Sequence[str]) -> str:
    return "、".join(names[:_SHOWN]) + ("…" if len(names) > _SHOWN else "")


def _damaged(name: str = "") -> Unreadable:
    where = f"（{name}）" if name else ""
    return Unreadable(
        f"压缩包已损坏，解压失败{where}。请重新打包或重新下载，或把文件直接放入文件夹。",
        f"The archive is damaged and cannot be unpacked{f' ({name})' if name else ''}. "
        "Pack or download it again, or put the files themselves into the folder.",
    )


def _unknown_method() -> Unsupported:
    return Unsupported(
        "压缩包使用了不支持的压缩方式（如 Deflate64）。请解压后把文件直接放入文件夹，或重新打包为普通 ZIP。",
        "The archive is packed by a method that is not read (such as Deflate64). Unpack it, or pack it as an ordinary ZIP.",
    )


def _mib(size: int) -> str:
    return f"{size / limits.MEBIBYTE:.0f} MB"
