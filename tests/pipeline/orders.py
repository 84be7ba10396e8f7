"""An order of a fictional filing, moved on by its events."""

from __future__ import annotations

from datetime import date, datetime

from pipeline import due, order
from pipeline.model import (
    App,
    Certificate,
    Document,
    Domain,
    Entity,
    Filing,
    Person,
    PreApproval,
    Website,
)
from pipeline.order import Order, Recorded

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


def start(filing: Filing = FILING) -> Order:
    return order.new_order(order.basis_of(filing))


def after(*events: str, filing: Filing = FILING, at: datetime = NOON) -> Order:
    return order.replay(start(filing), [Recorded(event, at) for event in events])


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
