"""Business licences, certificates of institutions and their kin, domain certificates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from samples.draw_licence import qr_picture
from tests.devset import fictional as f
from tests.devset.fictional import Chance
from tests.devset.page import Colour, Design, Drawn, Page, design, frame, ground

LANDSCAPE, PORTRAIT = (297.0, 210.0), (210.0, 297.0)
_PPM = 8.0
_GOLD: Colour = (190, 154, 80)
_SHOPS = ("样本木作坊", "老街便利店", "聚福面馆", "小满花艺工作室", "阿诚汽车维修部")
Row = tuple[str, str]


def licence(chance: Chance) -> Drawn:
    """The landscape licence of 2019, of a company."""
    where = f.place(chance)
    fields = _company_fields(chance, where)
    look = design(chance, f.pick(chance, ("song", "song", "hei", "kai")), label=f.pick(chance, ("hei", "song")))
    page = _licence_page(chance, look, LANDSCAPE)
    left = [
        ("名称", fields["name"]),
        ("类型", fields["type"]),
        ("法定代表人", fields["legal_person"]),
        ("经营范围", fields["scope"]),
    ]
    right = [("注册资本", fields["capital"]), ("成立日期", _chinese(fields["established"]))]
    if chance.random() < 0.5:
        fields["term_end"], printed = _term(chance, fields["established"])
        right.append(("营业期限", printed))
    right.append(("住所", fields["address"]))
    _licence_body(page, look, fields, left, right, where)
    return Drawn("business_licence", page.pixels(), fields, False, f"2019 {look.said}")


def individual_licence(chance: Chance) -> Drawn:
    """The landscape licence of a sole trader (个体工商户)."""
    where = f.place(chance)
    look = design(chance, f.pick(chance, ("song", "song", "hei", "kai")), label=f.pick(chance, ("hei", "song")))
    fields = {
        "credit_code": f.credit_code(chance, "92", where[0]), "name": f"{where[3]}{f.pick(chance, _SHOPS)}",
        "type": "个体工商户", "legal_person": f.name(chance), "scope": f.scope(chance, 2, 9), "form": f.pick(chance, ("个人经营", "家庭经营")),
        "registered": f.day(chance, 2012, 2026).isoformat(), "address": f.address(chance, where),
    }  # fmt: skip
    page = _licence_page(chance, look, LANDSCAPE)
    left = [
        ("名称", fields["name"]),
        ("类型", fields["type"]),
        ("经营者", fields["legal_person"]),
        ("经营范围", fields["scope"]),
    ]
    right = [
        ("组成形式", fields["form"]),
        ("注册日期", _chinese(fields["registered"])),
        ("经营场所", fields["address"]),
    ]
    _licence_body(page, look, fields, left, right, where)
    return Drawn("business_licence", page.pixels(), fields, False, f"individual {look.said}")


def old_licence(chance: Chance) -> Drawn:
    """The portrait licence of 2015: one column under the title."""
    where = f.place(chance)
    fields = _company_fields(chance, where)
    fields["established"] = f.day(chance, 1995, 2018).isoformat()
    fields["term_end"], printed = _term(chance, fields["established"])
    look = design(chance, f.pick(chance, ("song", "hei", "kai")), label=f.pick(chance, ("hei", "song")))
    page = _licence_page(chance, look, PORTRAIT)
    page.emblem(92.0, 18.0, 26.0)
    page.centred(105.0, 58.0, "营业执照", 19.0 * look.scale, look.title, gap=6.0)
    page.centred(105.0, 74.0, "（副  本）", 6.0, look.title)
    page.label(look.near(108.0), 84.0, "统一社会信用代码", 4.6)
    page.value(look.near(148.0, 0.01), 84.0, fields["credit_code"], 4.8, bold=True)
    spread = look.near(26.0) if chance.random() < 0.8 else None
    rows = [("名称", fields["name"]), ("类型", fields["type"]), ("住所", fields["address"]), ("法定代表人", fields["legal_person"]), ("注册资本", fields["capital"]),
            ("成立日期", _chinese(fields["established"])), ("营业期限", printed), ("经营范围", fields["scope"])]  # fmt: skip
    pitch = look.near(9.6, 0.06)
    y = 98.0
    for label, value in rows:
        page.label(34.0, y, label, 5.0, width=spread)
        y = max(page.paragraph(68.0, y, value, 5.0 * look.scale, 110.0, 7.2), y + 7.2) + pitch - 7.2
    _foot(page, look, fields, where, 118.0, 252.0, 168.0)
    return Drawn("business_licence", page.pixels(), fields, False, f"old {look.said}")


def _company_fields(chance: Chance, where: tuple[str, str, str, str]) -> dict[str, str]:
    return {
        "credit_code": f.credit_code(chance, "91", where[0]), "name": f.company(chance, where), "type": f.company_type(chance), "legal_person": f.name(chance),
        "scope": f.scope(chance, 3, 18), "capital": f.capital(chance), "established": f.day(chance, 1998, 2025).isoformat(), "address": f.address(chance, where),
    }  # fmt: skip


def _term(chance: Chance, start: str) -> tuple[str, str]:
    if chance.random() < 0.4:
        return "长期", f"{_chinese(start)}至长期" if chance.random() < 0.5 else "长期"
    begin = date.fromisoformat(start)
    end = date(begin.year + int(f.pick(chance, ("10", "20", "30"))), begin.month, min(28, begin.day))
    return end.isoformat(), f"{_chinese(start)}至{_chinese(end.isoformat())}"


def _licence_page(chance: Chance, look: Design, size: tuple[float, float]) -> Page:
    page = Page(size, _PPM, look, ground(size, _PPM, chance, (253, 252, 246), (250, 250, 240), (238, 228, 200)))
    frame(page, _GOLD, (look.near(6.0), 1.6), (9.0, 0.5), (11.5, 0.5))
    return page


def _licence_body(
    page: Page,
    look: Design,
    fields: dict[str, str],
    left: Sequence[Row],
    right: Sequence[Row],
    where: tuple[str, str, str, str],
) -> None:
    middle = LANDSCAPE[0] / 2
    page.emblem(middle - 11, 14.0, 22.0)
    page.centred(middle, 47.0, "营业执照", 17.0 * look.scale, look.title, gap=7.0)
    page.centred(
        middle, 63.5, f.pick(look.chance, ("（副本）", "（副  本）", "（副本） 1-1")), 5.6, look.title, gap=0.6
    )
    page.label(24.0, 32.0, "统一社会信用代码", 4.6, gap=0.3)
    page.value(24.0, 39.5, fields["credit_code"], 5.0, gap=0.2, bold=look.chance.random() < 0.7)
    fields["qr"] = f"http://www.gsxt.gov.cn/index.html?uniscid={fields['credit_code']}"
    page.paste(qr_picture(fields["qr"], page.px(24)), 226.0, 24.0)
    for i, line in enumerate(
        ("扫描二维码登录“", "国家企业信用信息", "公示系统”了解更多", "登记、备案、许可、", "监管信息。")
    ):
        page.text(252.0, 26.0 + i * 4.2, line, 3.0, look.value)
    size = 5.4 * look.scale * (0.82 if len(fields["scope"]) > 150 else 1.0)
    spread = look.near(26.0) if look.chance.random() < 0.85 else None
    _column(page, left, 24.0, 54.0, 96.0, size, spread)
    _column(page, right, look.near(168.0, 0.01), 198.0, 76.0, size, spread)
    _foot(page, look, fields, where, 190.0, 160.0, 240.0)


def _column(
    page: Page, rows: Sequence[Row], label_x: float, value_x: float, width: float, size: float, spread: float | None
) -> None:
    y = 80.0
    for label, value in rows:
        page.label(label_x, y, label, 5.2, width=spread)
        y = max(page.paragraph(value_x, y, value, size, width, size * 1.38), y + size * 1.38) + 3.6


def _foot(
    page: Page,
    look: Design,
    fields: dict[str, str],
    where: tuple[str, str, str, str],
    x: float,
    y: float,
    seal_x: float,
) -> None:
    """Registrar, seal, day of issue and the printed notes."""
    issued = f.day(look.chance, 2015, 2026)
    fields["issue_date"] = issued.isoformat()
    page.label(x, y, "登记机关", 5.4, gap=look.near(1.4, 0.4))
    page.seal(seal_x, y, 40.0, f"{where[2] or where[1]}{where[3]}市场监督管理局")
    gap = look.near(9.0, 0.15)
    at = x + 18.0
    for number, mark in ((f"{issued.year}", "年"), (f"{issued.month:02d}", "月"), (f"{issued.day:02d}", "日")):
        at = page.value(at, y + 13.0, number, 5.2) + gap * 0.25
        page.label(at, y + 13.0, mark, 5.2)
        at += gap
    foot = page.size_mm[1] - 20.0
    page.text(20.0, foot, "国家企业信用信息公示系统网址：http://www.gsxt.gov.cn", 2.9, look.value)
    page.text(page.size_mm[0] - 78.0, foot, "国家市场监督管理总局监制", 3.2, look.value, gap=0.3)


_SCOPES = (
    "开展样本科学研究，促进科技发展。", "为辖区居民提供公共文化服务，组织群众文化活动。", "实施小学义务教育，促进基础教育发展。小学学历教育及相关社会服务。",
    "承担信息系统建设与运行维护；开展信息资源开发利用；相关技术咨询与培训。",
)  # fmt: skip
_BODIES = (
    "样本科学研究所",
    "样本中心小学",
    "青少年活动中心",
    "人民医院",
    "文化馆",
    "样本行业协会",
    "样本公益基金会",
    "样本养老服务中心",
    "样本律师事务所",
)
_FUNDING = ("财政补助收入", "财政拨款", "非财政补助", "经营收入、捐赠")
_FUNDS = ("¥1234万元", "¥50万元", "叁佰万元", "人民币壹拾万元整")
_OFFICES = ("教育局", "科学技术局", "卫生健康局", "民政局")

# Title, first characters of the code, label of each value, label of the period.
_INSTITUTIONS = (
    ("事业单位法人证书", "12", {"name": "名称", "scope": "宗旨和业务范围", "address": "住所", "legal_person": "法定代表人", "funding": "经费来源",
                         "capital": "开办资金", "organizer": "举办单位"}, "有效期"),
    ("社会团体法人登记证书", "51", {"name": "名称", "scope": "业务范围", "address": "住所", "legal_person": "法定代表人", "capital": "注册资金",
                            "organizer": "业务主管单位"}, "有效期限"),
    ("民办非企业单位登记证书", "52", {"name": "名称", "scope": "业务范围", "address": "住所", "legal_person": "法定代表人", "capital": "开办资金",
                             "organizer": "业务主管单位"}, "有效期限"),
    ("基金会法人登记证书", "53", {"name": "名称", "scope": "业务范围", "address": "住所", "legal_person": "法定代表人", "capital": "原始基金数额",
                           "organizer": "业务主管单位"}, "有效期限"),
    ("律师事务所执业许可证", "31", {"name": "名称", "address": "住所", "legal_person": "负责人", "capital": "设立资产", "organizer": "主管机关"}, "有效期限"),
    ("统一社会信用代码证书", "11", {"name": "机构名称", "address": "机构地址", "legal_person": "负责人"}, "有效期"),
    ("医疗机构执业许可证", "52", {"name": "机构名称", "address": "地址", "legal_person": "法定代表人", "scope": "诊疗科目"}, "有效期限"),
    ("外国（地区）企业常驻代表机构登记证", "91", {"name": "名称", "address": "驻在场所", "legal_person": "首席代表", "scope": "业务范围"}, "驻在期限"),
)  # fmt: skip


def institution(chance: Chance) -> Drawn:
    """The certificate of a public institution."""
    return _institution(chance, 0)


def institution_kin(chance: Chance) -> Drawn:
    """One of the certificates of other organisations."""
    return _institution(chance, int(chance.integers(1, len(_INSTITUTIONS))))


def _institution(chance: Chance, which: int) -> Drawn:
    title, code, labels, period = _INSTITUTIONS[which]
    where, start = f.place(chance), f.day(chance, 2019, 2026)
    start = start.replace(day=min(28, start.day))
    town = where[2] or where[1]
    stated = {
        "name": f"{town}{where[3]}{f.pick(chance, _BODIES)}", "scope": f.pick(chance, _SCOPES), "address": f.address(chance, where),
        "legal_person": f.name(chance), "funding": f.pick(chance, _FUNDING), "capital": f.pick(chance, _FUNDS), "organizer": f"{town}{f.pick(chance, _OFFICES)}",
    }  # fmt: skip
    fields = {
        "credit_code": f.credit_code(chance, code, where[0]), **{name: stated[name] for name in labels},
        "valid_from": start.isoformat(), "valid_to": date(start.year + 5, start.month, start.day).isoformat(),
    }  # fmt: skip
    look = design(chance, f.pick(chance, ("song", "hei", "kai")), label=f.pick(chance, ("hei", "song")))
    page = Page(LANDSCAPE, 7.5, look, ground(LANDSCAPE, 7.5, chance, (254, 250, 242), (252, 246, 240), (242, 226, 202)))
    frame(page, (190, 120, 60), (look.near(9.0), 1.2), (12.0, 0.4))
    page.emblem(138.5, 14.0, 20.0)
    page.centred(148.5, 44.0, title, (12.0 if len(title) < 12 else 9.5) * look.scale, look.title, gap=2.0)
    page.label(90.0, 60.0, "统一社会信用代码", 4.8, gap=0.3)
    page.value(look.near(142.0, 0.01), 60.0, fields["credit_code"], 5.0, bold=True)
    rows = [(label, stated[name]) for name, label in labels.items()]
    (_one_column if chance.random() < 0.5 else _two_columns)(page, look, rows)
    span = f"自{_chinese(fields['valid_from'])}至{_chinese(fields['valid_to'])}"
    page.text(26.0, 184.0, f"{period}{f.pick(chance, ('：', ' '))}{span}", 4.8, look.value)
    page.label(186.0, 162.0, "登记管理机关", 4.8, gap=0.6)
    page.seal(240.0, 160.0, 36.0, f"{town}登记管理局")
    return Drawn("institution_certificate", page.pixels(), fields, False, f"{title} {look.said}")


def _one_column(page: Page, look: Design, rows: Sequence[Row]) -> None:
    y = 74.0
    for label, value in rows:
        page.label(34.0, y, label, 4.9)
        y = max(page.paragraph(84.0, y, value, 4.9 * look.scale, 170.0, 7.0), y + 7.0) + 5.2


def _two_columns(page: Page, look: Design, rows: Sequence[Row]) -> None:
    spread = look.near(27.0) if look.chance.random() < 0.4 else None
    for half, label_x, value_x, width in ((rows[:3], 26.0, 66.0, 84.0), (rows[3:], 162.0, 194.0, 74.0)):
        y = 78.0
        for label, value in half:
            page.label(label_x, y, label, 4.9, width=spread if len(label) < 6 else None)
            y = max(page.paragraph(value_x, y, value, 4.9 * look.scale, width, 7.0), y + 7.0) + 5.6


_DOMAIN_LABELS = (
    ("域名", "域名所有者", "注册商", "注册日期", "到期日期"),
    ("域名名称", "域名持有者", "注册服务机构", "注册时间", "到期时间"),
    ("域名", "域名注册人", "域名注册服务机构", "域名注册日期", "域名到期日期"),
    ("Domain Name", "Registrant", "Registrar", "Registration Date", "Expiration Date"),
    (
        "域名(Domain Name)",
        "域名所有者(Owner)",
        "注册商(Registrar)",
        "注册时间(Registration Date)",
        "到期时间(Expiration Date)",
    ),
)


def domain_certificate(chance: Chance) -> Drawn:
    """A registrar's certificate, landscape or portrait, Chinese, English or both."""
    where = f.place(chance)
    start = f.day(chance, 2010, 2026)
    end = date(start.year + int(chance.integers(1, 11)), start.month, min(28, start.day))
    fields = {"domain": f.domain(chance), "owner": f.company(chance, where) if chance.random() < 0.7 else f.name(chance), "registrar": f.registrar(chance),
              "reg_date": start.isoformat(), "exp_date": end.isoformat()}  # fmt: skip
    labels = _DOMAIN_LABELS[int(chance.integers(len(_DOMAIN_LABELS)))]
    size = LANDSCAPE if chance.random() < 0.7 else PORTRAIT
    look = design(chance, f.pick(chance, ("hei", "song")), label="hei", title="bold")
    page = Page(size, 7.0, look, ground(size, 7.0, chance, (246, 250, 255), (250, 248, 255), (210, 224, 242)))
    frame(page, (70, 110, 170), (look.near(8.0), 1.4), (10.8, 0.4))
    middle = size[0] / 2
    page.centred(
        middle,
        40.0,
        f.pick(chance, ("域名证书", "顶级域名证书", "域名注册证书")),
        11.0 * look.scale,
        look.title,
        gap=3.0,
    )
    page.centred(middle, 56.0, "Domain Name Registration Certificate", 4.6, look.value)
    pitch, value_x = (
        look.near(13.0, 0.15),
        34.0 + max(page.width_of(label, 4.8, look.label) for label in labels) + look.near(10.0),
    )
    colon = f.pick(chance, ("：", ":", ""))
    shown = (
        fields["domain"],
        fields["owner"],
        fields["registrar"],
        _day(chance, fields["reg_date"]),
        _day(chance, fields["exp_date"]),
    )
    for i, (label, value) in enumerate(zip(labels, shown, strict=True)):
        page.label(34.0, 82.0 + i * pitch, label + colon, 4.8)
        page.value(value_x, 82.0 + i * pitch, value, 5.0 * look.scale)
    page.seal(size[0] - 60.0, size[1] - 50.0, 38.0, fields["registrar"])
    return Drawn("domain_certificate", page.pixels(), fields, False, f"{labels[0]} {look.said}")


def _day(chance: Chance, iso: str) -> str:
    return {0: iso, 1: _chinese(iso), 2: f"{iso} 10:20:30", 3: iso.replace("-", "/")}[int(chance.integers(4))]


def _chinese(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}年{month}月{day}日"
