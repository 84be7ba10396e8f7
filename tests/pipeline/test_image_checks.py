"""Image requirements: each code passes, fails and abstains where it should, and says what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from extractors.paper import FieldReading, ImageFacts, Paper
from pipeline.errors import EnvironmentProblem
from pipeline.image_checks import LIMITS_FILE, check_image, load_limits
from pipeline.model import ImageCheck

TODAY = date(2026, 11, 20)
GOOD = ImageFacts(
    format="jpeg",
    file_bytes=600 * 1024,
    width_px=1800,
    height_px=1300,
    sheet_found=True,
    sheet_corners=((100, 100), (1600, 100), (1600, 1046), (100, 1046)),
    sheet_width_px=1500,
    turned_degrees=0,
    edge_width_px=2.4,
    reblur=0.2,
    colour_distance=25.0,
    glare_share=0.0,
    corner_margin_share=0.07,
)


def paper(kind: str = "idcard_front", image: ImageFacts | None = GOOD, **fields: str) -> Paper:
    return Paper(kind, fields={name: FieldReading(value, 1.0) for name, value in fields.items()}, image=image)


def checks(one: Paper, provider: str = "") -> dict[str, ImageCheck]:
    found = check_image(one, TODAY, provider=provider)
    assert len({check.code for check in found}) == len(found)
    return {check.code: check for check in found}


def test_a_good_picture_passes_everything() -> None:
    found = checks(paper(valid_to="2038-04-12"))
    assert set(found) == {
        "format", "file_size", "resolution", "colour", "photocopy", "sharpness", "glare", "complete_edges", "upright", "watermark", "validity",
    }  # fmt: skip
    assert all(check.passed is True for check in found.values())


@pytest.mark.parametrize(
    ("change", "code", "passed", "word"),
    [
        ({"format": "webp"}, "format", False, "webp"),
        ({"file_bytes": 9 * 1024 * 1024}, "file_size", False, "8192 KB"),
        ({"sheet_width_px": 420.0}, "resolution", False, "420"),
        ({"sheet_width_px": 640.0}, "resolution", None, "640"),
        ({"colour_distance": 3.2}, "colour", False, "3.2"),
        ({"colour_distance": 3.2}, "photocopy", False, "复印件"),
        ({"edge_width_px": 4.9}, "sharpness", False, "4.9"),
        ({"edge_width_px": 3.4}, "sharpness", None, "3.4"),
        ({"reblur": 0.52}, "sharpness", False, "模糊"),
        ({"glare_share": 0.08}, "glare", False, "8.0%"),
        ({"glare_share": 0.02}, "glare", None, "反光"),
        ({"corner_margin_share": 0.0}, "complete_edges", False, "0.0%"),
        ({"sheet_corners": ((100, 100), (1200, 100), (1200, 1046), (100, 1046))}, "complete_edges", False, "长宽比"),
        ({"sheet_found": False, "corner_margin_share": None}, "complete_edges", None, "四角"),
        ({"turned_degrees": 90}, "upright", False, "90"),
        ({"watermark_texts": ("仅供租房使用",)}, "watermark", False, "备案"),
        ({"watermark_texts": ("仅供网站备案使用",)}, "watermark", None, "1 处"),
    ],
)
def test_each_fault_is_found_and_its_number_said(
    change: dict[str, object], code: str, passed: bool | None, word: str
) -> None:
    found = checks(paper(image=replace(GOOD, **change)))[code]  # type: ignore[arg-type]
    assert found.passed is passed
    assert word in found.message.zh
    assert found.message.en
    assert "请" in found.message.zh


@pytest.mark.parametrize(
    ("valid_to", "passed", "word"),
    [
        ("2026-11-19", False, "过期 1 天"),
        ("2026-11-20", True, "0 天"),
        ("长期", True, "长期"),
        ("2038-01-01", True, "天"),
    ],
)
def test_validity_is_judged_against_the_day_given(valid_to: str, passed: bool, word: str) -> None:
    found = checks(paper("idcard_back", valid_to=valid_to))["validity"]
    assert found.passed is passed
    assert word in found.message.zh


def test_validity_is_not_judged_where_no_date_was_read() -> None:
    assert "validity" not in checks(paper("idcard_back"))


@pytest.mark.parametrize(
    ("provider", "kind", "kilobytes", "passed"),
    [
        ("", "idcard_front", 100, True),
        ("tencent", "idcard_front", 100, False),
        ("tencent", "idcard_front", 300, True),
        ("alibaba", "domain_certificate", 5000, False),
        ("alibaba", "idcard_front", 5000, True),
        ("small_isp", "idcard_front", 3500, False),
        ("nobody", "idcard_front", 100, True),
    ],
)
def test_sizes_are_each_provider_s_own(provider: str, kind: str, kilobytes: int, passed: bool) -> None:
    found = checks(paper(kind, replace(GOOD, file_bytes=kilobytes * 1024)), provider)["file_size"]
    assert found.passed is passed


def test_jd_wants_three_months_left() -> None:
    soon = paper("idcard_back", valid_to="2026-12-20")
    assert checks(soon)["validity"].passed is True
    assert checks(soon, "jd")["validity"].passed is False


def test_the_width_of_two_cards_on_a_page_is_reckoned_from_the_number() -> None:
    box = ((100.0, 0.0), (325.0, 0.0), (325.0, 30.0), (100.0, 30.0))
    both = replace(paper("idcard_both"), fields={"id_number": FieldReading("1", 1.0, box=box)})
    found = checks(both)["resolution"]
    assert found.passed is None
    assert "500" in found.message.zh


def test_an_icon_is_judged_as_an_icon() -> None:
    found = checks(paper("app_icon", replace(GOOD, format="png", file_bytes=140 * 1024, width_px=512, height_px=512)))
    assert found["file_size"].passed is False
    assert found["format"].passed is True
    assert found["resolution"].passed is True
    assert "colour" not in found


def test_a_page_with_a_text_layer_is_judged_by_format_and_size_alone() -> None:
    bare = ImageFacts("pdf", 30_000, 2480, 3508)
    assert set(checks(paper("domain_certificate", bare))) == {"format", "file_size"}


def test_a_paper_without_a_picture_has_no_checks() -> None:
    assert check_image(paper(image=None), TODAY) == ()


def test_every_limit_names_a_source() -> None:
    for provider in ("", "tencent", "alibaba", "huawei", "jd", "small_isp"):
        for limit in load_limits(provider).values():
            assert limit.source
            assert limit.date


def test_the_images_file_has_no_key_the_rulebook_would_take() -> None:
    keys = {line.split(":")[0] for line in LIMITS_FILE.read_text("utf-8").splitlines() if line and line[0].isalpha()}
    assert keys == {"image_sources", "image_limits"}


def test_a_damaged_limits_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    broken = tmp_path / "images.yaml"
    broken.write_text("image_limits: {default: {max_kb: 3}}", "utf-8")
    with pytest.raises(EnvironmentProblem, match=r"images\.yaml"):
        load_limits(path=broken)
