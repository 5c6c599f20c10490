"""Release rows for tests: each call names only what its test speaks of."""

from annotation.labelspaces.presets import LEVELS, PRESETS

CATEGORIES = tuple(PRESETS[0]["categories"])


def row(n=0, **changed):
    made = {
        "key": f"clip-{n:04}",
        "corpus": "demo",
        "speaker": f"spk_{n % 3}",
        "sex": "female",
        "language": "zh",
        "transcript": '今天\u3000天气, "很好"\n=1+1',
        "duration_ms": 1500 + n,
        "split": ("train", "dev", "test")[n % 3],
        "esc": "HAP",
        "eis": 2,
        "eis_score": 5 / 3,
        "soft_esc": {"NEU": 1 / 3, "HAP": 2 / 3},
        "n_ratings": 3,
        "votes": {"NEU": 1, "HAP": 2},
        "intended": {"esc": "HAP", "eis": None},
        "native": {"intensity": "02", "emotion": "03"},
        "provenance": "perceived",
        "audio_sha256": f"{n:064x}",
        "inclusion_probability": None,
    }
    return made | changed


def sparse_row(n=0, **changed):
    """Intended labels only, nothing else known: each value that may be missing is missing."""
    missing = dict.fromkeys(
        ("speaker", "sex", "language", "transcript", "eis", "eis_score", "intended", "native")
    )
    return row(n, **missing, votes={}, soft_esc={}, n_ratings=0, provenance="intended") | changed


LABEL_LEVELS = tuple(LEVELS)
