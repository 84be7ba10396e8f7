"""The one list of field names: paths, their Chinese and English labels, kinds, and other spellings people use.

`filing.yaml`, the sheets of the bundle and the findings all take their names from here. Sources: the field
dictionary of the Huawei Cloud user guide (2023-11-30), with UCloud's and Tencent Cloud's names as aliases.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `path` with `[]` for list places, labels, `kind` of value and other accepted names.

    Kinds: `text`, `date`, `validity` (a date or 长期), `bool`, `nature`, `operation`, `number`, `texts` (a list of texts).
    """

    path: str
    zh: str
    en: str
    kind: str = "text"
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]


def _certificate(prefix: str, whose_zh: str, whose_en: str) -> tuple[Field, ...]:
    def at(name: str) -> str:
        return f"{prefix}.certificate.{name}"

    return (
        Field(
            at("type"),
            f"{whose_zh}证件类型",
            f"certificate type of the {whose_en}",
            "text",
            ("cert_type", "doc_type", "id_type", "证件类型"),
        ),
        Field(
            at("number"),
            f"{whose_zh}证件号码",
            f"certificate number of the {whose_en}",
            "text",
            (
                "cert_no",
                "cert_number",
                "doc_no",
                "id_no",
                "id_number",
                "credit_code",
                "证件号码",
                "统一社会信用代码",
                "公民身份号码",
                "身份证号",
            ),
        ),
        Field(
            at("address"),
            f"{whose_zh}证件住址",
            f"certificate address of the {whose_en}",
            "text",
            ("cert_address", "doc_address", "id_address", "证件住址", "证件住所", "住所"),
        ),
        Field(
            at("valid_from"),
            f"{whose_zh}证件有效期起",
            f"certificate start date of the {whose_en}",
            "date",
            ("cert_start", "doc_valid_from", "cert_valid_from", "证件有效期起始日期"),
        ),
        Field(
            at("valid_to"),
            f"{whose_zh}证件有效期至",
            f"certificate expiry date of the {whose_en}",
            "validity",
            ("cert_end", "cert_valid_to", "doc_valid_to", "id_valid_to", "证件有效期", "证件有效期截止"),
        ),
        Field(
            at("authority"),
            f"{whose_zh}发证机关",
            f"certificate authority of the {whose_en}",
            "text",
            ("cert_authority", "签发机关", "登记机关"),
        ),
    )


def _person(prefix: str, zh: str, en: str) -> tuple[Field, ...]:
    return (
        Field(f"{prefix}.name", f"{zh}姓名", f"name of the {en}", "text", ("姓名",)),
        *_certificate(prefix, zh, en),
        Field(f"{prefix}.sex", f"{zh}性别", f"sex of the {en}", "text", ("性别",)),
        Field(f"{prefix}.nation", f"{zh}民族", f"nation of the {en}", "text", ("民族",)),
        Field(f"{prefix}.nationality", f"{zh}国籍", f"nationality of the {en}", "text", ("国籍",)),
        Field(f"{prefix}.birth", f"{zh}出生日期", f"date of birth of the {en}", "date", ("birth_date", "出生日期")),
        Field(
            f"{prefix}.mobile", f"{zh}手机号", f"mobile of the {en}", "text", ("phone", "手机号", "手机号码", "手机")
        ),
        Field(
            f"{prefix}.emergency_phone",
            f"{zh}应急电话",
            f"emergency phone of the {en}",
            "text",
            ("emergency", "emergency_contact", "应急电话", "应急联系电话"),
        ),
        Field(f"{prefix}.office_phone", f"{zh}办公电话", f"office phone of the {en}", "text", ("landline", "办公电话")),
        Field(
            f"{prefix}.email",
            f"{zh}电子邮件地址",
            f"e-mail of the {en}",
            "text",
            ("mail", "邮箱", "电子邮箱", "电子邮件地址", "电子邮件"),
        ),
        Field(f"{prefix}.remark", f"{zh}备注", f"remark of the {en}", "text", ("备注",)),
    )


def _domain(prefix: str) -> tuple[Field, ...]:
    return (
        Field(f"{prefix}.name", "域名", "domain", "text", ("domain", "域名")),
        Field(f"{prefix}.owner", "域名所有者", "domain holder", "text", ("owner_name", "域名所有者", "域名注册人")),
        Field(
            f"{prefix}.owner_certificate_number",
            "域名所有者证件号码",
            "domain holder's certificate number",
            "text",
            ("owner_id_no", "owner_cert_no"),
        ),
        Field(f"{prefix}.registrar", "域名注册商", "domain registrar", "text", ("域名注册商", "注册商")),
        Field(
            f"{prefix}.registered_on",
            "域名注册日期",
            "registration date of the domain",
            "date",
            ("reg_date", "注册日期"),
        ),
        Field(f"{prefix}.expires_on", "域名到期日期", "expiry date of the domain", "date", ("exp_date", "到期日期")),
        Field(
            f"{prefix}.realname_done_on",
            "域名实名认证日期",
            "date of the domain's real-name check",
            "date",
            ("实名认证日期",),
        ),
    )


def _service(prefix: str, zh: str, en: str, alias: str) -> tuple[Field, ...]:
    return (
        Field(f"{prefix}.name", f"{zh}名称", f"{en} name", "text", (f"{alias}_name", f"{zh}名称", "名称")),
        *_domain(f"{prefix}.domains[]"),
        Field(
            f"{prefix}.ips",
            f"{zh}IP地址",
            f"{en} IP addresses",
            "texts",
            ("ip", "ip_list", f"{alias}_ip", "IP地址", "网站IP"),
        ),
        Field(
            f"{prefix}.content_types",
            "服务内容",
            "service content",
            "texts",
            ("service_content", "content_type", "服务内容", "网站服务内容", "APP服务内容"),
        ),
        Field(f"{prefix}.languages", "语言", "languages", "texts", ("language", "语言", "网站语种")),
        Field(f"{prefix}.record_number", "服务备案号", "service filing number", "text", ("record_no", "服务备案号")),
        Field(f"{prefix}.remark", f"{zh}备注", f"{en} remark", "text", ("service_remark", "备注")),
        Field(
            f"{prefix}.pre_approvals[].category",
            "前置审批类型",
            "pre-approval category",
            "text",
            ("type", "前置审批类型"),
        ),
        Field(f"{prefix}.pre_approvals[].number", "前置审批号", "pre-approval number", "text", ("前置审批号",)),
        Field(f"{prefix}.pre_approvals[].issuer", "审批机关", "pre-approval issuer", "text", ("审批机关",)),
        Field(
            f"{prefix}.pre_approvals[].valid_to",
            "审批有效期至",
            "pre-approval valid until",
            "validity",
            ("审批有效期",),
        ),
    )


FIELDS: tuple[Field, ...] = (
    Field("filing.operation", "备案类型", "operation", "operation", ("type", "备案类型")),
    Field("filing.province", "备案省份", "province", "text", ("region", "filing_region", "地域", "省份", "备案省份")),
    Field("filing.provider", "接入服务商", "access provider", "text", ("接入商", "接入服务商")),
    Field("filing.submit_date", "提交日期", "submission date", "date", ("提交日期",)),
    Field("entity.name", "主办单位名称", "entity name", "text", ("entity_name", "主办单位名称", "名称")),
    Field(
        "entity.nature",
        "主办单位性质",
        "entity nature",
        "nature",
        ("entity_nature", "kind", "subject", "主办单位性质", "性质"),
    ),
    *_certificate("entity", "主办单位", "entity"),
    *_person("entity.legal_person", "法定代表人", "legal representative"),
    Field(
        "entity.mail_address",
        "通讯地址",
        "mailing address",
        "text",
        ("comm_address", "address", "通讯地址", "通信地址"),
    ),
    Field("entity.business_scope", "经营范围", "business scope", "text", ("scope", "经营范围")),
    Field("entity.kind_text", "类型", "kind of entity", "text", ("类型",)),
    Field("entity.registered_capital", "注册资本", "registered capital", "text", ("capital", "注册资本")),
    Field("entity.established", "成立日期", "established on", "date", ("成立日期",)),
    Field(
        "entity.superior", "投资者或上级主管单位", "investor or superior unit", "text", ("投资者或上级主管单位名称",)
    ),
    Field("entity.record_number", "主体备案号", "entity filing number", "text", ("record_no", "主体备案号")),
    Field("entity.remark", "主体备注", "entity remark", "text", ("备注",)),
    *_person("entity_person", "主体负责人", "person in charge of the entity"),
    *_person("service_person", "互联网信息服务负责人", "person in charge of the service"),
    *_service("websites[]", "网站", "website", "site"),
    Field(
        "websites[].home_urls", "首页地址", "home page addresses", "texts", ("home_url", "site_home_url", "首页地址")
    ),
    Field("websites[].access_mode", "接入方式", "access mode", "text", ("接入方式",)),
    Field("websites[].server_place", "服务器放置地", "server place", "text", ("服务器放置地",)),
    *_service("apps[]", "APP", "APP", "app"),
    Field("apps[].home_url", "APP首页地址", "APP home page", "text", ("app_home_url", "首页地址")),
    Field("apps[].icon_bytes", "APP图标文件大小（字节）", "APP icon file size in bytes"),
    Field("apps[].icon_format", "APP图标格式", "APP icon format"),
    Field("apps[].sdk_provide", "是否提供SDK服务", "offers an SDK to others", "bool", ("是否提供SDK服务",)),
    Field("apps[].sdk_use", "是否应用SDK服务", "uses third-party SDKs", "bool", ("是否应用SDK服务",)),
    Field("apps[].sdks[].name", "SDK名称", "SDK name", "text", ("SDK名称",)),
    Field("apps[].sdks[].vendor", "SDK服务商", "SDK vendor", "text", ("SDK服务商",)),
    Field("apps[].sdks[].category", "SDK类型", "SDK category", "text", ("kind", "SDK类型")),
    Field("apps[].platforms[].platform", "运行平台", "platform", "text", ("运行平台", "平台")),
    Field(
        "apps[].platforms[].package_name",
        "APP包名",
        "package name / bundle ID",
        "text",
        ("app_package_name", "bundle_id", "包名"),
    ),
    Field("apps[].platforms[].public_key", "公钥", "public key", "text", ("app_public_key", "公钥")),
    Field(
        "apps[].platforms[].fingerprint",
        "签名指纹",
        "certificate fingerprint",
        "text",
        ("app_md5", "签名MD5值", "指纹"),
    ),
    Field("apps[].platforms[].fingerprint_algorithm", "指纹算法", "fingerprint algorithm"),
    Field("apps[].platforms[].md5", "证书MD5", "certificate MD5"),
    Field("apps[].platforms[].sha1", "证书SHA-1", "certificate SHA-1"),
    Field("apps[].platforms[].sha256", "证书SHA-256", "certificate SHA-256"),
    Field("apps[].platforms[].version_name", "版本", "version", "text", ("version",)),
    Field("apps[].platforms[].domains", "平台使用的域名", "domains used on the platform", "texts"),
    Field("apps[].platforms[].label", "安装后显示的名称", "name under the icon"),
    Field("documents[].kind", "材料名称", "kind of the document", "document", ("name", "材料", "名称")),
    Field("documents[].file", "材料文件", "file of the document", "text", ("文件", "文件名")),
    Field("documents[].dated", "材料落款日期", "date on the document", "date", ("date", "日期", "落款日期")),
    Field("documents[].valid_to", "材料有效期至", "expiry date of the document", "validity", ("有效期", "有效期至")),
    Field("record.shell", "已备案主体为空壳", "the filed entity is an empty shell", "bool", ("空壳主体",)),
    Field("record.sites", "已备案网站数", "websites on file", "number", ("filed_site_count", "已备案网站数")),
    Field("record.apps", "已备案APP数", "APPs on file", "number", ("filed_app_count", "已备案APP数")),
    Field("record.entity_name", "已备案的主办单位名称", "entity name on file"),
    Field("record.entity_nature", "已备案的主办单位性质", "entity nature on file", "nature"),
    Field("record.certificate_number", "已备案的证件号码", "certificate number on file"),
    Field("record.entity_person_name", "已备案的主体负责人", "person in charge on file"),
    Field("record.domains", "已备案的域名", "domains on file", "texts"),
    Field("resource.type", "备案资源类型", "server resource type", "text", ("resource_type",)),
    Field("resource.months", "备案资源的购买时长（月）", "months paid for the resource", "number"),
    Field("resource.ends_on", "资源到期日期", "resource ends on", "date"),
    Field("resource.services", "该资源已备案的服务数", "services already filed on the resource", "number"),
)

PLACES = {
    "documents": ("材料清单", "list of documents"),
    "entity": ("主办单位", "entity"),
    "entity.legal_person": ("法定代表人", "legal representative"),
    "entity_person": ("主体负责人", "person in charge of the entity"),
    "service_person": ("互联网信息服务负责人", "person in charge of the service"),
    "websites": ("网站", "website"),
    "websites[].domains": ("网站域名", "website domains"),
    "websites[].pre_approvals": ("前置审批", "pre-approvals"),
    "apps": ("APP", "APP"),
    "apps[].domains": ("APP域名", "APP domains"),
    "apps[].platforms": ("APP运行平台及特征信息", "APP platforms and their features"),
    "apps[].sdks": ("第三方SDK", "third-party SDKs"),
}
"""Places a finding may name that are no single field."""

BY_PATH: dict[str, Field] = {field.path: field for field in FIELDS}
GROUPS = ("filing", "entity", "entity_person", "service_person", "websites", "apps", "documents", "record", "resource")


def general(path: str) -> str:
    """The path with list places emptied: `apps[0].name` gives `apps[].name`."""
    return INDEX.sub("[]", path)


def field_of(path: str) -> Field | None:
    """The field a path names, or None."""
    return BY_PATH.get(general(path))


def words_of(path: str) -> tuple[str, str]:
    """What a path is called in Chinese and English; a list's member has the list's name, an unknown path its own."""
    for one in (general(path), general(path.rpartition("[")[0]), path.partition("[")[0]):
        if one in BY_PATH:
            return BY_PATH[one].zh, BY_PATH[one].en
        if one in PLACES:
            return PLACES[one]
    return path, path


def label(path: str, lang: str = "zh") -> str:
    """What to call a path in front of a person, numbered from the second of a list on."""
    zh, en = words_of(path)
    places = [int(found[1:-1]) + 1 for found in INDEX.findall(path)]
    numbers = [place for place in places if place > 1]
    return (
        zh + "".join(f"（{one}）" for one in numbers) if lang == "zh" else en + "".join(f" ({one})" for one in numbers)
    )


def children(prefix: str) -> Iterator[str]:
    """The names that may stand directly under a general prefix such as `entity` or `websites[]`."""
    seen: set[str] = set()
    for path in BY_PATH:
        if path.startswith(prefix + "."):
            name = path[len(prefix) + 1 :].partition(".")[0]
            if name not in seen:
                seen.add(name)
                yield name


def nearest(word: str, known: list[str]) -> str:
    """The known word most like `word`, or an empty text."""
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.5)), "")
