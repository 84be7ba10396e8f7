"""The facts that decide an operation, and the shape of the answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.errors import UsageError
from pipeline.model import Operation, Text
from pipeline.order_tables import rows
from pipeline.vocabulary import province_of

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
    "wants": Text(
        "要办的事：serve 开通或接入（默认）、change 变更、cancel_access 取消接入、deregister_service 注销网站或APP、"
        "deregister_entity 注销主体、transfer 转移到另一账号",
        "what is wanted: serve (open or connect, the default), change, cancel_access, deregister_service, "
        "deregister_entity, transfer (to another account)",
    ),
    "changes_entity": Text("变更主体信息", "data of the entity or the entity person change"),
    "changes_service": Text("变更网站或APP信息", "data of the website or APP change"),
    "changes_access": Text("只变更接入信息（IP、接入方式）", "only access data change (IP, access mode)"),
    "individual": Text("主办者是个人", "the entity is an individual"),
    "one_person": Text("两位负责人是同一人", "one person is in charge of entity and service"),
    "last_service": Text("这是主体名下最后一个服务", "it is the entity's last service"),
}
"""The facts asked for: yes or no, but `entity_numbers` (a number), `province` (a text) and `wants` (a word of its list)."""

WANTS = ("serve", "change", "cancel_access", "deregister_service", "deregister_entity", "transfer")


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
    wants: str = "serve"
    changes_entity: bool = False
    changes_service: bool = False
    changes_access: bool = False
    individual: bool = False
    one_person: bool = False
    last_service: bool = False


def known_of(facts: Mapping[str, object]) -> Known:
    """The facts with what follows from others filled in.

    Raises:
        UsageError: an unknown fact, or a value of the wrong kind.
    """
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
        province=_province(facts),
        wants=_wants(facts),
        **{name: _yes(facts, name) for name in PLAIN},
    )


PLAIN = ("changes_entity", "changes_service", "changes_access", "individual", "one_person", "last_service")


def _province(facts: Mapping[str, object]) -> str:
    text = str(facts.get("province", ""))
    return province_of(text) or text


def _wants(facts: Mapping[str, object]) -> str:
    word = str(facts.get("wants", "serve")).strip().lower() or "serve"
    if word not in WANTS:
        raise UsageError(
            f"wants 应为 {'、'.join(WANTS)} 之一，不是“{word}”。",
            f"wants must be one of {', '.join(WANTS)}, not {word!r}.",
        )
    return word


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


def do(
    rule: int, operation: Operation, *reasons: Text, then: tuple[Text, ...] = (), options: tuple[Operation, ...] = ()
) -> TypeAnswer:
    """The answer of a row that finds an operation."""
    return TypeAnswer(operation, False, rule, reasons, then, options)


def stop(rule: int, reason: Text, *ways_out: Text) -> TypeAnswer:
    """The answer of a row that stops the filing, with what leads out."""
    return TypeAnswer(None, True, rule, (reason,), ways_out)


def place(name: str) -> Text:
    """A province by its short Chinese and its English name."""
    return Text(name, next((row["en"] for row in rows("provinces", "provinces") if row["name"] == name), name))
