"""The filing as a workbook: every field with where it was read, and the sheets of an APP batch import.

The provider's own import sheet (APP备案批量导入数据表) is handed out in its console and its columns are not public, so
ours holds what the APP form asks for, one row a domain and platform, and at most 20 domains a sheet: copy the rows over.
"""

from __future__ import annotations

from collections.abc import Sequence

from generators.workbook import workbook
from pipeline import fields
from pipeline.build import known_paths, show, value_at
from pipeline.model import App, AppFeatures, Filing

DOMAINS_A_SHEET = 20
FIELD_HEAD = ("字段 field", "名称 label", "值 value", "来源 source", "页 page", "把握 confidence")
BATCH_HEAD = (
    "APP名称", "域名", "IP地址", "运行平台", "APP包名", "公钥", "签名指纹", "指纹算法", "服务内容", "语言", "备注",
)  # fmt: skip

Rows = list[list[str]]


def book(filing: Filing) -> bytes:
    """The workbook; the same filing gives the same bytes."""
    return workbook([("全部字段", all_fields(filing)), *batch_sheets(filing)])


def all_fields(filing: Filing) -> Rows:
    """One row for each value known."""
    return [list(FIELD_HEAD), *(_field_row(filing, path) for path in known_paths(filing))]


def _field_row(filing: Filing, path: str) -> list[str]:
    chosen = next((one for one in filing.evidence.get(path, ()) if one.chosen), None)
    where = [chosen.file, str(chosen.page or ""), f"{chosen.confidence:.2f}"] if chosen else ["", "", ""]
    return [path, fields.label(path), show(value_at(filing, path)), *where]


def batch_sheets(filing: Filing) -> list[tuple[str, Rows]]:
    """All APPs, cut so that no sheet has more than 20 domains; none where no APP is filed."""
    places = [(app, domain) for app in filing.apps for domain in ([one.name for one in app.domains] or [""])]
    pieces = [places[start : start + DOMAINS_A_SHEET] for start in range(0, len(places), DOMAINS_A_SHEET)]
    return [
        (f"APP批量导入{number}", [list(BATCH_HEAD), *(row for place in piece for row in _rows(*place))])
        for number, piece in enumerate(pieces, 1)
    ]


def _rows(app: App, domain: str) -> Rows:
    """One row for each platform of the APP."""
    platforms: Sequence[AppFeatures] = app.platforms or (AppFeatures(),)
    return [_row(app, domain, platform) for platform in platforms]


def _row(app: App, domain: str, platform: AppFeatures) -> list[str]:
    features = (platform.platform, platform.package_name, platform.public_key)
    prints = (platform.fingerprint, platform.fingerprint_algorithm)
    return [
        app.name, domain, show(app.ips), *features, *prints, show(app.content_types), show(app.languages), app.remark,
    ]  # fmt: skip
