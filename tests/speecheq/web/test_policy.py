"""The Content-Security-Policy: the same for plain answers, a nonce of its own for each page; the
microphone for none but the page that asks for it."""

from __future__ import annotations

import pytest
from csp.decorators import csp_exempt, csp_replace, csp_update
from csp.exceptions import CSPNonceError
from csp.middleware import CSPMiddleware
from django.http import HttpResponse

from speecheq.web.policy import (
    PERMISSIONS,
    WITH_MICROPHONE,
    WITHOUT_MICROPHONE,
    PolicyMiddleware,
)

HEADER = "Content-Security-Policy"


def plain(request):
    return HttpResponse("")


def with_nonce(request):
    return HttpResponse(str(request.csp_nonce))


def with_own_header(request):
    return HttpResponse("", headers={HEADER: "sandbox"})


def recording(request):
    return HttpResponse("", headers={PERMISSIONS: WITH_MICROPHONE})


def answered(rf, middleware, view):
    request = rf.get("/")
    return request, middleware(view)(request)


@pytest.mark.parametrize(
    "view",
    [
        plain,
        with_own_header,
        csp_exempt()(plain),
        csp_update({"img-src": ["https://elsewhere.test"]})(plain),
        csp_replace({"img-src": ["https://elsewhere.test"]})(plain),
    ],
)
def test_the_header_is_the_one_that_django_csp_sets(rf, view):
    _, ours = answered(rf, PolicyMiddleware, view)
    _, theirs = answered(rf, CSPMiddleware, view)
    assert {**theirs.headers, PERMISSIONS: WITHOUT_MICROPHONE} == dict(ours.headers)


def test_a_page_that_records_keeps_its_own_permissions(rf):
    _, answer = answered(rf, PolicyMiddleware, recording)
    assert answer[PERMISSIONS] == WITH_MICROPHONE
    assert "microphone=()" not in answer[PERMISSIONS]


def test_each_page_has_a_nonce_of_its_own(rf):
    pages = [answered(rf, PolicyMiddleware, with_nonce)[1] for _ in range(2)]
    nonces = [page.content.decode() for page in pages]
    assert nonces[0] != nonces[1]
    assert all(f"'nonce-{n}'" in page[HEADER] for n, page in zip(nonces, pages, strict=True))


def test_an_answer_without_a_nonce_allows_none(rf):
    answered(rf, PolicyMiddleware, with_nonce)
    _, answer = answered(rf, PolicyMiddleware, plain)
    assert "nonce" not in answer[HEADER]
    assert "script-src 'self'" in answer[HEADER]


def test_a_nonce_asked_for_after_the_header_was_set_is_refused(rf):
    request, _ = answered(rf, PolicyMiddleware, plain)
    with pytest.raises(CSPNonceError):
        str(request.csp_nonce)
