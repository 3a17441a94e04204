"""Where the pages about accounts are."""

DASHBOARD = "/dashboard"
ACCOUNT = f"{DASHBOARD}/account"
SIGN_IN = f"{ACCOUNT}/sign-in"
PROVE = f"{ACCOUNT}/prove"
WELCOME = "/welcome"
