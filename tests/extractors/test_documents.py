"""Documents end to end: drawn papers, photographed, read back with the place of each value."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import date

import cv2
import numpy as np
import pytest
from PIL import Image

from extractors.documents import page_picture, read_document
from extractors.errors import ExtractError, Incomplete, TooLarge, Unreadable, Unsupported
from extractors.identify import FileKind
from extractors.paper import Paper
from extractors.vision import models, ocr
from samples import bad_input, capture, draw_cards, draw_domaincert, draw_licence, people

pytestmark = pytest.mark.skipif(not models.is_available(), reason="the reading models are not installed")

CARD = people.IdCard(
    "欧阳晓岚",
    "女",
    "土家",
    date(1991, 3, 7),
    "湖南省长沙市芙蓉区样本大道66号2栋1204室",
    people.id_number("430102", date(1991, 3, 7), 482),
    "长沙市公安局芙蓉分局",
    date(2019, 2, 28),
    date(2039, 2, 28),
)
FRONT = {
    "name": "欧阳晓岚",
    "sex": "女",
    "nation": "土家",
    "birth": "1991-03-07",
    "address": CARD.address,
    "id_number": CARD.number,
}
BACK = {"authority": CARD.authority, "valid_from": "2019-02-28", "valid_to": "2039-02-28"}


def values(paper: Paper) -> dict[str, str]:
    return {name: field.value for name, field in paper.fields.items()}


def front_photo(seed: int = 3) -> np.ndarray:  # type: ignore[type-arg]
    card = draw_cards.front(CARD, seed)
    return capture.photo(card, 1600, seed=seed, mask=draw_cards.corner_mask(card.shape[1], card.shape[0]))


def only(papers: tuple[Paper, ...]) -> Paper:
    assert len(papers) == 1
    return papers[0]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_portrait_side_is_read_however_the_phone_was_held(quarters: int) -> None:
    paper = only(read_document(capture.jpeg(capture.turned(front_photo(), quarters)), FileKind.JPEG))
    assert paper.kind == "idcard_front"
    assert values(paper) == FRONT
    assert paper.image is not None
    assert paper.image.turned_degrees == quarters * 90 % 360


@pytest.mark.parametrize("wrong", [90, 270])
def test_lines_that_run_up_and_down_tell_that_the_direction_was_wrong(
    wrong: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "reading_direction", lambda _: (wrong, 0.6))
    picture = capture.scan(draw_cards.stacked(CARD, 6), 1700, seed=6)
    paper = only(read_document(capture.jpeg(picture), FileKind.JPEG))
    assert (paper.kind, values(paper)) == ("idcard_both", FRONT | BACK)


def test_the_number_s_box_lies_over_the_number_in_the_picture() -> None:
    """The box, cut out of the page picture and read by itself, gives the number again."""
    data = capture.jpeg(front_photo())
    field = only(read_document(data, FileKind.JPEG)).fields["id_number"]
    assert field.method == "ocr+check_digit"
    assert field.box is not None
    assert ocr.read_line(page_picture(data, FileKind.JPEG), field.box).text == CARD.number


def test_an_exif_turn_is_applied_before_boxes_are_given() -> None:
    data = capture.jpeg(capture.turned(front_photo(), 1), turn_tag=6)
    paper = only(read_document(data, FileKind.JPEG))
    assert (paper.height_px, paper.width_px) == page_picture(data, FileKind.JPEG).shape[:2]
    assert paper.image is not None
    assert paper.image.turned_degrees == 0


def test_an_emblem_side_is_read() -> None:
    card = draw_cards.back(CARD, 5)
    picture = capture.scan(card, 1500, seed=5, mask=draw_cards.corner_mask(card.shape[1], card.shape[0]))
    paper = only(read_document(capture.jpeg(picture), FileKind.JPEG))
    assert (paper.kind, values(paper)) == ("idcard_back", BACK)


def test_both_sides_on_one_page_are_one_paper() -> None:
    picture = capture.scan(draw_cards.stacked(CARD, 6), 1700, seed=6)
    paper = only(read_document(capture.jpeg(picture), FileKind.JPEG))
    assert (paper.kind, values(paper)) == ("idcard_both", FRONT | BACK)


def test_two_cards_lying_apart_on_a_desk_are_one_paper() -> None:
    desk = np.full((1500, 1300, 3), (92, 70, 52), np.uint8)
    for top, card in ((90, draw_cards.front(CARD, 7)), (800, draw_cards.back(CARD, 8))):
        small = cv2.resize(card, (950, 600), interpolation=cv2.INTER_AREA)
        draw_cards.place_card(desk, small, 170, top)
    paper = only(read_document(capture.jpeg(desk), FileKind.JPEG))
    assert (paper.kind, values(paper)) == ("idcard_both", FRONT | BACK)


@pytest.mark.parametrize("company", [people.YUNSHAN, people.WUTONG, people.WORKSHOP], ids=lambda c: c.kind)
def test_a_licence_is_read_with_its_code_and_scope(company: people.Company) -> None:
    picture = capture.photo(draw_licence.licence(company, 9), 2200, seed=9, fill=0.9)
    paper = only(read_document(capture.jpeg(picture), FileKind.JPEG))
    read = values(paper)
    assert paper.kind == "business_licence"
    assert read["credit_code"] == company.credit_code
    assert read["name"] == company.name
    assert read["legal_person"] == company.legal_person
    assert read["address"] == company.address
    assert read["scope"] == company.scope
    assert read["issue_date"] == company.issued.isoformat()
    assert company.credit_code in read["qr"]
    dates = {read.get("established"), read.get("registered")}
    assert company.established.isoformat() in dates


def test_a_domain_certificate_is_read_from_a_picture_and_from_a_text_layer() -> None:
    domain = people.WUTONG_DOMAIN
    want = {
        "domain": domain.domain,
        "owner": domain.owner,
        "registrar": domain.registrar,
        "reg_date": domain.registered.isoformat(),
        "exp_date": domain.expires.isoformat(),
    }
    picture = capture.scan(draw_domaincert.certificate_picture(domain, 4), 1800, seed=4, rim=0.02)
    seen = only(read_document(capture.jpeg(picture), FileKind.JPEG))
    told = only(read_document(draw_domaincert.certificate_pdf(domain), FileKind.PDF))
    assert values(seen) == values(told) == want
    assert {field.method for field in told.fields.values()} == {"text_layer"}
    assert all(field.confidence == 1.0 for field in told.fields.values())


def test_a_scan_inside_a_pdf_is_read_like_a_picture() -> None:
    stream = io.BytesIO()
    Image.open(io.BytesIO(capture.jpeg(front_photo()))).save(stream, "PDF", resolution=200)
    paper = only(read_document(stream.getvalue(), FileKind.PDF))
    assert (paper.kind, values(paper)) == ("idcard_front", FRONT)
    assert page_picture(stream.getvalue(), FileKind.PDF).shape[:2] == (paper.height_px, paper.width_px)


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        ("PNG", "P"),
        ("PNG", "RGBA"),
        ("PNG", "L"),
        ("JPEG", "CMYK"),
        ("WEBP", "RGB"),
        ("BMP", "RGB"),
        ("GIF", "P"),
        ("TIFF", "RGB"),
    ],
)
def test_other_picture_formats_are_read_too(form: str, mode: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(cv2.resize(front_photo(), (1000, 750), interpolation=cv2.INTER_AREA)).convert(mode).save(
        stream, form
    )
    paper = only(read_document(stream.getvalue(), FileKind(form.lower())))
    assert paper.fields["id_number"].value == CARD.number


def test_a_rare_character_is_settled_by_its_shape_and_stays_unsure() -> None:
    card = people.IdCard(
        "周𬭎",
        "男",
        "汉",
        date(1999, 12, 5),
        "江西省赣州市章贡区样本路1号",
        people.id_number("360702", date(1999, 12, 5), 605),
        "赣州市公安局",
        date(2016, 1, 1),
        date(2026, 1, 1),
    )
    drawn = draw_cards.front(card, 11)
    picture = capture.photo(drawn, 1700, seed=11, mask=draw_cards.corner_mask(drawn.shape[1], drawn.shape[0]))
    name = only(read_document(capture.jpeg(picture), FileKind.JPEG)).fields["name"]
    assert name.value == "周𬭎"
    assert name.method == "ocr+glyph"
    assert name.confidence < 0.85


def test_a_paper_nobody_knows_is_said_to_be_unknown() -> None:
    picture = np.full((600, 900, 3), 240, np.uint8)
    cv2.putText(picture, "MENU soup 12 rice 3", (60, 300), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (20, 20, 20), 3)
    paper = only(read_document(capture.png(picture), FileKind.PNG))
    assert (paper.kind, dict(paper.fields)) == ("unknown", {})
    assert any("MENU" in text for text in paper.texts)


def test_a_small_square_picture_is_an_app_icon() -> None:
    picture = np.zeros((256, 256, 3), np.uint8)
    cv2.circle(picture, (128, 128), 90, (40, 160, 220), -1)
    assert only(read_document(capture.png(picture), FileKind.PNG)).kind == "app_icon"


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_an_empty_page_takes_no_time_and_is_unknown(shade: int) -> None:
    assert only(read_document(capture.png(np.full((800, 1100, 3), shade, np.uint8)), FileKind.PNG)).kind == "unknown"


@pytest.mark.slow
def test_tesseract_reads_when_asked_and_the_result_says_so() -> None:
    from extractors.vision import tesseract

    if not tesseract.is_available():
        pytest.skip("Tesseract with chi_sim is not installed")
    card = draw_cards.front(CARD, 3)
    paper = only(read_document(capture.png(card), FileKind.PNG, engine="tesseract"))
    assert paper.engine.startswith("tesseract 5")
    assert paper.fields["id_number"].value == CARD.number


def test_tesseract_takes_over_where_the_models_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from extractors.vision import reader, tesseract

    if not tesseract.is_available():
        pytest.skip("Tesseract with chi_sim is not installed")
    monkeypatch.setattr(models, "is_available", lambda: False)
    assert reader.choose_engine("auto").name.startswith("tesseract")


@pytest.mark.parametrize(
    ("data", "kind", "error"),
    [
        (bad_input.giant_png_bytes(20_000), FileKind.PNG, TooLarge),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 50, FileKind.PNG, Incomplete),
        (capture.jpeg(np.zeros((200, 200, 3), np.uint8))[:-20], FileKind.JPEG, Incomplete),
        (b"\xff\xd8\xff\xda\x00\x04ab" + b"\0" * 50 + b"\xff\xd9", FileKind.JPEG, Unreadable),
        (capture.png(np.zeros((3, 4000, 3), np.uint8)), FileKind.PNG, Unreadable),
        (b"MZ", FileKind.OTHER, Unsupported),
        (b"PK", FileKind.APP_PACKAGE, Unsupported),
    ],
)
def test_bad_input_is_refused_with_a_reason(data: bytes, kind: FileKind, error: type[ExtractError]) -> None:
    with pytest.raises(error) as refusal:
        read_document(data, kind)
    assert refusal.value.zh


def test_the_same_picture_gives_the_same_reading_twice() -> None:
    data = capture.jpeg(front_photo())
    assert read_document(data, FileKind.JPEG) == read_document(data, FileKind.JPEG)


def test_importing_the_entry_loads_no_heavy_library() -> None:
    code = "import sys, extractors.documents, extractors.identify; print([m for m in ('cv2', 'onnxruntime', 'numpy', 'PIL', 'pytesseract', 'pypdf') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
