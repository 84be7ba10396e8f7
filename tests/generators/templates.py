"""Small templates of each kind with the values that belong into them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import openpyxl
from pypdf import PdfWriter

from generators.fill_places import Box, Entry
from tests.generators.drawn_templates import canvas_of

VALUES = {
    "entity.name": ("主办单位名称", "南京梧桐样本信息技术有限公司"),
    "entity.certificate.number": ("证件号码", "91320102MA2W6T4H6Y"),
    "entity.mail_address": ("通讯地址", "江苏省南京市玄武区样本东路100号5幢801室（样本产业园二期东门旁）"),
    "entity_person.name": ("负责人姓名", "古丽娜·阿迪力"),
    "entity_person.mobile": ("手机号码", "13800000021"),
    "entity_person.email": ("电子邮件", "beian@wutong-specimen.cn"),
    "service_person.name": ("服务负责人", "李𬭎㛃"),
    "apps[0].name": ("APP名称", "梧桐样本记事"),
}
NAMES = {
    path: path.replace("apps[0]", "app").replace("certificate.number", "cert_no").replace(".", "_") for path in VALUES
}
ENTRIES = [
    *(Entry(path, (label, NAMES[path]), value) for path, (label, value) in VALUES.items()),
    Entry("entity.nature=enterprise", ("企业", "entity_nature_enterprise"), ticked=True),
    Entry("entity.nature=individual", ("个人", "entity_nature_individual"), ticked=False),
    Entry("service=app", ("APP应用", "service_type_app"), ticked=True),
]


def form(extra: Sequence[tuple[str, Box]] = (), *, width: float = 300) -> bytes:
    """An AcroForm whose fields use Helvetica, with a seal field and three tick boxes."""
    canvas, out = canvas_of()
    for number, (path, (label, _)) in enumerate(VALUES.items()):
        y = 760 - 40 * number
        canvas.drawString(60, y + 8, label)
        canvas.acroForm.textfield(name=NAMES[path], x=200, y=y, width=width, height=28, fontName="Helvetica")
    canvas.acroForm.textfield(name="盖章", x=200, y=300, width=200, height=60, fontName="Helvetica")
    canvas.acroForm.textfield(name="sign_date", x=200, y=250, width=200, height=30, fontName="Helvetica")
    for number, name in enumerate(("entity_nature_enterprise", "entity_nature_individual", "service_type_app")):
        canvas.acroForm.checkbox(name=name, x=60 + 40 * number, y=400, size=14)
    for name, (x, y, right, top) in extra:
        canvas.acroForm.textfield(name=name, x=x, y=y, width=right - x, height=top - y, fontName="Helvetica")
    canvas.showPage()
    canvas.save()
    return out.getvalue()


ROW = 34


def table(labels: Sequence[str] | None = None, *, offset: float = 0) -> bytes:
    """A printed table, two columns, with tick boxes, a letter line with a rule, a seal's cell and a date line."""
    canvas, out = canvas_of()
    if offset:
        canvas.translate(offset, 0)
    names = list(labels if labels is not None else [label for label, _ in VALUES.values()])
    top = 780
    for number, label in enumerate(names):
        y = top - ROW * (number + 1)
        canvas.rect(60, y, 120, ROW)
        canvas.rect(180, y, 340, ROW)
        canvas.drawString(66, y + 12, label)
    low = top - ROW * (len(names) + 1)
    canvas.rect(60, low, 120, ROW)
    canvas.rect(180, low, 340, ROW)
    canvas.drawString(66, low + 12, "单位性质")
    canvas.drawString(190, low + 12, "□企业  □个人   □APP应用")
    for label, row in (("单位盖章", 2), ("签署日期", 3), ("负责人签字", 4)):
        canvas.rect(60, low - ROW * (row - 1), 120, ROW)
        canvas.rect(180, low - ROW * (row - 1), 340, ROW)
        canvas.drawString(66, low - ROW * (row - 1) + 12, label)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def cell(row: int, *, offset: float = 0) -> Box:
    return 180 + offset, 780 - ROW * (row + 1), 520 + offset, 780 - ROW * row


def values_of(entries: Sequence[Entry] = ENTRIES) -> dict[str, str]:
    return {entry.path: entry.value for entry in entries if entry.value}


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def zipped(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return out.getvalue()


def sheet() -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["备案信息表"])
    for label, _ in VALUES.values():
        page.append([label + "："])
    page.append(["单位性质", "□企业  □个人  □APP应用"])
    page.append(["单位盖章"])
    page.merge_cells("A2:B2")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def document(body: str = "") -> bytes:
    rows = "".join(
        f"<w:tr><w:tc><w:p>{run(label)}</w:p></w:tc><w:tc><w:tcPr/><w:p{' /' if number % 2 else '><w:pPr/></w:p'}></w:tc></w:tr>"
        for number, (label, _) in enumerate(VALUES.values())
    )
    seal = f"<w:tr><w:tc><w:p>{run('单位盖章')}</w:p></w:tc><w:tc><w:p/></w:tc></w:tr>"
    ticks = f"<w:p>{run('□企')}{run('业 □个人 &amp; □APP应用')}</w:p>"
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document {W} xmlns:mc="urn:mc" mc:Ignorable="w14" xmlns:w14="urn:w14">'
        f"<w:body>{ticks}{body}<w:tbl>{rows}{seal}</w:tbl></w:body></w:document>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", xml)
    return out.getvalue()


def xml_of(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("word/document.xml").decode()
