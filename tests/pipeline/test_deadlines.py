"""Working days, and the dates that an order, its papers and its provider set."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline import deadlines, due, workdays
from pipeline.model import (
    Filing,
)
from pipeline.order import Order
from tests.pipeline.orders import CHINA, FILING, NOON, PAPERS, PATHS, after, start


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
