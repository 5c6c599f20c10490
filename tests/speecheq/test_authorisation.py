"""The table: complete, free of dead rows, and obeyed by pages and API alike."""

from __future__ import annotations

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from rest_framework.test import APIClient
from rest_framework.views import APIView

from speecheq.authorisation import table
from speecheq.models import Job
from speecheq.roles import Role, Scope
from tests import factories
from tools.pages import NO_PAGES, PAGES

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def routes(resolver=None, namespaces=()):
    """Every named route with its callback: `(full name, callback)`."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from routes(entry, inner)
        elif isinstance(entry, URLPattern):
            yield ":".join([*namespaces, str(entry.name)]), entry.callback


def api_methods(callback) -> set[str]:
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if view is None or not issubclass(view, APIView):
        return set()
    return {m.upper() for m in view.http_method_names if hasattr(view, m)} - {"OPTIONS", "HEAD"}


ROUTES = sorted({name: callback for name, callback in routes()}.items())


def test_every_route_has_an_entry():
    missing = [name for name, _ in ROUTES if not table().get(name)]
    assert missing == [], "Add them to an authorisation table (see SPEECHEQ_ACCESS_TABLES)"


def test_no_entry_is_left_of_a_route_that_is_gone():
    assert set(table()) == {name for name, _ in ROUTES}


def is_page(name: str, methods) -> bool:
    return "GET" in methods and (not name.startswith("api:") or name == "api:docs")


def test_every_page_is_in_the_list_that_browser_tests_and_pictures_read():
    pages = {name for name, methods in table().items() if is_page(name, methods)}
    listed = {page.route for page in PAGES}
    assert pages - listed - set(NO_PAGES) == set(), "add it to tools/pages.py"
    assert (listed | set(NO_PAGES)) - pages == set(), "gone: take it out of tools/pages.py"
    assert listed & set(NO_PAGES) == set()


def test_a_listed_page_lies_where_the_list_says():
    places = {page.path: re.sub(r"\{\w+\}", _part_of(page.path), page.path) for page in PAGES}
    found = {page.path: resolve(places[page.path]).view_name for page in PAGES}
    assert found == {page.path: page.route for page in PAGES}


def _part_of(path: str) -> str:
    """What may stand in the place of a part that varies."""
    return "x/y" if "invite" in path else "x"


def test_every_method_of_an_api_view_has_an_entry():
    missing = {name: api_methods(callback) - set(table()[name]) for name, callback in ROUTES}
    assert {name: methods for name, methods in missing.items() if methods} == {}


# All routes in one test, here and below: to begin a test takes longer than to be refused.
def test_nobody_reaches_the_api_without_signing_in():
    calls = [
        (name, method)
        for name, methods in sorted(table().items())
        for method, access in methods.items()
        if not access.anyone and name.startswith("api:")
    ]
    assert len(calls) > 100
    answers = {call: APIClient().generic(call[1], path_of(call[0])) for call in calls}
    told = {call: (each.status_code, each.json()["code"]) for call, each in answers.items()}
    assert told == dict.fromkeys(calls, (401, "not_authenticated"))


def path_of(name: str) -> str:
    """An address of the route, with a value for every part that varies."""
    from django.urls import get_resolver

    namespaces, _, last = name.rpartition(":")
    resolver = get_resolver()
    prefix = ""
    for namespace in filter(None, namespaces.split(":")):
        extra, resolver = resolver.namespace_dict[namespace]
        prefix += extra
    template, params = resolver.reverse_dict.getlist(last)[0][0][0]
    return "/" + prefix + template % {param: "x" for param in params}


def test_a_page_sends_a_stranger_to_sign_in(client):
    pages = [
        name
        for name, methods in sorted(table().items())
        if is_page(name, methods) and ":" in name and not methods["GET"].anyone
    ]
    assert len(pages) > 30
    answers = {name: client.get(path_of(name)) for name in pages}
    sent_to = {name: each.headers.get("Location", "") for name, each in answers.items()}
    assert [name for name, each in answers.items() if each.status_code != 302] == []
    assert [name for name in pages if not sent_to[name].startswith("/accounts/login/")] == []


def test_a_token_needs_the_scope_of_the_route():
    corpus = factories.CorpusFactory()
    manager = factories.member(corpus, Role.DATA_MANAGER)
    api = factories.client(manager, Scope.LABEL)
    answer = api.post("/api/v1/campaigns/", {})
    assert answer.status_code == 403
    assert "manage" in answer.json()["detail"]


def test_a_role_in_no_corpus_opens_nothing():
    annotator = factories.member(factories.CorpusFactory(), Role.ANNOTATOR)
    api = factories.client(annotator)
    assert api.post("/api/v1/campaigns/", {}).status_code == 403


def test_a_method_the_view_lacks_is_405():
    person = factories.UserFactory()
    api = factories.client(person)
    assert api.delete("/api/v1/me/").status_code == 405


@pytest.mark.parametrize(
    ("scope", "status"), [(Scope.LABEL, 403), (Scope.MANAGE, 200), (Scope.RESEARCH, 200)]
)
def test_the_token_of_a_labelling_program_reads_no_votes(scope, status):
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 1)
    made = factories.campaign(corpus, annotators=[])
    researcher = factories.member(corpus, Role.RESEARCHER)
    api = factories.client(researcher, scope)
    for what in ("consensus", "queue"):
        assert api.get(f"/api/v1/campaigns/{made.public_id}/{what}/").status_code == status
    assert api.get("/api/v1/releases/").status_code == status


@pytest.mark.parametrize(
    ("scope", "status"), [(Scope.LABEL, 403), (Scope.MANAGE, 202), (Scope.RESEARCH, 202)]
)
def test_the_token_of_a_labelling_program_stops_no_work(scope, status):
    manager = factories.member(factories.CorpusFactory(slug="managed"), Role.DATA_MANAGER)
    job = Job.objects.create(kind="some.work", corpus="managed")
    api = factories.client(manager, scope)
    assert api.post(f"/api/v1/jobs/{job.public_id}/cancel/").status_code == status
