"""The drawn samples: right check digits, same bytes each time, and the list in samples/README.md is true."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from samples import canvas, capture, draw_cards, draw_domaincert, draw_licence, draw_more, make_samples, people
from samples.cases import CASES, Case, SampleFile

SAMPLES = Path(make_samples.__file__).parent
CARDS = (people.LIANG, people.XU, people.GULINA, people.ZHOU)
COMPANIES = (people.YUNSHAN, people.WUTONG, people.WORKSHOP)
INPUTS = [pytest.param(case, file, id=f"{case.name}/{file.name}") for case in CASES for file in case.files]
by_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_id_check_character_agrees_with_the_published_numbers(number: str) -> None:
    assert people.id_check(number[:17]) == number[17]


@pytest.mark.parametrize(
    "code", ["914403001922038216", "9144030071526726XG", "91330100799655058B", "91350100M000100Y43"]
)
def test_credit_code_check_character_agrees_with_the_published_codes(code: str) -> None:
    assert people.uscc_check(code[:17]) == code[17]


@pytest.mark.parametrize("code", ["D2143569X", "799655058", "71526726X"])
def test_organisation_code_check_character_agrees_with_the_published_codes(code: str) -> None:
    assert people.organisation_code(code[:8]) == code


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.number)
def test_cards_agree_with_their_own_number(card: people.IdCard) -> None:
    assert card.number[6:14] == f"{card.birth:%Y%m%d}"
    assert ("女", "男")[int(card.number[16]) % 2] == card.sex
    assert people.id_check(card.number[:17]) == card.number[17]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.number)
def test_cards_run_for_the_years_that_the_age_at_issue_gives(card: people.IdCard) -> None:
    before_birthday = (card.valid_from.month, card.valid_from.day) < (card.birth.month, card.birth.day)
    age = card.valid_from.year - card.birth.year - before_birthday
    years = 10 if age < 26 else 20 if age < 46 else None
    expected = "长期" if years is None else card.valid_from.replace(year=card.valid_from.year + years)
    assert card.valid_to == expected


def test_a_sequence_number_of_the_other_sex_is_refused() -> None:
    with pytest.raises(ValueError, match="odd sequence numbers"):
        people._card("样本", "女", "汉", date(1990, 1, 1), "440106", 1, "样本", "样本", (date(2020, 1, 1), "长期"))


@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.credit_code)
def test_credit_codes_hold_a_right_organisation_code_and_check_character(company: people.Company) -> None:
    assert set(company.credit_code) <= set(people.USCC_ALPHABET)
    assert people.organisation_code(company.credit_code[8:16]) == company.credit_code[8:17]
    assert people.uscc_check(company.credit_code[:17]) == company.credit_code[17]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("甲乙丙丁", ["甲乙丙", "丁"]),
        ("甲乙丙；丁", ["甲乙", "丙；丁"]),
        ("甲乙；丙", ["甲乙；", "丙"]),
    ],
)
def test_text_wraps_without_a_closing_mark_at_the_start_of_a_line(text: str, lines: list[str]) -> None:
    assert canvas.wrap(text, lambda part: len(part) <= 3) == lines


def test_the_same_card_is_drawn_with_the_same_pixels() -> None:
    assert np.array_equal(draw_cards.front(people.GULINA, 5), draw_cards.front(people.GULINA, 5))


def test_a_card_has_the_proportions_of_an_id_1_card() -> None:
    height, width = draw_cards.back(people.XU).shape[:2]
    assert width / height == pytest.approx(85.6 / 54.0, abs=0.003)


def test_a_capture_depends_on_its_seed_and_on_nothing_else() -> None:
    sheet = draw_cards.back(people.XU)
    one, same, other = (capture.jpeg(capture.photo(sheet, 600, seed=seed)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_a_blurred_picture_has_weaker_edges_than_the_sharp_one() -> None:
    sharp = capture.scan(draw_cards.front(people.LIANG), 900, seed=3)
    assert _steepest(capture.blurred(sharp, 3.0)) < _steepest(sharp) / 3


def _steepest(picture: np.ndarray) -> float:
    return float(np.percentile(np.abs(np.diff(picture.mean(axis=2), axis=1)), 99.5))


@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.credit_code)
def test_the_qr_code_of_a_licence_names_its_credit_code(company: people.Company) -> None:
    found = zxingcpp.read_barcodes(Image.fromarray(draw_licence.licence(company, px_per_mm=5.0)))
    assert [code.text for code in found] == [draw_licence.licence_url(company)]


def test_a_sole_traders_licence_is_drawn_with_its_own_labels() -> None:
    left, right = draw_licence._rows(people.WORKSHOP)
    assert [row.label for row in (*left, *right)] == [
        "名称", "类型", "经营者", "经营范围", "组成形式", "注册日期", "经营场所",
    ]  # fmt: skip


def test_the_domain_certificate_pdf_has_its_values_as_text() -> None:
    data = draw_domaincert.certificate_pdf(people.YUNSHAN_DOMAIN)
    text = PdfReader(io.BytesIO(data)).pages[0].extract_text()
    domain = people.YUNSHAN_DOMAIN
    for value in (domain.domain, domain.owner, domain.registrar, "2022-06-01", "2028-06-01", "域名证书"):
        assert value in text
    assert data == draw_domaincert.certificate_pdf(domain)


@by_case
def test_the_readme_lists_exactly_the_files_of_a_case(case: Case) -> None:
    section = (SAMPLES / "README.md").read_text().split(f"\n## {case.name}:")[1].split("\n## ")[0]
    listed = set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))
    folder = SAMPLES / case.name
    assert listed == {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("program", re.findall(r"`(\w+\.py)`", make_samples.README_HEAD))
def test_the_readme_names_programs_that_exist(program: str) -> None:
    assert (SAMPLES / program).is_file()


@by_case
def test_committed_text_files_are_what_the_program_writes(case: Case) -> None:
    texts = {
        "in/filing.yaml": case.filing_yaml.encode(),
        "expected/values.json": make_samples._json(dict(case.values)),
    }
    for name, data in texts.items():
        assert (SAMPLES / case.name / name).read_bytes() == data


def test_the_committed_readme_is_what_the_program_writes() -> None:
    assert (SAMPLES / "README.md").read_text() == make_samples.readme()


@by_case
def test_expected_values_repeat_what_filing_yaml_says(case: Case) -> None:
    typed = yaml.safe_load(case.filing_yaml)
    values = json.loads((SAMPLES / case.name / "expected/values.json").read_text())
    for role in ("entity_person", "service_person"):
        for key, value in typed.get(role, {}).items():
            assert values.get(f"{role}.{key}", value) == value


@pytest.mark.parametrize(("case", "file"), INPUTS)
def test_a_committed_picture_is_a_colour_picture_of_a_usual_size(case: Case, file: SampleFile) -> None:
    path = SAMPLES / case.name / "in" / file.name
    if path.suffix != ".jpg":
        assert path.stat().st_size > 0
        return
    with Image.open(path) as picture:
        assert picture.mode == "RGB"
        assert 1200 <= max(picture.size) <= 2500
    assert path.stat().st_size < 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize(("case", "file"), INPUTS)
def test_a_committed_file_is_what_the_program_draws(case: Case, file: SampleFile) -> None:
    """Pictures may differ by a rounded pixel between processors; everything else must be equal."""
    committed, fresh = (SAMPLES / case.name / "in" / file.name).read_bytes(), file.make()
    assert fresh == file.make()
    if not file.name.endswith((".jpg", ".png")):
        assert fresh == committed
        return
    one, two = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int16) for data in (committed, fresh))
    assert one.shape == two.shape
    assert float(np.abs(one - two).mean()) < 0.5


@pytest.mark.parametrize(
    ("part", "digit"), [("L898902C3", "6"), ("740812", "2"), ("120415", "9"), ("ZE184226B<<<<<", "1")]
)
def test_mrz_check_digits_agree_with_the_icao_specimen(part: str, digit: str) -> None:
    assert draw_more.mrz_check(part) == digit


def test_the_machine_readable_zone_holds_the_passports_values_in_two_full_lines() -> None:
    passport = draw_more.Passport(
        "L898902C3",
        "UTO",
        "ERIKSSON",
        "ANNA MARIA",
        "F",
        date(1974, 8, 12),
        "ZENITH",
        date(2002, 4, 16),
        date(2012, 4, 15),
    )
    first, second = draw_more.mrz(passport)
    assert first == "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
    assert second.startswith("L898902C36UTO7408122F1204159<<<<<<<<<<<<<<<")
    assert (len(first), len(second)) == (44, 44)
    assert second[-1] == draw_more.mrz_check(second[:10] + second[13:20] + second[21:43])


def test_check_names_missing_different_and_left_over_files(tmp_path: Path) -> None:
    name = CASES[0].name
    (tmp_path / name).mkdir()
    (tmp_path / name / "old.jpg").write_bytes(b"x")
    (tmp_path / "README.md").write_bytes(b"other")
    drawn = {f"{name}/in/new.jpg": b"y", "README.md": b"text"}
    assert make_samples.differences(tmp_path, drawn) == [
        f"missing: {name}/in/new.jpg",
        "different: README.md",
        f"left over: {name}/old.jpg",
    ]
