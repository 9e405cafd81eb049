"""The platforms that can be connected, with their forms, for a machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from comptoir.engine.setup.connecting import Connectable
from comptoir.engine.setup.forms import REDIRECT_URI, FormField, Way
from comptoir.engine.telling.shapes.common import Say


@dataclass(frozen=True, slots=True)
class WayShape:
    """A way into a platform. `here`: the values alone let us in; else a person allows it at the platform's page.

    `steps`: where each value is found.
    """

    sign_in: str
    title: str
    help: str
    steps: list[str]
    here: bool


@dataclass(frozen=True, slots=True)
class FieldShape:
    """A value that a platform asks for. `choices`: the values it may have, none for any text.

    `ways`: the ways in that ask for it, none for all. `secret`: kept sealed, and never told again.
    """

    name: str
    label: str
    help: str
    secret: bool
    required: bool
    choices: list[str]
    default: str
    ways: list[str]


@dataclass(frozen=True, slots=True)
class PlatformShape:
    """A platform that can be connected, as a "store" or as a "ledger"; the best way in for most people first."""

    platform: str
    name: str
    role: str
    summary: str
    ways: list[WayShape]
    fields: list[FieldShape]


def platform_shape(platform: Connectable, say: Say = str, *, simulators: bool = False) -> PlatformShape:
    """A platform and its form; what is for simulators only where they may be connected."""
    manifest = platform.manifest
    fields = [each for each in own_fields(platform.fields) if simulators or not each.simulated]
    return PlatformShape(
        platform=manifest.slug,
        name=manifest.name,
        role=manifest.role,
        summary=say(platform.summary),
        ways=[_way(each, say) for each in platform.ways],
        fields=[_field(each, say, simulators=simulators) for each in fields],
    )


def own_fields(fields: Iterable[FormField]) -> list[FormField]:
    """The fields that a program fills in: where the platform sends people back to is ours to know."""
    return [each for each in fields if each.name != REDIRECT_URI]


def _way(way: Way, say: Say) -> WayShape:
    return WayShape(way.name, say(way.title), say(way.help), [say(each) for each in way.steps], way.here)


def _field(each: FormField, say: Say, *, simulators: bool) -> FieldShape:
    return FieldShape(
        name=each.name,
        label=say(each.label),
        help=say(each.help),
        secret=each.secret,
        required=each.required,
        choices=[choice.value for choice in each.choices if simulators or not choice.simulated],
        default=each.default,
        ways=list(each.ways),
    )
