"""Defaults for `public_id`: named functions, since migrations must be able to name them."""

from __future__ import annotations

from speecheq import publicids


def campaign_id() -> str:
    return publicids.random("cmp")


def assignment_id() -> str:
    return publicids.random("asg")


def annotation_id() -> str:
    return publicids.random("ann")


def reference_id() -> str:
    return publicids.random("ref")


def question_id() -> str:
    return publicids.random("qst")


def consensus_id() -> str:
    return publicids.random("con")


def release_id() -> str:
    return publicids.random("rel")


def export_id() -> str:
    return publicids.random("exp")


def clip_id(corpus_slug: str, key: str) -> str:
    """A clip's id derives from its corpus and key, so a re-import gives it again."""
    return publicids.derived("clp", corpus_slug, key)


def speaker_id(corpus_slug: str, code: str) -> str:
    return publicids.derived("spk", corpus_slug, code)


def prompt_id() -> str:
    return publicids.random("pmt")


def consent_id() -> str:
    return publicids.random("cns")


def session_id() -> str:
    return publicids.random("ses")


def link_id() -> str:
    return publicids.random("lnk")


def take_id() -> str:
    return publicids.random("tak")


def upload_id() -> str:
    return publicids.random("upl")


def long_recording_id() -> str:
    return publicids.random("lrc")


def region_id() -> str:
    return publicids.random("reg")
