"""The values one sheet of paper gave, each with the place it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SURE = 0.85
"""A value of less confidence is unsure: a person has to compare it with the picture."""

Box = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class FieldReading:
    """One value read from a page.

    `box` holds the four corners, clockwise from the text's upper left, in pixels of the page picture as the
    file shows it (EXIF turn applied, no other correction; PDF pages at the rendering's resolution, see
    `Paper.width_px`). `method` is `ocr`, `ocr+check_digit`, `ocr+glyph`, `ocr+division`, `text_layer`, `qr`,
    `tesseract`, `mrz`.
    `confidence` lies in 0..1. `raw` is the text before cleaning. `repaired` says that characters were changed
    because a check digit, the paper's other values, a drawn glyph or the table of divisions proved them misread. `low`
    are the positions in `value` of characters that were read with a low probability or put there by their looks.
    """

    value: str
    confidence: float
    page: int = 1
    box: Box | None = None
    method: str = "ocr"
    raw: str = ""
    repaired: bool = False
    low: tuple[int, ...] = ()

    @property
    def state(self) -> str:
        """`ok`, `repaired` or `unsure`; a value that was not read at all has no reading."""
        if self.confidence < SURE:
            return "unsure"
        return "repaired" if self.repaired else "ok"


@dataclass(frozen=True, slots=True)
class PortraitFacts:
    """Measures of a verification photo's largest face and what is round it; lengths in multiples of the face's box.

    `covered_*` are shares that are not of the face's skin, `eye_contrast` and `mouth_contrast` how much (in Lab) the
    paler eye and the mouth stand out from the skin, `face_light` is CIE L of the face, `head_room` the space over
    the hair, `shoulder_*` how far the body reaches to either side, `white_share` the white part of the wall and
    `clutter_share` what else hangs on it; None where no wall shows.
    """

    faces: int
    face_confidence: float
    face_height_px: int
    face_share: float
    face_light: float
    covered_eyes: float
    covered_mouth: float
    eye_contrast: float
    mouth_contrast: float
    head_room: float
    shoulder_left: float
    shoulder_right: float
    below_chin: float
    white_share: float | None
    clutter_share: float | None


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """Measurements of one picture; None where a measurement makes no sense or could not be made.

    `frames` counts the pages of a TIFF or the frames of an animation, of which the first is read.
    `*_score` are 0..1, the higher the surer the fault: blur, a copy in grey, a display's grid, a reflection, a side cut off by the picture, a
    thing lying over a side. `contrast` is the spread of an icon's colours (standard deviation of 0..255).
    """

    format: str
    file_bytes: int
    width_px: int
    height_px: int
    frames: int = 1
    sheet_found: bool | None = None
    sheet_corners: Box | None = None
    sheet_width_px: float | None = None
    turned_degrees: int | None = None
    edge_width_px: float | None = None
    colour_distance: float | None = None
    glare_share: float | None = None
    corner_margin_share: float | None = None
    blur_score: float | None = None
    copy_score: float | None = None
    screen_score: float | None = None
    glare_score: float | None = None
    cut_score: float | None = None
    occlusion_score: float | None = None
    watermark_texts: tuple[str, ...] = ()
    contrast: float | None = None
    portrait: PortraitFacts | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """One sheet: its kind (names as in docs/interfaces: `idcard_front`, `business_licence`, ...) and values.

    A picture with both sides of an ID card is one Paper `idcard_both`; a three-page scan of three papers is three.
    """

    kind: str
    page: int = 1
    width_px: int = 0
    height_px: int = 0
    fields: Mapping[str, FieldReading] = field(default_factory=dict)
    image: ImageFacts | None = None
    engine: str = ""
    texts: tuple[str, ...] = ()


_VALIDITY = ("authority", "valid_from", "valid_to")
_FRONT = ("name", "sex", "birth", "address", "id_number")
_PERMIT = ("name", "birth", "sex", "permit_no", "valid_from", "valid_to")
EXPECTED: Mapping[str, tuple[str, ...]] = {
    "idcard_front": (*_FRONT, "nation"),
    "idcard_back": _VALIDITY,
    "idcard_both": (*_FRONT, "nation", *_VALIDITY),
    "business_licence": ("credit_code", "name", "legal_person", "address", "scope", "issue_date"),
    "domain_certificate": ("domain", "owner", "registrar", "reg_date", "exp_date"),
    "passport": ("passport_no", "country", "sex", "birth", "expiry", "surname", "mrz1", "mrz2"),
    "hk_macau_permit": _PERMIT,
    "taiwan_permit": _PERMIT,
    "residence_front": _FRONT,
    "residence_back": (*_VALIDITY, "permit_no"),
    "institution_certificate": ("credit_code", "name", "legal_person", "address", "valid_to"),
    "temporary_idcard": (*_FRONT, "nation", *_VALIDITY),
    "residence_permit": ("name", "sex", "id_number", "address"),
    "foreign_permanent_resident": _PERMIT,
    "preapproval_permit": ("title", "permit_no", "name", "authority"),
}
"""Fields that every paper of a kind carries: one that was not read is `missing`."""
