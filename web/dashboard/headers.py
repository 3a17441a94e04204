"""What every page says to the browser: run only our own files, keep nothing, tell nobody."""

from flask import Response

POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "style-src": "'self'",
    "script-src": "'self'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Strangers learn nothing; with `no-referrer` our own forms could not say either where they come from.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def protect(response: Response) -> Response:
    """The response with the headers above; pages are never kept, files are kept until they change."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    is_page = response.mimetype == "text/html"
    response.headers["Cache-Control"] = "no-store" if is_page else "no-cache"
    return response
