"""What tests plant: secrets and personal values that can be told from everything else, wherever they come out."""

MARK = "planted7f3"  # inside every secret of the fixtures
PASSWORD = "a kettle of very green tea"
OF_THE_EXAMPLE = "the-sandbox-has-no-secret-worth-keeping"  # examples/store-app
# Where people of the fixtures have their mail; and how the tokens begin that sandboxes make up.
DOMAINS = ("example.com", "example.org", "tea.example", "coffee.example", "acme.example", "work.example")
TOKENS = ("shpat_", "shprt_", "pat-eu1-", "pat-na1-")


def secret(name: str) -> str:
    """A secret that no table, log line or error page may tell."""
    return f"{name}-{MARK}"


def markers() -> tuple[str, ...]:
    """What is looked for: no value that tests plant is without one of them, and nothing else has one."""
    return (MARK, PASSWORD, OF_THE_EXAMPLE, *(f"@{domain}" for domain in DOMAINS), *TOKENS)
