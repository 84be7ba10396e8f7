"""Holds one paper's picture against what reviewers demand of pictures. Pure after the limits are loaded.

`passed` is True, False, or None where the picture could not be judged or lies between the two limits: then a person
looks. Each message says what was measured, the limit, and what to do. This module judges the file and the paper as a
whole; `image_checks_sheet` what the picture shows of a paper, `image_checks_portrait` photos of people and icons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from extractors.paper import ImageFacts, Paper
from pipeline import image_checks_portrait, image_checks_sheet
from pipeline.checks_base import add_months
from pipeline.image_checks_base import CARDS, Limit, Limits, graded, load_limits, made
from pipeline.model import LONG_TERM, ImageCheck

_NUMBER_SHARE = 0.45  # width of the printed number on an ID card, as a share of the card's width


def check_image(
    paper: Paper, today: date, limits: Limits | None = None, *, provider: str = "", min_months: int | None = None
) -> tuple[ImageCheck, ...]:
    """All requirements that can be measured on the paper's picture.

    Args:
        paper: what the extractor read and measured.
        today: the day against which validity is judged.
        limits: the limits; without them those of `provider`.
        provider: the access provider's key, such as `tencent`.
        min_months: the months of validity a province's rule asks for; without it the limits' own.
    """
    if paper.image is None:
        return ()
    limits = load_limits(provider) if limits is None else limits
    checks = (_format, _file_size, _resolution, *image_checks_sheet.CHECKS, _upright, *image_checks_portrait.CHECKS)
    found = [check for one in checks for check in one(paper, paper.image, limits)]
    return (*found, *_validity(paper, today, _months(limits, min_months)))


def _months(limits: Limits, demanded: int | None) -> Limit:
    """The longest remaining validity that the provider or the province asks for."""
    own = limits["min_valid_months"]
    if demanded is None or demanded <= own.value:
        return own
    return replace(own, value=demanded, source="省级规则 / provincial rule")


def _format(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    allowed = limits["icon_formats" if paper.kind == "app_icon" else "formats"]
    wanted = "/".join("JPG" if name == "jpeg" else name.upper() for name in allowed.value)
    moving = image.frames > 1 and image.format != "tiff"
    passed = image.format in allowed.value and not moving
    if passed:
        zh, en = f"格式为 {image.format}，符合要求。", f"The format is {image.format}, as required."
    elif moving:
        zh = f"这是动图（{image.frames} 帧），只读取了第一帧。请提供静态的 JPG 或 PNG 图片。"
        en = f"This is an animation of {image.frames} frames, of which only the first was read. Supply a still JPG or PNG."
    else:
        zh = f"图片格式为 {image.format}，要求 {wanted}（{allowed.source}）。请另存为 JPG 后重新放入；只改后缀名无效。"
        en = f"The format is {image.format}; {wanted} is required ({allowed.source}). Save it as JPG; renaming alone does not help."
    yield made(paper, "format", passed, image.format, wanted, zh, en)


def _file_size(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    most = size_limit(paper, limits, "max_kb")
    least = size_limit(paper, limits, "min_kb")
    kilobytes = image.file_bytes / 1024
    measured = f"{kilobytes:.0f} KB"
    wanted = _range(least, most)
    if most and kilobytes > most.value:
        zh = f"文件 {measured}，上限 {most.value} KB（{most.source}）。请适当压缩（文字仍须清晰）。"
        en = f"The file has {measured}, the limit is {most.value} KB ({most.source}). Compress it, keeping the text readable."
        yield made(paper, "file_size", False, measured, wanted, zh, en)
    elif least and kilobytes < least.value:
        zh = f"文件只有 {measured}，至少需要 {least.value} KB（{least.source}）。请用更高的分辨率重新拍摄或扫描原件。"
        en = f"The file has only {measured}, at least {least.value} KB are needed ({least.source}). Take it again at a higher resolution."
        yield made(paper, "file_size", False, measured, wanted, zh, en)
    else:
        yield made(
            paper,
            "file_size",
            True,
            measured,
            wanted,
            f"文件 {measured}，符合要求。",
            f"The file has {measured}, as required.",
        )


def _range(least: Limit | None, most: Limit | None) -> str:
    if least and most:
        return f"{least.value}-{most.value} KB"
    return f"≤ {most.value} KB" if most else ""


def size_limit(paper: Paper, limits: Limits, name: str) -> Limit | None:
    """The limit `min_kb` or `max_kb` for the paper's kind, else for all kinds."""
    prefix = "icon" if paper.kind == "app_icon" else paper.kind
    return limits.get(f"{prefix}_{name}") or limits.get(name)


def _resolution(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if paper.kind == "verification_photo":
        yield _photo_size(paper, image, limits)
        return
    width = _sheet_width(paper, image)
    if width is None:
        return
    kind = "card" if paper.kind in CARDS else "sheet"
    least, enough = limits[f"{kind}_min_px"].value, limits[f"{kind}_warn_px"].value
    measured, wanted = f"{width:.0f} px", f"≥ {enough} px"
    if width >= enough:
        zh, en = (
            f"证件在图中宽 {measured}，足够清晰。",
            f"The paper is {measured} wide in the picture, which is enough.",
        )
    else:
        word_zh, word_en = ("太小", "too small") if width < least else ("偏小", "rather small")
        zh = f"证件在图中{word_zh}：宽 {width:.0f} 像素，至少 {least}、建议 {enough} 以上。请靠近拍摄，让证件占画面三分之二以上，或用 300 dpi 扫描。"
        en = (
            f"The paper is {word_en}: {width:.0f} pixels wide, at least {least} and better {enough} are needed. "
            "Move closer until it fills two thirds of the picture, or scan at 300 dpi."
        )
    yield made(paper, "resolution", graded(width >= least, width >= enough), measured, wanted, zh, en)


def _sheet_width(paper: Paper, image: ImageFacts) -> float | None:
    """Width of the paper in pixels; of two cards on one page it is reckoned from the printed number."""
    number = paper.fields.get("id_number")
    if paper.kind == "idcard_both" and number and number.box:
        (x0, y0), (x1, y1) = number.box[0], number.box[1]
        return float(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5) / _NUMBER_SHARE
    if image.sheet_width_px is None or paper.kind in ("unknown", "app_icon"):
        return None
    return image.sheet_width_px


def _upright(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if image.turned_degrees is None or paper.kind in ("app_icon", "unknown"):
        return
    passed = image.turned_degrees == 0
    measured = f"{image.turned_degrees}°"
    if passed:
        zh, en = "方向正确。", "The picture is upright."
    else:
        zh = f"图片方向不对，需顺时针旋转 {image.turned_degrees} 度才是正的。请在相册或看图软件中旋转后保存，再重新放入。"
        en = f"The picture is not upright: it must be turned {image.turned_degrees} degrees clockwise. Turn it in any picture viewer, save it and put it here again."
    yield made(paper, "upright", passed, measured, "0°", zh, en)


def _photo_size(paper: Paper, image: ImageFacts, limits: Limits) -> ImageCheck:
    long, short = max(image.width_px, image.height_px), min(image.width_px, image.height_px)
    enough_long, enough_short = limits["photo_min_px"].value
    measured, wanted = f"{image.width_px} x {image.height_px} px", f"≥ {enough_long} x {enough_short} px"
    if long >= enough_long and short >= enough_short:
        return made(paper, "resolution", True, measured, wanted, f"照片 {measured}。", f"The photo has {measured}.")
    usual = f"{enough_long} x {enough_short}"
    zh = f"照片只有 {measured}，通常要求不小于 {usual}。请用原图，不要用聊天软件压缩过的图片。"
    en = f"The photo has only {measured}; {usual} is usual. Use the original file, not one a messenger has shrunk."
    return made(paper, "resolution", None, measured, wanted, zh, en)


_ENDS = ("valid_to", "expiry", "term_end", "exp_date")


def _validity(paper: Paper, today: date, least: Limit) -> Iterator[ImageCheck]:
    field = next((paper.fields[name] for name in _ENDS if name in paper.fields), None)
    if field is None:
        return
    wanted = f"≥ {least.value} 个月 months"
    if field.value == LONG_TERM:
        yield made(paper, "validity", True, LONG_TERM, wanted, "证件长期有效。", "The certificate has no end date.")
        return
    try:
        until = date.fromisoformat(field.value)
    except ValueError:
        return
    passed = until >= add_months(today, least.value)
    yield made(
        paper, "validity", passed, until.isoformat(), wanted, *_validity_texts((until - today).days, passed, least)
    )


def _validity_texts(days: int, passed: bool, least: Limit) -> tuple[str, str]:
    if days < 0:
        return (
            f"证件已过期 {-days} 天。请先换领新证，再提供新证照片。",
            f"The certificate expired {-days} days ago. Renew it first and supply the new one.",
        )
    if not passed:
        return (
            f"证件剩余有效期 {days} 天，至少需要 {least.value} 个月（{least.source}）。请换领新证后再提交。",
            f"The certificate is valid for {days} more days, {least.value} months are needed ({least.source}). Renew it before filing.",
        )
    return f"证件剩余有效期 {days} 天。", f"The certificate is valid for {days} more days."
