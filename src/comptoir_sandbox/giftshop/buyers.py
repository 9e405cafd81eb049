"""Who buys in the shop: made-up people with an account each, and where their parcels go."""

from __future__ import annotations

import unicodedata
from random import Random

from comptoir_sandbox.giftshop.model import Json

FIRST_ID = 7_100_000_000_000
GIVEN = (
    *("Amélie", "Benoît", "Camille", "David", "Élise", "Francis", "Geneviève", "Hugo", "Isabelle", "Julien", "Karine"),
    *("Louis", "Maude", "Nicolas", "Océane", "Philippe", "Rosalie", "Samuel", "Thérèse", "Ulric", "Véronique"),
    *("William", "Yasmine", "Zacharie", "Olivia", "Liam", "Priya", "Mei", "Omar", "Sofia"),
)
FAMILY = (
    *("Gagnon", "Roy", "Côté", "Bouchard", "Gauthier", "Morin", "Lavoie", "Fortin", "Gagné", "Ouellet", "Pelletier"),
    *("Bélanger", "Lévesque", "Bergeron", "Leblanc", "Paquette", "Girard", "Simard", "Boucher", "Caron", "Beaulieu"),
    *("Cloutier", "Dubé", "Poirier", "Fournier", "Lapointe", "Leclerc", "Lefebvre", "Poulin", "Nguyen", "Singh"),
)
STREETS = (
    "rue Saint-Denis",
    "avenue du Mont-Royal Est",
    "rue Sherbrooke Ouest",
    "boulevard Saint-Laurent",
    "rue Masson",
)
TOWNS = (
    ("Montréal", "H2J 2L1"),
    ("Montréal", "H3A 1E4"),
    ("Montréal", "H2W 1Y5"),
    ("Laval", "H7N 3W5"),
    ("Longueuil", "J4K 5G4"),
    ("Québec", "G1R 4P5"),
    ("Sherbrooke", "J1H 1Z5"),
    ("Gatineau", "J8X 3X3"),
)
ABROAD = (
    ("New York", "New York", "NY", "10012", "United States", "US"),
    ("Portland", "Maine", "ME", "04101", "United States", "US"),
    ("Lyon", None, None, "69002", "France", "FR"),
)


class Buyers:
    """Everybody who has bought; a new name each time, or somebody who comes back."""

    def __init__(self, random: Random) -> None:
        self._random = random
        names = [(given, family) for given in GIVEN for family in FAMILY]
        random.shuffle(names)
        self._names = names
        self._known: list[Json] = []

    def next(self) -> Json:
        """A new customer."""
        given, family = self._names[len(self._known)]
        email = f"{plain(given)}.{plain(family)}@example.com"
        made = {"id": FIRST_ID + len(self._known), "first_name": given, "last_name": family, "email": email}
        self._known.append(made)
        return made

    def any(self) -> Json:
        """A new customer, or now and then one who comes back."""
        if self._known and self._random.random() < 0.2:  # noqa: PLR2004 # one in five
            return self._random.choice(self._known)
        return self.next()

    def home(self, buyer: Json) -> Json:
        """An address in Québec."""
        town, code = self._random.choice(TOWNS)
        return {
            **_name(buyer),
            "address1": f"{self._random.randrange(100, 6900)}, {self._random.choice(STREETS)}",
            "city": town,
            "province": "Quebec",
            "province_code": "QC",
            "zip": code,
            "country": "Canada",
            "country_code": "CA",
        }

    def abroad(self, buyer: Json) -> Json:
        """An address in another country."""
        town, province, code, post, country, country_code = self._random.choice(ABROAD)
        return {
            **_name(buyer),
            "address1": f"{self._random.randrange(1, 90)} Main Street",
            "city": town,
            "province": province,
            "province_code": code,
            "zip": post,
            "country": country,
            "country_code": country_code,
        }


def _name(buyer: Json) -> Json:
    return {"first_name": buyer["first_name"], "last_name": buyer["last_name"]}


def plain(text: str) -> str:
    """A name as an e-mail address writes it."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return bare.lower().replace(" ", "")
