"""Second looks: pale words are taken off a sheet, letters' signatures and seals are seen, labels in a column come apart."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from extractors.paper import SURE
from extractors.papers import registry
from extractors.papers.layout import SheetText, Value
from extractors.vision import cleaning, models, ocr, second_look, signatures
from extractors.vision.images import Picture
from extractors.vision.lines import even_line
from samples import draw_cards, people
from tests.devset import letters
from tests.devset.conditions import watermarked

BOX = ((0.0, 0.0), (90.0, 0.0), (90.0, 30.0), (0.0, 30.0))
NEXT = ((80.0, 0.0), (200.0, 0.0), (200.0, 30.0), (80.0, 30.0))
NEEDS_MODELS = pytest.mark.skipif(not models.is_available(), reason="the reading models are not installed")


def as_bgr(pixels: Picture) -> Picture:
    return np.ascontiguousarray(pixels[:, :, ::-1])


def test_pale_words_become_paper_and_print_stays_dark() -> None:
    page = np.full((400, 600, 3), 235, np.uint8)
    cv2.putText(page, "PALE", (40, 150), cv2.FONT_HERSHEY_SIMPLEX, 3, (165, 165, 165), 12)
    cv2.putText(page, "INK", (60, 330), cv2.FONT_HERSHEY_SIMPLEX, 3, (30, 30, 30), 12)
    clean = cleaning.without_pale_marks(page)
    assert clean[:200].min() > 235
    assert clean[230:].min() < 40


def test_a_second_engine_confirms_what_was_doubtful_and_nothing_else() -> None:
    def value(text: str, confidence: float) -> Value:
        return Value(text, (even_line(text, BOX, "ocr"),), confidence, "ocr", text)

    found = {"name": value("张晓岚", 0.6), "legal_person": value("王东", 0.6), "address": value("样本路", 0.6)}
    after = second_look.confirmed(found, [even_line("姓名 张晓岚 样本路", BOX, "tesseract")])
    assert {name: (one.confidence, one.method) for name, one in after.items()} == {
        "name": (0.9, "ocr+tesseract"),
        "legal_person": (0.6, "ocr"),
        "address": (0.6, "ocr"),
    }


@NEEDS_MODELS
def test_a_card_with_words_laid_over_it_is_read_from_its_print_alone() -> None:
    marked = watermarked(draw_cards.front(people.GULINA, 3), np.random.default_rng(4))
    picture = cv2.resize(as_bgr(marked), (1200, 757), interpolation=cv2.INTER_AREA)
    lines = ocr.read_lines(picture)
    values = second_look.values("idcard_front", second_look.read_text(picture), picture, lines)
    assert {name: value.value for name, value in values.items()} == {
        "name": people.GULINA.name,
        "sex": "女",
        "nation": "维吾尔",
        "birth": "1994-02-27",
        "address": people.GULINA.address,
        "id_number": people.GULINA.number,
    }


@NEEDS_MODELS
@pytest.mark.parametrize("seed", range(4))
def test_a_letter_s_signature_and_seal_are_seen_or_missed(seed: int) -> None:
    drawn = letters.letter(np.random.default_rng(seed))
    picture = cv2.resize(as_bgr(drawn.pixels), (1060, 1500), interpolation=cv2.INTER_AREA)
    text = second_look.read_text(picture)
    values = registry.read("letter", text) | signatures.measure(picture, text.lines)
    assert {name: value.value for name, value in values.items()} == dict(drawn.fields)


def test_of_two_sure_readings_the_one_that_saw_the_end_is_taken_and_asked_about() -> None:
    place = "杭州市拱墅区样本路218号"
    short, long = (Value(value, (), sure, "ocr", value) for value, sure in ((place, 0.99), (place + "一层", 0.93)))
    settled = second_look._better_of({"address": long}, {"address": short})["address"]
    assert (settled.value, settled.confidence < SURE) == (long.value, True)
    faint = replace(long, confidence=0.6)
    assert second_look._better_of({"address": faint}, {"address": short})["address"] == short


def test_a_label_whose_box_reaches_into_its_value_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes are drawn a little wide, and the larger model takes as long for a label as for a name."""
    label, name = (replace(even_line(text, box, "ocr"), quick=True) for text, box in (("姓名", BOX), ("张晓岚", NEXT)))
    again: list[str] = []
    monkeypatch.setattr(ocr, "read_line", lambda picture, box, allowed="": again.append(str(box)) or name)
    found = {"name": Value("张晓岚", (name,), 0.97)}
    second_look.read_carefully(SheetText((label, name), 400, 200), found, np.zeros((200, 400, 3), np.uint8))
    assert again == [str(NEXT)]


@pytest.mark.parametrize(
    ("field", "text", "sure", "is_open"),
    [
        ("nation", "汉", 0.93, False),
        ("nation", "汉", 0.85, True),
        ("address", "广东省样本路", 0.98, False),
        ("address", "广东省样本路", 0.95, True),
        ("address", "2号", 0.99, True),
        ("address", "2号", 0.998, False),
        ("name", "张晓岚", 0.9999, True),
        ("issue_date", "2025-03-07", 0.98, True),
        ("issue_date", "2025-03-07", 0.999, False),
        ("sex", "女", 0.98, True),  # its line's mean
    ],
)
def test_the_larger_model_is_asked_where_it_knows_better(field: str, text: str, sure: float, is_open: bool) -> None:
    value = Value(text, (even_line(text, BOX, "ocr", sure),), sure)
    assert bool(second_look._open_lines(field, value)) is is_open
