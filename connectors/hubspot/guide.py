"""What an admin does in HubSpot to connect a portal."""

from referhub import Guide

GUIDE = Guide(
    before=(
        ("Upload the app of connectors/hubspot/kit into the portal, as its README says, still without the webhooks."),
        (
            "One portal: in Development > Projects > referral-hub, choose Distribution > Install now, then "
            "Show the access token, and copy it into this form. Client ID stays empty."
        ),
        (
            "Several portals, by OAuth: the app's redirect URLs have to name {return_url}. Copy the client ID"
            " into this form and leave the access token empty; an admin of each portal then agrees at HubSpot"
            " and comes back here."
        ),
        (
            "From the app's Auth tab, copy the client secret and the app ID. As public URL, enter how HubSpot reaches"
            " this hub, such as https://referrals.example.com: without it no webhook is believed."
        ),
    ),
    after=(
        ("In the kit's webhooks-hsmeta.json, enter {webhook_url} as targetUrl, and upload the app once more."),
        "To see the first event, change any contact's first name in HubSpot.",
    ),
)
