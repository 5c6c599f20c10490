"""Every error code in the source, found without running it.

An error is made by a *carrier*: a class or function that takes both a `code` and a `detail`, a
subclass of such a class, or a function that hands its own `code` on to one. Codes are what stands
in the place of `code` in their calls, the `code` of exception classes, the `*CODES` tables of
modules and literal `{"code": ..., "detail": ...}`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("platform/speecheq", "annotation", "training")
FRAMEWORK_CARRIERS = {"ErrorDetail": ["string", "code"]}
"""Carriers that are not ours, with their parameters."""


@dataclass(frozen=True)
class Found:
    """A code, where it stands, and the HTTP status where the source names one."""

    code: str
    where: str
    status: int | None = None


@dataclass
class Module:
    path: str
    text: str
    tree: ast.Module = field(init=False)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.text)
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 0)}"

    def function_of(self, node: ast.AST) -> ast.FunctionDef | None:
        """The innermost function around `node`."""
        above = self.parents.get(node)
        while above is not None and not isinstance(above, ast.FunctionDef):
            above = self.parents.get(above)
        return above


def sources() -> list[Module]:
    """The product's modules; migrations repeat what models say."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                name = path.relative_to(ROOT).as_posix()
                found.append(Module(name, path.read_text(encoding="utf-8")))
    return found


class Codes:
    """The codes of some modules. `unreadable` lists places whose code could not be told."""

    def __init__(self, modules: list[Module]):
        self.modules = modules
        self.classes = {
            node.name: node
            for module in modules
            for node in module.tree.body
            if isinstance(node, ast.ClassDef)
        }
        # `class PasswordChangeView(auth.PasswordChangeView)` does not inherit from itself.
        self.bases = {
            name: [base for each in node.bases if (base := _name(each)) != name]
            for name, node in self.classes.items()
        }
        self.unreadable: list[str] = []
        self.carriers = self._carriers()
        self.found = [each for module in modules for each in self._in(module)]

    # --- who makes errors ----------------------------------------------------------------------

    def _carriers(self) -> dict[str, list[str]]:
        """Name to the positional parameters, `code` among them or keyword-only."""
        carriers = dict(FRAMEWORK_CARRIERS)
        for name in self.classes:
            if {"code", "detail"} <= set(parameters := self._of_class(name)):
                carriers[name] = parameters
        functions = [(m, node) for m in self.modules for node in _functions(m.tree)]
        for _, node in functions:
            if {"code", "detail"} <= set(_parameters(node)) and node.name != "__init__":
                carriers[node.name] = _parameters(node)
        grown = True
        while grown:
            grown = False
            for module, node in functions:
                if node.name not in carriers and self._hands_on(module, node, carriers):
                    carriers[node.name] = _parameters(node)
                    grown = True
        return carriers

    def _of_class(self, name: str) -> list[str]:
        """Parameters of the class's own or inherited `__init__`, or its dataclass fields."""
        node = self.classes.get(name)
        if node is None:
            return []
        for part in node.body:
            if isinstance(part, ast.FunctionDef) and part.name == "__init__":
                return _parameters(part)
        if any("dataclass" in ast.unparse(each) for each in node.decorator_list):
            return [part.target.id for part in node.body if _is_field(part)]
        return next((p for base in self.bases[name] if (p := self._of_class(base))), [])

    def _hands_on(
        self, module: Module, node: ast.FunctionDef, carriers: dict[str, list[str]]
    ) -> bool:
        if "code" not in _parameters(node) or node.name == "__init__":
            return False
        calls = (call for call in ast.walk(node) if isinstance(call, ast.Call))
        return any(
            isinstance(code := _argument(call, carriers), ast.Name) and code.id == "code"
            for call in calls
        )

    # --- their codes ---------------------------------------------------------------------------

    def _in(self, module: Module) -> Iterator[Found]:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                code = _argument(node, self.carriers)
                if code is not None:
                    for value in self._values(module, node, code):
                        yield Found(value, module.at(node), self._status_of_call(node))
            elif isinstance(node, ast.ClassDef) and self._is_error(node.name):
                own = _class_value(node, "code")
                if own is not None:
                    yield Found(own, module.at(node), self._status_of_class(node.name))
            elif isinstance(node, ast.Dict):
                yield from self._in_dict(module, node)
        yield from _in_tables(module)

    def _in_dict(self, module: Module, node: ast.Dict) -> Iterator[Found]:
        pairs = {key.value: v for key, v in zip(node.keys, node.values, strict=True) if _text(key)}
        described = isinstance(pairs.get("code"), ast.Dict)  # a schema, not an error
        if {"code", "detail"} <= set(pairs) and not described:
            for value in self._values(module, node, pairs["code"]):
                yield Found(value, module.at(node))

    def _values(self, module: Module, place: ast.AST, code: ast.expr) -> Iterator[str]:
        """The literal codes `code` may be; none where it hands on what another place made."""
        if _text(code):
            yield from [code.value] if code.value else []
        elif isinstance(code, ast.IfExp):
            yield from self._values(module, place, code.body)
            yield from self._values(module, place, code.orelse)
        elif isinstance(code, ast.BoolOp):
            for part in code.values:
                yield from self._values(module, place, part)
        elif isinstance(code, ast.Name):
            yield from self._of_name(module, place, code.id)
        elif isinstance(code, ast.Call) and _name(code.func) in ("getattr", "next", "str"):
            yield from self._values(module, place, code.args[-1])
        elif not (_is_handed_on(code)):
            self.unreadable.append(f"{module.at(place)}: {ast.unparse(code)}")

    def _of_name(self, module: Module, place: ast.AST, name: str) -> Iterator[str]:
        function = module.function_of(place)
        if function is None:
            self.unreadable.append(f"{module.at(place)}: {name}")
            return
        if name in _parameters(function) and function.name in (*self.carriers, "__init__"):
            return
        assigned = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and name in map(_name, node.targets)
        ]
        if not assigned:
            self.unreadable.append(f"{module.at(place)}: {name}")
        for value in assigned:
            yield from self._values(module, place, value)

    # --- their status --------------------------------------------------------------------------

    def _status_of_call(self, call: ast.Call) -> int | None:
        name = _name(call.func)
        if name != "field_error":
            return self._status_of_class(name)
        kinds = [keyword.value for keyword in call.keywords if keyword.arg == "kind"]
        return self._status_of_class(_name(kinds[0]) if kinds else "RuleBroken")

    def _status_of_class(self, name: str) -> int | None:
        node = self.classes.get(name)
        if node is None:
            return None
        own = _class_value(node, "status")
        if isinstance(own, int):
            return own
        statuses = (self._status_of_class(base) for base in self.bases[name])
        return next((status for status in statuses if status), None)

    def _is_error(self, name: str) -> bool:
        if name in ("Exception", "ValueError", "RuntimeError"):
            return True
        return any(self._is_error(base) for base in self.bases.get(name, []))


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _parameters(node: ast.FunctionDef) -> list[str]:
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return names[1:] if names[:1] == ["self"] else names


def _argument(call: ast.Call, carriers: dict[str, list[str]]) -> ast.expr | None:
    """What the call gives as `code`; None where it is no carrier or gives none."""
    parameters = carriers.get(_name(call.func))
    if parameters is None or "code" not in parameters:
        return None
    for keyword in call.keywords:
        if keyword.arg == "code":
            return keyword.value
    place = parameters.index("code")
    given = call.args[: place + 1]
    return given[place] if place < len(given) else None


def _in_tables(module: Module) -> Iterator[Found]:
    """Module tables `CODES = {"silent": ...}` and `_CODES = [(Kind, "malformed"), ...]`."""
    for node in module.tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if not (isinstance(target, ast.Name) and target.id in ("CODES", "_CODES")):
            continue
        value = node.value  # type: ignore[attr-defined]
        keys = value.keys if isinstance(value, ast.Dict) else [each.elts[-1] for each in value.elts]
        yield from (Found(key.value, module.at(key)) for key in keys if _text(key))


def _class_value(node: ast.ClassDef, name: str) -> str | int | None:
    """The constant that the class body gives `name`, alone or in `status, code = 400, "x"`."""
    for part in node.body:
        if not isinstance(part, ast.Assign):
            continue
        target, value = part.targets[0], part.value
        pairs = (
            zip(target.elts, value.elts, strict=True)
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            else [(target, value)]
        )
        for left, right in pairs:
            if _name(left) == name and isinstance(right, ast.Constant):
                return right.value  # type: ignore[return-value]
    return None


def _is_handed_on(code: ast.expr) -> bool:
    """`error.code` and `refused["code"]` repeat a code that another place made."""
    if isinstance(code, ast.Attribute):
        return code.attr == "code"
    return isinstance(code, ast.Subscript) and ast.unparse(code.slice) == "'code'"


def _is_field(part: ast.stmt) -> bool:
    return isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)


def _name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
