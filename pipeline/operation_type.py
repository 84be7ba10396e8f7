"""Which filing operation (备案类型) it is: the decision table of the access providers' type verification.

The facts are what a person sees in the provider's console and in the ministry's public look-up. Rows are tried in
order; a row that stops the filing (`blocked`) says why and what leads out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.errors import UsageError
from pipeline.model import Operation, Text

FACTS: dict[str, Text] = {
    "order_in_flight": Text("有在途订单（任何接入商）", "an order of the entity is in flight, here or elsewhere"),
    "entity_filed": Text("主体已备案（任何接入商）", "the entity is on record, here or elsewhere"),
    "entity_filed_here": Text("主体在本接入商备案", "the entity is filed with this provider"),
    "entity_numbers": Text("主体备案号个数", "how many entity numbers the entity has"),
    "entity_has_services": Text("主体名下有备案的网站或APP", "the entity has live services on record"),
    "service_filed": Text("域名或APP已备案", "the domain or APP is on record"),
    "service_filed_here": Text("域名或APP在本接入商备案", "the domain or APP is filed with this provider"),
    "service_filed_by_same_entity": Text(
        "域名或APP备案在同一主体名下", "the domain or APP is on record under the same entity"
    ),
    "account_has_entity": Text("备案记录在本账号下", "the record lies in this account"),
    "province": Text("备案省份", "the province"),
}
"""The facts asked for; all are yes or no but `entity_numbers` (a number) and `province` (a text)."""

SHELL_MAY_ADD = ("天津", "辽宁", "四川", "云南", "江苏", "浙江", "上海", "广西", "山西", "北京", "贵州")
"""Where an empty entity may add a service at once (rule CN-104); 湖南 with a construction plan (HN-022, contested)."""


@dataclass(frozen=True, slots=True)
class TypeAnswer:
    """The operation, or `blocked` with none; `rule` is the row of the table, `then` what is done first or afterwards."""

    operation: Operation | None
    blocked: bool
    rule: int
    reasons: tuple[Text, ...]
    then: tuple[Text, ...] = ()
    options: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """The facts with what follows from others filled in."""

    order_in_flight: bool
    entity_filed: bool
    entity_filed_here: bool
    entity_numbers: int
    entity_has_services: bool
    service_filed: bool
    service_filed_here: bool
    service_filed_by_same_entity: bool
    account_has_entity: bool
    province: str


def determine_type(facts: Mapping[str, object]) -> TypeAnswer:
    """The operation that fits the facts.

    Raises:
        UsageError: an unknown fact, or a value that is neither yes nor no.
    """
    known = _known(facts)
    for row in ROWS:
        answer = row(known)
        if answer:
            return answer
    return _elsewhere(known)


def _known(facts: Mapping[str, object]) -> Known:
    for name in facts:
        if name not in FACTS:
            raise UsageError(
                f"没有名为 {name} 的事实；可用：{'、'.join(FACTS)}。",
                f"No fact is called {name}; known: {', '.join(FACTS)}.",
            )
    here, service = _yes(facts, "entity_filed_here"), _yes(facts, "service_filed")
    filed = _yes(facts, "entity_filed") or here or _number(facts) > 0
    service_here = _yes(facts, "service_filed_here")
    same = _yes(facts, "service_filed_by_same_entity", default=filed)
    return Known(
        order_in_flight=_yes(facts, "order_in_flight"),
        entity_filed=filed,
        entity_filed_here=here,
        entity_numbers=_number(facts),
        entity_has_services=_yes(facts, "entity_has_services", default=True),
        service_filed=service or service_here,
        service_filed_here=service_here,
        service_filed_by_same_entity=same,
        account_has_entity=_yes(facts, "account_has_entity", default=True),
        province=str(facts.get("province", "")),
    )


YES = {
    "yes": True,
    "true": True,
    "1": True,
    "是": True,
    "有": True,
    "no": False,
    "false": False,
    "0": False,
    "否": False,
    "无": False,
}


def _yes(facts: Mapping[str, object], name: str, *, default: bool = False) -> bool:
    value = facts.get(name)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    found = YES.get(str(value).strip().lower())
    if found is None:
        raise UsageError(f"{name} 应为 是 或 否，不是“{value}”。", f"{name} must be yes or no, not {value!r}.")
    return found


def _number(facts: Mapping[str, object]) -> int:
    value = facts.get("entity_numbers", 0)
    if not str(value).strip().isdigit():
        raise UsageError(
            f"entity_numbers 应为数字，不是“{value}”。", f"entity_numbers must be a number, not {value!r}."
        )
    return int(str(value))


def _in_flight(known: Known) -> TypeAnswer | None:
    if not known.order_in_flight:
        return None
    return _stop(
        1,
        Text(
            "主体还有在途订单，各接入商同时只受理一个。",
            "The entity has an order in flight; only one is taken at a time, across all providers.",
        ),
        Text("请先完成或放弃该订单。", "Finish or abandon that order first."),
    )


def _other_entity(known: Known) -> TypeAnswer | None:
    if not known.service_filed or known.service_filed_by_same_entity:
        return None
    return _stop(
        2,
        Text("域名或APP已备案在其他主体名下。", "The domain or APP is on record under another entity."),
        Text(
            "请由原主体（或通过其所在省管局）注销旧备案后再提交。",
            "Have the old record deregistered by its owner or through its province first.",
        ),
    )


def _first(known: Known) -> TypeAnswer | None:
    if known.entity_filed or known.service_filed:
        return None
    return _do(
        3,
        Operation.FIRST_FILING,
        Text("主体和域名或APP都没有备案记录。", "Neither the entity nor the domain or APP is on record."),
    )


def _several_numbers(known: Known) -> TypeAnswer | None:
    if known.entity_numbers < 2:
        return None
    return _stop(
        4,
        Text(f"主体有 {known.entity_numbers} 个备案号。", f"The entity has {known.entity_numbers} entity numbers."),
        Text("请注销多余的主体备案号，只保留一个。", "Deregister all of them but one."),
    )


def _shell(known: Known) -> TypeAnswer | None:
    if not known.entity_filed or known.entity_has_services or known.service_filed:
        return None
    empty = Text("主体有备案号但没有服务，是空壳主体。", "The entity has a number but no live service: an empty shell.")
    if known.province in SHELL_MAY_ADD:
        operation = (
            Operation.NEW_SERVICE_SAME_PROVIDER if known.entity_filed_here else Operation.NEW_SERVICE_OTHER_PROVIDER
        )
        return _do(
            5,
            operation,
            empty,
            Text(
                f"{known.province}允许空壳主体直接新增服务。",
                f"{known.province} lets an empty entity add a service at once.",
            ),
        )
    ways = [
        Text(
            "请先通过省管局注销空壳主体（约 5 个工作日），再办理首次备案。",
            "Have the province cancel the empty entity (about 5 working days), then file for the first time.",
        )
    ]
    if known.province == "湖南":
        ways.append(
            Text(
                "湖南：UCloud 称附网站建设方案书可直接新增，各来源说法不一。",
                "Hunan: UCloud says a construction plan lets it add at once; the sources differ.",
            )
        )
    return TypeAnswer(None, True, 5, (empty,), tuple(ways), (Operation.FIRST_FILING,))


def _claim(known: Known) -> TypeAnswer | None:
    if not (known.entity_filed_here and not known.account_has_entity):
        return None
    return _do(
        6,
        Operation.CLAIM_FILING,
        Text(
            "备案已在本接入商，但不在本账号的新系统中。",
            "The record is with this provider already, but not in this account.",
        ),
        Text("请先认领备案，再提交其他订单。", "Claim it first, then submit any other order."),
    )


def _already_here(known: Known) -> TypeAnswer | None:
    if not (known.service_filed_here and known.service_filed_by_same_entity):
        return None
    options = (Operation.CHANGE_FILING, Operation.CHANGE_ENTITY, Operation.CHANGE_SERVICE, Operation.CHANGE_ACCESS)
    reason = Text("该服务已由本主体在本接入商备案。", "This service is already filed here by this entity.")
    return TypeAnswer(
        Operation.CHANGE_FILING,
        False,
        7,
        (reason,),
        (
            Text(
                "信息没有变化的不需要提交；有变化的按内容选择变更类型。",
                "Nothing to do where nothing changed; else choose the kind of change.",
            ),
        ),
        options,
    )


def _add_here(known: Known) -> TypeAnswer | None:
    if not (known.entity_filed_here and not known.service_filed):
        return None
    return _do(
        8,
        Operation.NEW_SERVICE_SAME_PROVIDER,
        Text(
            "主体在本接入商备案，域名或APP没有备案。", "The entity is filed here, the domain or APP is not on record."
        ),
    )


def _add_elsewhere(known: Known) -> TypeAnswer | None:
    if not (known.entity_filed and not known.service_filed):
        return None
    return _do(
        9,
        Operation.NEW_SERVICE_OTHER_PROVIDER,
        Text(
            "主体只在其他接入商备案，域名或APP没有备案。",
            "The entity is filed elsewhere only, the domain or APP is not on record.",
        ),
    )


def _access_here(known: Known) -> TypeAnswer | None:
    if not known.entity_filed_here:
        return None
    return _do(
        10,
        Operation.NEW_ACCESS_SAME_PROVIDER,
        Text("主体在本接入商备案，该服务在其他接入商备案。", "The entity is filed here, this service elsewhere."),
    )


def _elsewhere(known: Known) -> TypeAnswer:
    return _do(
        11,
        Operation.NEW_ACCESS_OTHER_PROVIDER,
        Text("主体和该服务都只在其他接入商备案。", "Entity and service are both filed elsewhere only."),
    )


def _do(rule: int, operation: Operation, *reasons: Text) -> TypeAnswer:
    return TypeAnswer(operation, False, rule, reasons)


def _stop(rule: int, reason: Text, way_out: Text) -> TypeAnswer:
    return TypeAnswer(None, True, rule, (reason,), (way_out,))


ROWS: tuple[Callable[[Known], TypeAnswer | None], ...] = (
    _in_flight,
    _other_entity,
    _first,
    _several_numbers,
    _shell,
    _claim,
    _already_here,
    _add_here,
    _add_elsewhere,
    _access_here,
)
