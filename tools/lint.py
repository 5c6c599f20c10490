"""`make lint`: run every check, also after one failed, and say which failed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
JSCONFIG = ROOT / "jsconfig.json"


def checks() -> dict[str, list[str]]:
    """Name -> command, in the order they run."""
    python = sys.executable
    found = {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy": [python, "-m", "mypy"],
        "import rules": [str(BIN / "lint-imports")],
        "migrations": [python, "manage.py", "makemigrations", "--check", "--dry-run"],
    }
    tsc = shutil.which("tsc") or ROOT / "node_modules" / ".bin" / "tsc"
    if JSCONFIG.exists() and Path(tsc).exists():
        found["tsc"] = [str(tsc), "--project", str(JSCONFIG)]
    return found


def main() -> None:
    failed = []
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "SPEECHEQ_HOME": home}
        for name, command in checks().items():
            print(f"--- {name}", flush=True)
            if subprocess.run(command, cwd=ROOT, env=env, check=False).returncode:
                failed.append(name)
    if failed:
        sys.exit(f"lint: {', '.join(failed)} failed.")
    print("lint: all checks passed.")


if __name__ == "__main__":
    main()
