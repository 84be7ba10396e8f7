"""`beianbox read`: what is printed of a reading, the states of its values, and the picture that explains it."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from extractors.paper import FieldReading, Paper
from pipeline import explain, read_command
from pipeline.errors import UsageError
from pipeline.image_checks import check_image
from pipeline.reading import Reading

TODAY = date(2026, 11, 20)
BOX = ((40.0, 30.0), (200.0, 30.0), (200.0, 60.0), (40.0, 60.0))


def back_side(file: str = "back.png") -> Reading:
    fields = {
        "authority": FieldReading("样本市公安局", 0.99, box=BOX),
        "valid_from": FieldReading("2018-04-12", 0.9, box=BOX, repaired=True),
    }
    paper = Paper("idcard_back", 1, 320, 200, fields, engine="pp-ocrv6 1.0")
    return Reading(file, "0" * 64, 10, "idcard_back", papers=(paper,))


def test_each_value_has_a_state_and_one_that_was_not_read_is_missing() -> None:
    fields = read_command.to_json(back_side(), lambda paper: check_image(paper, TODAY))["fields"]
    assert {name: (field["value"], field["state"]) for name, field in fields.items()} == {
        "authority": ("样本市公安局", "ok"),
        "valid_from": ("2018-04-12", "repaired"),
        "valid_to": ("", "missing"),
    }


@pytest.mark.parametrize(
    ("confidence", "repaired", "state"), [(0.84, False, "unsure"), (0.84, True, "unsure"), (0.85, False, "ok")]
)
def test_a_value_read_with_doubt_is_unsure_whatever_was_done_to_it(
    confidence: float, repaired: bool, state: str
) -> None:
    assert FieldReading("x", confidence, repaired=repaired).state == state


@pytest.mark.parametrize(("lang", "words"), [("zh", ("未读到", "修正")), ("en", ("not read", "repaired"))])
def test_the_text_says_what_a_person_has_to_look_at(lang: str, words: tuple[str, str]) -> None:
    text = read_command.as_text(read_command.to_json(back_side(), lambda paper: check_image(paper, TODAY)), lang)
    assert all(word in text for word in words)


def test_a_picture_explains_a_reading_with_boxes_and_a_list_beside_it(tmp_path: Path) -> None:
    picture = tmp_path / "back.png"
    Image.new("RGB", (320, 200), (250, 250, 250)).save(picture)
    out = tmp_path / "out.png"
    assert list(explain.explained([back_side(str(picture))], out)) == [back_side(str(picture))]
    drawn = Image.open(io.BytesIO(out.read_bytes())).convert("RGB")
    assert drawn.width > 320
    shown = np.asarray(drawn, dtype=int)[:200, :320]
    assert (np.ptp(shown, axis=2) > 60).sum() > 100, "the boxes are drawn in colour"


@pytest.mark.parametrize(
    ("files", "out"),
    [(["a.jpg", "b.jpg"], "out.png"), (["a.jpg"], "out.jpg"), (["a.jpg"], "no/such/folder/out.png")],
)
def test_a_request_to_explain_that_cannot_be_met_is_refused_first(files: list[str], out: str) -> None:
    with pytest.raises(UsageError):
        explain.check_request([Path(name) for name in files], Path(out))


def test_what_a_person_should_look_at_is_shown_between_failed_and_passed_checks() -> None:
    message = {"zh": "请人工确认", "en": "look at it"}
    checks = [{"passed": passed, "message": message} for passed in (True, None, False)]
    shown = read_command.as_text(
        {"file": "a.jpg", "kind": "unknown", "error": None, "fields": {}, "checks": checks}, "en"
    )
    assert [line.strip()[:1] for line in shown.splitlines()[1:]] == ["✗", "?", "✓"]
