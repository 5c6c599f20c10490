"""Make a virtual environment with pinned packages; do nothing when it is up to date.

Standard library only. A stamp inside the environment holds what it was made from: the two files
that pin packages, the Python version and the extras. torch comes first, from the pinned constraint
(`TORCH_INDEX_URL` chooses another index); where that would bring CUDA packages, their size is told.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
STAMP = ".speecheq-installed.json"
CUDA_PREFIXES = ("nvidia-", "cuda-", "triton")
HEAD_TIMEOUT_S = 5.0


def say(text: str) -> None:
    print(text, flush=True)


def fingerprint(constraints: Path) -> str:
    """What an environment was made from, apart from its extras; a checkout that moved counts."""
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}".encode())
    for file in (ROOT / "pyproject.toml", constraints):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def installed(venv: Path, made_from: str) -> set[str]:
    """What the stamp says is installed; empty when it was made from something else."""
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    works = os.access(venv / "bin" / "python", os.X_OK)
    return set(stamp["have"]) if works and stamp["from"] == made_from else set()


def create(venv: Path) -> Path:
    """The environment's interpreter; the environment is made if there is none that runs."""
    python = venv / "bin" / "python"
    if python.exists() and _quietly([str(python), "-m", "pip", "--version"]):
        return python
    say(f"Creating {venv} with Python {sys.version.split()[0]} ...")
    if _quietly([sys.executable, "-m", "venv", "--clear", str(venv)]):
        return python
    # Debian ships venv without pip unless python3-venv is there; a pip beside it can step in.
    bare = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(venv)]
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "pip"]
    if not (_quietly(bare) and _quietly(pip)):
        sys.exit(
            f"{sys.executable} cannot make a virtual environment in {venv}: "
            "install its venv module (on Debian and Ubuntu: apt-get install python3-venv)."
        )
    return python


def _quietly(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def pip_install(python: Path, constraints: Path, *arguments: str) -> None:
    """Install under the constraints, or stop with pip's own words above one sentence."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    command += [] if sys.stdout.isatty() else ["--quiet"]
    done = subprocess.run([*command, "-c", str(constraints), *arguments], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"Installing {' '.join(arguments)} failed; pip's message above says why.")


def pinned(constraints: Path, name: str) -> str:
    """The `name==version` line of the constraints."""
    for line in constraints.read_text(encoding="utf-8").splitlines():
        if line.lower().startswith(f"{name}=="):
            return line.strip()
    sys.exit(f"{constraints} does not pin {name}.")


def torch_plan(python: Path, constraints: Path, torch: list[str]) -> list[dict[str, Any]]:
    """What pip would download for torch; empty where this pip cannot tell."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [str(python), "-m", "pip", "install", "--quiet", "--dry-run"]
        command += ["--disable-pip-version-check", "--report", str(report)]
        if not _quietly([*command, "-c", str(constraints), *torch]):
            return []
        return list(json.loads(report.read_text(encoding="utf-8"))["install"])


def download_bytes(url: str) -> int | None:
    """Size of a file by its address; None where the server does not say."""
    if urlsplit(url).scheme == "file":
        path = Path(unquote(urlsplit(url).path))
        return path.stat().st_size if path.exists() else None
    try:
        head = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(head, timeout=HEAD_TIMEOUT_S) as answer:
            return int(answer.headers["Content-Length"])
    except (OSError, urllib.error.URLError, TypeError, ValueError):
        return None


def cuda_notice(plan: list[dict[str, Any]]) -> str | None:
    """What to tell a person whose plan holds CUDA packages; None when it holds none."""
    cuda = [p for p in plan if p["metadata"]["name"].lower().startswith(CUDA_PREFIXES)]
    if not cuda:
        return None
    sizes = [download_bytes(package["download_info"]["url"]) for package in cuda]
    known = sum(size for size in sizes if size is not None)
    size = f"{known / 1e9:.1f} GB" if all(sizes) else f"more than {known / 1e9:.1f} GB"
    return (
        f"torch brings {len(cuda)} CUDA packages, {size} to download. Without an NVIDIA GPU a CPU "
        "build is smaller: stop here and set TORCH_INDEX_URL to an index that offers one."
    )


def install_torch(python: Path, constraints: Path) -> None:
    """The pinned torch, before all else, so that nothing chooses another build."""
    torch = [pinned(constraints, "torch")]
    index = os.environ.get("TORCH_INDEX_URL", "").strip()
    if index:
        torch += ["--index-url", index]
    notice = cuda_notice(torch_plan(python, constraints, torch))
    if notice:
        say(notice)
    say(f"Installing {torch[0]} ...")
    pip_install(python, constraints, *torch)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument("--constraints", type=Path, default=ROOT / "constraints.txt")
    parser.add_argument("--extras", default="", help="comma-separated extras of this project")
    parser.add_argument(
        "--packages", nargs="*", default=[], help="packages instead of this project"
    )
    wanted = parser.parse_args()
    if not (3, 11) <= sys.version_info[:2] < (3, 13):
        sys.exit(f"Python 3.11 or 3.12 is needed; {sys.executable} is {sys.version.split()[0]}.")
    venv = wanted.venv.expanduser().absolute()
    extras = {extra for extra in wanted.extras.split(",") if extra}
    need = set(wanted.packages) or {"speecheq-platform", *extras}

    made_from = fingerprint(wanted.constraints)
    have = installed(venv, made_from)
    if need <= have:
        return
    python = create(venv)
    if "worker" in extras:
        install_torch(python, wanted.constraints)
    say(f"Installing {', '.join(sorted(need))} ...")
    what = wanted.packages or ["--editable", f".[{','.join(sorted(extras))}]"]
    pip_install(python, wanted.constraints, *what)
    stamp = {"from": made_from, "have": sorted(have | need)}
    (venv / STAMP).write_text(json.dumps(stamp), encoding="utf-8")


if __name__ == "__main__":
    main()
