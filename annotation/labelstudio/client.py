"""The one place that imports the Label Studio SDK, and only when it is called.

The SDK needs its own environment (`constraints-label-studio.txt`). There this runs as a program:
`python -m annotation.labelstudio.client CONFIG.xml TASKS.json` prints one problem a line and exits
with 1 if there is any.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def problems(config: str, tasks: Iterable[Mapping[str, Any]]) -> list[str]:
    """What Label Studio's own rules say against these tasks; empty where all can be imported.

    Raises:
        ImportError: the SDK is not installed here.
    """
    from label_studio_sdk.label_interface import LabelInterface

    interface = LabelInterface(config)
    interface.validate()
    found = []
    for index, task in enumerate(tasks):
        # Only its data: given the rest, the SDK's validate_task calls its own checks wrongly.
        checks = [("task", interface.validate_task({"data": task["data"]}))]
        checks += [("annotation", interface.validate_annotation(a)) for a in task["annotations"]]
        checks += [("prediction", interface.validate_prediction(p)) for p in task["predictions"]]
        found += [f"task {index}: the {kind} is not valid" for kind, valid in checks if not valid]
    return found


def main(config_path: str, tasks_path: str) -> int:
    """Check two files and print what is wrong."""
    tasks = json.loads(Path(tasks_path).read_text(encoding="utf-8"))
    found = problems(Path(config_path).read_text(encoding="utf-8"), tasks)
    print("\n".join([*found, f"{len(tasks)} tasks, {len(found)} problems"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
