"""Release formats, one module each: pure. `FORMATS` maps the name people choose to its writer."""

from annotation.exports import csv, jsonl, labelstudio, parquet
from annotation.exports.formats import Destination, ExportContext, ExportFormat

FORMATS: dict[str, ExportFormat] = {
    module.FORMAT.name: module.FORMAT for module in (jsonl, csv, parquet, labelstudio)
}

__all__ = ["FORMATS", "Destination", "ExportContext", "ExportFormat"]
