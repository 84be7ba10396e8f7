"""Holds the picture of a paper against what reviewers demand of it: colour, sharpness, edges, nothing over it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from extractors.paper import ImageFacts, Paper
from pipeline.image_checks_base import Limits, graded, is_original, made
from pipeline.model import ImageCheck

_SPEAKS_OF_FILING = re.compile(r"备案|ICP", re.IGNORECASE)


def _colour(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if not is_original(paper) or image.copy_score is None:
        return
    refused_by = "copy_hidden" if _hides_colours(image, limits) else "copy"
    passed, wanted = _scored(image.copy_score, limits, "copy", refused_by)
    measured = f"{image.copy_score:.2f}"
    distance = "—" if image.colour_distance is None else f"{image.colour_distance:.1f}"
    if passed:
        texts = (("是彩色图片。", "The picture is in colour."), ("不像复印件。", "It does not look like a photocopy."))
    else:
        unsure_zh, unsure_en = ("", "") if passed is False else ("可能", " perhaps")
        texts = (
            (
                f"图片{unsure_zh}没有彩色内容（评分 {measured}，限值 {wanted}；色彩距离 {distance}）。请用彩色模式拍摄或扫描证件原件。",
                f"The picture{unsure_en} has no colour of its own (score {measured}, limit {wanted}; distance from grey {distance}). "
                "Photograph or scan the original in colour.",
            ),
            (
                f"看起来{unsure_zh}是黑白复印件（评分 {measured}，限值 {wanted}）。备案只接受证件原件的彩色照片或扫描件，请改用原件。",
                f"It{unsure_en} looks like a black-and-white copy (score {measured}, limit {wanted}). "
                "Only colour pictures of the original are accepted; use the original.",
            ),
        )
    for code, (zh, en) in zip(("colour", "photocopy"), texts, strict=True):
        yield made(paper, code, passed, measured, wanted, zh, en)


def _sharpness(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if image.blur_score is None or paper.kind in ("app_icon", "verification_photo"):
        return
    # A display's own pixels soften the print; its picture is refused in any case.
    is_display = _lies_beyond(image.screen_score, limits["screen_sure_score"].value)
    passed, wanted = _scored(image.blur_score, limits, "blur", "blur_display" if is_display else "blur")
    measured = f"{image.blur_score:.2f}"
    if passed:
        zh, en = f"清晰（评分 {measured}）。", f"Sharp (score {measured})."
    else:
        word_zh, word_en = ("模糊", "blurred") if passed is False else ("可能模糊", "perhaps blurred")
        width = "" if image.edge_width_px is None else f"{image.edge_width_px:.1f}"
        zh = f"图片{word_zh}（评分 {measured}，限值 {wanted}；边缘宽度 {width or '—'} 像素）。请擦净镜头、对焦后拿稳重拍，或改用扫描。"
        en = (
            f"The picture is {word_en} (score {measured}, limit {wanted}; edges {width or '-'} pixels wide). "
            "Clean the lens, focus and hold still, or scan it."
        )
    yield made(paper, "sharpness", passed, measured, wanted, zh, en)


def _glare(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if image.glare_score is None or not is_original(paper):
        return
    passed, wanted = _scored(image.glare_score, limits, "glare")
    measured = f"{image.glare_score:.2f}"
    if passed:
        zh, en = "没有明显反光。", "No noticeable reflection."
    else:
        burnt = image.glare_share or 0.0
        zh = f"证件上{_seems(passed)[0]}反光（评分 {measured}，限值 {wanted}，过曝面积 {burnt:.1%}）。请关闭闪光灯、避开灯光直射后重拍。"
        en = (
            f"A reflection {_seems(passed)[1]} on the paper (score {measured}, limit {wanted}, {burnt:.1%} burnt out). "
            "Switch the flash off, avoid direct lamps and take it again."
        )
    yield made(paper, "glare", passed, measured, wanted, zh, en)


def _scored(score: float, limits: Limits, name: str, refused_by: str = "") -> tuple[bool | None, str]:
    """A score of a trained check against its two limits, and the limit it lies beyond in words."""
    warn, most = limits[f"{name}_warn_score"].value, limits[f"{refused_by or name}_max_score"].value
    passed = graded(score < most, score < warn)
    return passed, f"< {most if passed is False else warn}"


def _hides_colours(image: ImageFacts, limits: Limits) -> bool:
    """Whether a reflection or the picture's rim may have taken what is coloured on the paper: portrait, emblem, seal."""
    faults = ((image.glare_score, "glare"), (image.cut_score, "cut"))
    return any(_lies_beyond(score, limits[f"{name}_max_score"].value) for score, name in faults)


def _lies_beyond(score: float | None, limit: float) -> bool:
    return score is not None and score >= limit


def _seems(passed: bool | None) -> tuple[str, str]:
    return ("有", "lies") if passed is False else ("可能有", "may lie")


def _complete_edges(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if image.cut_score is None or not is_original(paper):
        return
    passed, wanted = _scored(image.cut_score, limits, "cut")
    if passed and not image.sheet_found and image.cut_score >= limits["cut_unseen_warn_score"].value:
        passed = None
    measured = f"{image.cut_score:.2f}"
    if passed is None:
        zh = "未能确定证件四条边是否完整（例如扫描件与背景同色）。请人工确认四角完整、没有被裁切。"
        en = "Whether all four sides are inside could not be told (as in flat scans). Look whether all corners are there."
        yield made(paper, "complete_edges", None, measured, wanted, zh, en)
        return
    if passed:
        zh, en = "四角完整。", "All four corners are inside the picture."
    else:
        margin = max(0.0, image.corner_margin_share or 0.0)
        zh = f"证件边角不完整（评分 {measured}，限值 {wanted}；最近的一角距图片边缘 {margin:.1%}）。请退后一些重拍，让四个角都在画面内。"
        en = (
            f"The paper is cut off (score {measured}, limit {wanted}; its nearest corner lies {margin:.1%} from the "
            "picture's edge). Step back so that all four corners are inside."
        )
    yield made(paper, "complete_edges", passed, measured, wanted, zh, en)


def _occlusion(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if image.occlusion_score is None or not is_original(paper):
        return
    passed, wanted = _scored(image.occlusion_score, limits, "occlusion")
    measured = f"{image.occlusion_score:.2f}"
    if passed:
        zh, en = "没有手指或物品遮挡。", "Nothing lies over the paper."
    else:
        zh = f"证件边缘{_seems(passed)[0]}手指或物品遮挡（评分 {measured}，限值 {wanted}）。请把证件平放在桌面上拍摄，不要手持。"
        en = (
            f"A finger or another thing {_seems(passed)[1]} over the paper's edge (score {measured}, limit {wanted}). "
            "Lay the paper on a table instead of holding it."
        )
    yield made(paper, "occlusion", passed, measured, wanted, zh, en)


def _screen(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if image.screen_score is None or not is_original(paper):
        return
    passed, wanted = _scored(image.screen_score, limits, "screen")
    measured = f"{image.screen_score:.2f}"
    if passed:
        zh, en = "不像翻拍屏幕。", "It does not look like a photo of a screen."
    else:
        word_zh, word_en = ("是", "is") if passed is False else ("可能是", "may be")
        zh = f"图片{word_zh}翻拍的屏幕（有屏幕纹，评分 {measured}，限值 {wanted}）。请直接拍摄或扫描证件原件。"
        en = (
            f"The picture {word_en} a photo of a screen (its pixel grid shows; score {measured}, limit {wanted}). "
            "Photograph or scan the original itself."
        )
    yield made(paper, "screen_reshoot", passed, measured, wanted, zh, en)


def _watermark(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if not is_original(paper):
        return
    found = len(image.watermark_texts)
    # Of words read in part only ("…") nobody knows what the rest says.
    unfit = [text for text in image.watermark_texts if "…" not in text and not _SPEAKS_OF_FILING.search(text)]
    if not found:
        yield made(paper, "watermark", True, "0", "0", "没有发现水印文字。", "No watermark text was found.")
        return
    passed = False if unfit else None
    zh = f"发现水印文字 {found} 处。水印只能是“仅供备案使用”一类字样，且不得压住文字和头像；" + (
        "这里的字样不含“备案”，请换用没有水印的原件照片。" if unfit else "请人工确认没有压住内容。"
    )
    en = (
        f"{found} watermark texts were found. Only words such as 仅供备案使用 are allowed, and not over text or portrait; "
        + (
            "these do not mention the filing: use a picture without a watermark."
            if unfit
            else "look whether they cover anything."
        )
    )
    yield made(paper, "watermark", passed, str(found), "0", zh, en)


CHECKS: tuple[Callable[[Paper, ImageFacts, Limits], Iterator[ImageCheck]], ...] = (
    _colour,
    _screen,
    _sharpness,
    _glare,
    _complete_edges,
    _occlusion,
    _watermark,
)
