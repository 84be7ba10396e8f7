"""Letters as they come back: printed, signed by hand or not, sealed or not; permits that services need beforehand."""

from __future__ import annotations

import numpy as np

from tests.devset import fictional as f
from tests.devset.fictional import Chance
from tests.devset.page import Drawn, Page, design, frame, ground

_A4 = (210.0, 297.0)
_TITLES = ("互联网信息服务备案承诺书", "网站备案授权委托书", "网站备案信息真实性核验单", "互联网信息服务备案承诺书")
_TEXT = (
    "本单位承诺备案信息真实、准确、完整，所提供的营业执照和身份证件均为原件扫描，网站内容符合国家法律法规的规定，"
    "不从事未经许可的新闻、出版、视听节目等服务，并按要求在网站首页标明备案编号。如有不实，愿承担相应的法律责任。"
)
_PERMITS = (
    ("网络文化经营许可证", "文化和旅游厅"),
    ("互联网药品信息服务资格证书", "药品监督管理局"),
    ("网络出版服务许可证", "新闻出版局"),
    ("广播电视节目制作经营许可证", "广播电视局"),
)


def letter(chance: Chance) -> Drawn:
    """A letter on white paper; signature and seal each there in two of three."""
    look = design(chance, f.pick(chance, ("song", "hei", "kai")))
    page = Page(_A4, 8.0, look)
    title, person, signed, sealed = (
        f.pick(chance, _TITLES),
        f.name(chance),
        chance.random() < 0.66,
        chance.random() < 0.66,
    )
    page.centred(105.0, 40.0, title, 8.0 * look.scale, look.title)
    below = page.paragraph(28.0, 65.0, _TEXT, 5.0, 154.0, 9.0)
    page.paragraph(28.0, below + 4, f"负责人：{person}", 5.0, 154.0, 9.0)
    page.value(28.0, 180.0, f.pick(chance, ("单位盖章（公章）：", "单位（盖章）：")), 5.0)
    end = page.value(28.0, 205.0, f.pick(chance, ("法定代表人（签名）：", "法定代表人签字：", "承诺人（签名）：")), 5.0)
    page.pen.line([page.px(end), page.px(208.5), page.px(end + 50), page.px(208.5)], fill=(60, 60, 60), width=2)
    page.value(28.0, 225.0, "日期：        年    月    日", 5.0)
    if signed:
        _scribble(page, chance, end + 4, 204.0)
    if sealed:
        page.seal(80.0, 180.0, 40.0, "样本科技有限公司")
    fields = {"title": title, "signature": _said(signed), "seal": _said(sealed)}
    return Drawn("letter", page.pixels(), fields, False, look.said)


def _said(there: bool) -> str:
    return "present" if there else "absent"


def _scribble(page: Page, chance: Chance, x: float, y: float) -> None:
    """A wavy line of a pen: nobody's signature."""
    steps = np.linspace(0, 1, 60)
    swing = sum(
        float(chance.uniform(1.0, 3.0)) * np.sin(steps * chance.uniform(8, 40) + chance.uniform(0, 6)) for _ in range(3)
    )
    points = [(page.px(x + 26 * s), page.px(y + float(v))) for s, v in zip(steps, swing, strict=True)]
    page.pen.line(
        points, fill=((20, 22, 40), (20, 40, 150))[int(chance.integers(2))], width=page.px(0.5), joint="curve"
    )


def preapproval(chance: Chance) -> Drawn:
    """A permit of an authority outside telecommunications."""
    (title, office), where = _PERMITS[int(chance.integers(len(_PERMITS)))], f.place(chance)
    look = design(chance, f.pick(chance, ("song", "hei", "kai")))
    size = (297.0, 210.0)
    page = Page(size, 7.0, look, ground(size, 7.0, chance, (254, 252, 244), (252, 248, 240), (242, 228, 204)))
    frame(page, (180, 60, 50), (9.0, 1.2), (12.0, 0.4))
    issued, short = f.day(chance, 2021, 2026), where[1][:1]
    start = issued.replace(day=min(28, issued.day))
    fields = {
        "title": title, "permit_no": f"{short}网文〔{start.year}〕{chance.integers(1000, 9999)}-{chance.integers(100, 999)}号", "name": f.company(chance, where),
        "legal_person": f.name(chance), "address": f.address(chance, where), "authority": f"{where[1]}{office}",
        "valid_from": start.isoformat(), "valid_to": start.replace(year=start.year + 3).isoformat(),
    }  # fmt: skip
    page.centred(148.5, 42.0, title, 11.0 * look.scale, look.title, gap=2.0)
    span = "至".join(f"{d[:4]}年{d[5:7]}月{d[8:]}日" for d in (fields["valid_from"], fields["valid_to"]))
    rows = (("编号", fields["permit_no"]), ("单位名称", fields["name"]), ("法定代表人", fields["legal_person"]), ("地址", fields["address"]),
            ("有效期限", span), ("发证机关", fields["authority"]))  # fmt: skip
    for i, (label, value) in enumerate(rows):
        page.label(48.0, 68.0 + 15.0 * i, label + "：", 5.2)
        page.value(88.0, 68.0 + 15.0 * i, value, 5.2 * look.scale)
    page.seal(230.0, 160.0, 38.0, fields["authority"])
    return Drawn("preapproval_permit", page.pixels(), fields, False, look.said)
