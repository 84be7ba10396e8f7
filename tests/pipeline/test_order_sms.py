"""Who gets the bureau's code by SMS, how often, and what the order waits for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline import deadlines, order
from pipeline.model import (
    Certificate,
    Entity,
    Filing,
    Operation,
    Person,
    Record,
)
from pipeline.order import Impossible, OrderState
from pipeline.order_sms import codes_of, sms_limits, sms_steps, sms_targets
from tests.pipeline.orders import BOTH, FILING, NOON, PATHS, after, start

TABLE_14_1 = [
    # operation, kind, entity changed, service changed -> who surely, who perhaps
    ("first_filing", "website", False, False, BOTH, ()),
    ("first_filing", "app", False, False, BOTH, ()),
    ("new_access_same_provider", "website", False, False, ("service_person",), ()),
    ("new_access_same_provider", "website", True, False, BOTH, ()),
    ("new_access_other_provider", "app", False, False, ("service_person",), ()),
    ("new_access_other_provider", "app", True, False, BOTH, ()),
    ("new_access_other_provider", "website", None, None, ("service_person",), ("entity_person",)),
    ("new_service_same_provider", "website", False, False, ("service_person",), ()),
    ("new_service_same_provider", "website", True, False, BOTH, ()),
    ("new_service_other_provider", "app", True, False, ("entity_person",), ()),
    ("new_service_other_provider", "app", False, False, (), ("service_person",)),
    ("new_service_same_provider", "app", None, None, (), BOTH),
    ("change_entity", "website", None, None, ("entity_person",), ()),
    ("change_service", "app", None, None, ("service_person",), ()),
    ("change_filing", "website", True, False, ("entity_person",), ()),
    ("change_filing", "website", False, True, ("service_person",), ()),
    ("change_filing", "app", False, True, ("service_person",), ()),
    ("change_filing", "website", True, True, BOTH, ()),
    ("change_filing", "app", True, True, BOTH, ()),
    ("change_filing", "website", None, None, (), BOTH),
    ("deregister_entity", "website", None, None, ("entity_person",), ()),
    ("deregister_service", "website", None, None, ("service_person",), ()),
    ("deregister_service", "app", None, None, ("service_person",), ()),
    ("cancel_access", "website", None, None, (), ()),
    ("change_access", "website", None, None, (), ()),
    ("claim_filing", "website", None, None, (), ()),
    ("transfer_filing", "website", None, None, (), ()),
]


@pytest.mark.parametrize(("operation", "kind", "entity", "service", "who", "maybe"), TABLE_14_1)
def test_the_code_goes_to_whom_table_14_1_says(
    operation: str, kind: str, entity: bool | None, service: bool | None, who: tuple[str, ...], maybe: tuple[str, ...]
) -> None:
    found = sms_targets(
        Operation(operation),
        website=kind == "website",
        app=kind == "app",
        entity_changed=entity,
        service_changed=service,
    )
    assert (found.who, found.maybe) == (who, maybe)
    assert found.sources


@pytest.mark.parametrize(
    ("operation", "app", "conflict"),
    [
        ("new_access_same_provider", False, "access_target"),
        ("new_service_same_provider", True, "app_without_change"),
        ("change_entity", False, "phone_changed"),
        ("deregister_service", False, "deregister_service"),
        ("first_filing", False, "resends"),
    ],
)
def test_where_the_sources_disagree_both_sides_are_shown(operation: str, app: bool, conflict: str) -> None:
    found = {one.id: one for one in sms_targets(Operation(operation), website=not app, app=app).conflicts}
    assert found[conflict].sources and found[conflict].text.zh and found[conflict].text.en
    assert "app_without_change" not in found or app


def test_equal_phones_get_one_code_and_one_entry_counts_for_both() -> None:
    same = Filing("x", entity_person=Person(mobile="+86 138-0013-8000"), service_person=Person(mobile="13800138000"))
    assert codes_of(BOTH, same) == (BOTH,)
    now = after("submit", "pass", "handed_over", filing=same)
    assert order.apply(now, "verified_service_person", NOON).state is OrderState.ADMIN_AUDITING
    assert codes_of(BOTH, FILING) == (("entity_person",), ("service_person",))
    assert len(codes_of(BOTH, Filing("x"))) == 2  # unknown phones are not equal phones


def test_the_order_waits_for_all_codes() -> None:
    now = after("submit", "pass", "handed_over", "verified_entity_person")
    assert (now.state, now.waits_for) == (OrderState.SMS_PENDING, (("service_person",),))
    with pytest.raises(Impossible):
        order.apply(now, "verified_entity_person", NOON)
    assert order.apply(now, "verified_service_person", NOON).state is OrderState.ADMIN_AUDITING


def test_who_may_get_a_code_too_keeps_the_order_waiting_until_all_is_said_to_be_verified() -> None:
    access = Filing("x", Operation.NEW_ACCESS_SAME_PROVIDER)
    now = after("submit", "pass", "handed_over", "verified_service_person", filing=access)
    assert (now.state, now.waits_for, now.may_wait_for) == (OrderState.SMS_PENDING, (), ("entity_person",))
    assert order.apply(now, "verified_entity_person", NOON).state is OrderState.ADMIN_AUDITING
    assert order.apply(now, "all_verified", NOON).state is OrderState.ADMIN_AUDITING


def test_five_wrong_tries_are_borne_and_the_sixth_returns_the_order() -> None:
    five = after("submit", "pass", "handed_over", *["wrong_try"] * 5)
    assert (five.state, five.wrong_tries) == (OrderState.SMS_PENDING, sms_limits()["wrong_tries"])
    assert order.apply(five, "wrong_try", NOON).state is OrderState.SMS_FAILED
    again = after("submit", "pass", "handed_over", *["wrong_try"] * 6, "resubmit", "pass", "handed_over")
    assert again.wrong_tries == 0


def test_the_code_is_resent_at_most_twice() -> None:
    twice = after("submit", "pass", "handed_over", "resend", "resend")
    with pytest.raises(Impossible, match="at most 2 times"):
        order.apply(twice, "resend", NOON)
    assert order.apply(replace(twice, most_resends=3), "resend", NOON).resends == 3


def test_a_lower_limit_set_later_does_not_contradict_what_was_recorded() -> None:
    three = after("submit", "pass", "handed_over", "resend", "resend", "resend")
    assert three.resends == 3 and three.most_resends == order.RESENDS
    with pytest.raises(Impossible, match="sms_resends"):
        order.apply(three, "resend", NOON)


def test_the_steps_say_page_person_and_inputs_but_no_number() -> None:
    zh = " ".join(one.zh for one in sms_steps((("entity_person",),), ("service_person",), 1, 1, 2))
    for word in (
        "https://beian.miit.gov.cn",
        "主体负责人",
        "也可能",
        "6 位验证码",
        "后 6 位",
        "输错 4 次",
        "重发 1 次",
    ):
        assert word in zh


def test_what_to_do_never_prints_a_phone_or_certificate_number() -> None:
    person = Person("张三", Certificate("resident_id", "440101199001011234"), mobile="13800138000")
    filing = Filing("x", entity_person=person, service_person=person)
    for path in PATHS.values():
        said = str(deadlines.what_now(after(*path, filing=filing), filing, NOON))
        assert "13800138000" not in said and "1234" not in said and "张三" not in said


def test_a_stated_record_with_another_name_means_that_the_entity_changes() -> None:
    filing = Filing("x", Operation.NEW_ACCESS_OTHER_PROVIDER, entity=Entity("新名"), record=Record(entity_name="旧名"))
    assert order.basis_of(filing).entity_changed is True
    assert start(filing).targets.who == BOTH
    assert order.basis_of(FILING).entity_changed is None
