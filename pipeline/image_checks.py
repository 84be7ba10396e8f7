"""Holds one paper's picture against what reviewers demand of pictures. Pure after the limits are loaded.

`passed` is True, False, or None where the picture could not be judged or lies between the two limits: then a person
looks. Each message says what was measured, the limit, and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from extractors.paper import ImageFacts, Paper
from pipeline.errors import EnvironmentProblem
from pipeline.model import LONG_TERM, ImageCheck, Text

LIMITS_FILE = Path(__file__).parent / "rules" / "images.yaml"

CARDS = frozenset(
    {
        "idcard_front",
        "idcard_back",
        "idcard_both",
        "hk_macau_permit",
        "taiwan_permit",
        "residence_front",
        "residence_back",
    }
)
ORIGINALS = CARDS | {"business_licence", "passport", "institution_certificate"}
"""Papers of which the coloured original must be photographed; certificates printed from a console are exempt."""

CARD_ASPECT = 85.6 / 54
_NUMBER_SHARE = 0.45  # width of the printed number on an ID card, as a share of the card's width


@dataclass(frozen=True, slots=True)
class Limit:
    """One number or list, and who demands it."""

    value: Any
    source: str
    date: str


Limits = Mapping[str, Limit]


def load_limits(provider: str = "", path: Path = LIMITS_FILE) -> Limits:
    """The limits of a provider: its own over the defaults; an unknown provider has the defaults."""
    tables = _tables(path)
    return {**tables["default"], **tables.get(provider, {})}


@lru_cache(maxsize=4)
def _tables(path: Path) -> dict[str, dict[str, Limit]]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        sources = content["image_sources"]
        return {
            provider: {
                name: Limit(item["value"], sources[item["source"]]["title"], str(sources[item["source"]]["date"]))
                for name, item in table.items()
            }
            for provider, table in content["image_limits"].items()
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise EnvironmentProblem(
            f"图片要求文件 {path.name} 无法读取：{error!r}。请恢复该文件或重新安装。",
            f"The picture limits {path.name} could not be loaded: {error!r}. Restore the file or install again.",
        ) from error


def check_image(
    paper: Paper, today: date, limits: Limits | None = None, *, provider: str = ""
) -> tuple[ImageCheck, ...]:
    """All requirements that can be measured on the paper's picture.

    Args:
        paper: what the extractor read and measured.
        today: the day against which validity is judged.
        limits: the limits; without them those of `provider`.
        provider: the access provider's key, such as `tencent`.
    """
    if paper.image is None:
        return ()
    limits = load_limits(provider) if limits is None else limits
    checks: tuple[Callable[[Paper, ImageFacts, Limits], Iterator[ImageCheck]], ...] = (
        _format,
        _file_size,
        _resolution,
        _colour,
        _sharpness,
        _glare,
        _complete_edges,
        _upright,
        _watermark,
    )
    found = [check for one in checks for check in one(paper, paper.image, limits)]
    return (*found, *_validity(paper, today, limits))


def _check(paper: Paper, code: str, passed: bool | None, measured: str, limit: str, zh: str, en: str) -> ImageCheck:
    return ImageCheck(code, passed, measured, limit, Text(zh, en), paper.page)


def _format(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    allowed = limits["icon_formats" if paper.kind == "app_icon" else "formats"]
    wanted = "/".join("JPG" if name == "jpeg" else name.upper() for name in allowed.value)
    if image.format in allowed.value:
        zh, en = f"格式为 {image.format}，符合要求。", f"The format is {image.format}, as required."
    else:
        zh = f"图片格式为 {image.format}，要求 {wanted}（{allowed.source}）。请另存为 JPG 后重新放入；只改后缀名无效。"
        en = f"The format is {image.format}; {wanted} is required ({allowed.source}). Save it as JPG; renaming alone does not help."
    yield _check(paper, "format", image.format in allowed.value, image.format, wanted, zh, en)


def _file_size(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    most = size_limit(paper, limits, "max_kb")
    least = size_limit(paper, limits, "min_kb")
    kilobytes = image.file_bytes / 1024
    measured = f"{kilobytes:.0f} KB"
    wanted = _range(least, most)
    if most and kilobytes > most.value:
        zh = f"文件 {measured}，上限 {most.value} KB（{most.source}）。请适当压缩（文字仍须清晰）。"
        en = f"The file has {measured}, the limit is {most.value} KB ({most.source}). Compress it, keeping the text readable."
        yield _check(paper, "file_size", False, measured, wanted, zh, en)
    elif least and kilobytes < least.value:
        zh = f"文件只有 {measured}，至少需要 {least.value} KB（{least.source}）。请用更高的分辨率重新拍摄或扫描原件。"
        en = f"The file has only {measured}, at least {least.value} KB are needed ({least.source}). Take it again at a higher resolution."
        yield _check(paper, "file_size", False, measured, wanted, zh, en)
    else:
        yield _check(
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
    if paper.kind == "app_icon":
        yield _icon_shape(paper, image)
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
    yield _check(paper, "resolution", _graded(width >= least, width >= enough), measured, wanted, zh, en)


def _icon_shape(paper: Paper, image: ImageFacts) -> ImageCheck:
    square = image.width_px == image.height_px
    measured = f"{image.width_px} x {image.height_px} px"
    zh = f"图标 {measured}。" if square else f"图标不是正方形（{measured}）。请导出正方形图标。"
    en = f"The icon measures {measured}." if square else f"The icon is not square ({measured}). Export a square one."
    return _check(paper, "resolution", square, measured, "1:1", zh, en)


def _sheet_width(paper: Paper, image: ImageFacts) -> float | None:
    """Width of the paper in pixels; of two cards on one page it is reckoned from the printed number."""
    number = paper.fields.get("id_number")
    if paper.kind == "idcard_both" and number and number.box:
        (x0, y0), (x1, y1) = number.box[0], number.box[1]
        return float(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5) / _NUMBER_SHARE
    if image.sheet_width_px is None or paper.kind in ("unknown", "verification_photo"):
        return None
    return image.sheet_width_px


def _colour(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if paper.kind not in ORIGINALS or image.colour_distance is None:
        return
    least = limits["colour_min"].value
    passed = image.colour_distance >= least
    measured, wanted = f"{image.colour_distance:.1f}", f"≥ {least}"
    if passed:
        texts = (("是彩色图片。", "The picture is in colour."), ("不像复印件。", "It does not look like a photocopy."))
    else:
        texts = (
            (
                f"图片几乎没有颜色（色彩距离 {measured}，彩色原件不低于 {least}）。请用彩色模式拍摄或扫描证件原件。",
                f"The picture has next to no colour (distance {measured}; coloured originals have {least} or more). Photograph or scan the original in colour.",
            ),
            (
                f"看起来是黑白复印件（色彩距离 {measured}，限值 {least}）。备案只接受证件原件的彩色照片或扫描件，请改用原件。",
                f"It looks like a black-and-white copy (distance {measured}, limit {least}). Only colour pictures of the original are accepted; use the original.",
            ),
        )
    for code, (zh, en) in zip(("colour", "photocopy"), texts, strict=True):
        yield _check(paper, code, passed, measured, wanted, zh, en)


def _sharpness(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if image.edge_width_px is None or paper.kind == "app_icon":
        return
    most, good = limits["edge_width_max_px"].value, limits["edge_width_warn_px"].value
    blurred = image.reblur is not None and image.reblur > limits["reblur_max"].value
    passed = _graded(image.edge_width_px <= most and not blurred, image.edge_width_px <= good)
    measured, wanted = f"{image.edge_width_px:.1f} px", f"≤ {most} px"
    if passed:
        zh, en = f"清晰（边缘宽度 {measured}）。", f"Sharp (edges {measured} wide)."
    else:
        word_zh, word_en = ("模糊", "blurred") if passed is False else ("略模糊", "slightly blurred")
        zh = f"图片{word_zh}：边缘宽度 {measured}，上限 {most}，清晰图片在 {good} 以下。请擦净镜头、对焦后拿稳重拍，或改用扫描。"
        en = (
            f"The picture is {word_en}: edges are {measured} wide, at most {most} pass, sharp pictures stay under {good}. "
            "Clean the lens, focus and hold still, or scan it."
        )
    yield _check(paper, "sharpness", passed, measured, wanted, zh, en)


def _glare(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if image.glare_share is None or paper.kind not in ORIGINALS:
        return
    warn, most = limits["glare_warn_share"].value, limits["glare_max_share"].value
    passed = _graded(image.glare_share <= most, image.glare_share <= warn)
    measured, wanted = f"{image.glare_share:.1%}", f"≤ {warn:.1%}"
    if passed:
        zh, en = "没有明显反光。", "No noticeable reflection."
    else:
        zh = f"证件上有反光，过曝面积 {measured}，限值 {warn:.1%}。请关闭闪光灯、避开灯光直射后重拍。"
        en = f"A reflection covers {measured} of the paper, the limit is {warn:.1%}. Switch the flash off, avoid direct lamps and take it again."
    yield _check(paper, "glare", passed, measured, wanted, zh, en)


def _complete_edges(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if paper.kind not in ORIGINALS or image.sheet_found is None:
        return
    least = limits["corner_margin_min_share"].value
    wanted = f"≥ {least:.1%}"
    if not image.sheet_found or image.corner_margin_share is None:
        zh = "未能看出证件的四条边（例如扫描件与背景同色）。请人工确认四角完整、没有被裁切。"
        en = "The paper's four sides could not be told from the background (as in flat scans). Look whether all corners are there."
        yield _check(paper, "complete_edges", None, "", wanted, zh, en)
        return
    measured = f"{max(0.0, image.corner_margin_share):.1%}"
    error = _aspect_error(paper, image)
    passed = image.corner_margin_share >= least and error <= limits["card_aspect_max_error"].value
    if passed:
        zh, en = "四角完整。", "All four corners are inside the picture."
    else:
        zh = f"证件边角不完整：最近的一角距图片边缘 {measured}（至少 {least:.1%}），长宽比偏差 {error:.0%}。请退后一些重拍，让四个角都在画面内。"
        en = (
            f"The paper seems cut off: its nearest corner lies {measured} from the picture's edge (at least {least:.1%}), "
            f"its proportions are off by {error:.0%}. Step back so that all four corners are inside."
        )
    yield _check(paper, "complete_edges", passed, measured, wanted, zh, en)


def _aspect_error(paper: Paper, image: ImageFacts) -> float:
    """How far a card's outline is from a card's proportions; 0 for papers of other sizes."""
    if paper.kind not in CARDS or paper.kind == "idcard_both" or image.sheet_corners is None:
        return 0.0
    corners = image.sheet_corners
    sides = [_distance(corners[i], corners[(i + 1) % 4]) for i in range(4)]
    across, down = sorted((sides[0] + sides[2], sides[1] + sides[3]), reverse=True)
    return abs(across / down / CARD_ASPECT - 1) if down else 1.0


def _distance(a: Sequence[float], b: Sequence[float]) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


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
    yield _check(paper, "upright", passed, measured, "0°", zh, en)


def _watermark(paper: Paper, image: ImageFacts, limits: Limits) -> Iterator[ImageCheck]:
    if paper.kind not in ORIGINALS:
        return
    found = len(image.watermark_texts)
    unfit = [text for text in image.watermark_texts if "备案" not in text]
    if not found:
        yield _check(paper, "watermark", True, "0", "0", "没有发现水印文字。", "No watermark text was found.")
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
    yield _check(paper, "watermark", passed, str(found), "0", zh, en)


def _validity(paper: Paper, today: date, limits: Limits) -> Iterator[ImageCheck]:
    field = paper.fields.get("valid_to") or paper.fields.get("expiry") or paper.fields.get("term_end")
    if field is None:
        return
    least = limits["min_valid_days"]
    if field.value == LONG_TERM:
        yield _check(
            paper,
            "validity",
            True,
            LONG_TERM,
            f"≥ {least.value} d",
            "证件长期有效。",
            "The certificate has no end date.",
        )
        return
    try:
        days = (date.fromisoformat(field.value) - today).days
    except ValueError:
        return
    yield _check(
        paper, "validity", days >= least.value, f"{days} d", f"≥ {least.value} d", *_validity_texts(days, least)
    )


def _validity_texts(days: int, least: Limit) -> tuple[str, str]:
    if days < 0:
        return (
            f"证件已过期 {-days} 天。请先换领新证，再提供新证照片。",
            f"The certificate expired {-days} days ago. Renew it first and supply the new one.",
        )
    if days < least.value:
        return (
            f"证件剩余有效期 {days} 天，至少需要 {least.value} 天（{least.source}）。请换领新证后再提交。",
            f"The certificate is valid for {days} more days, {least.value} are needed ({least.source}). Renew it before filing.",
        )
    return f"证件剩余有效期 {days} 天。", f"The certificate is valid for {days} more days."


def _graded(acceptable: bool, good: bool) -> bool | None:
    """True when good, None when only acceptable, False otherwise."""
    return True if good and acceptable else None if acceptable else False
