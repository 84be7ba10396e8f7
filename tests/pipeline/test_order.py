"""The life of an order: every transition, who gets the SMS code, the counts, the dates, the calendar file."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from pipeline import order
from pipeline.model import (
    Filing,
    Operation,
)
from pipeline.order import Basis, Impossible, OrderState, Recorded
from pipeline.order_tables import rows, source, tables
from tests.pipeline.orders import NOON, PATHS, after, start

ALLOWED = {
    "draft": {"submit": "provider_auditing", "abandon": "abandoned"},
    "provider_auditing": {
        "withdraw": "draft",
        "ask_for_fix": "provider_needs_fix",
        "reject": "provider_rejected",
        "pass": "provider_passed",
        "abandon": "abandoned",
    },
    "provider_needs_fix": {"resubmit": "provider_auditing", "abandon": "abandoned"},
    "provider_rejected": {"resubmit": "provider_auditing", "abandon": "abandoned"},
    "provider_passed": {"withdraw": "draft", "handed_over": "sms_pending", "abandon": "abandoned"},
    "sms_pending": {
        "verified_entity_person": "sms_pending",
        "verified_service_person": "sms_pending",
        "wrong_try": "sms_pending",
        "resend": "sms_pending",
        "all_verified": "admin_auditing",
        "sms_timeout": "sms_failed",
        "sms_failed": "sms_failed",
    },
    "sms_failed": {"resubmit": "provider_auditing", "abandon": "abandoned"},
    "admin_auditing": {"pass": "filed", "reject": "admin_rejected"},
    "admin_rejected": {"resubmit": "provider_auditing", "abandon": "abandoned"},
    "filed": {"opened": "filed", "found_inaccurate": "filed", "change_planned": "filed"},
    "abandoned": {},
}
EVENTS = tuple(row["id"] for row in rows("events"))


@pytest.mark.parametrize(("state", "event"), list(itertools.product(PATHS, EVENTS)))
def test_each_event_in_each_state_moves_the_order_as_listed_or_is_refused(state: str, event: str) -> None:
    now = after(*PATHS[state])
    assert now.state == state
    if event in ALLOWED[state]:
        assert order.apply(now, event, NOON).state == ALLOWED[state][event]
    else:
        with pytest.raises(Impossible) as refused:
            order.apply(now, event, NOON)
        assert all(one in refused.value.zh and one in refused.value.en for one in ALLOWED[state])
        assert order.state_name(now.state).zh in refused.value.zh


@pytest.mark.parametrize("state", PATHS)
def test_the_possible_events_are_those_that_can_be_applied(state: str) -> None:
    assert set(order.possible_events(after(*PATHS[state]))) == set(ALLOWED[state])


def test_the_tables_name_only_states_events_operations_and_sources_that_exist() -> None:
    states, operations = {one.value for one in OrderState}, {one.value for one in Operation}
    assert [row["id"] for row in rows("states")] == [one.value for one in OrderState]
    for row in rows("transitions"):
        assert {*row["from"], row["to"]} <= states and row["event"] in EVENTS and source(row["source"]).as_of
    for table in ("provider_statuses", "provider_notes", "clocks"):
        assert all(row["state"] in states and source(row["source"]).as_of for row in rows(table))
    assert all(row["event"] in EVENTS and source(row["source"]).as_of for row in rows("event_clocks"))
    for table in ("targets", "conflicts"):
        assert all(set(row["operations"]) <= operations | {"all"} for row in rows(table, "sms"))
    assert {one for row in rows("targets", "sms") for one in row["operations"]} == operations
    assert set(tables("statuses")["irreversible"]) <= operations


@pytest.mark.parametrize("operation", [Operation.CLAIM_FILING, Operation.TRANSFER_FILING])
def test_what_only_the_provider_decides_is_done_after_its_audit(operation: Operation) -> None:
    assert after("submit", "pass", filing=Filing("x", operation)).state is OrderState.FILED


@pytest.mark.parametrize("operation", [Operation.CANCEL_ACCESS, Operation.CHANGE_ACCESS])
def test_without_a_code_the_bureau_begins_at_once(operation: Operation) -> None:
    assert after("submit", "pass", "handed_over", filing=Filing("x", operation)).state is OrderState.ADMIN_AUDITING


def test_an_event_before_the_last_one_is_refused() -> None:
    with pytest.raises(Impossible, match="lies before submit"):
        order.apply(after("submit"), "pass", NOON - timedelta(minutes=1))


def test_undo_takes_back_the_event_before_it_and_nothing_when_there_is_none() -> None:
    assert after("submit", "reject", "undo", "pass").state is OrderState.PROVIDER_PASSED
    assert after("submit", "undo", "submit").history == after("submit").history
    with pytest.raises(Impossible, match="no event to take back"):
        after("undo")


def test_a_submitted_order_keeps_what_it_was_submitted_with() -> None:
    basis = Basis(Operation.CHANGE_ENTITY, codes=(("entity_person",),))
    events = [Recorded("submit", NOON, basis=basis), Recorded("pass", NOON), Recorded("handed_over", NOON)]
    now = order.replay(start(Filing("x", Operation.CANCEL_ACCESS)), events)
    assert (now.operation, now.waits_for) == (Operation.CHANGE_ENTITY, (("entity_person",),))


@pytest.mark.parametrize(
    ("provider", "word", "state"),
    [
        ("huawei", "待完善备案信息", "draft"),
        ("huawei", "已修改待审核", "provider_auditing"),
        ("tencent", "等待提交管局审核", "provider_passed"),
        ("ucloud", "UCloud审核退回", "provider_rejected"),
        ("jd", "管局失败", "admin_rejected"),
        ("wechat", "4", "admin_auditing"),
        ("wechat", "管局审核驳回", "admin_rejected"),
        ("wechat_sms", "3", "sms_failed"),
        ("huawei", "没有这个", None),
        ("wechat", "1024", None),
    ],
)
def test_a_providers_word_means_one_state(provider: str, word: str, state: str | None) -> None:
    found = order.state_of(provider, word)
    assert (found.value if found else None) == state
    if found is not None:
        names = order.provider_names(provider, found)
        assert all(order.state_of(provider, one) is found for one in names) and names


def test_every_word_of_every_provider_leads_back_to_itself() -> None:
    for row in rows("provider_statuses"):
        assert row["name"] in order.provider_names(row["provider"], OrderState(row["state"]))


@pytest.mark.parametrize(
    ("word", "event"),
    [("submit", "submit"), ("提交", "submit"), ("edit_resubmit", "resubmit"), ("审核通过", "pass"), ("x", None)],
)
def test_an_event_is_known_by_its_names(word: str, event: str | None) -> None:
    assert order.event_of(word) == event


def test_a_new_state_gives_the_event_only_where_one_event_leads_there() -> None:
    pending = after("submit", "pass", "handed_over")
    assert order.event_leading_to(pending, OrderState.ADMIN_AUDITING) == "all_verified"
    assert order.event_leading_to(pending, OrderState.SMS_FAILED) is None  # out of time, or failed for good?
    assert order.event_leading_to(start(), OrderState.FILED) is None


MAY = {
    # state: (edit, withdraw, abandon)
    "draft": (True, False, True),
    "provider_auditing": (False, True, True),
    "provider_needs_fix": (True, False, True),
    "provider_rejected": (True, False, True),
    "provider_passed": (False, True, True),
    "sms_pending": (False, False, False),
    "sms_failed": (True, False, True),
    "admin_auditing": (False, False, False),
    "admin_rejected": (True, False, True),
    "filed": (False, False, False),
    "abandoned": (False, False, False),
}


@pytest.mark.parametrize("state", list(MAY))
def test_what_may_be_edited_withdrawn_or_abandoned_in_each_state(state: str) -> None:
    now = after(*PATHS[state])
    possible = order.possible_events(now)
    row = order.state_row(now.state)
    assert now.state.value == state
    assert (row["may_edit"], "withdraw" in possible, "abandon" in possible) == MAY[state]
    assert row["edit"]["zh"] and row["edit"]["en"]
