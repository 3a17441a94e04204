"""Links: what an advocate passes on, and where a person's part in the programme is shown."""

from urllib.parse import urlencode, urlsplit, urlunsplit


def link_to(destination: str, code: str) -> str:
    """The campaign's page with the code in `ref`; empty when the campaign names no page."""
    if not destination:
        return ""
    parts = urlsplit(destination)
    query = "&".join(filter(None, [parts.query, urlencode({"ref": code})]))
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, parts.fragment))


def trace_of(base_url: str, person_id: str) -> str:
    """The dashboard's page of a person; empty when the hub's address is not known."""
    return f"{base_url.rstrip('/')}/dashboard/people/{person_id}" if base_url else ""
