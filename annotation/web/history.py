"""One's own last answers in a campaign, as a page: listen again, and change."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.api.labelling import OfferedClipSerializer, visible_campaign
from annotation.services import history
from annotation.web.answer_words import further_words
from annotation.web.scheme_view import label_words


def label_history(request: HttpRequest, public_id: str) -> HttpResponse:
    campaign = visible_campaign(request.user, public_id)
    rows = [
        {
            "answer": answer,
            "clip": OfferedClipSerializer(answer.assignment.clip).data,
            "words": label_words(
                campaign.scheme,
                [{"esc": each.esc, "eis": each.eis} for each in answer.labels.all()],
            ),
            "further": further_words(answer, campaign.scheme),
        }
        for answer in history.own_last(campaign, request.user)
    ]
    context = {"campaign": campaign, "rows": rows, "most": history.SHOWN}
    answer = render(request, "annotation/history.html", context)
    answer["Cache-Control"] = "no-store"
    return answer
