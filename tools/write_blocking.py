"""Write `pointsman/blocking/errors.py` and `methods.py`: what is declared async once is not written by hand again.

    python tools/write_blocking.py           writes them
    python tools/write_blocking.py --check   says whether they are fresh, and ends with 1 if not

Each public method of an async service that gives an effect, a stream or nothing becomes a plain method of the same name
and parameters. What gives another service is not here: it is written by hand, in `client.py`.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_args

import attrs

from pointsman.core import error as errors
from pointsman.services.collections import Collections
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.manager import Manager
from pointsman.services.ports.client import ChatClient, Client
from pointsman.services.ports.memory_store import MemoryStore

FOLDER = Path(__file__).parent.parent / "pointsman" / "blocking"
CLASSES: dict[str, type] = {
    "ChatMethods": ChatClient,
    "ClientMethods": Client,
    "ManagerMethods": Manager,
    "ConversationMethods": Conversations,
    "MemoryMethods": MemoryStore,
    "CollectionMethods": Collections,
}
"""The classes that are written, and what each is written from."""
BASES: dict[str, str] = {"ManagerMethods": "ClientMethods"}
"""Which of them inherits from which: only what the other has not is written."""
INNER = ("call", "open")
"""Between middlewares: nobody else calls them."""
HEAD = '"""{what} Written by `tools/write_blocking.py`: do not edit."""\n\nfrom __future__ import annotations\n\n'


@attrs.frozen
class Method:
    """A method as it stands in the source of its `owner`, a class."""

    owner: type
    node: ast.FunctionDef | ast.AsyncFunctionDef


def methods_of(kind: type) -> Iterator[Method]:
    """The public methods of `kind`, those that it inherits first; a method that is declared again comes once."""
    methods: dict[str, Method] = {}
    for one in reversed(kind.__mro__):
        if one.__module__.startswith("pointsman."):
            (node,) = ast.parse(inspect.getsource(one)).body
            assert isinstance(node, ast.ClassDef)
            for item in node.body:
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and not item.name.startswith("_"):
                    methods[item.name] = Method(one, item)
    yield from (method for name, method in methods.items() if name not in INNER)


def plain_form(method: Method) -> tuple[str, ast.expr] | None:
    """How it is run on the bridge and what that gives; None for what gives a service, or nothing of an effect."""
    node, returns = method.node, method.node.returns
    decorators = {ast.unparse(one) for one in node.decorator_list}
    if "property" in decorators or returns is None:
        return None
    name, items = _parts(returns)
    is_async = isinstance(node, ast.AsyncFunctionDef)
    if name == "FutureResult" or (name == "Result" and "effect" in decorators):
        return "run", items[0]
    if name == "Result" and is_async:
        return "run_result", items[0]
    if name == "ResponseStream":
        return "stream", ast.Name("StreamEvent")
    if name in ("AbstractAsyncContextManager", "AsyncIterator") and items and _parts(items[0])[0] == "AsyncIterator":
        return "stream", _without_failure(_parts(items[0])[1][0])
    return ("run_plain", returns) if name == "None" and not is_async else None


def _parts(node: ast.expr) -> tuple[str, list[ast.expr]]:
    """`X[a, b]` as `X` and `[a, b]`."""
    if not isinstance(node, ast.Subscript):
        return ast.unparse(node), []
    inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return ast.unparse(node.value), list(inside)


def _without_failure(node: ast.expr) -> ast.expr:
    """A union without `Failed`, which is raised."""
    if isinstance(node, ast.BinOp) and ast.unparse(node.right) == "Failed":
        return node.left
    return node


def write_method(method: Method) -> tuple[str, set[tuple[str, str]]]:
    """The source of a plain method, and what it needs to import: empty for what is not written here."""
    form = plain_form(method)
    if form is None:
        return "", set()
    runner, value = form
    node = method.node
    returns = f"AbstractContextManager[Iterator[{ast.unparse(value)}]]" if runner == "stream" else ast.unparse(value)
    doc = (ast.get_docstring(node) or "").replace("\n", "\n        ")
    doc += "\n        " if "\n" in doc else ""
    head = f"    def {node.name}({ast.unparse(node.args)}) -> {returns}:"
    body = f"return self.bridge.{runner}(lambda: self.source.{node.name}({_passed_on(node.args)}))"
    needed = {place for part in (node.args, value) for place in _imports(part, method.owner.__module__)}
    return f'{head}\n        """{doc}"""\n        {body}\n', needed


def _passed_on(parameters: ast.arguments) -> str:
    """The arguments that hand on what was given."""
    names = [one.arg for one in (*parameters.posonlyargs, *parameters.args) if one.arg != "self"]
    names += [f"*{parameters.vararg.arg}"] if parameters.vararg else []
    return ", ".join([*names, *(f"{one.arg}={one.arg}" for one in parameters.kwonlyargs)])


def _imports(part: ast.AST, module: str) -> Iterator[tuple[str, str]]:
    """Where the names in `part`, which stands in `module`, come from."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    places = {
        alias.asname or alias.name: (one.module or "", alias.name)
        for one in ast.walk(tree)
        if isinstance(one, ast.ImportFrom)
        for alias in one.names
    }
    for name in {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}:
        if not hasattr(builtins, name) and name != "_Value":
            yield places.get(name, (module, name))


def write_methods() -> str:
    """The source of `methods.py`."""
    needed = {("collections.abc", "Iterator"), ("contextlib", "AbstractContextManager"), ("typing", "TypeVar")}
    needed |= {("pointsman.blocking.bridge", "Bridge"), ("pointsman.core.chat.event", "StreamEvent")}
    classes = []
    for name, kind in CLASSES.items():
        base = BASES.get(name, "")
        inherited = CLASSES[base].__mro__ if base else ()
        sources = [write_method(method) for method in methods_of(kind) if method.owner not in inherited]
        needed |= {(kind.__module__, kind.__name__), *(place for _, places in sources for place in places)}
        doc = f"The methods of `{kind.__name__}`: plain, and what fails is raised."
        fields = f"    source: {kind.__name__}\n" + ("" if base else "    bridge: Bridge\n")
        head = f'@attrs.frozen\nclass {name}{f"({base})" if base else ""}:\n    """{doc}"""\n\n{fields}'
        classes.append("\n".join([head, *(source for source, _ in sources if source)]))
    imports = "".join(f"from {module} import {name}\n" for module, name in sorted(needed))
    head = HEAD.format(what="Async services as plain ones.")
    return f'{head}{imports}import attrs\n\n_Value = TypeVar("_Value")\n\n\n' + "\n\n".join(classes)


def write_errors() -> str:
    """The source of `errors.py`: an exception for each error of the union."""
    names = [kind.__name__ for kind in get_args(errors.LLMError)]
    classes = "\n\n".join(
        f'class {name}(TaggedError[errors.{name}]):\n    """See `pointsman.{name}`."""\n' for name in names
    )
    table = ", ".join(f'"{name}": {name}' for name in names)
    head = HEAD.format(what="The errors as exceptions, each named after its tag.")
    return (
        f"{head}from pointsman.blocking.raising import PointsmanError, TaggedError\n"
        f"from pointsman.core import error as errors\n\n\n{classes}\n\n"
        f"_BY_TAG: dict[str, type[PointsmanError]] = {{{table}}}\n\n\n"
        "def exception_of(error: errors.LLMError) -> PointsmanError:\n"
        '    """`error` as an exception of the class named after its tag."""\n'
        "    return _BY_TAG[error.tag](error)\n"
    )


def formatted(source: str) -> str:
    """As the formatter and the sorter of imports would have it."""
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--fix", "--quiet", "--select", "I,F401,RUF100"], ["format"]):
        done = subprocess.run(
            [*ruff, *command, "--stdin-filename", "pointsman/blocking/methods.py", "-"],
            input=source, capture_output=True, text=True, check=True, cwd=FOLDER.parent.parent,
        )  # fmt: skip
        source = done.stdout
    return source


def main() -> int:
    """Do what the command line says."""
    stale = 0
    for name, source in {"errors.py": write_errors(), "methods.py": write_methods()}.items():
        file, wanted = FOLDER / name, formatted(source)
        if "--check" not in sys.argv:
            file.write_text(wanted, "utf-8")
        elif not file.exists() or file.read_text("utf-8") != wanted:
            print(f"{name} is stale: run python tools/write_blocking.py", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
