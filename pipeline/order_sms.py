"""Who gets MIIT's SMS code (短信核验), what is typed where, and where the sources disagree. Pure.

The table is `rules/codes/sms.yaml`, after table 14-1 of the Huawei Cloud user guide. No phone or certificate number is
ever part of a text made here: a person is named by the role.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.model import Filing, Operation, Source, Text
from pipeline.order_tables import Row, rows, source, tables, text

ROLES = {
    "entity_person": Text("主体负责人", "the entity person"),
    "service_person": Text("互联网信息服务负责人", "the service person"),
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something the sources say differently: both sides in words, and who they are."""

    id: str
    text: Text
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Targets:
    """Who gets a code: `who` surely, `maybe` perhaps (it depends on what is not known, or the sources disagree)."""

    who: tuple[str, ...]
    maybe: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    sources: tuple[Source, ...] = ()


def sms_targets(
    operation: Operation,
    *,
    website: bool = True,
    app: bool = False,
    entity_changed: bool | None = None,
    service_changed: bool | None = None,
) -> Targets:
    """Who gets a code in an operation; a fact that is None is not known, and both its cases are considered."""
    kinds = tuple(kind for kind, is_there in (("website", website), ("app", app)) if is_there) or ("website",)
    cases = [
        found
        for entity, service in itertools.product(_cases(entity_changed), _cases(service_changed))
        if (found := _matching(operation, kinds, entity, service))
    ]
    sure = [role for role in ROLES if cases and all(_has(case, "who", role) for case in cases)]
    some = [role for role in ROLES if any(_has(case, "who", role) or _has(case, "may", role) for case in cases)]
    keys = dict.fromkeys(row["source"] for case in cases for row in case)
    return Targets(
        tuple(sure),
        tuple(role for role in some if role not in sure),
        tuple(_conflicts(operation, kinds)) if some else (),
        tuple(source(key) for key in keys),
    )


def _cases(fact: bool | None) -> tuple[bool, ...]:
    return (False, True) if fact is None else (fact,)


def _matching(operation: Operation, kinds: Sequence[str], entity: bool, service: bool) -> list[Row]:
    """The rows that hold in one case; none where the case cannot be, such as a change that changes nothing."""
    return [
        row
        for row in rows("targets", "sms")
        if operation.value in row["operations"]
        and row.get("service", kinds[0]) in kinds
        and row.get("entity_changed", entity) == entity
        and row.get("service_changed", service) == service
    ]


def _has(case: Sequence[Row], key: str, role: str) -> bool:
    return any(role in row.get(key, ()) for row in case)


def _conflicts(operation: Operation, kinds: Sequence[str]) -> Iterator[Conflict]:
    for row in rows("conflicts", "sms"):
        if {operation.value, "all"} & set(row["operations"]) and row.get("service", kinds[0]) in kinds:
            yield Conflict(row["id"], text(row), tuple(source(key) for key in row["sources_of"]))


def codes_of(who: Sequence[str], filing: Filing) -> tuple[tuple[str, ...], ...]:
    """The codes that are sent: one for each phone, so one for both persons where their phones are equal."""
    phones = {"entity_person": filing.entity_person.mobile, "service_person": filing.service_person.mobile}
    groups: dict[str, list[str]] = {}
    for role in who:
        groups.setdefault(_digits(phones[role]) or role, []).append(role)
    return tuple(tuple(group) for group in groups.values())


def _digits(phone: str) -> str:
    return "".join(char for char in phone if char.isdigit())[-11:]


def sms_limits() -> Row:
    """Hours, digits and wrong tries."""
    limits: Row = tables("sms")["limits"]
    return limits


def role_name(role: str) -> Text:
    """A role in words."""
    return ROLES[role]


def sms_steps(
    codes: Sequence[Sequence[str]], maybe: Sequence[str], wrong_tries: int, resends: int, most_resends: int
) -> tuple[Text, ...]:
    """What to do at the SMS check: who, where, what to type, how many tries are left."""
    limits, page = sms_limits(), tables("sms")["page"]
    tries, again = limits["wrong_tries"] - wrong_tries, most_resends - resends
    return (
        *(_code_text(code) for code in codes),
        *(_maybe_text(role) for role in maybe),
        Text(
            f"打开 {page['verify']}（{page['zh']}），输入 {limits['digits']} 位验证码、手机号码、"
            "该负责人本次备案所用证件号码的后 6 位；几个人都要核验时，全部通过后订单才继续。",
            f"Open {page['verify']} ({page['en']}) and type the {limits['digits']}-digit code, the phone number and the last 6 "
            "characters of the certificate number that person files with; where several must verify, the order waits for all.",
        ),
        Text(
            f"还可以输错 {max(tries, 0)} 次（共 {limits['wrong_tries']} 次，再错一次订单退回）；还可手动重发 {max(again, 0)} 次"
            f"（共 {most_resends} 次）。发送号码 {'、'.join(limits['senders'])}，约 5–10 分钟到达。",
            f"{max(tries, 0)} wrong entries left of {limits['wrong_tries']} (one more sends the order back); {max(again, 0)} "
            f"resends left of {most_resends}. It comes from {' or '.join(limits['senders'])} in about 5-10 minutes.",
        ),
    )


def _code_text(code: Sequence[str]) -> Text:
    if len(code) == 1:
        role = role_name(code[0])
        return Text(
            f"验证码发给{role.zh}的手机，证件号码用{role.zh}的。",
            f"A code goes to {role.en}: phone and certificate of {role.en}.",
        )
    zh, en = "和".join(role_name(one).zh for one in code), " and ".join(role_name(one).en for one in code)
    return Text(f"{zh}手机号相同，只发一个验证码。", f"The phones of {en} are equal: only one code is sent.")


def _maybe_text(role: str) -> Text:
    name = role_name(role)
    return Text(
        f"{name.zh}也可能收到验证码（取决于变更内容，或各接入商说法不一）；收到就要核验；"
        "网站显示核验完成后记录 all_verified。",
        f"{name.en[0].upper()}{name.en[1:]} may get a code too (it depends on what changes, or the sources disagree): "
        "if it comes, enter it; record all_verified when the site says the check is complete.",
    )
