"""Names that are not UTF-8, twins in NFC and NFD, the longest names, and the ids made of them."""

from __future__ import annotations

import os
import unicodedata

import pytest

from pipeline.receiving import filing_id
from pipeline.rows import UNASSIGNED
from tests.pipeline.inbox.desk import Desk, only


def test_a_gbk_name_arrives_readable_and_its_bytes_are_kept(desk: Desk) -> None:
    raw = "营业执照.jpg".encode("gbk")
    desk.put(f"f/{os.fsdecode(raw)}")
    arrival = only(desk.take())
    assert arrival.path == "f/营业执照.jpg"
    assert arrival.path_raw == b"f/" + raw
    assert desk.files_left() == []


def test_a_folder_in_nfd_and_its_twin_in_nfc_are_one_filing(desk: Desk) -> None:
    for form in ("NFC", "NFD"):
        desk.put(unicodedata.normalize(form, "Café 公司") + f"/{form}.pdf", form.encode())
    report = desk.take()
    assert len({row.filing for row in report.taken}) == 1
    assert len(report.taken) == 2


def test_files_in_nfd_and_nfc_are_two_files_with_one_display_name(desk: Desk) -> None:
    for form in ("NFC", "NFD"):
        desk.put("f/" + unicodedata.normalize(form, "é.pdf"), form.encode())
    assert [row.path for row in desk.take().taken] == ["f/é.pdf", "f/é.pdf"]
    assert len(desk.contents(filing_id("f"))) == 2


def test_the_longest_name_a_disk_takes_is_moved_aside_with_its_suffix(desk: Desk) -> None:
    name = "证" * 83 + "a.jpg"
    assert len(name.encode()) == 254
    desk.put(f"f/{name}")
    assert only(desk.take()).name == name
    (moved,) = (desk.inbox / ".taken" / "f").iterdir()
    assert moved.name.endswith("证.jpg")
    assert desk.files_left() == []


def test_hidden_files_locks_and_system_folders_are_no_arrivals(desk: Desk) -> None:
    for path in ("f/.DS_Store", "f/~$合同.docx", "f/Thumbs.db", "__MACOSX/a.jpg", ".git/config", "f/.x.jpg.swp"):
        desk.put(path)
    report = desk.take()
    assert (report.taken, report.waiting, report.busy) == ((), (), frozenset())


@pytest.mark.parametrize(
    ("folder", "start"),
    [("广州某某科技", "广州某某科技-"), ("a:b?c", "a_b_c-"), ("...", "file-"), ("公" * 80, "公" * 20 + "-")],
)
def test_a_filing_id_is_readable_safe_and_of_bounded_length(folder: str, start: str) -> None:
    assert filing_id(folder).startswith(start)
    assert len(filing_id(folder).encode()) <= 69
    assert filing_id(folder) == filing_id(folder)


def test_filing_ids_of_different_folders_differ_and_none_is_unassigned() -> None:
    folders = ["a:b", "a?b", "a_b", "unassigned", "a", "A"]
    assert len({filing_id(folder) for folder in folders}) == len(folders)
    assert UNASSIGNED not in {filing_id(folder) for folder in folders}
    assert filing_id("") == UNASSIGNED
