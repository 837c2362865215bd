"""Who may ask."""

import pytest
from starlette.datastructures import Headers
from tests.serving.conftest import TOKEN

from seqpipe.serving.guard import Access, is_loopback
from seqpipe.serving.refused import Refused


def why(access, method="GET", path="/model", **headers):
    """The reason why a request is not answered; None where it is."""
    named = {"host": "localhost:8000"} | {key.replace("_", "-"): value for key, value in headers.items()}
    try:
        access.check(method, path, Headers(named))
    except Refused as refused:
        return refused.reason
    return None


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000", "127.0.0.1"])
def test_this_machine_is_known_by_its_names(host):
    assert why(Access("127.0.0.1"), host=host) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "192.168.1.5", "", "["]
)
def test_a_name_that_another_has_given_is_refused(host):
    assert why(Access("127.0.0.1"), host=host) == "wrong_host"


def test_names_that_are_given_are_known():
    access = Access("0.0.0.0", ("Models.example",), TOKEN)
    assert why(access, path="/", host="models.example") is None
    assert why(access, path="/", host="192.168.1.5:80") is None, "an address is no name that can be rebound"
    assert why(access, path="/", host="evil.example") == "wrong_host"


def test_other_sites_may_not_post():
    access = Access("127.0.0.1")
    assert why(access, "POST", "/predict") is None, "a program sends no origin"
    assert why(access, "POST", "/predict", origin="http://localhost:8000") is None
    assert why(access, "POST", "/predict", origin="https://localhost:8000") is None, "as behind a proxy"
    for origin in ("https://evil.example", "http://localhost:9999", "null", "http://localhost:8000.evil.example"):
        assert why(access, "POST", "/predict", origin=origin) == "wrong_origin"
    assert why(access, "POST", "/predict", sec_fetch_site="cross-site") == "wrong_origin"
    assert why(access, "GET", "/model", origin="https://evil.example") is None, "it cannot read the answer"


def test_a_token_is_asked_for():
    access = Access("127.0.0.1", (), TOKEN)
    assert why(access, authorization=f"Bearer {TOKEN}") is None
    assert why(access, authorization=f"bearer  {TOKEN}") is None
    for given in ("", TOKEN, "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer ä"):
        assert why(access, authorization=given) == "no_token"
    assert why(access, path="/metrics") == "no_token"
    assert [why(access, path=path) for path in ("/", "/page.js", "/health", "/openapi.json")] == [None] * 4


@pytest.mark.parametrize(("host", "only_here"), [("127.0.0.1", True), ("127.9.9.9", True), ("localhost", True),
                                                 ("::1", True), ("0.0.0.0", False), ("::", False),
                                                 ("192.168.1.5", False), ("machine.example", False)])  # fmt: skip
def test_what_only_this_machine_reaches(host, only_here):
    assert is_loopback(host) == only_here


def test_the_server_asks_and_counts(narrow, admitted, clip):
    with narrow.client() as stranger:
        refused = stranger.post("/predict", files={"file": clip.read_bytes()})
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert "Authorization: Bearer" in refused.json()["error"]
        assert stranger.get("/model").status_code == 401
    assert admitted.get("/model", headers={"Host": "evil.example"}).status_code == 421
    assert admitted.post("/predict", content=b"x", headers={"Origin": "https://evil.example"}).status_code == 403
    assert 'outcome="no_token"} 1' in admitted.get("/metrics").text
    assert 'outcome="wrong_origin"} 1' in admitted.get("/metrics").text


@pytest.mark.parametrize("path", ["/", "/page.js", "/health", "/nothing"])
def test_every_answer_carries_the_headers_of_security(path, narrow):
    with narrow.client() as stranger:
        headers = stranger.get(path).headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "server" not in headers
