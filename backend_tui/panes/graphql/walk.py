"""Where in the language a cursor stands: a walk over the tokens before it that forgives breaks.

The walk keeps a stack of what is open (selections, arguments, values) with the schema's type of
each. Whatever does not fit is passed over, so that the rest of a half-written document still
gives an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from graphql import (
    GraphQLArgument,
    GraphQLCompositeType,
    GraphQLDirective,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)

from backend_tui.panes.graphql.tokens import Token, tokens

FrameKind = Literal["document", "selection", "arguments", "object", "list", "variables"]
Inputs = Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]

_ROOTS: Final = ("query", "mutation", "subscription")
_NO_INPUTS: Final[Inputs] = {}


@dataclass(slots=True)
class Frame:
    """Something open: `after` is what the last token leads to expect.

    `after`: "" (a new item), "...", "on", "@", "$", ":", "=", "fragment", "fragment name",
    "header" (of an operation), "type" (of a variable).
    """

    kind: FrameKind
    start: int
    parent: GraphQLCompositeType | None = None
    inputs: Inputs = field(default_factory=dict)
    value: GraphQLInputType | None = None
    after: str = ""
    opens: GraphQLCompositeType | None = None
    takes: Inputs = field(default_factory=dict)
    owner: str = ""
    location: str = "FIELD"
    given: list[str] = field(default_factory=list)
    header: str = ""


@dataclass(slots=True)
class Walk:
    """The stack at the end of the walk, and what the operation around has declared."""

    schema: GraphQLSchema
    document: str
    frames: list[Frame] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def to(self, end: int, start: int = 0) -> Walk:
        """Walk the tokens between two offsets."""
        self.frames = [Frame("document", start)]
        for token in tokens(self.document, start, end):
            self.take(token)
        return self

    def take(self, token: Token) -> None:
        """One token further."""
        text = token.text
        if text in ("}", ")", "]"):
            self._close(text)
            return
        match self.frame.kind:
            case "document":
                self._definition(token)
            case "selection":
                self._selection(token)
            case "variables":
                self._variable(token)
            case _:
                self._value(token)

    def _close(self, text: str) -> None:
        """Leave the innermost frame that this bracket can close; none: it is passed over."""
        kinds = {"}": ("selection", "object"), ")": ("arguments", "variables"), "]": ("list",)}
        if text == "]" and self.frame.kind == "variables":
            return
        for index in range(len(self.frames) - 1, 0, -1):
            if self.frames[index].kind in kinds[text]:
                del self.frames[index:]
                frame = self.frame
                if frame.kind == "document" and text == "}":
                    self.frames[-1] = Frame("document", frame.start)
                elif frame.kind in ("arguments", "object"):
                    frame.after, frame.value = "", None
                elif frame.kind == "selection" and text == "}":
                    frame.after, frame.opens, frame.takes = "", None, {}
                elif frame.after == "@":
                    frame.after = ""
                return

    def _definition(self, token: Token) -> None:
        frame, text = self.frame, token.text
        if token.kind == "name":
            if frame.after == "@":
                self._directive(frame, text)
            elif frame.after == "on":
                frame.opens, frame.after = self._composite(text), "header"
            elif frame.after == "fragment":
                frame.after = "fragment name"
            elif frame.after == "fragment name":
                frame.after = "on" if text == "on" else frame.after
            elif text in _ROOTS and not frame.header:
                self.variables, self.used = {}, []
                frame.opens, frame.after, frame.header = self._root(text), "header", text
                frame.location = text.upper()
            elif text == "fragment" and not frame.header:
                self.variables, self.used = {}, []
                frame.after, frame.header = "fragment", "fragment"
                frame.location = "FRAGMENT_DEFINITION"
        elif text == "@":
            frame.after = "@"
        elif text == "(":
            if frame.owner.startswith("@"):
                self._open_arguments(token, frame)
            else:
                self.frames.append(Frame("variables", token.start))
        elif text == "{":
            if not frame.header:
                self.variables, self.used = {}, []
                frame.opens = self._root("query")
            self.frames.append(Frame("selection", token.start, parent=frame.opens))

    def _selection(self, token: Token) -> None:
        frame, text = self.frame, token.text
        if token.kind == "name":
            if frame.after == "...":
                frame.location = "INLINE_FRAGMENT" if text == "on" else "FRAGMENT_SPREAD"
                frame.after = "on" if text == "on" else ""
            elif frame.after == "on":
                frame.opens, frame.after = self._composite(text), ""
            elif frame.after == "@":
                self._directive(frame, text)
            else:
                self._field(frame, text)
        elif token.kind == "spread":
            frame.after, frame.opens, frame.takes = "...", frame.parent, {}
            frame.owner, frame.location = "", "INLINE_FRAGMENT"
        elif text == ":":
            frame.after = ""
            if frame.given:
                frame.given.pop()
        elif text == "@":
            frame.after = "@"
        elif text == "(":
            self._open_arguments(token, frame)
        elif text == "{":
            self.frames.append(Frame("selection", token.start, parent=frame.opens))
            frame.after = ""

    def _field(self, frame: Frame, name: str) -> None:
        found = self.field_of(frame.parent, name)
        named = get_named_type(found.type) if found else None
        frame.opens = cast("Any", named) if is_composite_type(named) else None
        frame.takes = found.args if found else {}
        frame.owner, frame.after, frame.location = name, "", "FIELD"
        frame.given.append(name)

    def _directive(self, frame: Frame, name: str) -> None:
        directive = self.schema.get_directive(name)
        frame.takes = directive.args if directive else {}
        frame.owner = f"@{name}"
        frame.after = ""

    def _open_arguments(self, token: Token, frame: Frame) -> None:
        opened = Frame("arguments", token.start, inputs=frame.takes, owner=frame.owner)
        self.frames.append(opened)
        frame.takes = {}

    def _variable(self, token: Token) -> None:
        frame, text = self.frame, token.text
        if text == "$":
            frame.after = "$"
        elif token.kind == "name" and frame.after == "$":
            frame.owner, frame.after = text, "named"
            self.variables[text] = ""
        elif text == ":":
            frame.after = "type" if frame.after == "named" else ""
        elif text == "=":
            frame.after, frame.value = "=", self._declared(frame.owner)
        elif text == "@":
            frame.after = "@"
        elif token.kind == "name" and frame.after == "@":
            self._directive(frame, text)
        elif frame.after == "=":
            self._value(token)
        elif frame.after == "type" and (token.kind == "name" or text in ("[", "]", "!")):
            self.variables[frame.owner] = self.variables.get(frame.owner, "") + text
            frame.after = "type" if text == "[" else "typed"
        elif frame.after == "typed" and text in ("]", "!"):
            self.variables[frame.owner] += text
        elif text == "(":
            self._open_arguments(token, frame)
        elif text == "{":
            self._fall_back(token)

    def _declared(self, name: str) -> GraphQLInputType | None:
        """The type a variable is declared with; lists are kept, unknown names give None."""
        text = self.variables.get(name, "")
        named = self.schema.get_type(text.strip("[]!"))
        found: Any = named
        for _ in range(text.count("[") if named else 0):
            found = GraphQLList(found)
        return cast("GraphQLInputType | None", found)

    def _value(self, token: Token) -> None:
        frame, text = self.frame, token.text
        is_named = frame.kind in ("arguments", "object")
        if is_named and frame.after == "":
            if token.kind == "name":
                found = frame.inputs.get(text)
                frame.value = found.type if found else None
                frame.after = "name"
                frame.given.append(text)
            elif text == "{":
                self._fall_back(token)
            return
        if is_named and frame.after == "name":
            if text == ":":
                frame.after = ":"
            elif token.kind == "name":
                frame.after = ""
                self._value(token)
            elif text == "{":
                self._fall_back(token)
            return
        if text == "$":
            frame.after = "$"
        elif text == "{":
            self._open_object(token, frame)
        elif text == "[":
            self._open_list(token, frame)
        elif token.kind in ("name", "string", "block", "number"):
            if frame.after == "$":
                self.used.append(text)
            self._value_done(frame)

    def _value_done(self, frame: Frame) -> None:
        frame.after = "" if frame.kind != "variables" else "valued"
        if frame.kind != "list":
            frame.value = None

    def _open_object(self, token: Token, frame: Frame) -> None:
        nullable = get_nullable_type(frame.value) if frame.value is not None else None
        while isinstance(nullable, GraphQLList):
            nullable = get_nullable_type(nullable.of_type)
        inputs = nullable.fields if isinstance(nullable, GraphQLInputObjectType) else _NO_INPUTS
        owner = nullable.name if isinstance(nullable, GraphQLNamedType) else ""
        if frame.kind == "variables":
            frame.after = "valued"
        self.frames.append(Frame("object", token.start, inputs=inputs, owner=owner))

    def _open_list(self, token: Token, frame: Frame) -> None:
        nullable: Any = get_nullable_type(frame.value) if frame.value is not None else None
        item = nullable.of_type if isinstance(nullable, GraphQLList) else nullable
        if frame.kind == "variables":
            frame.after = "valued"
        self.frames.append(Frame("list", token.start, value=item, owner=frame.owner))

    def _fall_back(self, token: Token) -> None:
        """A bracket was never closed: a `{` where none can be belongs to what is around."""
        while self.frame.kind in ("arguments", "object", "list", "variables"):
            self.frames.pop()
        self.take(token)

    def field_of(self, parent: GraphQLCompositeType | None, name: str) -> GraphQLField | None:
        """A field of a type, introspection's own too."""
        if name == "__typename" and parent is not None:
            return TypeNameMetaFieldDef
        if parent is self.schema.query_type and name in ("__schema", "__type"):
            meta: GraphQLField = SchemaMetaFieldDef if name == "__schema" else TypeMetaFieldDef
            return meta
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            found: GraphQLField | None = parent.fields.get(name)
            return found
        return None

    def _root(self, kind: str) -> GraphQLObjectType | None:
        found: GraphQLObjectType | None = getattr(self.schema, f"{kind}_type")
        return found

    def _composite(self, name: str) -> GraphQLCompositeType | None:
        found = self.schema.get_type(name)
        return cast("Any", found) if is_composite_type(found) else None


def directive_locations(directive: GraphQLDirective) -> frozenset[str]:
    """The places a directive may stand at, as the specification names them."""
    return frozenset(location.name for location in directive.locations)


def is_required(entry: GraphQLArgument | GraphQLInputField) -> bool:
    """True for an input that must be given: non-null and without a default."""
    from graphql import is_required_argument, is_required_input_field

    if isinstance(entry, GraphQLArgument):
        return is_required_argument(entry)
    return is_required_input_field(entry)
