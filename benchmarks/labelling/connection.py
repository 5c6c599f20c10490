"""HTTP as a browser speaks it: one kept-alive connection, cookies, the CSRF token."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.labelling.wire import Answer, Wire

# Servers drop a connection that is idle for longer than this; a new one is no error.
IDLE_S = 5.0
SERVER_CPU = re.compile(r"cpu;dur=([0-9.]+)")


@dataclass(frozen=True)
class Reply:
    """A whole answer. `cpu_ms`: what the server says it computed for it, where it says so."""

    status: int
    body: bytes
    cpu_ms: float | None = None

    def json(self) -> Any:
        return json.loads(self.body)

    def expect(self, *statuses: int) -> Reply:
        """This reply, or RuntimeError with what the server said instead."""
        if self.status not in statuses:
            raise RuntimeError(f"HTTP {self.status}: {self.body[:300]!r}")
        return self


class Connection:
    """One person's connection. Not for use by two threads at once."""

    def __init__(self, base: str, *, csrf_cookie: str = "csrftoken", timeout_s: float = 60.0):
        parts = urlsplit(base)
        self.base = base
        self.wire = Wire(str(parts.hostname), parts.port or 80, timeout_s=timeout_s)
        self.csrf_cookie = csrf_cookie
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {"Accept": "application/json"}
        self.used_at = 0.0
        self.last: Reply | None = None

    def twin(self) -> Connection:
        """Another connection of the same person, as a second tab opens one."""
        other = Connection(self.base, csrf_cookie=self.csrf_cookie)
        other.cookies, other.headers = dict(self.cookies), dict(self.headers)
        return other

    def get(self, path: str, **headers: str) -> Reply:
        return self._send("GET", path, "", headers)

    def post(self, path: str, body: object, **headers: str) -> Reply:
        """POST JSON."""
        headers["Content-Type"] = "application/json"
        return self._send("POST", path, json.dumps(body), headers)

    def submit_form(self, path: str, fields: dict[str, str]) -> Reply:
        """POST a form as its page would, with the token the page came with."""
        fields = {**fields, "csrfmiddlewaretoken": self.cookies.get(self.csrf_cookie, "")}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", path, urlencode(fields), headers)

    def close(self) -> None:
        self.wire.close()

    def _send(self, method: str, path: str, body: str, headers: dict[str, str]) -> Reply:
        if time.monotonic() - self.used_at > IDLE_S:
            self.wire.close()
        answer = self.wire.request(
            method, path, {**self._own_headers(), **headers}, body.encode("utf-8")
        )
        self._keep_cookies(answer)
        self.last = Reply(answer.status, answer.body, _cpu_ms(answer))
        self.used_at = time.monotonic()
        return self.last

    def _own_headers(self) -> dict[str, str]:
        own = {**self.headers, "Referer": self.base}
        if self.cookies:
            own["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.csrf_cookie in self.cookies:
            own["X-CSRFToken"] = self.cookies[self.csrf_cookie]
        return own

    def _keep_cookies(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name == "set-cookie":
                self.cookies |= {name: each.value for name, each in SimpleCookie(value).items()}


def _cpu_ms(answer: Answer) -> float | None:
    found = SERVER_CPU.search(answer.header("server-timing"))
    return float(found[1]) if found else None
