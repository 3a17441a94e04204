"""What an admin does in Salesforce to connect an org."""

from referhub import Guide

GUIDE = Guide(
    before=(
        (
            "Deploy the fields of connectors/salesforce/kit, as its README says: sf project deploy start "
            "--source-dir force-app/main"
        ),
        "Setup > Users: make an integration user with the permission set Referral Hub Integration.",
        (
            "Setup > External Client App Manager: make an app with OAuth, by certificate (JWT) or client "
            "credentials; its policy has to admit that user in advance."
        ),
        (
            "Copy its consumer key as client_id, and either the private key and the user's name or the "
            "consumer secret and your My Domain, into this form. For a sandbox org, enter sandbox as environment "
            "among the other settings."
        ),
    ),
    after=(
        (
            "Deploy force-app/messages of the kit with the endpoint {webhook_url}; nobody else may know it, "
            "so treat it like a password."
        ),
        "Setup > Flows: activate the flows of the kit.",
        "To see the first event, change any contact's last name in Salesforce.",
    ),
)
