"""One function for every fraud rule: what it finds in a case, or None."""

from collections.abc import Callable, Mapping

from core.rules.fraud.checks import accounts, codes, likeness, pace, ring, traces
from core.rules.fraud.facts import Case, Found, Settings

Check = Callable[[Case, Settings], Found | None]
CHECKS: Mapping[str, Check] = {
    "self_referral": likeness.self_referral,
    "same_account": accounts.same_account,
    "shared_account": accounts.shared_account,
    "same_phone": likeness.same_phone,
    "similar_mail": likeness.similar_mail,
    "same_name": likeness.same_name,
    "same_address": traces.same_address,
    "same_payment": traces.same_payment,
    "same_device": traces.same_device,
    "same_network": traces.same_network,
    "busy_network": traces.busy_network,
    "one_door": traces.one_door,
    "fast_advocate": pace.fast_advocate,
    "known_before": likeness.known_before,
    "disposable_mail": likeness.disposable_mail,
    "coupon_site": codes.coupon_site,
    "leaked_code": codes.leaked_code,
    "ring": ring.ring,
    "refunds": pace.refunds,
    "staff": accounts.staff,
}
