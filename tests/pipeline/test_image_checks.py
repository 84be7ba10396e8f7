"""Image requirements: each code passes, fails and abstains where it should, and says what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from extractors.paper import FieldReading, ImageFacts, Paper, PortraitFacts
from pipeline.errors import EnvironmentProblem
from pipeline.image_checks import check_image
from pipeline.image_checks_base import LIMITS_FILE, load_limits
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
    blur_score=0.02,
    colour_distance=25.0,
    copy_score=0.01,
    glare_share=0.0,
    corner_margin_share=0.07,
    screen_score=0.02,
    glare_score=0.03,
    cut_score=0.05,
    occlusion_score=0.01,
)
FACE = PortraitFacts(
    faces=1,
    face_confidence=0.93,
    face_height_px=260,
    face_share=0.32,
    face_light=66.0,
    covered_eyes=0.3,
    covered_mouth=0.15,
    eye_contrast=45.0,
    mouth_contrast=20.0,
    head_room=0.5,
    shoulder_left=1.4,
    shoulder_right=1.4,
    below_chin=1.3,
    white_share=0.98,
    clutter_share=0.0,
)
PHOTO = ImageFacts("jpeg", 90 * 1024, 600, 800, turned_degrees=0, portrait=FACE)


def paper(kind: str = "idcard_front", image: ImageFacts | None = GOOD, **fields: str) -> Paper:
    return Paper(kind, fields={name: FieldReading(value, 1.0) for name, value in fields.items()}, image=image)


def checks(one: Paper, provider: str = "") -> dict[str, ImageCheck]:
    found = check_image(one, TODAY, provider=provider)
    assert len({check.code for check in found}) == len(found)
    return {check.code: check for check in found}


def test_a_good_picture_passes_everything() -> None:
    found = checks(paper(valid_to="2038-04-12"))
    assert set(found) == {
        "format", "file_size", "resolution", "colour", "photocopy", "screen_reshoot", "sharpness", "glare",
        "complete_edges", "occlusion", "upright", "watermark", "validity",
    }  # fmt: skip
    assert all(check.passed is True for check in found.values())


@pytest.mark.parametrize(
    ("change", "code", "passed", "word"),
    [
        ({"format": "webp"}, "format", False, "webp"),
        ({"file_bytes": 9 * 1024 * 1024}, "file_size", False, "8192 KB"),
        ({"sheet_width_px": 420.0}, "resolution", False, "420"),
        ({"sheet_width_px": 640.0}, "resolution", None, "640"),
        ({"copy_score": 0.9, "colour_distance": 3.2}, "colour", False, "3.2"),
        ({"copy_score": 0.9}, "photocopy", False, "复印件"),
        ({"copy_score": 0.9}, "photocopy", False, "限值 < 0.5"),
        ({"copy_score": 0.4}, "photocopy", None, "可能"),
        ({"copy_score": 0.4}, "photocopy", None, "限值 < 0.3"),
        ({"copy_score": 0.7, "glare_score": 0.9}, "photocopy", None, "可能"),  # what is coloured may lie under the lamp
        ({"copy_score": 0.7, "cut_score": 0.9}, "colour", None, "可能"),
        ({"copy_score": 0.9, "glare_score": 0.9}, "photocopy", False, "限值 < 0.8"),
        ({"blur_score": 0.9, "edge_width_px": 4.9}, "sharpness", False, "4.9"),
        ({"blur_score": 0.9, "edge_width_px": None}, "sharpness", False, "模糊"),
        ({"blur_score": 0.2}, "sharpness", None, "可能模糊"),
        ({"blur_score": 0.8, "screen_score": 0.9}, "sharpness", None, "可能模糊"),
        ({"blur_score": 0.8, "screen_score": 0.6}, "sharpness", False, "模糊"),
        ({"blur_score": 0.9, "screen_score": 0.9}, "sharpness", False, "限值 < 0.85"),
        ({"format": "gif", "frames": 12}, "format", False, "12 帧"),
        ({"glare_score": 0.97, "glare_share": 0.08}, "glare", False, "8.0%"),
        ({"screen_score": 0.96}, "screen_reshoot", False, "翻拍"),
        ({"occlusion_score": 0.96}, "occlusion", False, "手指"),
        ({"cut_score": 0.96, "corner_margin_share": 0.0}, "complete_edges", False, "0.0%"),
        ({"sheet_found": False, "cut_score": 0.2}, "complete_edges", None, "四角"),
        ({"cut_score": 0.3}, "complete_edges", None, "四角"),
        ({"sheet_found": False, "cut_score": 0.7}, "complete_edges", False, "退后"),
        ({"turned_degrees": 90}, "upright", False, "90"),
        ({"watermark_texts": ("仅供租房使用",)}, "watermark", False, "备案"),
        ({"watermark_texts": ("仅供网站备案使用",)}, "watermark", None, "1 处"),
        ({"watermark_texts": ("…于办理网…",)}, "watermark", None, "1 处"),
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


def test_a_flat_scan_without_an_outline_passes_where_nothing_speaks_of_a_cut() -> None:
    image = replace(GOOD, sheet_found=False, corner_margin_share=None, cut_score=0.05)
    assert checks(paper(image=image))["complete_edges"].passed is True


@pytest.mark.parametrize(("found", "judged"), [(True, True), (False, False)])
def test_a_picture_of_no_known_paper_is_judged_as_one_only_where_a_sheet_was_found(found: bool, judged: bool) -> None:
    told = checks(paper("unknown", image=replace(GOOD, sheet_found=found, glare_score=0.9, occlusion_score=0.9)))
    assert ({"glare", "occlusion", "complete_edges", "photocopy"} <= set(told)) is judged
    assert {"format", "file_size", "sharpness"} <= set(told)


@pytest.mark.parametrize(
    ("valid_to", "passed", "word"),
    [
        ("2026-11-19", False, "过期 1 天"),
        ("2027-02-19", False, "3 个月"),
        ("2027-02-20", True, "92 天"),
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


def test_a_province_may_ask_for_more_months_and_not_for_fewer() -> None:
    soon = paper("idcard_back", valid_to="2027-04-01")
    for months, passed in ((None, True), (1, True), (6, False)):
        (found,) = (c for c in check_image(soon, TODAY, min_months=months) if c.code == "validity")
        assert found.passed is passed


def test_a_domain_that_ran_out_is_said_to_have() -> None:
    assert checks(paper("domain_certificate", exp_date="2026-11-01"))["validity"].passed is False


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


@pytest.mark.parametrize(("contrast", "passed"), [(0.0, False), (2.9, False), (41.0, True)])
def test_a_blank_icon_is_refused(contrast: float, passed: bool) -> None:
    icon = ImageFacts("png", 4096, 512, 512, contrast=contrast)
    assert checks(paper("app_icon", icon))["content"].passed is passed


def test_a_good_photo_of_a_person_passes() -> None:
    found = checks(paper("verification_photo", PHOTO))
    assert {"face", "shoulders", "white_background", "resolution", "upright"} <= set(found)
    assert all(check.passed is True for check in found.values())


@pytest.mark.parametrize(
    ("change", "code", "passed", "word"),
    [
        ({"faces": 2}, "face", False, "2 张"),
        ({"face_confidence": 0.8}, "face", False, "遮挡"),
        ({"covered_mouth": 0.9}, "face", False, "口鼻"),
        ({"covered_mouth": 0.65}, "face", None, "人工"),
        ({"mouth_contrast": 0.8}, "face", False, "口鼻"),
        ({"mouth_contrast": 4.0}, "face", None, "人工"),
        ({"eye_contrast": 2.0}, "face", False, "眼部"),
        ({"covered_eyes": 0.7}, "face", False, "眼部"),
        ({"face_light": 24.0}, "face", False, "太暗"),
        ({"face_light": 95.0}, "face", False, "过亮"),
        ({"face_height_px": 60}, "face", False, "60"),
        ({"below_chin": 0.2}, "shoulders", False, "双肩"),
        ({"shoulder_left": 0.5}, "shoulders", False, "双肩"),
        ({"shoulder_left": 0.0, "shoulder_right": 0.0}, "shoulders", None, "双肩"),
        ({"head_room": 0.0}, "shoulders", False, "头顶"),
        ({"white_share": 0.3}, "white_background", False, "白墙"),
        ({"white_share": None, "clutter_share": None}, "white_background", None, "背景"),
        ({"clutter_share": 0.2}, "white_background", None, "杂物"),
    ],
)
def test_each_fault_of_a_photo_is_found(change: dict[str, object], code: str, passed: bool | None, word: str) -> None:
    face = replace(FACE, **change)  # type: ignore[arg-type]
    found = checks(paper("verification_photo", replace(PHOTO, portrait=face)))[code]
    assert found.passed is passed
    assert word in found.message.zh
    assert found.message.en


def test_a_curtain_photo_is_left_to_a_person() -> None:
    face = replace(FACE, white_share=0.05, clutter_share=0.9)
    curtain = replace(paper("verification_photo", replace(PHOTO, portrait=face)), texts=("样本云网站备案",))
    assert checks(curtain)["white_background"].passed is None
    assert "幕布" in checks(curtain)["white_background"].message.zh


def test_a_small_photo_is_asked_about() -> None:
    assert checks(paper("verification_photo", replace(PHOTO, width_px=300, height_px=400)))["resolution"].passed is None


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
