"""How much CPU a request took inside the web process, told to whoever asked."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class ServerCpuMiddleware:
    """Adds `Server-Timing: cpu;dur=MS`: CPU time of the thread that answered, all other
    middleware included. What the HTTP server and the database did is not in it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.thread_time()
        response = self.get_response(request)
        response.headers["Server-Timing"] = f"cpu;dur={(time.thread_time() - began) * 1000:.3f}"
        return response
