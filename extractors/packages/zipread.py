"""Reads a few members of a ZIP without reading the file: its tail, its directory, then only what is asked for.

App packages are often built to confuse readers, so nothing a header says is believed without the bytes to match:
positions, sizes, methods and flags are tried as Android would take them, then in the other plausible ways, and every
inflate has a cap. What was odd is noted by code in `ZipDirectory.oddities`.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from tempfile import TemporaryFile

from extractors.errors import Incomplete, TooLarge, Unreadable
from extractors.packages.sources import KeptSource, Source

MAX_DIRECTORY_BYTES = 96 * 1024 * 1024
MAX_ENTRIES = 1_000_000
MAX_INNER_BYTES = 512 * 1024 * 1024
MAX_SKIPPED_BYTES = 1024 * 1024 * 1024
_FIRST_TAIL = 1024
_FULL_TAIL = 22 + 0xFFFF
_TRAILING_ROOM = 1024 * 1024
_CHUNK = 256 * 1024

_END = struct.Struct("<4s4H2IH")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_NAME_LENGTHS = struct.Struct("<3H")
STORED = 0
DEFLATED = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the central directory."""

    name: bytes
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    offset: int

    @property
    def text_name(self) -> str:
        """The name for people: UTF-8, else GB18030, else with replacement marks."""
        return decode_name(self.name)


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a member; `is_cut` when the cap or damage ended it early, `oddity` when a header lied."""

    data: bytes
    is_cut: bool = False
    oddity: str = ""


@dataclass(frozen=True, slots=True)
class ZipDirectory:
    """The central directory: `index` maps a raw name to the places of its entries, in directory order."""

    source: Source
    central: bytes
    central_offset: int
    end_offset: int
    shift: int
    index: dict[bytes, tuple[int, ...]]
    oddities: tuple[str, ...] = ()
    comment_offset: int = field(default=0)

    def __contains__(self, name: bytes) -> bool:
        return name in self.index

    def names(self) -> Iterator[bytes]:
        """All names in directory order, each once."""
        return iter(self.index)

    def entries(self, name: bytes) -> tuple[Entry, ...]:
        """All entries of that name; normally none or one."""
        return tuple(_entry(self.central, place, self.shift) for place in self.index.get(name, ()))

    def entry(self, name: bytes) -> Entry | None:
        """The first entry of that name."""
        places = self.index.get(name)
        return _entry(self.central, places[0], self.shift) if places else None


def decode_name(name: bytes) -> str:
    """Return a member name as text."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", "replace")


def open_zip(source: Source) -> ZipDirectory:
    """Find and index the central directory; raises Incomplete, Unreadable or TooLarge."""
    for end_offset, record in _end_records(source):
        found = _try_directory(source, end_offset, record)
        if found is not None:
            return found
    if source.read(0, 4) in (b"PK\x03\x04", b"PK\x07\x08"):
        raise Incomplete(
            "安装包不完整：找不到文件末尾的目录，多半是下载或复制中断。请重新获取该文件。",
            "The package is incomplete: the directory at its end is missing, most likely a broken download or copy. Get the file again.",
        )
    raise Unreadable(
        "文件不是安装包：内容不是 ZIP 格式。请确认文件来源，改后缀不会改变文件内容。",
        "The file is not an app package: its content is not ZIP. Check where it came from; renaming does not change what is inside.",
    )


def _end_records(source: Source) -> Iterator[tuple[int, bytes]]:
    """End records from the back: first those whose comment reaches exactly to the end, then any other."""
    for length in (_FIRST_TAIL, _FULL_TAIL):
        tail_start = max(0, source.size - length)
        tail = source.read(tail_start, length)
        yield from _records_in(tail, tail_start, source.size, exact=True)
        if tail_start == 0:
            break
    tail_start = max(0, source.size - _TRAILING_ROOM)
    yield from _records_in(source.read(tail_start, _TRAILING_ROOM), tail_start, source.size, exact=False)


def _records_in(tail: bytes, tail_start: int, size: int, *, exact: bool) -> Iterator[tuple[int, bytes]]:
    place = tail.rfind(b"PK\x05\x06")
    tried = 0
    while place >= 0 and tried < 256:
        record = tail[place : place + 22]
        if len(record) == 22:
            reaches = tail_start + place + 22 + int.from_bytes(record[20:22], "little") == size
            if reaches == exact:
                tried += 1
                yield tail_start + place, record
        place = tail.rfind(b"PK\x05\x06", 0, place)


def _try_directory(source: Source, end_offset: int, record: bytes) -> ZipDirectory | None:
    _, _disk, _start_disk, _here, count, size, offset, comment = _END.unpack(record)
    limit = end_offset
    oddities: list[str] = []
    if offset == 0xFFFFFFFF or count == 0xFFFF or size == 0xFFFFFFFF:
        count, size, offset, limit = _zip64(source, end_offset, (count, size, offset))
    place, shift = _locate(source, offset, size, limit, count)
    if place is None:
        return None
    if shift:
        oddities.append("zip_prefix")
    if end_offset + 22 + comment != source.size:
        oddities.append("zip_trailing_bytes")
    if limit - place > MAX_DIRECTORY_BYTES:
        raise TooLarge(
            f"安装包目录过大：{limit - place} 字节，上限 {MAX_DIRECTORY_BYTES}。文件可能是恶意构造的。",
            f"The package's directory is too large: {limit - place} bytes, the limit is {MAX_DIRECTORY_BYTES}. The file may be built to do harm.",
        )
    central = source.read(place, limit - place)
    index, repeated, seen = _index(central)
    if seen != count & 0xFFFF and seen != count:
        oddities.append("zip_count_differs")
    if repeated:
        oddities.append("zip_duplicate_names")
    return ZipDirectory(source, central, place, end_offset, shift, index, tuple(oddities))


def _zip64(source: Source, end_offset: int, plain: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The zip64 record's count, size and offset; the plain ones where there is no such record."""
    count, size, offset = plain
    locator = source.read(end_offset - 20, 20)
    if locator[:4] != b"PK\x06\x07":
        return count, size, offset, end_offset
    place = int.from_bytes(locator[8:16], "little")
    record = source.read(place, 56)
    if record[:4] != b"PK\x06\x06" or len(record) < 56:
        place = end_offset - 20 - 56
        record = source.read(place, 56)
    if record[:4] != b"PK\x06\x06" or len(record) < 56:
        return count, size, offset, end_offset - 20
    return (*struct.unpack_from("<3Q", record, 32), place)


def _locate(source: Source, offset: int, size: int, limit: int, count: int) -> tuple[int | None, int]:
    """Where the directory really starts, and by how much all stated positions are off."""
    if offset <= limit and source.read(offset, 4) == b"PK\x01\x02":
        return offset, 0
    start = limit - size
    if start >= 0 and source.read(start, 4) == b"PK\x01\x02":
        return start, start - offset
    if count == 0 and size == 0 and offset <= limit:
        return offset, 0
    return None, 0


def _index(central: bytes) -> tuple[dict[bytes, tuple[int, ...]], bool, int]:
    index: dict[bytes, tuple[int, ...]] = {}
    lengths = _NAME_LENGTHS.unpack_from
    position = seen = 0
    repeated = False
    end = len(central) - 46
    while position <= end and central[position : position + 4] == b"PK\x01\x02":
        name_length, extra, comment = lengths(central, position + 28)
        name_end = position + 46 + name_length
        name = central[position + 46 : name_end]
        if name in index:
            repeated = True
            index[name] = (*index[name], position)[:16]
        else:
            index[name] = (position,)
        position = name_end + extra + comment
        seen += 1
        if seen > MAX_ENTRIES:
            raise TooLarge(
                f"安装包内文件数超过上限 {MAX_ENTRIES}。文件可能是恶意构造的。",
                f"The package holds more than {MAX_ENTRIES} files. It may be built to do harm.",
            )
    return index, repeated, seen


def _entry(central: bytes, place: int, shift: int) -> Entry:
    fields = _CENTRAL.unpack_from(central, place)
    flags, method, crc, compressed, size = fields[3], fields[4], fields[7], fields[8], fields[9]
    name_length, extra_length, offset = fields[10], fields[11], fields[16]
    name_end = place + 46 + name_length
    if 0xFFFFFFFF in (compressed, size, offset):
        extra = central[name_end : name_end + extra_length]
        size, compressed, offset = _zip64_sizes(extra, size, compressed, offset)
    return Entry(central[place + 46 : name_end], flags, method, crc, compressed, size, offset + shift)


def _zip64_sizes(extra: bytes, size: int, compressed: int, offset: int) -> tuple[int, int, int]:
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{min(length, len(extra) - position - 4) // 8}Q", extra, position + 4))
            size, compressed, offset = (
                next(numbers, value) if value == 0xFFFFFFFF else value for value in (size, compressed, offset)
            )
            break
        position += 4 + length
    return size, compressed, offset


def read_member(
    directory: ZipDirectory, entry: Entry, cap: int, looks_right: Callable[[bytes], bool] | None = None
) -> Content | None:
    """Return a member's bytes, at most `cap`; None when no way of reading it gives something that looks right.

    Android ignores the encrypted flag and takes an unknown method for stored; so do we, and then try the rest.
    """
    for number, (place, how, length) in enumerate(_ways(directory.source, entry)):
        content = _take(directory.source, place, how, length, cap)
        if content.data and (looks_right is None or looks_right(content.data)):
            odd = entry.flags & 1 or entry.method not in (STORED, DEFLATED) or number
            return Content(content.data, content.is_cut, "zip_header_lies") if odd else content
    if entry.size == 0 and looks_right is None:
        return Content(b"")
    return None


def _ways(source: Source, entry: Entry) -> Iterator[tuple[int, int, int]]:
    """The ways to read a member, as (place, method, length): the honest one first."""
    places = _data_places(source, entry)
    for place in places:
        if entry.method == DEFLATED:
            yield place, DEFLATED, entry.compressed
        else:
            yield place, STORED, entry.size
        if entry.compressed != entry.size:
            yield place, STORED, entry.compressed
    for place in places:
        yield place, STORED if entry.method == DEFLATED else DEFLATED, entry.size
        # A directory that lies about sizes: let the stream itself say where it ends.
        yield place, DEFLATED, source.size - place


def _data_places(source: Source, entry: Entry) -> tuple[int, ...]:
    header = source.read(entry.offset, 30)
    if header[:4] != b"PK\x03\x04" or len(header) < 30:
        return (entry.offset + 30 + len(entry.name),) if header else ()
    name_length, extra_length = struct.unpack_from("<HH", header, 26)
    stated = entry.offset + 30 + name_length + extra_length
    return tuple(
        dict.fromkeys((stated, entry.offset + 30 + len(entry.name), entry.offset + 30 + len(entry.name) + extra_length))
    )


def open_member(directory: ZipDirectory, entry: Entry, cap: int = MAX_INNER_BYTES) -> Source | None:
    """Return a member that is a ZIP itself as a source; None where it is none or inflates beyond `cap`.

    A stored one is read in place. A deflated one goes to a nameless temporary file, since its directory stands at
    its end: in memory it would cost as much as it is large.
    """
    for place in _data_places(directory.source, entry):
        if directory.source.read(place, 4) == b"PK\x03\x04":
            return directory.source.window(place, entry.size)
    if read_member(directory, entry, 2, lambda data: data[:2] == b"PK") is None:
        return None
    with TemporaryFile() as kept:
        try:
            for piece in member_pieces(directory, replace(entry, method=DEFLATED)):
                kept.write(piece)
                if kept.tell() > cap:
                    return None
        except zlib.error:
            return None
        kept.flush()
        return KeptSource(os.dup(kept.fileno()))


def member_pieces(directory: ZipDirectory, entry: Entry) -> Iterator[bytes]:
    """Yield all of a member piece by piece, trusting its headers as Android does; raises zlib.error when damaged."""
    source = directory.source
    place = next(iter(_data_places(source, entry)), source.size)
    end = min(place + (entry.compressed if entry.method == DEFLATED else entry.size), source.size)
    engine = zlib.decompressobj(-15) if entry.method == DEFLATED else None
    while place < end:
        piece = source.read(place, min(_CHUNK, end - place))
        place += len(piece)
        if engine is None:
            yield piece
            continue
        while piece:
            yield engine.decompress(piece, 4 * _CHUNK)
            piece = engine.unconsumed_tail


def read_range(directory: ZipDirectory, entry: Entry, start: int, length: int) -> bytes:
    """Return `length` bytes of a member from `start` on, without keeping what comes before in memory."""
    for place in _data_places(directory.source, entry)[:1]:
        if entry.method != DEFLATED:
            return directory.source.read(place + start, min(length, max(0, entry.size - start)))
        return _inflate_range(directory.source, place, entry.compressed, start, length)
    return b""


def _inflate_range(source: Source, place: int, packed: int, start: int, length: int) -> bytes:
    engine = zlib.decompressobj(-15)
    end = min(place + packed, source.size)
    done, out = 0, bytearray()
    while place < end and not engine.eof and len(out) < length and done < MAX_SKIPPED_BYTES:
        piece = source.read(place, min(_CHUNK, end - place))
        place += len(piece)
        while piece and len(out) < length and done < MAX_SKIPPED_BYTES:
            try:
                data = engine.decompress(piece, _CHUNK * 4)
            except zlib.error:
                return bytes(out)
            piece = engine.unconsumed_tail
            out += data[max(0, start - done) :]
            done += len(data)
            if not data and not piece:
                break
    return bytes(out[:length])


def _take(source: Source, place: int, how: int, length: int, cap: int) -> Content:
    if how == STORED:
        data = source.read(place, min(length, cap))
        return Content(data, is_cut=len(data) < length)
    return _inflate(source, place, length, cap)


def _inflate(source: Source, place: int, length: int, cap: int) -> Content:
    engine = zlib.decompressobj(-15)
    out = bytearray()
    end = min(place + length, source.size)
    while place < end and not engine.eof and len(out) < cap:
        piece = source.read(place, min(_CHUNK, end - place))
        place += len(piece)
        try:
            out += engine.decompress(engine.unconsumed_tail + piece, cap - len(out))
            while engine.unconsumed_tail and len(out) < cap:
                out += engine.decompress(engine.unconsumed_tail, cap - len(out))
        except zlib.error:
            return Content(bytes(out), is_cut=True)
    return Content(bytes(out), is_cut=not engine.eof)
