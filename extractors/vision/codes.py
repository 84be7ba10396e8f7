"""QR codes on papers, by zxing-cpp."""

from __future__ import annotations

from extractors.papers.layout import Value
from extractors.vision.images import Picture
from extractors.vision.lines import Quad, even_line


def read_qr(picture: Picture) -> dict[str, Value]:
    """The text of the largest QR code as field `qr`; empty where there is none or the package is missing."""
    try:
        import zxingcpp
    except ImportError:
        return {}
    results = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    if not results:
        return {}
    best = max(results, key=lambda r: abs(r.position.top_right.x - r.position.top_left.x))
    place = best.position
    corners = [
        (float(p.x), float(p.y)) for p in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    ]
    box: Quad = (corners[0], corners[1], corners[2], corners[3])
    return {"qr": Value(best.text, (even_line(best.text, box, "qr"),), 1.0, "qr", best.text)} if best.text else {}
