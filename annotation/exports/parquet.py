"""Parquet, readable by pyarrow, pandas and `datasets`; with audio inside where that is asked.

soft_esc and votes are lists of (esc, share) and (esc, n), because the categories of votes are data
and not columns. native is JSON text. The audio column has the layout and the schema metadata that
`datasets` reads as an Audio feature. The same rows and the same pyarrow give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from annotation.exports.formats import Destination, ExportContext, ExportFormat, OpenAudio
from annotation.exports.rows import ReleaseRow, canonical_row, dump, in_batches

ROWS_PER_GROUP = 10_000
ROWS_PER_GROUP_WITH_AUDIO = 100  # some 20 MB of FLAC at once
SAMPLE_RATE_HZ = 16_000

# Field: (Arrow type in its text form, what `datasets` calls it).
_SCALARS = {
    "key": "string",
    "corpus": "string",
    "speaker": "string",
    "sex": "string",
    "language": "string",
    "transcript": "string",
    "duration_ms": "int64",
    "split": "string",
    "esc": "string",
    "eis": "int8",
    "eis_score": "float64",
    "n_ratings": "int32",
    "native": "string",
    "provenance": "string",
    "audio_sha256": "string",
    "inclusion_probability": "float64",
}
_STRUCTS = {"intended": {"esc": "string", "eis": "int8"}, "audio": {"bytes": "", "path": ""}}
_LISTS = {
    "soft_esc": {"esc": "string", "share": "float64"},
    "votes": {"esc": "string", "n": "int32"},
}


def write(rows: Iterator[ReleaseRow], destination: Destination, context: ExportContext) -> None:
    """One table in row groups of bounded size."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    opener = context.open_audio
    schema = _schema(pa, with_audio=opener is not None)
    size = ROWS_PER_GROUP_WITH_AUDIO if opener else ROWS_PER_GROUP
    options = {"compression": "zstd", "version": "2.6", "data_page_version": "1.0"}
    with pq.ParquetWriter(destination, schema, **options) as writer:
        for batch in in_batches(rows, size):
            records = [_record(row, opener) for row in batch]
            writer.write_table(pa.Table.from_pylist(records, schema=schema))


def _record(row: ReleaseRow, opener: OpenAudio | None) -> dict[str, Any]:
    record: dict[str, Any] = dict(canonical_row(row))
    record["soft_esc"] = [{"esc": esc, "share": x} for esc, x in record["soft_esc"].items()]
    record["votes"] = [{"esc": esc, "n": n} for esc, n in record["votes"].items()]
    record["native"] = None if row["native"] is None else dump(record["native"]).decode()
    if opener:
        record["audio"] = _audio(row, opener)
    return record


def _audio(row: ReleaseRow, opener: OpenAudio) -> dict[str, Any] | None:
    file = opener(row)
    if file is None:
        return None
    with file:
        return {"bytes": file.read(), "path": f"{row['audio_sha256']}.flac"}


def _schema(pa: Any, *, with_audio: bool) -> Any:
    """Arrow schema in the order of the row, audio last, with the features `datasets` looks for."""
    fields = [(name, _arrow_type(pa, name)) for name in ReleaseRow.__annotations__]
    if with_audio:
        fields.append(("audio", pa.struct([("bytes", pa.binary()), ("path", pa.string())])))
    features = {name: _feature(name) for name, _ in fields}
    info = json.dumps({"info": {"features": features}}, sort_keys=True)
    return pa.schema(fields, metadata={"huggingface": info})


def _arrow_type(pa: Any, name: str) -> Any:
    if name in _SCALARS:
        return pa.type_for_alias(_SCALARS[name])
    inner = _STRUCTS.get(name) or _LISTS[name]
    struct = pa.struct([(part, pa.type_for_alias(kind)) for part, kind in inner.items()])
    return struct if name in _STRUCTS else pa.list_(struct)


def _feature(name: str) -> Any:
    if name == "audio":
        return {"_type": "Audio", "sampling_rate": SAMPLE_RATE_HZ}
    if name in _SCALARS:
        return {"_type": "Value", "dtype": _SCALARS[name]}
    inner = _STRUCTS.get(name) or _LISTS[name]
    parts = {part: {"_type": "Value", "dtype": kind} for part, kind in inner.items()}
    return parts if name in _STRUCTS else {"_type": "List", "feature": parts}


FORMAT = ExportFormat("parquet", write, "application/vnd.apache.parquet", ".parquet")
