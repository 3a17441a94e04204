"""Where the pages about accounts are."""

ACCOUNT = "/dashboard/account"
SIGN_IN = f"{ACCOUNT}/sign-in"
PROVE = f"{ACCOUNT}/prove"
WELCOME = "/welcome"
