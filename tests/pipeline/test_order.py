"""The life of an order: every transition, who gets the SMS code, the counts, the dates, the calendar file."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline import deadlines, due, ics, order, workdays
from pipeline.model import (
    App,
    Certificate,
    Document,
    Domain,
    Entity,
    Filing,
    Operation,
    Person,
    PreApproval,
    Record,
    Website,
)
from pipeline.order import Basis, Impossible, Order, OrderState, Recorded
from pipeline.order_sms import codes_of, sms_limits, sms_steps, sms_targets
from pipeline.order_tables import rows, source, tables

CHINA = due.CHINA
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=CHINA)  # a Monday
BOTH = ("entity_person", "service_person")
FILING = Filing(
    "x-1",
    province="广东",
    provider="huawei",
    entity_person=Person("张三", mobile="13800138000"),
    service_person=Person("李四", mobile="13900139000"),
    websites=(Website("青穗", domains=(Domain("example.cn"),)),),
)
PATHS = {
    "draft": (),
    "provider_auditing": ("submit",),
    "provider_needs_fix": ("submit", "ask_for_fix"),
    "provider_rejected": ("submit", "reject"),
    "provider_passed": ("submit", "pass"),
    "sms_pending": ("submit", "pass", "handed_over"),
    "sms_failed": ("submit", "pass", "handed_over", "sms_timeout"),
    "admin_auditing": ("submit", "pass", "handed_over", "all_verified"),
    "admin_rejected": ("submit", "pass", "handed_over", "all_verified", "reject"),
    "filed": ("submit", "pass", "handed_over", "all_verified", "pass"),
    "abandoned": ("abandon",),
}
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


def start(filing: Filing = FILING) -> Order:
    return order.new_order(order.basis_of(filing))


def after(*events: str, filing: Filing = FILING, at: datetime = NOON) -> Order:
    return order.replay(start(filing), [Recorded(event, at) for event in events])


# -- transitions -------------------------------------------------------------------------------------------------


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


# -- the SMS check -----------------------------------------------------------------------------------------------


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


# -- the providers' words ----------------------------------------------------------------------------------------


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


# -- dates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "count", "end"),
    [
        ("2026-11-16", 2, "2026-11-18"),
        ("2026-11-20", 1, "2026-11-23"),
        ("2026-09-30", 1, "2026-10-08"),  # National Day
        ("2026-10-09", 1, "2026-10-10"),  # a Saturday that is worked
        ("2026-02-13", 2, "2026-02-24"),  # Spring Festival after a worked Saturday
        ("2026-11-16", 20, "2026-12-14"),
        ("2025-01-27", 1, "2025-02-05"),  # Spring Festival of 2025
        ("2025-09-30", 1, "2025-10-09"),  # National Day and Mid-Autumn of 2025 in one
        ("2025-10-10", 1, "2025-10-11"),  # a Saturday that is worked
        ("2027-02-04", 1, "2027-02-09"),  # not announced yet: the four days by law, without make-up days
        ("2027-06-08", 1, "2027-06-10"),  # Dragon Boat Festival
    ],
)
def test_working_days_follow_the_published_holidays(day: str, count: int, end: str) -> None:
    assert workdays.add_workdays(date.fromisoformat(day), count) == date.fromisoformat(end)


@pytest.mark.parametrize(("year", "count"), [(2024, 251), (2025, 248), (2026, 248)])
def test_a_year_has_as_many_working_days_as_the_notice_leaves(year: int, count: int) -> None:
    assert workdays.workdays_between(date(year - 1, 12, 31), date(year, 12, 31)) == count


def test_only_announced_years_are_known() -> None:
    assert workdays.is_known(2026) and not workdays.is_known(2029)
    assert workdays.unknown_years(date(2026, 12, 1), date(2029, 1, 1))[-1] == 2029


def one(now: Order, ident: str, filing: Filing = FILING) -> due.Due:
    (found,) = [item for item in deadlines.deadlines(now, filing) if item.id == ident]
    return found


def test_the_sms_check_ends_after_24_hours_to_the_minute() -> None:
    item = one(after("submit", "pass", "handed_over"), "sms_check")
    assert item.at == NOON + timedelta(hours=24) and item.source.as_of
    assert not due.is_over(item, NOON + timedelta(hours=24)) and due.is_over(
        item, NOON + timedelta(hours=24, minutes=1)
    )


@pytest.mark.parametrize(
    ("events", "ident", "day"),
    [
        (("submit",), "provider_audit", "2026-11-18"),
        (("submit", "pass", "handed_over", "all_verified"), "bureau_audit", "2026-12-14"),
        ((*PATHS["filed"],), "public_security", "2026-12-16"),
        ((*PATHS["filed"], "opened"), "public_security", "2026-12-16"),
        ((*PATHS["filed"], "found_inaccurate"), "correct_inaccurate", "2026-11-30"),
        ((*PATHS["filed"], "change_planned"), "change_ahead", "2026-10-17"),
    ],
)
def test_each_clock_ends_on_its_day(events: tuple[str, ...], ident: str, day: str) -> None:
    assert one(after(*events), ident).day == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("provider", "events", "day"),
    [
        ("alibaba", ("submit", "withdraw"), "2026-12-31"),
        ("ucloud", ("submit", "reject"), "2027-06-01"),
        ("huawei", ("submit", "reject"), None),
    ],
)
def test_untouched_orders_are_deleted_by_some_providers(
    provider: str, events: tuple[str, ...], day: str | None
) -> None:
    filing = Filing("x", provider=provider)
    found = [
        item.day.isoformat()
        for item in deadlines.deadlines(after(*events, filing=filing), filing)
        if item.id == "draft_deleted"
    ]
    assert found == ([day] if day else [])


def test_zhejiang_has_its_own_bureau_clock() -> None:
    filing = Filing("x", province="浙江")
    item = one(after("submit", "pass", "handed_over", "all_verified", filing=filing), "bureau_audit", filing)
    assert "浙江" in item.title.zh and item.day == date(2026, 12, 28)


def test_a_span_into_a_year_without_known_holidays_says_so() -> None:
    late = datetime(2026, 12, 21, 9, 0, tzinfo=CHINA)
    item = one(after("submit", "pass", "handed_over", "all_verified", at=late), "bureau_audit")
    assert item.day == date(2027, 1, 19)
    assert "2027 年放假安排尚未公布" in item.title.zh and "holidays of 2027 are not announced yet" in item.title.en
    assert "尚未公布" not in one(after("submit"), "provider_audit").title.zh


def test_a_day_is_a_day_in_china() -> None:
    evening = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)  # 01:00 on the 17th in China
    assert one(after("submit", at=evening), "provider_audit").day == date(2026, 11, 19)


PAPERS = Filing(
    "x",
    entity=Entity(
        certificate=Certificate(valid_to=date(2027, 5, 31)),
        legal_person=Person(certificate=Certificate(valid_to="长期")),
    ),
    entity_person=Person(certificate=Certificate(valid_to=date(2030, 1, 1))),
    service_person=Person(certificate=Certificate(valid_to=date(2031, 1, 1))),
    websites=(Website(domains=(Domain("a.cn", expires_on=date(2027, 3, 1)), Domain("b.cn"))),),
    apps=(App(pre_approvals=(PreApproval(valid_to=date(2029, 8, 8)),)),),
    documents=(Document("letter", "授权书.pdf", "ab" * 32, dated=date(2026, 9, 30)),),
)


def test_certificates_domains_and_approvals_are_recalled_three_months_before_they_end() -> None:
    found = {item.id: item.day.isoformat() for item in deadlines.deadlines(start(PAPERS), PAPERS) if item.is_reminder}
    assert found == {
        "expiry:entity": "2027-02-28",
        "expiry:entity_person": "2029-10-01",
        "expiry:service_person": "2030-10-01",
        "expiry:domain:a.cn": "2026-12-01",
        "expiry:pre_approvals[0]": "2029-05-08",
    }


def test_a_letter_ages_only_while_it_can_still_be_handed_in() -> None:
    assert one(start(PAPERS), "letter:授权书.pdf", PAPERS).day == date(2026, 12, 30)
    submitted = after("submit", filing=PAPERS)
    assert not [item for item in deadlines.deadlines(submitted, PAPERS) if item.id.startswith("letter")]


def test_an_abandoned_order_has_no_dates_left() -> None:
    assert deadlines.deadlines(after("abandon", filing=PAPERS), PAPERS) == ()


# -- what to do --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", PATHS)
def test_every_state_says_what_to_do_in_both_languages(state: str) -> None:
    said = deadlines.what_now(after(*PATHS[state]), FILING, NOON)
    assert said and all(text.zh and text.en and "{" not in text.zh + text.en for text in said)


@pytest.mark.parametrize("operation", ["deregister_entity", "deregister_service", "cancel_access"])
def test_what_cannot_be_undone_is_said_until_it_is_done(operation: str) -> None:
    filing = Filing("x", Operation(operation))
    assert any("不可恢复" in text.zh for text in deadlines.what_now(start(filing), filing, NOON))
    assert not any("不可恢复" in text.zh for text in deadlines.what_now(start(), FILING, NOON))


@pytest.mark.parametrize(("hours", "words"), [(1.5, "还剩 22 小时 30 分"), (23.99, "还剩 0 小时"), (25, "24 小时已过")])
def test_the_running_clock_is_told(hours: float, words: str) -> None:
    said = deadlines.what_now(after("submit", "pass", "handed_over"), FILING, NOON + timedelta(hours=hours))
    assert words in said[0].zh


def test_what_is_late_is_told_first_and_reminders_last() -> None:
    said = deadlines.what_now(after("submit", filing=PAPERS), PAPERS, datetime(2026, 12, 2, tzinfo=CHINA))
    assert "已过预期时间" in said[0].zh and "请注意（2026-12-01）" in said[-1].zh


def test_a_providers_own_limits_are_told() -> None:
    filing = Filing("x", provider="tencent")
    said = deadlines.what_now(after("submit", "pass", filing=filing), filing, NOON)
    assert any(text.zh.startswith("腾讯云") for text in said)


# -- the calendar file -------------------------------------------------------------------------------------------


def parse(data: bytes) -> list[dict[str, str]]:
    """The events of a calendar, unfolded and unescaped, read by the rules of RFC 5545 and nothing of ours."""
    assert data.endswith(b"END:VCALENDAR\r\n") and b"\n" not in data.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    events: list[dict[str, str]] = []
    inside = ""
    for line in data.decode("utf-8").replace("\r\n ", "").split("\r\n"):
        name, _, value = line.partition(":")
        if name == "BEGIN":
            inside = value
            events += [{}] if value == "VEVENT" else []
        elif name == "END":
            inside = "VEVENT" if value == "VALARM" else ""
        elif inside == "VEVENT":
            events[-1][name] = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)
    return events


def test_a_calendar_reads_back_as_it_was_written() -> None:
    long = "某某科技，" * 30 + "a,b;c\\n"
    entries = [
        ics.Entry("k/1", date(2026, 12, 14), long, "line one\nline, two"),
        ics.Entry("k/2", date(2026, 11, 17), "短信核验", at=NOON + timedelta(hours=24)),
    ]
    data = ics.calendar(entries, stamp=NOON, name="备案")
    first, second = parse(data)
    assert first["SUMMARY"] == long and first["DESCRIPTION"] == "line one\nline, two"
    assert first["DTSTART;VALUE=DATE"] == "20261214" and second["DTSTART"] == "20261117T040000Z"
    assert first["DTSTAMP"] == "20261116T040000Z" and first["UID"] != second["UID"]
    assert data == ics.calendar(entries, stamp=NOON, name="备案")


def test_an_entry_keeps_its_uid_when_its_day_moves() -> None:
    days = (date(2026, 12, 14), date(2026, 12, 15))
    one_, two = (parse(ics.calendar([ics.Entry("k", day, "t")], stamp=NOON, name="n"))[0] for day in days)
    assert one_["UID"] == two["UID"] and one_ != two


@pytest.mark.parametrize("width", range(70, 80))
def test_no_character_is_cut_where_a_line_is_folded(width: int) -> None:
    line = "S:" + "a" * (width - 2) + "备案" * 60
    folded = ics.folded(line)
    assert folded.replace(b"\r\n ", b"").decode() == line + "\r\n"
    assert all(len(part) <= 75 and part.decode() for part in folded.removesuffix(b"\r\n").split(b"\r\n"))


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
