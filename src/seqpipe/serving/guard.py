"""Who may ask: a token where there is one, no other site's page, and no foreign name for this machine."""

from __future__ import annotations

import ipaddress
import json
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seqpipe.serving.refused import Refused

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
OPEN = frozenset({"/", "/health", "/openapi.json", "/page.css", "/page.js", "/sentence.js"})
"""What is answered without a token: the page that asks for it, how to ask, and whether the server lives."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return host.casefold() == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Access:
    """Who may ask.

    Attributes:
        host: The address that the server listens at.
        names: Further names by which it may be called, as by a proxy before it.
        token: What a request carries; None: nothing.
    """

    host: str
    names: tuple[str, ...] = ()
    token: str | None = None

    def check(self, method: str, path: str, headers: Headers) -> None:
        """Raises Refused where such a request is not answered."""
        called = headers.get("host", "")
        if not self._is_our_name(_host_name(called)):
            raise Refused(421, "wrong_host", "The server is not known by that name; see --allow-host.")
        if method not in SAFE and not _same_site(headers, called):
            raise Refused(403, "wrong_origin", "Pages of other sites may not ask this server.")
        if self.token is not None and path not in OPEN and not self._has_token(headers):
            told = "The server asks for a token: send the header `Authorization: Bearer <token>`."
            raise Refused(401, "no_token", told, {"WWW-Authenticate": "Bearer"})

    def _is_our_name(self, name: str) -> bool:
        """Where a token is needed, an address of any interface will do: a name of another's is what rebinding takes."""
        known = LOOPBACK | {self.host.casefold(), socket.gethostname().casefold(), *map(str.casefold, self.names)}
        return name in known or is_loopback(name) or (self.token is not None and _is_address(name))

    def _has_token(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        expected = (self.token or "").strip().encode()
        return scheme.casefold() == "bearer" and secrets.compare_digest(given.strip().encode(), expected)


def _host_name(called: str) -> str:
    """Of a Host header, without the port."""
    try:
        return (urlsplit(f"//{called}").hostname or "").casefold()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same_site(headers: Headers, called: str) -> bool:
    """Programs send neither header; browsers send them with every request that changes something."""
    origin = headers.get("origin")
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    return origin is None or urlsplit(origin).netloc.casefold() == called.casefold()


class Guard:
    """Refuses what ``access`` does not let in before anything of it is read, and adds the headers of security.

    ``counted`` is, by path, what is called with the reason where a request is not let in.
    """

    def __init__(self, app: ASGIApp, access: Access, counted: Mapping[str, Callable[[str], None]]) -> None:
        self._app, self._access, self._counted = app, access, counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY)
            await send(message)

        try:
            self._access.check(scope["method"], scope["path"], Headers(scope=scope))
        except Refused as refused:
            if scope["path"] in self._counted:
                self._counted[scope["path"]](refused.reason)
            await _answer(refused, secured)
            return
        await self._app(scope, receive, secured)


async def _answer(refused: Refused, send: Send) -> None:
    headers = {"Content-Type": "application/json", "Connection": "close", **refused.headers}
    raw = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.status, "headers": raw})
    await send({"type": "http.response.body", "body": json.dumps(refused.body).encode()})
