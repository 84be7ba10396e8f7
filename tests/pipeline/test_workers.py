"""Readers in child processes: limits, crashes, stalls, hostile answers; each costs one file a finding and no more."""

from __future__ import annotations

import dataclasses
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from extractors.paper import FieldReading, ImageFacts, Paper
from pipeline import children, workers
from pipeline.children import Ended
from pipeline.model import Failure, Text
from pipeline.reading import Reading, read_file
from pipeline.source_file import SourceFile, sha256_of
from pipeline.workers import Limits, Readers, unpack
from tests.devset.portraits import Pose, portrait

ROOT = Path(__file__).parent.parent.parent
APK = ROOT / "samples/js_enterprise_app/in/wutong-notes-1.2.0.apk"
DOMAIN = ROOT / "samples/gd_enterprise_website/in/域名证书.pdf"
OBEDIENT = (sys.executable, str(ROOT / "tests/faults/reader.py"))


def source(path: Path) -> SourceFile:
    return SourceFile(path.name, path, sha256_of(path))


@pytest.fixture
def obedient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Readers]:
    """Readers that do what a file says, with short limits and a temporary folder of their own."""
    monkeypatch.setattr(workers, "PROGRAM", OBEDIENT)
    monkeypatch.setattr(workers.tempfile, "tempdir", str(tmp_path))
    with Readers(2, Limits(memory_bytes=1 << 30, seconds=1)) as readers:
        yield readers
    assert not list(tmp_path.glob("beianbox-read-*")), "temporary files are gone"


def order(folder: Path, word: str, name: str = "order.txt") -> SourceFile:
    path = folder / name
    path.write_text(word, "utf-8")
    return source(path)


def test_a_child_says_the_same_as_reading_here() -> None:
    with Readers(2) as readers:
        found = readers.read_all([source(APK), source(DOMAIN)])
    here = tuple(read_file(path, name=path.name, sha256=sha256_of(path)) for path in (APK, DOMAIN))
    assert found == here
    assert found[0].package and found[1].papers


def test_a_reading_with_everything_in_it_comes_through_a_pickle_unchanged() -> None:
    box = ((0.5, 1.0), (2.0, 1.0), (2.0, 3.0), (0.5, 3.0))
    facts = ImageFacts("jpeg", 10, 20, 30, sheet_corners=box, watermark_texts=("样本",))
    paper = Paper("idcard_front", 2, 20, 30, {"name": FieldReading("梁㛃", 0.5, 2, box, "ocr", "梁 㛃")}, facts)
    whole = Reading(
        "正面.jpg",
        "ab" * 32,
        5,
        "idcard_front",
        (paper,),
        {"a": [1, None]},
        Failure("x", Text("甲", "a")),
        (Text("乙", "b"),),
    )
    assert unpack(pickle.dumps(whole, protocol=5)) == whole


def test_every_part_that_a_reading_may_have_may_come_back_from_a_child() -> None:
    parts, open_ones = set(), [Reading]
    while open_ones:
        part = open_ones.pop()
        parts.add((part.__module__, part.__qualname__))
        hints = typing.get_type_hints(part).values()
        held = {one for hint in hints for one in _classes_in(hint) if dataclasses.is_dataclass(one)}
        open_ones += [one for one in held if (one.__module__, one.__qualname__) not in parts]
    assert ("extractors.paper", "PortraitFacts") in parts
    assert parts <= workers._READABLE


def _classes_in(hint: object) -> Iterator[type]:
    if isinstance(hint, type):
        yield hint
    for one in typing.get_args(hint):
        yield from _classes_in(one)


def test_a_verification_photo_comes_back_from_a_child_with_its_measures(tmp_path: Path) -> None:
    photo = tmp_path / "核验照片.jpg"
    Image.fromarray(portrait(7, Pose())).save(photo, quality=90)
    with Readers(1) as readers:
        (found,) = readers.read_all([source(photo)])
    assert found.failure is None
    assert [paper.kind for paper in found.papers] == ["verification_photo"]
    assert found.papers[0].image and found.papers[0].image.portrait


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x80",
        b"cos\nsystem\n(S'true'\ntR.",
        b"cbuiltins\neval\n(S'1'\ntR.",
        pickle.dumps("no reading"),
        b"(lp0\n.",
    ],
)
def test_an_answer_that_is_no_reading_is_refused(answer: bytes) -> None:
    with pytest.raises(Ended):
        unpack(answer)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("crash", "reader_crashed"),
        ("leave", "reader_crashed"),
        ("evil", "reader_crashed"),
        ("hang", "reader_timeout"),
        ("loop", "reader_timeout"),
        ("eat", "out_of_memory"),
    ],
)
def test_a_file_that_breaks_its_reader_is_a_failure_and_the_next_is_read(
    obedient: Readers, tmp_path: Path, word: str, code: str
) -> None:
    bad, good = order(tmp_path, word), order(tmp_path, "well", "good.txt")
    found = obedient.read_all([bad, good, good])
    assert [one.failure.code if one.failure else "" for one in found] == [code, "", ""]
    failure = found[0].failure
    assert failure is not None and failure.message.zh and failure.message.en
    assert not (tmp_path / "order.owned").exists(), "nothing in an answer is run"


def test_a_reader_killed_once_is_tried_again(obedient: Readers, tmp_path: Path) -> None:
    assert obedient.read_one(order(tmp_path, "crash-once")).failure is None


def test_what_a_library_prints_does_not_spoil_the_answer(obedient: Readers, tmp_path: Path) -> None:
    assert obedient.read_one(order(tmp_path, "print")).failure is None


def test_a_reader_and_what_it_starts_have_no_network(obedient: Readers, tmp_path: Path) -> None:
    assert obedient.read_one(order(tmp_path, "net")).papers[0].texts == ("PermissionError",)
    assert "Permission denied" in obedient.read_one(order(tmp_path, "net-child")).papers[0].texts[0]


def test_a_reader_sees_no_secret_of_its_parents_and_one_thread(
    obedient: Readers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEIANBOX_LEDGER", "postgresql+psycopg://someone:secret@host/ledger")
    monkeypatch.setenv("OTHER_SECRET", "1")
    seen = obedient.read_one(order(tmp_path, "environment")).papers[0].texts[0].split()
    assert set(children.ONE_THREAD) <= set(seen)
    assert not [name for name in seen if name.startswith("BEIANBOX") or "SECRET" in name]


def test_opencv_keeps_to_one_thread_in_a_reader() -> None:
    told = [sys.executable, "-c", "import cv2; print(cv2.getNumThreads())"]
    done = subprocess.run(told, env={**os.environ, **children.ONE_THREAD}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_temporary_files_lie_in_a_closed_folder_and_go_with_the_reader(obedient: Readers, tmp_path: Path) -> None:
    place = Path(obedient.read_one(order(tmp_path, "temp")).papers[0].texts[0])
    assert tmp_path in place.parents and place.parent.stat().st_mode & 0o077 == 0
    assert list(place.glob("page*"))
    obedient.close()
    assert not place.exists()


def test_what_a_killed_reader_had_started_ends_with_it(obedient: Readers, tmp_path: Path) -> None:
    obedient.read_one(order(tmp_path, "start"))
    pid = int((tmp_path / "order.pid").read_text())
    assert wait_for(lambda: not is_running(pid))


def test_a_folder_left_by_a_killed_parent_is_swept_and_one_in_use_stays(obedient: Readers, tmp_path: Path) -> None:
    left = tmp_path / "beianbox-read-left"
    left.mkdir()
    (left / "page.png").write_bytes(b"a page of an ID card")
    obedient.read_one(order(tmp_path, "well"))
    assert not left.exists()
    with Readers(1) as second:
        second.read_one(order(tmp_path, "well"))
        assert len(list(tmp_path.glob("beianbox-read-*"))) == 2


def test_readers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """Also in the middle of a file that hangs."""
    (tmp_path / "order.txt").write_text("hang")
    code = (
        "import sys\nfrom pathlib import Path\nfrom pipeline import workers\nfrom pipeline.source_file import SourceFile\n"
        f"workers.PROGRAM = {OBEDIENT!r}\n"
        f"workers.Readers(1).read_one(SourceFile('x', Path({str(tmp_path / 'order.txt')!r}), 'ab' * 32))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)})
    try:
        assert wait_for(lambda: bool(children_of(parent.pid)))
        (child,) = children_of(parent.pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait(10)
        assert wait_for(lambda: not is_running(child))
    finally:
        parent.kill()


def test_many_threads_share_the_readers(obedient: Readers, tmp_path: Path) -> None:
    files = [order(tmp_path, "crash-once" if number == 3 else "well", f"{number}.txt") for number in range(12)]
    found: dict[int, Reading] = {}

    def read(number: int) -> None:
        found[number] = obedient.read_one(files[number])

    threads = [threading.Thread(target=read, args=(number,)) for number in range(len(files))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [found[number].file for number in range(12)] == [file.name for file in files]
    assert all(one.failure is None for one in found.values())


def test_a_reader_is_replaced_after_so_many_files(
    obedient: Readers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "FILES_A_CHILD", 2)
    for _ in range(5):
        assert obedient.read_one(order(tmp_path, "well")).failure is None
    assert obedient._idle[0].asked == 1


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children_of(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def wait_for(check: object, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():  # type: ignore[operator]
            return True
        time.sleep(0.1)
    return False
