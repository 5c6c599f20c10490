"""The container files agree with each other, with the settings and with the packages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from tests.support.processes import ROOT

DOCKER = ROOT / "docker"
DOCKERFILES = sorted(DOCKER.glob("*.Dockerfile"))
VARIABLE = re.compile(r"\$\{(\w+)(:[-?][^}]*)?\}")
# Given to a process by its supervisor or image, not by an operator.
NOT_SETTINGS = {"PORT"}


def compose(name: str) -> dict:
    return yaml.safe_load((DOCKER / name).read_text())


def example() -> dict[str, bool]:
    """Variable -> whether it stands uncommented."""
    lines = (DOCKER / "example.env").read_text().splitlines()
    found = (re.match(r"^(# )?([A-Z][A-Z0-9_]*)=", line) for line in lines)
    return {match[2]: match[1] is None for match in found if match}


def settings_read() -> set[str]:
    """Every variable that the settings and the command `serve` read through `env`."""
    names = set()
    for file in ("settings.py", "management/commands/serve.py"):
        tree = ast.parse((ROOT / "platform" / "speecheq" / file).read_text())
        for call in ast.walk(tree):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and isinstance(call.func.value, ast.Name)
                and call.func.value.id == "env"
                and isinstance(call.args[0], ast.Constant)
            ):
                names.add(call.args[0].value)
    return names - NOT_SETTINGS


def test_every_setting_is_in_the_example():
    assert settings_read() <= set(example())


def test_every_variable_of_compose_is_in_the_example():
    used = {
        found[0]
        for name in ("compose.yaml", "compose.gpu.yaml")
        for found in VARIABLE.findall((DOCKER / name).read_text())
    }
    assert used <= set(example())


def test_what_compose_insists_on_must_be_filled_in():
    text = (DOCKER / "compose.yaml").read_text()
    insisted = {name for name, default in VARIABLE.findall(text) if default.startswith(":?")}
    assert insisted == {name for name, uncommented in example().items() if uncommented}


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.name)
def test_what_a_dockerfile_copies_exists(file):
    for line in file.read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            *sources, _target = line.split()[1:]
            assert all((ROOT / source).exists() for source in sources), line


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.name)
def test_an_image_runs_as_an_ordinary_user_and_installs_pins_only(file):
    lines = file.read_text().splitlines()
    assert "USER speecheq" in lines
    installs = [line for line in lines if "pip install" in line]
    assert installs and all("-c constraints.txt" in line for line in installs)


def test_the_web_image_has_no_torch():
    code = [
        line
        for line in (DOCKER / "web.Dockerfile").read_text().splitlines()
        if not line.startswith("#")
    ]
    assert not re.search(r"torch|worker\b.*]", "\n".join(c for c in code if "pip install" in c))


def test_the_worker_image_pins_the_torch_of_the_constraints():
    pin = re.search(r"^torch==.*$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)[0]
    assert pin in (DOCKER / "worker.Dockerfile").read_text()


def test_compose_runs_every_process_of_the_platform():
    services = compose("compose.yaml")["services"]
    assert set(services) == {"postgres", "redis", "migrate", "web", "worker", "beat", "gpu"}
    assert "default" in services["worker"]["command"]
    assert "beat" in services["beat"]["command"]


def test_every_service_that_is_waited_for_exists():
    services = compose("compose.yaml")["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)


def test_the_gpu_file_changes_a_service_of_the_first():
    services = compose("compose.yaml")["services"]
    assert set(compose("compose.gpu.yaml")["services"]) <= set(services)


def test_dockerfiles_that_compose_builds_exist():
    for service in compose("compose.yaml")["services"].values():
        if "build" in service:
            assert (DOCKER.parent / service["build"]["dockerfile"]).is_file()


def test_no_data_reaches_an_image():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".venv", ".speecheq", ".git"} <= set(ignored)


def test_the_readme_names_every_file():
    readme = (DOCKER / "README.md").read_text()
    for file in DOCKER.iterdir():
        assert file.name in readme or file.name == "README.md" or Path(file).name == ".env"
