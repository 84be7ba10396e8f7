"""Holds a verification photo (核验照片) and an APP icon against what providers ask of them. Pure.

The photo: one person, face free and well lit, both shoulders, room over the head, a white wall. Curtain photos are the
older way; where a wall is blue and bears writing, a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from extractors.paper import ImageFacts, Paper, PortraitFacts
from pipeline.image_checks_base import Limits, graded, made
from pipeline.model import ImageCheck

Fault = tuple[bool | None, str, str]
"""Whether it is only doubtful (None) or wrong (False), and what is wrong, in Chinese and English."""


def photo_checks(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    """The codes `face`, `shoulders` and `white_background`."""
    facts = image.portrait
    if paper.kind != "verification_photo" or facts is None:
        return
    yield _judged(
        paper,
        "face",
        _face_faults(facts, limits),
        f"{facts.faces}",
        "1",
        ("正面人脸一张，没有遮挡。", "One uncovered face."),
    )
    yield _judged(
        paper,
        "shoulders",
        _body_faults(facts, limits),
        f"{min(facts.shoulder_left, facts.shoulder_right):.1f}",
        f"≥ {limits['shoulder_min'].value}",
        ("双肩完整，头顶留有空间。", "Both shoulders and room over the head."),
    )
    yield _judged(
        paper,
        "white_background",
        _wall_faults(paper, facts, limits),
        "" if facts.white_share is None else f"{facts.white_share:.0%}",
        f"≥ {limits['white_min_share'].value:.0%}",
        ("背景为白色，没有杂物。", "The background is white and empty."),
    )


def _judged(
    paper: Paper, code: str, faults: list[Fault], measured: str, limit: str, fine: tuple[str, str]
) -> ImageCheck:
    if not faults:
        return made(paper, code, True, measured, limit, *fine)
    passed = False if any(fault[0] is False for fault in faults) else None
    zh, en = "；".join(fault[1] for fault in faults), "; ".join(fault[2] for fault in faults)
    word_zh = "请重新拍摄" if passed is False else "请人工确认，必要时重新拍摄"
    word_en = "take it again" if passed is False else "look at it, and take it again if so"
    return made(paper, code, passed, measured, limit, f"{zh}。{word_zh}。", f"{en[0].upper()}{en[1:]}: {word_en}.")


def _face_faults(facts: PortraitFacts, limits: Limits) -> list[Fault]:
    found: list[Fault] = []
    if facts.faces != 1:
        found.append(
            (
                False,
                f"画面中有 {facts.faces} 张人脸，只能有本人一张",
                f"there are {facts.faces} faces, only the person's own may show",
            )
        )
    unsure, sure = limits["face_confidence_warn"].value, limits["face_confidence_min"].value
    if facts.face_confidence < unsure:
        found.append(
            (graded(facts.face_confidence >= sure, False), "人脸不清楚或被遮挡", "the face is unclear or covered")
        )
    eyes = _uncovered(limits, "eyes", facts.covered_eyes, facts.eye_contrast)
    mouth = _uncovered(limits, "mouth", facts.covered_mouth, facts.mouth_contrast)
    for passed, zh, en in ((eyes, "眼部", "eyes"), (mouth, "口鼻", "mouth and nose")):
        if not passed:
            says = f"{zh}被遮挡（墨镜、口罩、手或头发）", f"the {en} seem covered (sunglasses, mask, hand or hair)"
            found.append((passed, *says))
    return found + _light_faults(facts, limits)


def _uncovered(limits: Limits, part: str, covered: float, contrast: float) -> bool | None:
    """Whether a part of the face is free: little in it is not skin, and what belongs there stands out from the skin."""
    fits = covered <= limits[f"covered_{part}_max"].value and contrast >= limits[f"{part}_contrast_min"].value
    surely = covered <= limits[f"covered_{part}_warn"].value and contrast >= limits[f"{part}_contrast_warn"].value
    return graded(fits, surely)


def _light_faults(facts: PortraitFacts, limits: Limits) -> list[Fault]:
    if facts.face_light < limits["face_light_min"].value:
        return [(False, "面部太暗，请正对光线", "the face is too dark, turn to the light")]
    if facts.face_light > limits["face_light_max"].value:
        return [(False, "面部过亮，请避开强光", "the face is too bright, avoid strong light")]
    if facts.face_height_px < limits["face_min_px"].value:
        return [
            (
                False,
                f"人脸太小（高 {facts.face_height_px} 像素），请靠近或提高分辨率",
                f"the face is too small ({facts.face_height_px} pixels high), move closer",
            )
        ]
    return []


def _body_faults(facts: PortraitFacts, limits: Limits) -> list[Fault]:
    found: list[Fault] = []
    least, room = limits["shoulder_min"].value, limits["below_chin_min"].value
    reach = min(facts.shoulder_left, facts.shoulder_right)
    if facts.below_chin < room:
        found.append(
            (
                False,
                "没有拍到双肩，请退后至胸部以上入镜",
                "the shoulders are not in the picture, step back to chest height",
            )
        )
    elif reach < least:
        # White clothes before a white wall show no outline: then the person's place in the picture is all there is.
        unseen = facts.shoulder_left == facts.shoulder_right == 0.0
        found.append(
            (
                None if unseen else False,
                "双肩不完整，请把人放在画面中间",
                "a shoulder is cut off or hidden, stand in the middle",
            )
        )
    if facts.head_room < limits["head_room_min"].value:
        found.append((False, "头顶没有留出空间", "there is no room over the head"))
    return found


def _wall_faults(paper: Paper, facts: PortraitFacts, limits: Limits) -> list[Fault]:
    if facts.white_share is None or facts.clutter_share is None:
        return [(None, "人物占满画面，看不到背景", "the person fills the picture, no background shows")]
    if facts.white_share >= limits["white_min_share"].value:
        most = limits["clutter_max_share"].value
        return [(None, "背景上似有杂物", "there seem to be things on the wall")] if facts.clutter_share > most else []
    if any("备案" in text or "核验" in text for text in paper.texts):
        zh = "背景不是白色，像是幕布照片（旧要求）；现在多为白墙人脸核验，只有接入商仍要求幕布时才可使用"
        en = "the background is not white and looks like a curtain (the older way), to be used only where your provider still asks for one"
        return [(None, zh, en)]
    return [(False, "背景不是纯白色，请站在白墙前", "the background is not plain white, stand before a white wall")]


def icon_checks(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    """An icon is square (`resolution`) and not blank (`content`)."""
    if paper.kind != "app_icon":
        return
    square = image.width_px == image.height_px
    measured = f"{image.width_px} x {image.height_px} px"
    zh = f"图标 {measured}。" if square else f"图标不是正方形（{measured}）。请导出正方形图标。"
    en = f"The icon measures {measured}." if square else f"The icon is not square ({measured}). Export a square one."
    yield made(paper, "resolution", square, measured, "1:1", zh, en)
    if image.contrast is not None:
        yield _blank(paper, image.contrast, limits["icon_contrast_min"].value)


def _blank(paper: Paper, contrast: float, least: float) -> ImageCheck:
    drawn = contrast >= least
    zh = "图标有内容。" if drawn else "图标是空白的（几乎只有一种颜色）。请导出应用实际使用的图标。"
    en = (
        "The icon shows something."
        if drawn
        else "The icon is blank (next to one colour only). Export the icon the app uses."
    )
    return made(paper, "content", drawn, f"{contrast:.1f}", f"≥ {least}", zh, en)


CHECKS: tuple[Callable[[Paper, ImageFacts, Limits], Iterator[ImageCheck]], ...] = (photo_checks, icon_checks)
