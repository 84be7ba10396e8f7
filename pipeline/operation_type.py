"""Which filing operation (备案类型) it is: the decision table of the access providers' type verification.

The facts are what a person sees in the provider's console and in the ministry's public look-up. Rows are tried in
order; a row that stops the filing (`blocked`) says why and what leads out. Rows 1 to 11 are the providers' own; what is
wanted besides opening or connecting a service (12 to 17) stands in `operation_wants.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.model import Operation, Text
from pipeline.operation_facts import Known, TypeAnswer, do, known_of, place, stop
from pipeline.operation_wants import wanted

SHELL_MAY_ADD = ("天津", "辽宁", "四川", "云南", "江苏", "浙江", "上海", "广西", "山西", "北京", "贵州")
"""Where an empty entity may add a service at once (rule CN-104); 湖南 with a construction plan (HN-022, contested)."""


def determine_type(facts: Mapping[str, object]) -> TypeAnswer:
    """The operation that fits the facts.

    Raises:
        UsageError: an unknown fact, or a value that is neither yes nor no.
    """
    known = known_of(facts)
    for row in ROWS:
        answer = row(known)
        if answer:
            return answer
    return _elsewhere(known)


def _in_flight(known: Known) -> TypeAnswer | None:
    if not known.order_in_flight:
        return None
    return stop(
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
    return stop(
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
    return do(
        3,
        Operation.FIRST_FILING,
        Text("主体和域名或APP都没有备案记录。", "Neither the entity nor the domain or APP is on record."),
    )


def _several_numbers(known: Known) -> TypeAnswer | None:
    if known.entity_numbers < 2:
        return None
    return stop(
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
        return do(
            5,
            operation,
            empty,
            Text(
                f"{known.province}允许空壳主体直接新增服务。",
                f"{place(known.province).en} lets an empty entity add a service at once.",
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
    return do(
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
    return do(
        8,
        Operation.NEW_SERVICE_SAME_PROVIDER,
        Text(
            "主体在本接入商备案，域名或APP没有备案。", "The entity is filed here, the domain or APP is not on record."
        ),
    )


def _add_elsewhere(known: Known) -> TypeAnswer | None:
    if not (known.entity_filed and not known.service_filed):
        return None
    return do(
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
    return do(
        10,
        Operation.NEW_ACCESS_SAME_PROVIDER,
        Text("主体在本接入商备案，该服务在其他接入商备案。", "The entity is filed here, this service elsewhere."),
    )


def _elsewhere(known: Known) -> TypeAnswer:
    return do(
        11,
        Operation.NEW_ACCESS_OTHER_PROVIDER,
        Text("主体和该服务都只在其他接入商备案。", "Entity and service are both filed elsewhere only."),
    )


ROWS: tuple[Callable[[Known], TypeAnswer | None], ...] = (
    _in_flight,
    wanted,
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
