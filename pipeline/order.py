"""The life of a filing order (备案订单) after submission: states, events and what each event does. Pure.

An order is what its events say: `replay` makes it from them, `apply` adds one. The transitions stand in
`rules/codes/statuses.yaml`. Nothing here knows the provider's or the bureau's system: a person reports what happened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pipeline.errors import FilingError
from pipeline.model import Filing, Operation, Text
from pipeline.order_sms import Targets, codes_of, sms_limits, sms_targets
from pipeline.order_tables import Row, rows, tables, text
from pipeline.same import same_name

RESENDS = 2
"""Resends by hand where nobody says otherwise: the sources say 2 or 3 (CN-114), the stricter and more detailed text counts."""
UNDO = "undo"
"""The event that takes back the one before it; it stays in the ledger, but counts for nothing in the order."""


class OrderState(StrEnum):
    """Where an order stands, in our words."""

    DRAFT = "draft"
    PROVIDER_AUDITING = "provider_auditing"
    PROVIDER_NEEDS_FIX = "provider_needs_fix"
    PROVIDER_REJECTED = "provider_rejected"
    PROVIDER_PASSED = "provider_passed"
    SMS_PENDING = "sms_pending"
    SMS_FAILED = "sms_failed"
    ADMIN_AUDITING = "admin_auditing"
    ADMIN_REJECTED = "admin_rejected"
    FILED = "filed"
    ABANDONED = "abandoned"


IN_REVIEW = frozenset(
    {OrderState.PROVIDER_AUDITING, OrderState.PROVIDER_PASSED, OrderState.SMS_PENDING, OrderState.ADMIN_AUDITING}
)
"""States in which somebody judges the order (在途); one that came back is with the agent again."""
ENDED = frozenset({OrderState.FILED, OrderState.ABANDONED})
"""States in which nobody waits for anything any more."""


class Impossible(FilingError):
    """An event cannot happen to the order as it stands; the message names those that can."""

    exit_code = 2
    code = "impossible_event"


@dataclass(frozen=True, slots=True)
class Happening:
    """One event: when it happened (or is planned for), the state it led to, and what was noted."""

    event: str
    at: datetime
    state: OrderState
    note: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order now. `codes` are the SMS codes it waits for, each with the roles of whose phone it goes to.

    `since` is when it came into its state; verified roles, wrong tries and resends count for the present SMS check.
    """

    operation: Operation
    targets: Targets
    codes: tuple[tuple[str, ...], ...] = ()
    state: OrderState = OrderState.DRAFT
    since: datetime | None = None
    verified: tuple[str, ...] = ()
    wrong_tries: int = 0
    resends: int = 0
    most_resends: int = RESENDS
    history: tuple[Happening, ...] = ()

    @property
    def waits_for(self) -> tuple[tuple[str, ...], ...]:
        """The codes still to be entered."""
        return tuple(code for code in self.codes if not set(code) & set(self.verified))

    @property
    def may_wait_for(self) -> tuple[str, ...]:
        """Who may have got a code too and has not entered one; the order goes on when `all_verified` is recorded."""
        return tuple(role for role in self.targets.maybe if role not in self.verified)

    @property
    def is_irreversible(self) -> bool:
        """Whether the operation cannot be taken back once the bureau has it."""
        return self.operation.value in tables("statuses")["irreversible"]

    def last(self, event: str) -> Happening | None:
        """The last event of a kind."""
        return next((one for one in reversed(self.history) if one.event == event), None)


@dataclass(frozen=True, slots=True)
class Basis:
    """What of a filing decides its order: the operation, what it is about, and the codes that phones decide.

    What has been submitted stays as it was, whatever the papers become later; so each submission keeps its basis.
    """

    operation: Operation
    website: bool = True
    app: bool = False
    entity_changed: bool | None = None
    service_changed: bool | None = None
    codes: tuple[tuple[str, ...], ...] = ()


def basis_of(filing: Filing) -> Basis:
    """The basis of a filing as it is now.

    Whether entity data change is taken from what the filing says of the record on file; None means not known.
    """
    basis = Basis(filing.operation, bool(filing.websites), bool(filing.apps), _entity_changed(filing))
    return replace(basis, codes=codes_of(_targets(basis).who, filing))


def new_order(basis: Basis, *, most_resends: int = RESENDS) -> Order:
    """An order to which nothing has happened yet; `most_resends` is how often the SMS code may be sent again by hand."""
    return Order(basis.operation, _targets(basis), basis.codes, most_resends=most_resends)


def _targets(basis: Basis) -> Targets:
    return sms_targets(
        basis.operation,
        website=basis.website,
        app=basis.app,
        entity_changed=basis.entity_changed,
        service_changed=basis.service_changed,
    )


def _entity_changed(filing: Filing) -> bool | None:
    """True where the stated record differs; equal parts prove nothing, for a phone may change without being on record."""
    pairs = (
        (filing.record.entity_name, filing.entity.name),
        (filing.record.certificate_number, filing.entity.certificate.number),
        (filing.record.entity_person_name, filing.entity_person.name),
    )
    return True if any(old and new and not same_name(old, new) for old, new in pairs) else None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it was recorded; a submission carries the basis it was made on."""

    event: str
    at: datetime
    note: str = ""
    basis: Basis | None = None


def replay(order: Order, recorded: Iterable[Recorded]) -> Order:
    """The order after events in the order they were recorded; `undo` takes back the one before it.

    Resends are counted, not judged: what was recorded stays recorded when the limit is set lower later.

    Raises:
        Impossible: an event does not fit.
    """
    for one in _standing(recorded):
        order = _based(_applied(order, one.event, one.at, one.note), one.basis)
    return order


def _standing(recorded: Iterable[Recorded]) -> list[Recorded]:
    """The events that nobody took back. This is settled before any is applied, so even a wrong one can be undone."""
    kept: list[Recorded] = []
    for one in recorded:
        if one.event != UNDO:
            kept.append(one)
        elif kept:
            kept.pop()
        else:
            raise Impossible("没有可撤回的记录。", "There is no event to take back.")
    return kept


def _based(order: Order, basis: Basis | None) -> Order:
    if basis is None:
        return order
    return replace(order, operation=basis.operation, targets=_targets(basis), codes=basis.codes)


def apply(order: Order, event: str, at: datetime, *, note: str = "") -> Order:
    """The order after one event; `at` is when it happened, with its time zone.

    Raises:
        Impossible: it cannot happen in this state, lies before the event before it, or is one resend too many.
    """
    if event == "resend" and order.state is OrderState.SMS_PENDING and order.resends >= order.most_resends:
        raise _too_many_resends(order.most_resends)
    return _applied(order, event, at, note)


def _applied(order: Order, event: str, at: datetime, note: str) -> Order:
    row = _transition(order, event)
    if row is None:
        raise _impossible(order, event)
    planned = bool(event_row(event).get("plans"))
    if not planned:
        _check_time(order, event, at)
    after = _counted(order, event)
    state = _state_after(after, event, OrderState(row["to"]))
    happening = Happening(event, at, state, note)
    moved = after if state is order.state else _entered(after, state, at)
    return replace(moved, history=(*order.history, happening))


def possible_events(order: Order) -> tuple[str, ...]:
    """The events that can happen now, in the order of the table."""
    found = [row["event"] for row in rows("transitions") if order.state.value in row["from"] and _holds(row, order)]
    return tuple(dict.fromkeys(event for event in found if _is_open(order, event)))


def event_of(word: str) -> str | None:
    """The event a word means: its id, its Chinese name or another name for it."""
    wanted = word.strip().casefold()
    for row in rows("events"):
        if wanted in {name.casefold() for name in (row["id"], row["zh"], *row.get("aliases", ()))}:
            return str(row["id"])
    return None


def event_row(event: str) -> Row:
    """An event's row of the table. Raises KeyError for an unknown one."""
    for row in rows("events"):
        if row["id"] == event:
            return row
    raise KeyError(event)


def event_leading_to(order: Order, state: OrderState) -> str | None:
    """The one possible event that brings the order into a state; None where there is none or more than one."""
    found = {
        event for event in possible_events(order) if (row := _transition(order, event)) and row["to"] == state.value
    }
    return found.pop() if len(found) == 1 else None


def state_row(state: OrderState) -> Row:
    """A state's row of the table: names, whether data may be edited, what to do."""
    return next(row for row in rows("states") if row["id"] == state.value)


def state_name(state: OrderState) -> Text:
    """A state's name."""
    return text(state_row(state))


def state_of(provider: str, word: str) -> OrderState | None:
    """The state that a provider's status name (or WeChat's code) means; None where it is not in the table."""
    for row in rows("provider_statuses"):
        if row["provider"] == provider and word.strip() in (row["name"], row.get("zh")):
            return OrderState(row["state"])
    return None


def provider_names(provider: str, state: OrderState) -> tuple[str, ...]:
    """A provider's own names (or codes) of a state, the usual one first."""
    wanted = (provider, state.value)
    return tuple(row["name"] for row in rows("provider_statuses") if (row["provider"], row["state"]) == wanted)


# -- one event ---------------------------------------------------------------------------------------------------


def _transition(order: Order, event: str) -> Row | None:
    for row in rows("transitions"):
        if row["event"] == event and order.state.value in row["from"] and _holds(row, order):
            return row if _is_open(order, event) else None
    return None


def _holds(row: Row, order: Order) -> bool:
    """Whether the row's condition is met."""
    if row.get("when") == "provider_only":
        return order.operation.value in tables("statuses")["provider_only"]
    if row.get("when") == "no_code":
        return not order.targets.who and not order.targets.maybe
    return True


def _is_open(order: Order, event: str) -> bool:
    """Whether an event about one person's code still has that person to wait for."""
    role = _role_of(event)
    return not role or (role not in order.verified and role in (*order.targets.who, *order.targets.maybe))


def _role_of(event: str) -> str:
    return event.removeprefix("verified_") if event.startswith("verified_") else ""


def _check_time(order: Order, event: str, at: datetime) -> None:
    before = [one for one in order.history if not event_row(one.event).get("plans")]
    if before and at < before[-1].at:
        last = before[-1]
        raise Impossible(
            f"“{event_row(event)['zh']}”的时间 {at.isoformat(timespec='minutes')} 早于上一事件"
            f"“{event_row(last.event)['zh']}”（{last.at.isoformat(timespec='minutes')}）。请用 --at 给出正确时间，"
            "或先用 undo 撤回上一事件。",
            f"{event} at {at.isoformat(timespec='minutes')} lies before {last.event} at "
            f"{last.at.isoformat(timespec='minutes')}. Give the right time with --at, or take the last event back (undo).",
        )


def _too_many_resends(most: int) -> Impossible:
    return Impossible(
        f"短信最多重发 {most} 次，再点击不会收到短信。若未核验，系统约 12 小时后会再自动发送一次；仍收不到请联系接入商。"
        "确实又收到了短信的，请改设置 sms_resends。",
        f"The code is resent at most {most} times; one more click brings no message. About 12 hours after the first the "
        "system sends it once more by itself; if nothing comes, ask the provider. If a code did come, change the setting "
        "sms_resends.",
    )


def _counted(order: Order, event: str) -> Order:
    if event == "wrong_try":
        return replace(order, wrong_tries=order.wrong_tries + 1)
    if event == "resend":
        return replace(order, resends=order.resends + 1)
    role = _role_of(event)
    if not role:
        return order
    shared = next((code for code in order.codes if role in code), (role,))
    return replace(order, verified=(*order.verified, *shared))


def _state_after(order: Order, event: str, state: OrderState) -> OrderState:
    """The state of the table, or what counting makes of it: all codes entered, or one wrong try too many."""
    if event == "wrong_try" and order.wrong_tries > sms_limits()["wrong_tries"]:
        return OrderState.SMS_FAILED
    if _role_of(event) and not order.waits_for and not order.may_wait_for:
        return OrderState.ADMIN_AUDITING
    return state


def _entered(order: Order, state: OrderState, at: datetime) -> Order:
    fresh = replace(order, state=state, since=at)
    if state is OrderState.SMS_PENDING:
        return replace(fresh, verified=(), wrong_tries=0, resends=0)
    return fresh


def _impossible(order: Order, event: str) -> Impossible:
    name = state_name(order.state)
    possible = possible_events(order)
    zh = "、".join(f"{one}（{event_row(one)['zh']}）" for one in possible) or "无（订单已结束）"
    return Impossible(
        f"订单现在是“{name.zh}”，不能记录“{event}”。现在可以记录：{zh}。",
        f"The order is {name.en!r}: {event} cannot happen now. Possible now: {', '.join(possible) or 'nothing, it has ended'}.",
    )
