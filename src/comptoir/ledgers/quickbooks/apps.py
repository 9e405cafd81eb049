"""The operator's Intuit apps, as the forms of connections describe them, with the limits that Intuit sets them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import httpx2

from comptoir.http.limiter import Shared, Turns, Windows
from comptoir.http.transport import RETRIES, USER_AGENT, Transport
from comptoir.ledgers.quickbooks.company import identity_of
from comptoir.ledgers.quickbooks.connect import Connector, Settings, settings_of
from comptoir.ledgers.quickbooks.limits import READS_A_MONTH, Limits, standard_limits

PLATFORM = "quickbooks"
CLOCK_SPEED = "clock_speed"
"""A simulator's clock may run faster than ours; limits are then met in its time."""


class Apps:
    """Each app is opened once: whoever calls a company shares its limits with everybody else here."""

    def __init__(self, http: httpx2.Client, shared: Shared, *, retries: int = RETRIES) -> None:
        """`shared`: what the processes of the installation share."""
        self._http = http
        self._shared = shared
        self._retries = retries
        self._open: dict[tuple[Settings, float], Connector] = {}

    def __call__(self, values: Mapping[str, str]) -> Connector:
        """The app that a checked form describes."""
        key = settings_of(values), float(values.get(CLOCK_SPEED) or 1)
        if key not in self._open:
            transport = Transport(self._http, user_agent=USER_AGENT, platform=PLATFORM, retries=self._retries)
            limits = partial(self._limits, speed=key[1], metered_app=key[0].metered_app)
            self._open[key] = Connector(key[0], transport, limits=limits)
        return self._open[key]

    def _limits(self, realm_id: str, patient: bool, *, speed: float, metered_app: str) -> Limits:
        def turns(kind: str, windows: Windows) -> Turns:
            return self._shared.turns(f"{identity_of(realm_id)}:{kind}", windows)

        def meter(reads: int) -> None:
            self._shared.meter(PLATFORM, metered_app, reads, READS_A_MONTH)

        if not metered_app:
            return standard_limits(speed, turns, patient=patient)
        return standard_limits(speed, turns, patient=patient, meter=meter)
