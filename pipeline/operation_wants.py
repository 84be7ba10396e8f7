"""Which operation it is when something on record is to be changed, cancelled or moved: rows 12 to 17 of the table. Pure.

Sources: the providers' pages on changing and cancelling (Huawei Cloud user guide 2023-11-30, UCloud guidance 2024-09-05,
Tencent Cloud FAQ 2021-12) and the provinces' rules named beside each set.
"""

from __future__ import annotations

from pipeline.model import Operation, Text
from pipeline.operation_facts import Known, TypeAnswer, do, place, stop

WHOLE_CHANGE_ONLY = frozenset({"江苏", "河南", "青海"})
"""Where only 变更备案 is taken, neither of the entity nor of the service alone (JS-031, HA-028, QH-019)."""
WHOLE_CHANGE_OF_PERSON = frozenset({"湖南", "贵州"})
"""Where a new entity person goes by 变更备案 (HN-020, GZ-018); 贵州 takes no change of the service alone (GZ-019b)."""


def wanted(known: Known) -> TypeAnswer | None:
    """The answer to what is wanted besides opening or connecting a service; None where that is what is wanted."""
    row = {
        "change": _change,
        "cancel_access": _cancel_access,
        "deregister_service": _deregister_service,
        "deregister_entity": _deregister_entity,
        "transfer": _transfer,
    }.get(known.wants)
    return row(known) if row else None


def _change(known: Known) -> TypeAnswer:
    if not known.entity_filed:
        return stop(
            12,
            Text("主体没有备案，没有可变更的内容。", "The entity is not on record; there is nothing to change."),
            Text("请办理首次备案。", "File for the first time."),
        )
    if not known.entity_filed_here:
        return stop(
            12,
            Text(
                "备案不在本接入商，不能在此变更。", "The record is not with this provider and cannot be changed here."
            ),
            Text(
                "请到原接入商变更，或先把服务接入本接入商。",
                "Change it with the original provider, or connect the service here first.",
            ),
        )
    return _kind_of_change(known)


def _kind_of_change(known: Known) -> TypeAnswer:
    both = (known.changes_entity and known.changes_service) or not (known.changes_entity or known.changes_service)
    if known.changes_access and both and not known.changes_entity:
        return do(
            13, Operation.CHANGE_ACCESS, Text("只变更接入信息。", "Only access data change."), then=(ACCESS_NOTE,)
        )
    if both:
        stated = known.changes_entity
        reason = (
            Text("主体和服务信息都变更。", "Data of entity and service change.")
            if stated
            else Text("没有说明变更哪一部分，按变更备案处理。", "Which part changes was not said; 变更备案 covers all.")
        )
        options = () if stated else (Operation.CHANGE_ENTITY, Operation.CHANGE_SERVICE, Operation.CHANGE_ACCESS)
        return do(13, Operation.CHANGE_FILING, reason, then=(AHEAD,), options=options)
    why = _whole_change(known)
    if why:
        return do(13, Operation.CHANGE_FILING, why, then=(AHEAD,))
    if known.changes_entity:
        return do(
            13, Operation.CHANGE_ENTITY, Text("只变更主体信息。", "Only data of the entity change."), then=(AHEAD,)
        )
    return do(
        13, Operation.CHANGE_SERVICE, Text("只变更网站或APP信息。", "Only data of the service change."), then=(AHEAD,)
    )


def _whole_change(known: Known) -> Text | None:
    """Why a change of one part goes by 变更备案 all the same."""
    here = place(known.province)
    if here.zh in WHOLE_CHANGE_ONLY or (here.zh == "贵州" and known.changes_service):
        return Text(f"{here.zh}只受理变更备案。", f"{here.en} takes only a change of the whole filing (变更备案).")
    if here.zh in WHOLE_CHANGE_OF_PERSON and known.changes_entity:
        return Text(
            f"{here.zh}变更主体负责人须用变更备案，并附新的服务负责人授权书。",
            f"{here.en}: a new entity person goes by 变更备案, with a new letter for the service person.",
        )
    if known.individual or known.one_person:
        return Text(
            "个人，或两位负责人为同一人的，变更联系方式等须用变更备案。",
            "An individual, or one person in both roles, changes contact data by 变更备案.",
        )
    return None


def _cancel_access(known: Known) -> TypeAnswer:
    if not (known.service_filed_here or known.entity_filed_here):
        return stop(
            14,
            Text("服务没有接入本接入商，不能在此取消接入。", "The service is not connected here."),
            Text("请到实际接入的接入商取消。", "Cancel it with the provider it is connected to."),
        )
    shell = Text(
        "没有其他接入商接入的，取消后成为空壳，备案将被注销；请先在新接入商完成接入。",
        "If no other provider holds it, the record becomes an empty shell and is deregistered: connect it elsewhere first.",
    )
    reason = Text("取消在本接入商的接入，不需要短信核验。", "The access here is cancelled; there is no SMS check.")
    return do(14, Operation.CANCEL_ACCESS, reason, then=(shell,))


def _deregister_service(known: Known) -> TypeAnswer:
    if not known.entity_filed_here:
        return _not_here(15)
    if known.province == "江苏":
        return stop(
            15,
            Text("江苏不支持线上注销单个网站或APP。", "Jiangsu takes no online deregistration of one website or APP."),
            Text(
                "请把注销申请表以邮件发送管局（规则 JS-033）。",
                "Send the application form to the administration by e-mail (rule JS-033).",
            ),
            Text("也可注销整个主体，或只取消接入。", "Or deregister the whole entity, or only cancel the access."),
        )
    last = Text(
        "这是最后一个服务，注销后主体成为空壳；不再使用的请直接注销主体。",
        "It is the last service: the entity becomes an empty shell. Deregister the entity instead if it is no longer used.",
    )
    reason = Text(
        "注销一个网站或APP，每次一个，不可恢复。", "One website or APP is deregistered, one at a time, for good."
    )
    return do(15, Operation.DEREGISTER_SERVICE, reason, then=(last,) if known.last_service else ())


def _deregister_entity(known: Known) -> TypeAnswer:
    if not known.entity_filed_here:
        return _not_here(16)
    reason = Text(
        "注销主体及其全部网站和APP（包括其他接入商的），不可恢复。",
        "The entity goes with all its websites and APPs, also with other providers, for good.",
    )
    phone = Text(
        "主体负责人手机收不到短信的，改为逐个注销服务，或附注销声明。",
        "If the entity person's phone gets no SMS, deregister the services one by one, or add a declaration.",
    )
    return do(16, Operation.DEREGISTER_ENTITY, reason, then=(phone,))


def _not_here(rule: int) -> TypeAnswer:
    return stop(
        rule,
        Text(
            "备案不在本接入商，不能在此注销。", "The record is not with this provider and cannot be deregistered here."
        ),
        Text("请到原接入商注销。", "Deregister it with the original provider."),
        Text(
            "原接入商已无法登录，或是空壳主体、他人的备案：向省通信管理局提交书面申请。",
            "If that is not possible, or it is an empty shell or another's record: a paper request to the province.",
        ),
    )


def _transfer(known: Known) -> TypeAnswer:
    if not known.entity_filed_here:
        return stop(
            17,
            Text(
                "备案不在本接入商，不能在账号之间转移。",
                "The record is not with this provider, so it cannot move between accounts.",
            ),
            Text("请先接入本接入商。", "Connect it here first."),
        )
    reason = Text(
        "同一接入商内从一个账号转到另一个账号，不影响业务。",
        "It moves from one account to another with one provider; the service is not touched.",
    )
    need = Text(
        "两个账号都没有在途订单，目标账号没有主体。",
        "Neither account has an order in flight, and the new one has no entity.",
    )
    return do(17, Operation.TRANSFER_FILING, reason, then=(need,))


AHEAD = Text("请在变更前 30 日提出。", "Apply 30 days ahead of the change.")
ACCESS_NOTE = Text(
    "变更接入只有部分接入商单独办理（UCloud）；没有此项的用变更互联网信息服务。",
    "Some providers only (UCloud) take this as an order of its own; elsewhere it goes as a change of the service.",
)
