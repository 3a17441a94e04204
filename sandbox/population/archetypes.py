"""Who lives in the town: each archetype with its share, whether it cheats, and whether rules could tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.population import cheats, honest
from sandbox.population.people import Town


@dataclass(frozen=True, slots=True)
class Archetype:
    """How a group is settled, and how many of a thousand people belong to it.

    `is_reachable` is False of cheats who leave nothing that a rule could compare, at least not at first, or what only a
    rule that observes compares.
    """

    settle: Callable[[Town], None]
    per_mille: int
    is_cheat: bool = False
    is_reachable: bool = True


ARCHETYPES: Mapping[str, Archetype] = {
    "plain": Archetype(honest.plain, 640),
    "couple": Archetype(honest.couple, 40),
    "family": Archetype(honest.family, 30),
    "office": Archetype(honest.office, 25),
    "campus": Archetype(honest.campus, 25),
    "influencer": Archetype(honest.influencer, 15),
    "kiosk": Archetype(honest.kiosk, 12),
    "twins": Archetype(honest.twins, 12),
    "masked_mail": Archetype(honest.masked_mail, 20),
    "returning": Archetype(honest.returning, 20),
    "gift_buyer": Archetype(honest.gift_buyer, 20),
    "refund_happy": Archetype(honest.refund_happy, 15),
    "expatriate": Archetype(honest.expatriate, 10),
    "name_change": Archetype(honest.name_change, 10),
    "respelt_mail": Archetype(cheats.respelt_mail, 10, is_cheat=True),
    "second_mailbox": Archetype(cheats.second_mailbox, 10, is_cheat=True),
    "serial_mails": Archetype(cheats.serial_mails, 10, is_cheat=True),
    "throwaway": Archetype(cheats.throwaway, 8, is_cheat=True),
    "farm": Archetype(cheats.farm, 15, is_cheat=True),
    "circle": Archetype(cheats.circle, 5, is_cheat=True),
    "card_ring": Archetype(cheats.card_ring, 8, is_cheat=True),
    "leaked_code": Archetype(cheats.leaked_code, 16, is_cheat=True),
    "coupon_site": Archetype(cheats.coupon_site, 8, is_cheat=True),
    "known_customer": Archetype(cheats.known_customer, 4, is_cheat=True),
    "parcel_drop": Archetype(cheats.parcel_drop, 6, is_cheat=True, is_reachable=False),
    "refund_farmer": Archetype(cheats.refund_farmer, 4, is_cheat=True, is_reachable=False),
    "patient_pair": Archetype(cheats.patient_pair, 2, is_cheat=True, is_reachable=False),
}
