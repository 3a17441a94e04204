"""Attribution: which advocate's code the evidence on an order points at, and why."""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from core.contract.events import Evidence, EvidenceKind
from core.rules.identities import canonical_code
from core.rules.reasons import Reason

TOKEN_VERSION = "v1"
RULING = "ruling"
CODE, NOBODY, EVIDENCE = "code", "nobody", "evidence"
WORDS = {
    EvidenceKind.CODE: "the discount code",
    EvidenceKind.SIGNED_ATTRIBUTE: "the signed cart attribute",
    EvidenceKind.DEAL_FIELD: "the referral code on the deal",
    EvidenceKind.CONTACT_FIELD: "the referral code on the contact",
    EvidenceKind.LANDING_REF: "the referral link of the landing page",
    EvidenceKind.LAST_VISIT: "the last visit before the order",
    EvidenceKind.FIRST_VISIT: "the first visit before the order",
    EvidenceKind.OTHER_CONTACT_FIELD: "the referral code on another contact of the deal",
}


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """A code as attribution sees it."""

    code_id: str
    campaign_id: str
    advocate_id: str
    text: str
    is_active: bool
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RulingFacts:
    """An operator's word on who brought an order: `says` is code, nobody or evidence, `lookup` the code's spelling."""

    says: str
    lookup: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Attribution:
    """The code that won (None: nobody's order), what decided (evidence, or an operator's word), and every reason."""

    code: CodeFacts | None
    evidence: Evidence | None
    reasons: tuple[Reason, ...]
    is_ruled: bool = False

    @property
    def decided_by(self) -> str:
        """The kind of evidence, or that it was a ruling; empty when nothing names anybody."""
        return RULING if self.is_ruled else str(self.evidence.kind if self.evidence else "")


def ruled(ruling: RulingFacts | None, codes: Mapping[str, CodeFacts]) -> Attribution | None:
    """What an operator's word makes of an order; None where there is none, or none about this campaign.

    It names a code that is switched off, too.
    """
    if ruling is None or ruling.says == EVIDENCE:
        return None
    if ruling.says == NOBODY:
        reason = Reason(RULING, False, "an operator decided that nobody brought this order")
        return Attribution(None, None, (reason,), is_ruled=True)
    code = codes.get(ruling.lookup)
    if code is None:
        return None
    reason = Reason(RULING, True, f"an operator decided that the code {code.text} brought this order")
    return Attribution(code, None, (reason,), is_ruled=True)


def in_use(codes: Mapping[str, CodeFacts], at: datetime) -> Mapping[str, CodeFacts]:
    """The codes as they were then: one that had been ended is switched off."""
    ended = {key: code for key, code in codes.items() if code.ended_at is not None and code.ended_at <= at}
    return {**codes, **{key: replace(code, is_active=False) for key, code in ended.items()}} if ended else codes


def sign_token(code: str, click: str, key: bytes) -> str:
    """The cart attribute `v1.<code>.<click>.<mac>`: buyers can edit it, so it carries the hub's own signature."""
    claim = f"{TOKEN_VERSION}.{code}.{click}"
    return f"{claim}.{_mac(claim, key)}"


def open_token(token: str, key: bytes) -> str | None:
    """The code inside a cart attribute, or None unless the hub signed it."""
    claim, _, mac = token.rpartition(".")
    parts = claim.split(".")
    is_ours = hmac.compare_digest(_mac(claim, key).encode(), mac.encode())
    return parts[1] if is_ours and len(parts) == 3 and parts[0] == TOKEN_VERSION else None


def _mac(claim: str, key: bytes) -> str:
    return hmac.new(key, claim.encode(), sha256).hexdigest()[:32]


def code_named(evidence: Evidence, key: bytes) -> str | None:
    """The comparable spelling of the code that a piece of evidence names, or None if it is forged."""
    if evidence.kind is EvidenceKind.SIGNED_ATTRIBUTE:
        opened = open_token(evidence.value, key)
        return canonical_code(opened) if opened else None
    return canonical_code(evidence.value)


def attribute(
    found: Iterable[Evidence], codes: Mapping[str, CodeFacts], precedence: tuple[EvidenceKind, ...], key: bytes
) -> Attribution:
    """The strongest evidence that names an active code of the campaign wins; all of it is kept as reasons.

    `codes` holds the campaign's codes by their comparable spelling.
    """
    weighed = [(evidence, *_weigh(evidence, codes, precedence, key)) for evidence in found]
    claims = [(evidence, code) for evidence, _, code in weighed if code]
    if not claims:
        nobody = Reason("referral", False, "no evidence names an advocate of this campaign")
        return Attribution(None, None, (*(reason for _, reason, _ in weighed), nobody))
    evidence, code = min(claims, key=lambda claim: precedence.index(claim[0].kind))
    first = f"{WORDS[evidence.kind]} comes first"
    reasons = [_beside(reason, named, code, first) for _, reason, named in weighed]
    if len({named.advocate_id for _, named in claims}) > 1:
        reasons.append(Reason("conflict", True, f"several advocates are named; {first}"))
    return Attribution(code, evidence, tuple(reasons))


def _beside(reason: Reason, named: CodeFacts | None, chosen: CodeFacts, why: str) -> Reason:
    """What names another advocate than the chosen one says that it was not chosen."""
    if named is None or named.advocate_id == chosen.advocate_id:
        return reason
    return replace(reason, words=f"{reason.words}, which was not chosen: {why}")


def _weigh(
    evidence: Evidence, codes: Mapping[str, CodeFacts], precedence: tuple[EvidenceKind, ...], key: bytes
) -> tuple[Reason, CodeFacts | None]:
    what, shown = WORDS[evidence.kind], evidence.value[:64]
    rule = f"evidence.{evidence.kind}"
    if evidence.kind not in precedence:
        return Reason(rule, False, f"{what} {shown!r} is not among the evidence these terms accept"), None
    named = code_named(evidence, key)
    if named is None:
        return Reason(rule, False, f"{what} was not signed by this hub, so it proves nothing"), None
    code = codes.get(named)
    if code is None:
        return Reason(rule, False, f"{what} {shown!r} is nobody's code in this campaign"), None
    if not code.is_active:
        return Reason(rule, False, f"{what} names the code {code.text}, which is switched off"), None
    return Reason(rule, True, f"{what} names the code {code.text}"), code
