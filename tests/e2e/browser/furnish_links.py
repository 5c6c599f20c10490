"""Sessions that speakers come to by a one-time link. See `furnish`."""

from __future__ import annotations

from annotation.models import Corpus, Session
from annotation.services.recording import links
from speecheq.models import User
from tests import recording


def make_linked(corpus: Corpus, operator: User) -> dict[str, str]:
    """A link that a browser holds, one that nobody opened, and one to a session that is over."""
    session = recording.session(corpus, operator=operator, title="By link")
    over = recording.session(corpus, operator=operator, title="By link, over")
    made = {
        "session_linked": session.public_id,
        "link": _token(session, operator),
        "link_unopened": _token(session, operator),
        "link_over": _token(over, operator),
    }
    Session.objects.filter(pk=over.pk).update(state="closed")
    return made


def _token(session: Session, operator: User) -> str:
    return links.make_link(session, by=operator)[1]
