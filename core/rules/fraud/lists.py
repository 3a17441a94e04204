"""Lists that the fraud rules begin with; terms may add to them.

They are short on purpose: names that have been known for years. Relays that only hide somebody's own address (Apple's,
Firefox', DuckDuckGo's, SimpleLogin's) are no disposable mail, and must never stand here.
"""

DISPOSABLE_DOMAINS = frozenset(
    """10minutemail.com 10minutemail.net 20minutemail.com anonbox.net burnermail.io deadaddress.com discard.email
    discardmail.com dispostable.com dropmail.me emailfake.com emailondeck.com fakeinbox.com fakemailgenerator.com
    getairmail.com getnada.com grr.la guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.info
    guerrillamail.net guerrillamail.org guerrillamailblock.com harakirimail.com incognitomail.org jetable.org
    kurzepost.de luxusmail.org mail-temp.com mailcatch.com maildrop.cc mailexpire.com mailinator.com mailinator.net
    mailnesia.com mailnull.com mailsac.com mailtemp.info meltmail.com minutemail.com mintemail.com moakt.com
    mohmal.com mytemp.email mytrashmail.com nada.email objectmail.com one-time.email pokemail.net sharklasers.com
    spam4.me spambog.com spambox.us spamex.com spamgourmet.com temp-mail.io temp-mail.org tempail.com tempinbox.com
    tempmail.com tempmail.net tempmailo.com tempr.email throwam.com throwawaymail.com trash-mail.com trashmail.com
    trashmail.de trashmail.net trashmail.ws wegwerfemail.de wegwerfmail.de wegwerfmail.net yopmail.com yopmail.fr
    yopmail.net zehnminutenmail.de""".split()
)
COUPON_SITES = tuple(
    """retailmenot.com slickdeals.net couponcabin.com coupons.com couponfollow.com honey.com joinhoney.com groupon.com
    dealspotr.com wethrift.com knoji.com simplycodes.com hotukdeals.com vouchercodes.co.uk mydealz.de gutscheine.de
    gutscheinsammler.de sparwelt.de dealabs.com radins.com ma-reduc.com pepper.pl pepper.com ozbargain.com.au""".split()
)
