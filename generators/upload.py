"""Pictures for upload: upright JPEGs inside a provider's size band, without EXIF, place or device data.

A JPEG that fits already keeps its picture data; others are coded anew, at the best quality the band allows. Pixels are
never invented: a picture that is too small for the band at the best quality has to be scanned again.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image as PilImage
from PIL import ImageOps

from generators.errors import DoesNotFit, GenerateError
from generators.pictures import MAX_PIXELS, strip_jpeg

GOOD = 92
"""Beyond this the eye sees no gain: a higher quality is only used where the band asks for more bytes."""
HIGHER = (95, 98, 100)
LOWER: tuple[int, ...] = (90, 87, 84, 80, 76, 72, 68, 64, 60)
SHRINK = 0.85
SHORTEST_SIDE = 900
"""Below this, the small print of a licence or an ID card cannot be read."""


class BandNotMet(DoesNotFit):
    """A picture cannot be brought into a size band."""

    code = "band_not_met"


def fit_band(picture: bytes, min_kb: float, max_kb: float, formats: Sequence[str] = ("jpg",)) -> bytes:
    """The picture as a JPEG of at least `min_kb` and at most `max_kb`.

    Args:
        picture: a JPEG, PNG or other picture file.
        min_kb: the least size in kB; 0 for none.
        max_kb: the greatest size in kB.
        formats: what the provider takes (`jpg`, `png`, …).

    Raises:
        BandNotMet: the band is empty, takes no JPEG, or the picture is too small or too detailed for it.
        GenerateError: the bytes are no usable picture.
    """
    low, high = _bounds(min_kb, max_kb, formats)
    image, is_jpeg, turned = _open(picture)
    if is_jpeg and not turned and low <= len(bare := strip_jpeg(picture)) <= high:
        return bare
    good = _encode(image, GOOD)
    if low <= len(good) <= high:
        return good
    return _larger(image, low, high, min_kb) if len(good) < low else _smaller(image, low, high, max_kb)


def _bounds(min_kb: float, max_kb: float, formats: Sequence[str]) -> tuple[int, int]:
    """Bytes that are inside the band whether a kB is 1000 or 1024 bytes, where the band is wide enough for both."""
    if max_kb <= 0 or min_kb > max_kb:
        raise BandNotMet(
            f"大小范围 {min_kb:g}–{max_kb:g} KB 不成立。请核对服务商的要求。",
            f"The size band {min_kb:g}-{max_kb:g} kB is empty. Check what the provider asks for.",
        )
    if not {one.lower().lstrip(".") for one in formats} & {"jpg", "jpeg"}:
        raise BandNotMet(
            f"服务商只接受 {'、'.join(formats)}，而上传图片生成为 JPEG。请手工转换格式。",
            f"The provider takes only {', '.join(formats)}, and upload pictures are made as JPEG. Convert it by hand.",
        )
    low, high = int(min_kb * 1024), int(max_kb * 1000)
    return (low, high) if low <= high else (int(min_kb * 1000), int(max_kb * 1024))


def _open(picture: bytes) -> tuple[PilImage.Image, bool, bool]:
    """The picture upright on white, whether it was a JPEG, and whether it had to be turned."""
    try:
        with PilImage.open(io.BytesIO(picture)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _unusable(
                    f"{image.width}×{image.height} 像素过大", f"{image.width}x{image.height} pixels are too many"
                )
            is_jpeg = image.format == "JPEG"
            turned = int(image.getexif().get(0x0112, 1) or 1) != 1
            return _flat(ImageOps.exif_transpose(image)), is_jpeg, turned
    except (OSError, ValueError, SyntaxError, PilImage.DecompressionBombError) as error:
        raise _unusable("不是可用的图片", "it is no usable picture") from error


def _unusable(zh: str, en: str) -> GenerateError:
    return GenerateError(
        f"图片无法用于上传：{zh}。请重新扫描或另存为 JPEG。",
        f"The picture cannot be made ready for upload: {en}. Scan it again or save it as JPEG.",
    )


def _flat(image: PilImage.Image) -> PilImage.Image:
    if image.mode in ("L", "RGB"):
        return image.copy()
    rgba = image.convert("RGBA")
    white = PilImage.new("RGB", rgba.size, (255, 255, 255))
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white


def _encode(image: PilImage.Image, quality: int) -> bytes:
    """A JPEG with the colour profile and nothing else beside the picture."""
    out = io.BytesIO()
    fine = 0 if quality >= 90 else 2
    image.save(out, "JPEG", quality=quality, subsampling=fine, icc_profile=image.info.get("icc_profile"))
    return strip_jpeg(out.getvalue())


def _larger(image: PilImage.Image, low: int, high: int, min_kb: float) -> bytes:
    for quality in HIGHER:
        data = _encode(image, quality)
        if len(data) >= low:
            break
    if len(data) < low:
        raise _too_small(image, len(data), min_kb)
    if len(data) > high:
        raise _gap(len(data), low)
    return data


def _smaller(image: PilImage.Image, low: int, high: int, max_kb: float) -> bytes:
    """Lower quality first, then fewer pixels, as long as the print stays readable."""
    scaled, qualities = image, LOWER
    while True:
        for quality in qualities:
            data = _encode(scaled, quality)
            if low <= len(data) <= high:
                return data
            if len(data) < low:
                raise _gap(len(data), low)
        if min(scaled.size) * SHRINK < SHORTEST_SIDE:
            raise _too_detailed(scaled, len(data), max_kb)
        width, height = (round(side * SHRINK) for side in scaled.size)
        profile = scaled.info.get("icc_profile")
        scaled = scaled.resize((width, height), PilImage.Resampling.LANCZOS)
        scaled.info["icc_profile"] = profile
        qualities = (GOOD, *LOWER)


def _too_small(image: PilImage.Image, size: int, min_kb: float) -> BandNotMet:
    width, height, kb = image.width, image.height, size / 1000
    return BandNotMet(
        f"图片太小：{width}×{height} 像素，最高质量也只有 {kb:.0f} KB，要求至少 {min_kb:g} KB。请用更高分辨率重新拍摄或扫描。",
        f"The picture is too small: {width}x{height} pixels give {kb:.0f} kB at the best quality and {min_kb:g} kB are asked for. Scan it again at a higher resolution.",
    )


def _too_detailed(image: PilImage.Image, size: int, max_kb: float) -> BandNotMet:
    width, height, kb = image.width, image.height, size / 1000
    return BandNotMet(
        f"无法压缩到 {max_kb:g} KB 以内：缩小到 {width}×{height} 像素仍有 {kb:.0f} KB，再小文字就看不清。请裁去证件以外的部分再试。",
        f"It cannot be brought under {max_kb:g} kB: at {width}x{height} pixels it still has {kb:.0f} kB; smaller cannot be read. Crop it to the paper and try again.",
    )


def _gap(size: int, low: int) -> BandNotMet:
    return BandNotMet(
        f"大小范围太窄：相邻两档质量之间只能得到 {size / 1000:.0f} KB，低于下限 {low / 1000:.0f} KB。请核对服务商的要求。",
        f"The band is too narrow: the next lower quality gives {size / 1000:.0f} kB, under the limit of {low / 1000:.0f} kB. Check what the provider asks for.",
    )
