"""Find every text that a person reads, and bring the catalogs of translations up to date with them.

`python scripts/messages.py` writes src/comptoir/language/locales/*/LC_MESSAGES/comptoir.po anew: new texts come
empty, texts that are gone leave, translations stay. A text is what reaches `Message`, `Plural`, `Words.text` or
`Words.plural` in a template's place, through however many functions and tables of our own, what the pages' templates
mark, the commands' help, the demo's cases, and what describes the API. What cannot be followed to its words is an
error, never left out.
"""

from __future__ import annotations

import ast
import io
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from starlette.datastructures import State
from typer.main import get_command

from comptoir.books.settings import Language
from comptoir.cli.help import flowing
from comptoir.cli.main import COMMANDS, Commands
from comptoir.cli.main import app as command_line
from comptoir.language import catalog_file
from comptoir.language.values import VALUES
from comptoir.web.api.app import create_api
from comptoir.web.api.described import texts
from comptoir_sandbox.giftshop.cases import FAMILIES
from comptoir_sandbox.retail import documents as retail

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "comptoir"
PLURAL_FORMS = {"fr": "nplurals=2; plural=(n > 1);"}
"""Each language that the texts are translated into, and how it counts."""
LANGUAGES = tuple(PLURAL_FORMS)

SEEDS = {"Message": {0: "template"}, "Plural": {0: "one", 1: "many"}}
"""Where a text enters: the name of what is called, and which of its arguments are texts."""
WORDS = {"text": {0: "template"}, "plural": {0: "one", 1: "many"}}
"""The same for the methods of `words`."""
PLURALS = frozenset({"plural", "Plural"})
NOT_OURS = frozenset({"language/__init__.py", "books/problems.py"})
"""Where those are defined."""
VALUES_PATH = "language/values.py"
DEMO_PATH = "cli/demo/show.py"
API_PATH = "web/templates/api.html"
COMMAND_LINE = "comptoir.cli.main"
"""Its commands' help is read from the commands themselves."""

REASONS = (
    retail.FEE,
    retail.FRACTION,
    retail.NOTHING_SOLD,
    retail.NO_QUANTITY,
    retail.OTHER_LETTER,
    retail.TEST_ITEM,
    retail.ZERO_TOTAL,
)
"""Why the demo of a retailer's month leaves documents of its file out."""

Origin = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Text:
    """A text, its plural where it has one, and the name of the value that it is where it is one."""

    one: str
    many: str = ""
    context: str = ""


@dataclass(slots=True)
class Module:
    """A file, with what its names stand for."""

    name: str
    path: str
    tree: ast.Module
    values: dict[str, list[ast.expr]] = field(default_factory=lambda: defaultdict(list))
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)


Function = ast.FunctionDef | None


class Finder:
    """Follows texts from where they are used to where they are written."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.modules = {module.name: module for module in map(_module, files)}
        self.found: dict[Text, set[Origin]] = defaultdict(set)
        self.lost: list[str] = []
        self.carriers: dict[tuple[str, str], dict[int, str]] = {}
        """(module, function or class) -> the places and names of its parameters that are texts."""

    def run(self) -> Finder:
        """Learn which functions carry texts until nothing new is learned; then collect what they are called with."""
        before = None
        while before != (known := sum(map(len, self.carriers.values()))):
            before = known
            self.found.clear()
            self.lost.clear()
            for module in self.modules.values():
                if module.path not in NOT_OURS:
                    self._walk(module)
        for context, words in VALUES.items():
            for each in words:
                self.found[Text(each, context=context)].add((VALUES_PATH, 0))
        for text, origin in _of_templates():
            self.found[text].add(origin)
        if COMMAND_LINE in self.modules:
            for text, origin in (*_of_commands(), *_of_the_demo(), *_of_the_api()):
                self.found[text].add(origin)
        return self

    def _walk(self, module: Module) -> None:
        for function, call in _calls(module.tree):
            places = self._places(module, call)
            texts = {at: self._argument(call, at, name) for at, name in places.items()}
            if _called(call) in PLURALS and len(texts) == 2 and all(texts.values()):  # noqa: PLR2004
                self._plural(module, function, call, [each for each in texts.values() if each is not None])
                continue
            for expression in texts.values():
                if expression is not None:
                    self._follow(module, function, expression)

    def _plural(self, module: Module, function: Function, call: ast.Call, texts: list[ast.expr]) -> None:
        one, many = ([*self._words(module, function, each, set())] for each in texts)
        if len(one) == len(many) == 1:
            self.found[Text(one[0], many[0])].add((module.path, call.lineno))
        else:
            self.lost.append(f"{module.path}:{call.lineno}: a plural needs its two texts in place")

    def _places(self, module: Module, call: ast.Call) -> dict[int, str]:
        """Which arguments of this call are texts."""
        name = _called(call)
        match call.func:
            case ast.Name() if name in SEEDS:
                return SEEDS[name]
            case ast.Name():
                return self.carriers.get(self._defined(module, name), {})
            case ast.Attribute(value=ast.Name(id="words")) if name in WORDS:
                return {} if any(isinstance(each, ast.Starred) for each in call.args) else WORDS[name]
        merged: dict[int, str] = {}
        for (place, other), places in self.carriers.items():
            if other == name and (place == module.name or self._knows(module, place, name)):
                merged |= places
        return merged

    def _knows(self, module: Module, place: str, method: str) -> bool:
        """Whether this module imports a class of that one which has the method."""
        owners = {
            each.name
            for each in self.modules[place].tree.body
            if isinstance(each, ast.ClassDef)
            and any(isinstance(part, ast.FunctionDef) and part.name == method for part in each.body)
        }
        return any(self._defined(module, name) in {(place, owner) for owner in owners} for name in module.imports)

    def _defined(self, module: Module, name: str) -> tuple[str, str]:
        """Where a name of this module is defined."""
        place, own = module.imports.get(name, (module.name, name))
        other = self.modules.get(place)
        if other is not None and own in other.imports:
            return self._defined(other, own)
        return place, own

    @staticmethod
    def _argument(call: ast.Call, at: int, name: str) -> ast.expr | None:
        if at < len(call.args):
            return None if isinstance(call.args[at], ast.Starred) else call.args[at]
        return next((each.value for each in call.keywords if each.arg == name), None)

    def _follow(self, module: Module, function: Function, expression: ast.expr) -> None:
        for words in self._words(module, function, expression, set()):
            self.found[Text(words)].add((module.path, expression.lineno))

    def _words(self, module: Module, function: Function, node: ast.expr, seen: set[int]) -> Iterator[str]:
        """The texts that an expression may be; a parameter makes its function a carrier."""
        if id(node) in seen:
            return
        match node:
            case ast.Constant(value=str(words)):
                yield words
            case ast.Constant():
                return  # a part of a table's row that is no text
            case ast.Name(id=name):
                yield from self._named(module, function, node, name, seen | {id(node)})
            case ast.Attribute(attr="template", value=ast.Name(id=name)) if module.values.get(name):
                return  # a message that is a constant: its own call is found by itself
            case ast.Attribute(attr="template"):
                self._learn_classes()
            case _:
                parts = _parts(node)
                if not parts:
                    self._lose(module, node)
                for each in parts:
                    yield from self._words(module, function, each, seen | {id(node)})

    def _lose(self, module: Module, node: ast.expr) -> None:
        self.lost.append(f"{module.path}:{node.lineno}: {ast.unparse(node)[:100]}")

    def _named(self, module: Module, function: Function, node: ast.expr, name: str, seen: set[int]) -> Iterator[str]:
        if function is not None:
            given = list(_given(function, name))
            if given:
                for each in given:
                    yield from self._words(module, function, each, seen)
                return
            places = _parameters(function)
            if name in places:
                self.carriers.setdefault((module.name, function.name), {})[places[name]] = name
                return
        place, own = self._defined(module, name)
        other = self.modules.get(place)
        if other is None or own not in other.values:
            self._lose(module, node)
            return
        for each in other.values[own]:
            yield from self._words(other, None, each, seen)

    def _learn_classes(self) -> None:
        """A row's `template` is read as a text: whoever makes a row gives the text, which is found there."""
        for module in self.modules.values():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ClassDef) and node.name not in SEEDS:
                    names = [
                        each.target.id
                        for each in node.body
                        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
                    ]
                    if "template" in names:
                        self.carriers.setdefault((module.name, node.name), {})[names.index("template")] = "template"


def _parts(node: ast.expr) -> list[ast.expr]:
    """The expressions of which one is what this expression is; none where it cannot be told."""
    match node:
        case ast.IfExp(body=body, orelse=other):
            return [body, other]
        case ast.Subscript(value=value):
            return [value]
        case ast.Call(func=ast.Attribute(attr="get", value=value), args=args):
            return [value, *args[1:]]
        case ast.BoolOp(values=parts) | ast.Dict(values=parts) | ast.Tuple(elts=parts):
            return list(parts)
    return []


def _module(file: Path) -> Module:
    name = ".".join(file.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
    module = Module(name, file.relative_to(PACKAGE).as_posix(), ast.parse(file.read_text(encoding="utf-8")))
    for node in module.tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=own)], value=value):
                module.values[own].append(value)
            case ast.AnnAssign(target=ast.Name(id=own), value=ast.expr() as value):
                module.values[own].append(value)
            case ast.ImportFrom(module=str(place), names=names):
                for each in names:
                    module.imports[each.asname or each.name] = (place, each.name)
    return module


def _calls(tree: ast.AST, function: Function = None) -> Iterator[tuple[Function, ast.Call]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield from _calls(node, node)
            continue
        if isinstance(node, ast.Call):
            yield function, node
        yield from _calls(node, function)


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _parameters(function: ast.FunctionDef) -> dict[str, int]:
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args) if each.arg not in {"self", "cls"}]
    return {name: at for at, name in enumerate([*names, *(each.arg for each in function.args.kwonlyargs)])}


def _given(function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
    """What is assigned to a name inside a function, by itself, as part of a tuple, or by a loop over a literal."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[*targets], value=value):
                for target in targets:
                    yield from _part(target, value, name)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield from _part(target, value, name)
            case ast.For(target=target, iter=ast.Tuple(elts=rows) | ast.List(elts=rows)):
                for row in rows:
                    yield from _part(target, row, name)
            case ast.comprehension(target=target, iter=ast.Tuple(elts=rows) | ast.List(elts=rows)):
                for row in rows:
                    yield from _part(target, row, name)


def _part(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
    match target:
        case ast.Name(id=own) if own == name:
            yield value
        case ast.Tuple(elts=targets):
            for at, each in enumerate(targets):
                if isinstance(each, ast.Name) and each.id == name:
                    if isinstance(value, ast.IfExp):
                        yield from _part(target, value.body, name)
                        yield from _part(target, value.orelse, name)
                    elif isinstance(value, ast.Tuple) and at < len(value.elts):
                        yield value.elts[at]
                    else:
                        yield value


def _of_templates() -> Iterator[tuple[Text, Origin]]:
    """What the pages' templates mark for translation."""
    reader = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True, autoescape=True)
    for file in sorted(PACKAGE.rglob("templates/**/*.html")):
        path = file.relative_to(PACKAGE).as_posix()
        for line, _, words in reader.extract_translations(file.read_text(encoding="utf-8")):  # type: ignore[attr-defined]
            one, many = words[:2] if isinstance(words, tuple) else (words, "")
            yield Text(one, many or ""), (path, line)


def _of_commands() -> Iterator[tuple[Text, Origin]]:
    """The help of every command, option and argument, and of what stands before them."""
    yield from _of_command(get_command(command_line), "cli/main.py")
    for name, place in COMMANDS.items():
        command = get_command(command_line).commands[name]  # type: ignore[attr-defined]
        yield from _of_command(command, f"cli/{place.partition(':')[0].replace('.', '/')}.py")


def _of_command(command: Any, path: str) -> Iterator[tuple[Text, Origin]]:
    helps = [command.help, *(each.help for each in command.params)]
    yield from ((Text(flowing(each)), (path, 0)) for each in helps if each)
    if not isinstance(getattr(command, "commands", {}), Commands):
        for each in getattr(command, "commands", {}).values():
            yield from _of_command(each, path)


def _of_the_demo() -> Iterator[tuple[Text, Origin]]:
    """What the simulators tell of the demo's cases, which the demo says in the reader's language."""
    steps = (step.say for cases in FAMILIES.values() for case in cases for step in case.steps)
    names = (case.name for cases in FAMILIES.values() for case in cases)
    yield from ((Text(each), (DEMO_PATH, 0)) for each in (*FAMILIES, *names, *steps, *REASONS))


def _of_the_api() -> Iterator[tuple[Text, Origin]]:
    """What its own description says of the API, which a page shows to people."""
    yield from ((Text(each), (API_PATH, 0)) for each in texts(create_api(State()).openapi()))


def source_files() -> list[Path]:
    """Every file of the product."""
    return sorted(PACKAGE.rglob("*.py"))


def catalog_of(found: dict[Text, set[Origin]], language: str, before: Catalog | None) -> Catalog:
    """The catalog of a language: every text, with the translation that it had."""
    catalog = Catalog(locale=language, charset="utf-8")
    catalog.mime_headers = [("Plural-Forms", PLURAL_FORMS[language])]
    in_order = sorted(found.items(), key=lambda each: (min(each[1])[0], each[0].context, each[0].one))
    for text, origins in in_order:
        known = before.get(text.one, text.context or None) if before is not None else None
        translation = known.string if known is not None else ""
        if text.many and not isinstance(translation, tuple):
            translation = ("", "")
        catalog.add(
            (text.one, text.many) if text.many else text.one,
            translation,
            locations=[(path, 0) for path in sorted({path for path, _ in origins})],
            context=text.context or None,
        )
    return catalog


def _header(language: str) -> list[tuple[str, str]]:
    return [
        ("Project-Id-Version", "Comptoir"),
        ("Language", language),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "8bit"),
        ("Plural-Forms", PLURAL_FORMS[language]),
    ]


def written(catalog: Catalog, language: str) -> bytes:
    """The catalog's file: the same on every machine and day."""
    header = "".join(f'"{name}: {value}\\n"\n' for name, value in _header(language))
    body = io.BytesIO()
    write_po(body, catalog, width=120, omit_header=True)
    return f'msgid ""\nmsgstr ""\n{header}\n'.encode() + body.getvalue()


def known_catalog(language: str) -> Catalog | None:
    """The catalog as it is; None for a language that has none yet."""
    path = catalog_file(Language(language))
    if not path.exists():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=language)


def main() -> int:
    """Write every catalog anew; says what could not be followed, and how much is not translated."""
    finder = Finder(source_files()).run()
    for line in finder.lost:
        print(f"cannot be followed: {line}", file=sys.stderr)
    for language in LANGUAGES:
        catalog = catalog_of(finder.found, language, known_catalog(language))
        path = catalog_file(Language(language))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalog, language))
        empty = sum(1 for each in catalog if each.id and not any(_strings(each)))
        print(f"{path.relative_to(ROOT)}: {len(finder.found)} texts, {empty} to translate")
    return 1 if finder.lost else 0


def _strings(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (str(message.string),)


if __name__ == "__main__":
    sys.exit(main())
