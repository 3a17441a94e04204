"""Cheats: each function settles one group of people who take rewards that nobody meant for them."""

from datetime import timedelta

from sandbox.population.people import Town

# Hosts at which one mailbox has several names.
SPELLINGS = (
    ("gmail.com", ("gmail.com", "googlemail.com")),
    ("proton.me", ("pm.me", "protonmail.com")),
    ("me.com", ("icloud.com",)),
)


def respelt_mail(town: Town) -> None:
    """One person under their own address written otherwise, from another device and card."""
    local = town.mail(town.name(), "x").partition("@")[0].replace(".", "")
    host, others = town.random.choice(SPELLINGS)
    cheat, _ = town.customer("respelt_mail", mail=f"{local}@{host}")
    for number in range(town.random.choice((1, 2))):
        again = f"{local}+{number}@{town.random.choice(others)}"
        if host == "gmail.com":
            again = f"{local[:2]}.{again[2:]}"
        town.buys(town.human("respelt_mail", mail=again), town.kit(), town.day(), brought_by=cheat)


def second_mailbox(town: Town) -> None:
    """One person with another mailbox, at home, in the browser they always use."""
    cheat, kit = town.customer("second_mailbox")
    town.buys(town.human("second_mailbox", name=town.name()), kit, town.day(10, 80), brought_by=cheat)


def serial_mails(town: Town) -> None:
    """One person with mailboxes numbered through, a private window for each, and one card and address."""
    name = town.name()
    local = f"{name.lower().replace(' ', '.')}{town.number()}x"
    cheat, kit = town.customer("serial_mails", name=name, mail=f"{local}1@gmx.de")
    for number in range(2, town.random.randrange(4, 7)):
        again = town.human("serial_mails", name=name, mail=f"{local}{number}@gmx.de")
        town.buys(again, town.kit(kit.home, card=kit.card), town.day(), brought_by=cheat)


def throwaway(town: Town) -> None:
    """One person with mailboxes to throw away, minutes after an order of their own, in private windows."""
    cheat, kit = town.customer("throwaway")
    for _ in range(3):
        at = town.day()
        town.buys(cheat, kit, at, ip=kit.home.ip)
        host = town.random.choice(("mailinator.com", "guerrillamail.com", "yopmail.com", "trashmail.de"))
        again = town.human("throwaway", mail=f"x{town.number()}@{host}")
        card = kit.card if town.chance(0.5) else ""
        private = town.kit(kit.home, card=card)
        hidden = town.ip() if town.chance(0.1) else kit.home.ip
        town.buys(again, private, at + timedelta(minutes=20), brought_by=cheat, ip=hidden, user_agent=kit.agent)


def farm(town: Town) -> None:
    """A room of telephones: fresh mailboxes and names, each device and card for several accounts, within days."""
    cheat, kit = town.customer("farm")
    devices = [town.kit(kit.home) for _ in range(3)]
    begins = town.day(20, 170)
    town.buys(cheat, devices[0], begins)
    for _ in range(town.random.randrange(12, 24)):
        device = town.random.choice(devices)
        at = begins + timedelta(hours=town.random.uniform(1, 96))
        town.buys(town.human("farm"), device, at, brought_by=cheat)


def circle(town: Town) -> None:
    """Three or four who recommend each other round and round, each order through the next one's code."""
    people = [town.human("circle") for _ in range(town.random.choice((3, 4)))]
    kits = [town.kit() for _ in people]
    begins = town.day(10, 150)
    for turn in range(len(people) * 3):
        number = turn % len(people)
        by = people[number - 1]
        town.buys(people[number], kits[number], begins + timedelta(days=turn), brought_by=by if turn else None)


def card_ring(town: Town) -> None:
    """Accounts that share two or three cards and recommend one another from separate browsers."""
    cards = [f"card-{town.number()}" for _ in range(2)]
    first, _ = town.customer("card_ring", town.kit(card=cards[0]))
    people = [first]
    for turn in range(town.random.randrange(6, 10)):
        one = town.human("card_ring")
        kit = town.kit(card=cards[turn % 2] if turn > 1 else cards[0])
        if turn == 1:
            town.buys(people[-1], town.kit(card=cards[1]), town.day(9, 10))
        town.buys(one, kit, town.day(), brought_by=town.random.choice(people))
        people.append(one)


def leaked_code(town: Town) -> None:
    """A code in a forum: scores of strangers from everywhere within hours, hardly anybody by the link."""
    advocate, _ = town.customer("plain")
    begins = town.day(20, 170)
    for _ in range(town.random.randrange(60, 90)):
        page = "https://www.mydealz.de/gutscheine/tea" if town.chance(0.6) else ""
        at = begins + timedelta(hours=town.random.uniform(0, 30))
        sale = town.buys(town.human("leaked_code"), town.kit(), at, brought_by=advocate, came_from=page)
        town.correct(sale, by_link=False)


def coupon_site(town: Town) -> None:
    """A code that a coupon site lists: now and then somebody finds it there."""
    advocate, _ = town.customer("plain")
    for _ in range(town.random.randrange(4, 8)):
        page = "" if town.chance(0.05) else "https://www.retailmenot.com/view/tea.example"
        sale = town.buys(town.human("coupon_site"), town.kit(), town.day(), brought_by=advocate, came_from=page)
        town.correct(sale, by_link=False)


def known_customer(town: Town) -> None:
    """A customer who buys again as a new one: a new account, the old address."""
    advocate, _ = town.customer("plain")
    earlier, kit = town.customer("plain")
    again = town.human("known_customer", name=earlier.name, mail=earlier.mail)
    town.buys(again, town.kit(kit.home), town.day(10, 175), brought_by=advocate)


def parcel_drop(town: Town) -> None:
    """Made-up friends with mailboxes, cards, devices and networks of their own, and one door to which all is sent."""
    cheat, _ = town.customer("parcel_drop")
    door = town.home()
    for _ in range(town.random.randrange(4, 9)):
        friend, sent = town.human("parcel_drop"), {"address": door.address, "postcode": door.postcode}
        town.buys(friend, town.kit(), town.day(), brought_by=cheat, **sent)


def refund_farmer(town: Town) -> None:
    """An advocate whose friends send everything back, one after another; the first ones look like anybody's."""
    cheat, _ = town.customer("refund_farmer")
    for _ in range(10):
        sale = town.buys(town.human("refund_farmer"), town.kit(), town.day(), brought_by=cheat)
        town.correct(sale, went_back=town.chance(0.8))


def patient_pair(town: Town) -> None:
    """Two who share the rewards and nothing else: no rule can tell them from friends."""
    cheat, _ = town.customer("patient_pair")
    town.buys(town.human("patient_pair"), town.kit(), town.day(), brought_by=cheat)
