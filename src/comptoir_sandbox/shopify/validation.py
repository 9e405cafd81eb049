"""Schema errors in Shopify's words: graphql-core's messages rewritten, with the path to the place (shopify.md §3.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    Visitor,
    print_ast,
    visit,
)
from graphql.utilities import type_from_ast, validate_input_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from graphql import DocumentNode, GraphQLSchema

Shape = tuple[str, dict[str, Any]]
"""(message, extensions)"""


def _code(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, **more}


def _undefined_field(found: re.Match[str]) -> Shape:
    name, kind = found.groups()
    message = f"Field '{name}' doesn't exist on type '{kind}'"
    return message, _code("undefinedField", typeName=kind, fieldName=name)


def _missing_argument(found: re.Match[str]) -> Shape:
    field, argument = found.groups()
    message = f"Field '{field}' is missing required arguments: {argument}"
    return message, _code("missingRequiredArguments", className="Field", name=field, arguments=argument)


def _unknown_argument(found: re.Match[str]) -> Shape:
    argument, _kind, field = found.groups()
    message = f"Field '{field}' doesn't accept argument '{argument}'"
    return message, _code("argumentNotAccepted", name=field, typeName="Field", argumentName=argument)


def _unused_variable(found: re.Match[str]) -> Shape:
    name, operation = found.groups()
    message = f"Variable ${name} is declared by {operation or 'anonymous query'} but not used"
    return message, _code("variableNotUsed", variableName=name)


def _undefined_variable(found: re.Match[str]) -> Shape:
    name, operation = found.groups()
    message = f"Variable ${name} is used by {operation or 'anonymous query'} but not declared"
    return message, _code("variableNotDefined", variableName=name)


def _variable_mismatch(found: re.Match[str]) -> Shape:
    name, given, wanted = found.groups()
    reason = "Type mismatch" if given.rstrip("!") != wanted.rstrip("!") else "Nullability mismatch"
    return f"{reason} on variable ${name} ({given} / {wanted})", _code(
        "variableMismatch", variableName=name, typeName=given, errorMessage=reason
    )


def _no_selection(found: re.Match[str]) -> Shape:
    field, kind = found[1], found[2].strip("[]!")
    hint = f"Did you mean '{field} {{ ... }}'?"
    message = f"Field must have selections (field '{field}' returns {kind} but has no selections. {hint})"
    return message, _code("selectionMismatch", nodeName=f"field '{field}'", typeName=kind)


def _scalar_selection(found: re.Match[str]) -> Shape:
    field, kind = found.groups()
    message = f"Selections can't be made on scalars (field '{field}' returns {kind} but has selections)"
    return message, _code("selectionMismatch", nodeName=f"field '{field}'", typeName=kind)


def _unknown_type(found: re.Match[str]) -> Shape:
    return f"No such type {found[1]}, so it can't be a fragment condition", _code("undefinedType", typeName=found[1])


def _unknown_directive(found: re.Match[str]) -> Shape:
    return f"Directive @{found[1]} is not defined", _code("undefinedDirective", directiveName=found[1])


def _unknown_fragment(found: re.Match[str]) -> Shape:
    message = f"Fragment {found[1]} was used, but not defined"
    return message, _code("useAndDefineFragment", fragmentName=found[1])


def _unused_fragment(found: re.Match[str]) -> Shape:
    message = f"Fragment {found[1]} was defined, but not used"
    return message, _code("useAndDefineFragment", fragmentName=found[1])


def _bad_spread(found: re.Match[str]) -> Shape:
    fragment, parent, kind = found[1] or "on", found[2], found[3]
    message = f"Fragment {fragment} on {kind} can't be spread inside {parent}"
    return message, _code("cannotSpreadFragment", typeName=kind, fragmentName=fragment, parentName=parent)


TABLE: tuple[tuple[str, Callable[[re.Match[str]], Shape]], ...] = (
    (r"Cannot query field '(\w+)' on type '(\w+)'", _undefined_field),
    (r"Argument '(?:\w+\.)?(\w+)\((\w+):\)' of type '[^']+' is required", _missing_argument),
    (r"Field '(\w+)' argument '(\w+)' of type '[^']+' is required", _missing_argument),
    (r"Unknown argument '(\w+)' on field '(\w+)\.(\w+)'", _unknown_argument),
    (r"Variable '\$(\w+)' is never used(?: in operation '(\w+)')?", _unused_variable),
    (r"Variable '\$(\w+)' is not defined(?: by operation '(\w+)')?", _undefined_variable),
    (r"Variable '\$(\w+)' of type '([^']+)' used in position expecting type '([^']+)'", _variable_mismatch),
    (r"Field '(\w+)' of type '([^']+)' must have a selection of subfields", _no_selection),
    (r"Field '(\w+)' must not have a selection since type '([^']+)' has no subfields", _scalar_selection),
    (r"Unknown type '(\w+)'", _unknown_type),
    (r"Unknown directive '@(\w+)'", _unknown_directive),
    (r"Unknown fragment '(\w+)'", _unknown_fragment),
    (r"Fragment '(\w+)' is never used", _unused_fragment),
    (
        r"Fragment (?:'(\w+)' )?cannot be spread here as objects of type '(\w+)' can never be of type '(\w+)'",
        _bad_spread,
    ),
)


def shopify_errors(document: DocumentNode, errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    """Rewrite what graphql-core's validation found."""
    return [_rewrite(document, error) for error in errors]


def _rewrite(document: DocumentNode, error: GraphQLError) -> dict[str, Any]:
    node = error.nodes[0] if error.nodes else None
    trail = _trail(document, node) if node is not None else []
    message, extensions = _shape(error, trail)
    path = [part for part in map(_path_part, trail) if part is not None]
    return {"message": message, "locations": _locations(error), "path": path, "extensions": extensions}


def _shape(error: GraphQLError, trail: Sequence[Node]) -> Shape:
    for pattern, make in TABLE:
        found = re.match(pattern, error.message)
        if found:
            return make(found)
    argument = next((node for node in reversed(trail) if isinstance(node, ArgumentNode)), None)
    if argument is not None:
        return _bad_literal(error, argument, trail)
    return error.message, _code("invalidDocument")


def _bad_literal(error: GraphQLError, argument: ArgumentNode, trail: Sequence[Node]) -> Shape:
    field = next((node.name.value for node in reversed(trail) if isinstance(node, FieldNode)), "")
    name = argument.name.value
    expected = re.search(r"(?:type|enum) '([^']+)'|'([^']+)' enum|([A-Z]\w+) cannot represent", error.message)
    kind = next((group for group in expected.groups() if group), "another type") if expected else "another type"
    literal = print_ast(argument.value)
    message = f"Argument '{name}' on Field '{field}' has an invalid value ({literal}). Expected type '{kind}'."
    return message, _code("argumentLiteralsIncompatible", typeName="Field", argumentName=name)


class _Finder(Visitor):
    """Remembers the chain of nodes from the operation down to one node."""

    def __init__(self, wanted: Node) -> None:
        super().__init__()
        self._wanted = wanted
        self.trail: list[Node] | None = None

    def enter(self, node: Node, _key: Any, parent: Any, _path: Any, ancestors: list[Any]) -> None:
        """Compare by identity: equal nodes may stand in several places."""
        if node is self._wanted and self.trail is None:
            self.trail = [*(each for each in (*ancestors, parent) if isinstance(each, Node)), node]


def _trail(document: DocumentNode, wanted: Node) -> list[Node]:
    finder = _Finder(wanted)
    visit(document, finder)
    return finder.trail or []


def _path_part(node: Node) -> str | None:
    if isinstance(node, OperationDefinitionNode):
        kind = node.operation.value
        return f"{kind} {node.name.value}" if node.name else kind
    if isinstance(node, FragmentDefinitionNode):
        return f"fragment {node.name.value}"
    if isinstance(node, InlineFragmentNode):
        return f"... on {node.type_condition.name.value}" if node.type_condition else "..."
    if isinstance(node, FieldNode) and node.alias:
        return node.alias.value
    if isinstance(node, FragmentSpreadNode):
        return f"... {node.name.value}"
    return node.name.value if isinstance(node, FieldNode | ArgumentNode | ObjectFieldNode) else None


def _locations(error: GraphQLError) -> list[dict[str, int]]:
    return [{"line": each.line, "column": each.column} for each in error.locations or ()]


def syntax_error(error: GraphQLSyntaxError) -> dict[str, Any]:
    """Rewrite a parser's error."""
    at = "".join(f" at [{place.line}, {place.column}]" for place in error.locations or ())
    message = error.message.replace("Syntax Error: ", "syntax error, ", 1).rstrip(".") + at
    return {"message": message, "locations": _locations(error), "extensions": _code("PARSE_ERROR")}


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return INVALID_VARIABLE errors, one per variable whose value does not fit its type."""
    errors = []
    for definition in operation.variable_definitions or ():
        problems = _problems(schema, definition, given)
        if problems:
            errors.append(_invalid_variable(definition, given, problems))
    return errors


def _problems(
    schema: GraphQLSchema, definition: VariableDefinitionNode, given: Mapping[str, Any]
) -> list[dict[str, Any]]:
    name, text = definition.variable.name.value, print_ast(definition.type)
    if given.get(name) is None:
        allowed = not text.endswith("!") or (name not in given and definition.default_value is not None)
        return [] if allowed else [{"path": [], "explanation": "Expected value to not be null"}]
    kind: Any = type_from_ast(schema, definition.type)
    problems: list[dict[str, Any]] = []

    def note(_error: GraphQLError, path: Sequence[str | int]) -> None:
        value: Any = given[name]
        for step in path:
            value = value[step]
        wanted = text.strip("[]!")
        explanation = (
            "Expected value to not be null" if value is None else f"Could not coerce value {value!r} to {wanted}"
        )
        problems.append({"path": list(path), "explanation": explanation})

    validate_input_value(given[name], kind, note)
    return problems


def _invalid_variable(
    definition: VariableDefinitionNode, given: Mapping[str, Any], problems: list[dict[str, Any]]
) -> dict[str, Any]:
    name = definition.variable.name.value
    where = definition.loc
    location = where.start_token if where else None
    return {
        "message": f"Variable ${name} of type {print_ast(definition.type)} was provided invalid value",
        "locations": [{"line": location.line, "column": location.column}] if location else [],
        "extensions": {"code": "INVALID_VARIABLE", "value": given.get(name), "problems": problems},
    }
