"""ZIP archives of papers: names in GBK and UTF-8, and every limit a refusal that says what to do."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from extractors import limits
from extractors.archives import look_into, unpack
from extractors.errors import ArchiveKind, Encrypted, ExtractError, TooLarge, Unreadable
from extractors.identify import identify

PAPER = b"%PDF-1.4\npaper\n%%EOF\n"


def packed(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def raw_names(path: Path, *names: bytes, extra: bytes = b"") -> Path:
    """An archive whose names are these very bytes, without the flag for UTF-8."""
    stand_ins = [f"{number:0{len(name)}d}" for number, name in enumerate(names)]
    with zipfile.ZipFile(path, "w") as archive:
        for stand_in in stand_ins:
            info = zipfile.ZipInfo(stand_in)
            info.extra = extra
            archive.writestr(info, PAPER)
    data = path.read_bytes()
    for stand_in, name in zip(stand_ins, names, strict=True):
        data = data.replace(stand_in.encode(), name)
    path.write_bytes(data)
    return path


def opened(path: Path, place: Path) -> dict[str, bytes]:
    place.mkdir(exist_ok=True)
    found = unpack(path, place)
    return {member.name: (place / str(number)).read_bytes() for number, member in enumerate(found.members)}


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_names_are_right_in_the_encodings_that_archivers_use(tmp_path: Path, encoding: str) -> None:
    path = raw_names(tmp_path / "a.zip", "证件/身份证正面.jpg".encode(encoding), "域名证书.pdf".encode(encoding))
    assert list(opened(path, tmp_path / "out")) == ["证件/身份证正面.jpg", "域名证书.pdf"]


def test_the_name_in_the_unicode_field_wins_where_it_belongs_to_the_name(tmp_path: Path) -> None:
    raw = "身份".encode("gbk")
    body = b"\x01" + struct.pack("<L", zlib.crc32(raw)) + "身份证.jpg".encode()
    extra = struct.pack("<HH", 0x7075, len(body)) + body
    path = raw_names(tmp_path / "a.zip", raw, extra=extra)
    assert list(opened(path, tmp_path / "out")) == ["身份证.jpg"]
    assert list(opened(raw_names(path, b"abcd", extra=extra), tmp_path / "other")) == ["abcd"]


def test_members_are_unpacked_whole_and_never_under_their_own_names(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("x\\反面.pdf", PAPER), ("空.txt", b""), ("x/", b""), ("正面.pdf", PAPER * 3))
    (tmp_path / "out").mkdir()
    found = unpack(path, tmp_path / "out")
    assert [member.name for member in found.members] == ["x/反面.pdf", "空.txt", "正面.pdf"]
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["0", "1", "2"]
    assert found.members[2].size == len(PAPER) * 3
    assert [member.name for member in look_into(path).members] == ["x/反面.pdf", "空.txt", "正面.pdf"]


def test_two_members_of_one_name_are_both_there(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = packed(tmp_path / "a.zip", ("a/x.pdf", PAPER), ("a/x.pdf", PAPER * 2))
    assert opened(path, tmp_path / "out") == {"a/x.pdf": PAPER, "a/x (2).pdf": PAPER * 2}


@pytest.mark.parametrize("name", ["../x.pdf", "a/../../x.pdf", "/etc/x.pdf", "..\\win.txt", "C:\\x.pdf"])
def test_a_path_that_leads_out_is_left_out_and_named(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / "a.zip", (name, PAPER), ("ok.pdf", PAPER))
    (tmp_path / "out").mkdir()
    found = unpack(path, tmp_path / "out")
    assert [member.name for member in found.members] == ["ok.pdf"]
    ((zh, en),) = found.notes
    assert name.replace("\\", "/") in zh and "lead out" in en
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.zip", "out"]


def test_links_clutter_and_inner_archives_are_left_out(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("身份证.jpg", b"x")
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("更多.zip", inner.getvalue())
        archive.writestr("更多.rar", b"Rar!\x1a\x07\x01\x00")
        archive.writestr("Thumbs.db", b"x")
        archive.writestr("a.pdf", PAPER)
    (tmp_path / "out").mkdir()
    found = unpack(path, tmp_path / "out", skip=lambda name: name == "Thumbs.db")
    assert [member.name for member in found.members] == ["a.pdf"]
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["0"]
    words = " ".join(zh for zh, _ in found.notes)
    assert "link.jpg" in words and "更多.zip、更多.rar" in words


def locked(path: Path) -> Path:
    """An archive whose headers say that a password is needed."""
    data = bytearray(packed(path, ("a.pdf", PAPER)).read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1
    path.write_bytes(bytes(data))
    return path


def overlapping(path: Path) -> Path:
    """Many members that share the same packed bytes: small on disk, large in sum."""
    data = bytes(64 * limits.MEBIBYTE)
    packed(path, *((f"{number}", data) for number in range(1)))
    whole = path.read_bytes()
    start = whole.index(b"PK\x01\x02")
    entry, count = whole[start : whole.rindex(b"PK\x05\x06")], 100
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, start, 0)
    path.write_bytes(whole[:start] + entry * count + end)
    return path


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda path: packed(path, *((f"{n}.txt", b"") for n in range(10_000))), TooLarge, "10000 个文件"),
        (lambda path: packed(path, ("a.bin", bytes(20 * limits.MEBIBYTE))), TooLarge, "压缩炸弹"),
        (overlapping, TooLarge, "上限 1024 MB"),
        (locked, Encrypted, "密码"),
    ],
)
def test_an_archive_over_a_limit_is_refused_before_anything_is_unpacked(
    tmp_path: Path, make: object, kind: type[ExtractError], words: str
) -> None:
    path = make(tmp_path / "a.zip")  # type: ignore[operator]
    (tmp_path / "out").mkdir()
    for attempt in (lambda: unpack(path, tmp_path / "out"), lambda: look_into(path)):
        with pytest.raises(kind) as caught:
            attempt()
        assert words in caught.value.zh and caught.value.en
    assert not list((tmp_path / "out").iterdir())


def test_damaged_members_and_unknown_methods_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("域名.pdf", PAPER), method=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"paper", b"papyr"))
    (tmp_path / "out").mkdir()
    with pytest.raises(Unreadable, match="damaged"):
        unpack(path, tmp_path / "out")
    data = bytearray(packed(path, ("a.pdf", PAPER)).read_bytes())
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(signature) + at] = 9
    path.write_bytes(bytes(data))
    (tmp_path / "again").mkdir()
    with pytest.raises(ExtractError, match="Deflate64"):
        unpack(path, tmp_path / "again")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"Rar!\x1a\x07\x01\x00", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"\x1f\x8b\x08", "gzip"),
        (bytes(257) + b"ustar", "tar"),
    ],
)
def test_other_archives_are_named_with_what_to_do(tmp_path: Path, head: bytes, name: str) -> None:
    (tmp_path / "材料.bin").write_bytes(head + bytes(600))
    with pytest.raises(ArchiveKind) as caught:
        identify(tmp_path / "材料.bin")
    assert name in caught.value.zh and "ZIP" in caught.value.zh and "ZIP" in caught.value.en
