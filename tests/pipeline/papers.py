"""Small builders of readings, so that a test shows only what matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from extractors.paper import FieldReading, Paper
from pipeline.reading import Reading


def sha(name: str) -> str:
    return (name.encode().hex() * 64)[:64]


def reading(file: str, kind: str, values: Mapping[str, str | tuple[str, float, str]], *, page: int = 1) -> Reading:
    fields = {name: _field(value, page) for name, value in values.items()}
    return Reading(file, sha(file), 1000, kind, papers=(Paper(kind, page, 1000, 700, fields),))


def _field(value: str | tuple[str, float, str], page: int) -> FieldReading:
    text, confidence, method = (value, 0.99, "ocr") if isinstance(value, str) else value
    return FieldReading(text, confidence, page, None, method, text)


def licence(**values: Any) -> Reading:
    base = {
        "credit_code": ("91440101MA9X7K2Q1Y", 1.0, "ocr+check_digit"),
        "name": "广州云杉样本科技有限公司",
        "type": "有限责任公司",
        "legal_person": "梁㛃",
        "address": "广州市天河区样本路18号",
    }
    return reading(values.pop("file", "营业执照.jpg"), "business_licence", {**base, **values})


def front(name: str = "梁㛃", number: str = "440106198506182182", file: str = "正面.jpg", **values: Any) -> Reading:
    return reading(
        file,
        "idcard_front",
        {"name": name, "id_number": (number, 1.0, "ocr+check_digit"), "address": "广东省广州市天河区", **values},
    )


def back(file: str = "反面.jpg", valid_to: str = "2038-04-12", authority: str = "广州市公安局天河分局") -> Reading:
    return reading(file, "idcard_back", {"authority": authority, "valid_from": "2018-04-12", "valid_to": valid_to})


def passport(surname: str, given_names: str, file: str = "护照.jpg", **values: Any) -> Reading:
    names = {"surname": (surname, 0.95, "mrz"), "given_names": (given_names, 0.95, "mrz")}
    number = {"passport_no": ("L898902C3", 0.99, "mrz"), "country": "UTO", "expiry": "2034-12-15"}
    return reading(file, "passport", {**names, **number, **values})


def domain_paper(domain: str, owner: str = "广州云杉样本科技有限公司", file: str = "域名证书.pdf") -> Reading:
    values = {"domain": domain, "owner": owner, "exp_date": "2028-06-01"}
    return reading(file, "domain_certificate", {name: (value, 1.0, "text_layer") for name, value in values.items()})


def package(
    label: str = "样本", platform: str = "android", name: str = "cn.specimen.app", file: str = "app.apk"
) -> Reading:
    features = {"package_name": name, "public_key": "123", "fingerprint": "ab" * 16, "fingerprint_algorithm": "MD5"}
    signer = {"md5": "ab" * 16, "sha1": "cd" * 20, "sha256": "ef" * 32}
    found = {
        "platform": platform,
        "label": {"default": label, "zh": label},
        "features": features,
        "signers": [signer],
        "version_name": "1.0",
        "warnings": [],
    }
    return Reading(file, sha(file), 1000, "app_package", package=found)
