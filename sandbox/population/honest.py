"""Honest people, and those among them who look like cheats: each function settles one group of them."""

from datetime import timedelta

from sandbox.population.people import Town

# The address of the shop's own till.
TILL = "192.0.2.10"
OWN_NETWORKS = (TILL,)


def plain(town: Town) -> None:
    """An advocate and the friends they brought within half a year."""
    advocate, _ = town.customer("plain")
    for _ in range(town.random.choice((1, 1, 2, 3))):
        town.buys(town.human("plain"), town.kit(), town.day(), brought_by=advocate)


def couple(town: Town) -> None:
    """Two under one roof: one address and network, often one card, seldom one browser."""
    last = town.random.choice(("", town.name().partition(" ")[2]))
    advocate, own = town.customer("couple", name=town.name(last))
    card = own.card if town.chance(0.5) else ""
    browser = own.browser if town.chance(0.08) else ""
    kit = town.kit(own.home, card=card, browser=browser)
    town.buys(town.human("couple", name=town.name(last)), kit, town.day(), brought_by=advocate)


def family(town: Town) -> None:
    """Parents and grown children: one name, one address, now and then one card for two of them."""
    last = town.name().partition(" ")[2]
    advocate, own = town.customer("family", name=town.name(last))
    for _ in range(town.random.choice((1, 2, 3))):
        home = own.home if town.chance(0.6) else None
        kit = town.kit(home, card=own.card if home and town.chance(0.12) else "")
        town.buys(town.human("family", name=town.name(last)), kit, town.day(), brought_by=advocate)


def office(town: Town) -> None:
    """Colleagues behind one address of the internet, who have parcels sent to work and recommend in between."""
    work = town.home()
    agent = town.kit().agent
    people = [town.human("office") for _ in range(town.random.randrange(5, 12))]
    advocate = people[0]
    kit = town.kit(work)
    town.buys(advocate, kit, town.day(0, 9))
    for colleague in people[1:]:
        own = town.kit(work if town.chance(0.5) else None)
        town.buys(colleague, own, town.day(), brought_by=advocate, ip=work.ip, user_agent=agent)


def campus(town: Town) -> None:
    """A dormitory: one street, doors of their own, a handful of internet addresses for all."""
    networks = [town.ip() for _ in range(6)]
    first, _ = town.customer("campus")
    advocates = [first]
    for _ in range(town.random.randrange(8, 20)):
        student = town.human("campus")
        kit = town.kit()
        brought_by = town.random.choice(advocates)
        town.buys(student, kit, town.day(), brought_by=brought_by, ip=town.random.choice(networks))
        if town.chance(0.2):
            advocates.append(student)


def influencer(town: Town) -> None:
    """One with followers: several friends a day after a post, from everywhere, by the link. Most shops know them."""
    advocate, _ = town.customer("influencer", is_trusted=town.chance(0.8))
    for _ in range(town.random.randrange(3, 6)):
        post = town.day(20)
        for _ in range(town.random.randrange(2, 8)):
            at = post + timedelta(hours=town.random.expovariate(1 / 12))
            sale = town.buys(town.human("influencer"), town.kit(), at, brought_by=advocate)
            town.correct(sale, by_link=town.chance(0.9))


def kiosk(town: Town) -> None:
    """A till in the shop that customers order at: one browser kind, and an address that the terms may name."""
    till = {"ip": TILL, "user_agent": "till", "browser": ""}
    for _ in range(6):
        advocate, _ = town.customer("kiosk")
        town.buys(town.human("kiosk"), town.kit(), town.day(), brought_by=advocate, **till)


def twins(town: Town) -> None:
    """Siblings with nearly one name and nearly one address, in homes of their own."""
    last = town.name().partition(" ")[2].lower()
    one, other = town.random.choice((("marina", "marino"), ("annika", "annina"), ("christian", "christina")))
    host, year = town.random.choice(("gmx.de", "gmail.com")), town.number()
    advocate, _ = town.customer("twins", name=f"{one} {last}", mail=f"{one}.{last}.{year}@{host}")
    twin = town.human("twins", name=f"{other} {last}", mail=f"{other}.{last}.{year}@{host}")
    town.buys(twin, town.kit(), town.day(), brought_by=advocate)


def masked_mail(town: Town) -> None:
    """Somebody who hides their address behind a relay."""
    advocate, _ = town.customer("masked_mail")
    relay = town.random.choice(("privaterelay.appleid.com", "mozmail.com", "duck.com", "simplelogin.com"))
    friend = town.human("masked_mail", mail=f"{town.random.getrandbits(40):x}@{relay}")
    town.buys(friend, town.kit(), town.day(), brought_by=advocate)


def returning(town: Town) -> None:
    """A customer of long ago who comes back with a new address and device, brought by a friend."""
    advocate, _ = town.customer("returning")
    earlier, kit = town.customer("returning")
    again = town.human("returning", name=earlier.name)
    town.buys(again, town.kit(kit.home, card=kit.card), town.day(120), brought_by=advocate)


def gift_buyer(town: Town) -> None:
    """Somebody who sends presents to the very friend who recommended the shop."""
    advocate, theirs = town.customer("gift_buyer")
    giver = town.human("gift_buyer")
    own = town.kit()
    town.buys(giver, own, town.day(), brought_by=advocate, address=theirs.home.address, postcode=theirs.home.postcode)


def refund_happy(town: Town) -> None:
    """A friend who sends a lot back, brought by somebody who brought others as well."""
    advocate, _ = town.customer("refund_happy")
    for number in range(4):
        sale = town.buys(town.human("refund_happy"), town.kit(), town.day(), brought_by=advocate)
        town.correct(sale, went_back=number == 0)


def expatriate(town: Town) -> None:
    """Somebody who moves: address, network and device change between recommending and being thanked."""
    advocate, _ = town.customer("expatriate")
    town.buys(advocate, town.kit(), town.day(60, 90))
    town.buys(town.human("expatriate"), town.kit(), town.day(90), brought_by=advocate)


def name_change(town: Town) -> None:
    """Somebody who married: another name on the next orders, the friend has the old one."""
    advocate, kit = town.customer("name_change")
    town.buys(advocate, kit, town.day(40, 60), name=town.name())
    sister = town.human("name_change", name=f"{town.random.choice(('Eva', 'Lea', 'Ute'))} {advocate.name.split()[1]}")
    town.buys(sister, town.kit(), town.day(60), brought_by=advocate)
