"""The drawn input files of the example filings: each function gives the bytes of one file, the same ones each time."""

from __future__ import annotations

import io
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from PIL import Image, ImageDraw

from samples import apk_signing, apkbuild, capture, draw_cards, draw_domaincert, draw_licence, people
from samples.canvas import Pixels, font


@cache
def _card_mask() -> Pixels:
    height, width = draw_cards.front(people.LIANG).shape[:2]
    return draw_cards.corner_mask(width, height)


def liang_front_photo() -> bytes:
    picture = capture.photo(draw_cards.front(people.LIANG, 31), 1800, seed=131, mask=_card_mask(), fill=0.86)
    return capture.jpeg(picture)


def liang_back_scan() -> bytes:
    return capture.jpeg(capture.scan(draw_cards.back(people.LIANG, 32), 1640, seed=132, mask=_card_mask()))


def yunshan_licence_scan() -> bytes:
    return capture.jpeg(capture.scan(draw_licence.licence(people.YUNSHAN, 34), 2200, seed=134, rim=0.02))


def xu_front_scan() -> bytes:
    return capture.jpeg(capture.scan(draw_cards.front(people.XU, 41), 1640, seed=141, mask=_card_mask()))


def xu_back_photo_upside_down() -> bytes:
    picture = capture.photo(draw_cards.back(people.XU, 42), 1800, seed=142, mask=_card_mask(), desk="slate", fill=0.86)
    return capture.jpeg(capture.turned(picture, 2))


def gulina_both_scan() -> bytes:
    return capture.jpeg(capture.scan(draw_cards.stacked(people.GULINA, 43), 1700, seed=143))


def wutong_licence_photo() -> bytes:
    picture = capture.photo(draw_licence.licence(people.WUTONG, 44), 2400, seed=144, desk="slate", fill=0.92)
    return capture.jpeg(picture)


def wutong_domain_scan() -> bytes:
    picture = draw_domaincert.certificate_picture(people.WUTONG_DOMAIN, 45)
    return capture.jpeg(capture.scan(picture, 1800, seed=145, rim=0.02))


def zhou_front_photo_on_its_side() -> bytes:
    picture = capture.photo(
        draw_cards.front(people.ZHOU, 51), 1800, seed=151, mask=_card_mask(), desk="felt", fill=0.86
    )
    return capture.jpeg(capture.turned(picture, 1))


def zhou_back_photo() -> bytes:
    picture = capture.photo(draw_cards.back(people.ZHOU, 52), 1800, seed=152, mask=_card_mask(), desk="felt", fill=0.86)
    return capture.jpeg(picture)


def zhou_domain_blurred() -> bytes:
    picture = capture.scan(draw_domaincert.certificate_picture(people.ZHOU_DOMAIN, 53), 1600, seed=153, rim=0.02)
    return capture.jpeg(capture.blurred(picture, 3.6))


def yunshan_domain_pdf() -> bytes:
    return draw_domaincert.certificate_pdf(people.YUNSHAN_DOMAIN)


@cache
def notes_icon() -> bytes:
    """The icon of the notes APP: a character over lines, 256 x 256, far under the 100 KB that providers recommend."""
    big = 1024
    image = Image.new("RGB", (big, big), (36, 122, 104))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((190, 170, 834, 854), radius=70, fill=(248, 246, 236))
    for y in (560, 650, 740):
        pen.line((280, y, 744, y), fill=(190, 186, 170), width=18)
    pen.ellipse((650, 610, 800, 760), fill=(232, 140, 44))
    pen.text((512, 350), "桐", font=font("bold", 270), fill=(36, 122, 104), anchor="mm")
    buffer = io.BytesIO()
    image.resize((256, 256), Image.Resampling.LANCZOS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


NOTES_PACKAGE = "cn.wutongspecimen.notes"
NOTES_NAME = "梧桐样本记事"
NOTES_VERSION = "1.2.0"


@cache
def _notes_key() -> tuple[bytes, bytes]:
    """The release key of the notes APP and its own certificate."""
    key_pem = (apk_signing.KEYS / "specimen_release.pem").read_bytes()
    return key_pem, apk_signing.certificate_for(key_pem, "Wutong Specimen Notes", serial=20211101)


def notes_apk() -> bytes:
    """The APP, signed by all of v1, v2 and v3."""
    key_pem, certificate = _notes_key()
    return apkbuild.build_apk(
        package=NOTES_PACKAGE,
        label="Wutong Notes",
        label_zh=NOTES_NAME,
        icon_png=notes_icon(),
        key_pem=key_pem,
        cert_der=certificate,
        version_name=NOTES_VERSION,
        version_code=12,
        extra_files={"assets/server.json": b'{"server": "https://wutong-specimen.cn/sync"}\n'},
    )


def notes_values() -> dict[str, str]:
    """What must be read from the package, worked out from its certificate by `cryptography` and not by us."""
    certificate = x509.load_der_x509_certificate(_notes_key()[1])
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    algorithms = {"md5": hashes.MD5(), "sha1": hashes.SHA1(), "sha256": hashes.SHA256()}
    prints = {name: certificate.fingerprint(algorithm).hex() for name, algorithm in algorithms.items()}
    values = {
        "platform": "android",
        "package_name": NOTES_PACKAGE,
        "version_name": NOTES_VERSION,
        "public_key": str(key.public_numbers().n),
        "fingerprint": prints["md5"],
        "fingerprint_algorithm": "md5",
        **prints,
    }
    return {f"apps[0].platforms[0].{name}": value for name, value in values.items()}
