"""The least a request can do behind our middleware and authentication.

`bare/read/` reads one row by key through one serializer; `bare/write/` inserts one row in a
transaction. What `next` and `submit` take beyond these is theirs.
"""

from __future__ import annotations

from django.db import transaction
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.models import Scheme
from speecheq.authorisation import Routes, signed_in
from speecheq.models import Outbox
from speecheq.urls import handler400, handler403, handler404, handler500
from speecheq.urls import urlpatterns as product

__all__ = ["handler400", "handler403", "handler404", "handler500"]


class RowSerializer(serializers.Serializer):
    code = serializers.CharField()
    version = serializers.IntegerField()


class BareRead(APIView):
    def post(self, request: Request) -> Response:
        return Response(RowSerializer(Scheme.objects.get(code="seqd-1")).data)


class BareWrite(APIView):
    def post(self, request: Request) -> Response:
        with transaction.atomic():
            row = Outbox.objects.create(topic="bench", payload={})
        return Response({"id": row.pk}, status=201)


urlpatterns = [
    path("api/v1/bare/read/", BareRead.as_view(), name="bare-read"),
    path("api/v1/bare/write/", BareWrite.as_view(), name="bare-write"),
    *product,
]
ROUTES: Routes = {"bare-read": {"POST": signed_in()}, "bare-write": {"POST": signed_in()}}
