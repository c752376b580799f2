"""Values that look like what their field is called: names for `name`, towns for `city`, sums for `price`."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from strongback.plan.typed import check_typed
from strongback.plan.value_fault import ValueFault
from strongback.predicate.types import Type
from strongback.testing.samples import NOW, TRIES, Samples

FIRST = (
    "Ada", "Ahmed", "Alma", "Amara", "Björn", "Chen", "Clara", "Dmitri", "Elif", "Emma", "Femi", "Grace", "Hana", "Ida", "Ines", "Jonas",
    "Kofi", "Lars", "Leila", "Lucía", "Mateo", "Mei", "Nadia", "Noah", "Olga", "Omar", "Priya", "Ravi", "Sara", "Tomás", "Yuki", "Zoë",
)  # fmt: skip
LAST = (
    "Andersen", "Bakker", "Berg", "Costa", "Dahl", "Diallo", "Eriksen", "Fischer", "García", "Haddad", "Hansen", "Ito", "Jensen", "Kaya",
    "Khan", "Kowalski", "Larsen", "Lindqvist", "Moreau", "Mwangi", "Nguyen", "Novak", "O'Brien", "Okafor", "Petrov", "Rossi", "Santos",
    "Schmidt", "Silva", "Singh", "Tanaka", "Weber",
)  # fmt: skip
CITIES = (
    "Accra", "Amsterdam", "Athens", "Bergen", "Berlin", "Bogotá", "Cape Town",
    "Copenhagen", "Dublin", "Gdańsk", "Hanoi", "Helsinki", "Kyoto",
    "Lagos", "Lima", "Lisbon", "Lyon", "Madrid", "Montréal", "Nairobi", "Oslo", "Porto", "Pune", "Riga", "Tallinn",
    "Tartu", "Turin", "Zürich",
)  # fmt: skip
COUNTRIES = (
    "Brazil",
    "Canada",
    "Denmark",
    "Estonia",
    "France",
    "Ghana",
    "India",
    "Japan",
    "Kenya",
    "Norway",
    "Poland",
    "Portugal",
    "Spain",
)
STREETS = (
    "Harbour Street",
    "Mill Lane",
    "Station Road",
    "Church Street",
    "Park Avenue",
    "Bridge Road",
    "High Street",
    "Elm Row",
)
FIRMS = (
    "Aurora",
    "Beacon",
    "Cobalt",
    "Delta",
    "Ember",
    "Fjord",
    "Granite",
    "Harbour",
    "Juniper",
    "Kestrel",
    "Lumen",
    "Meridian",
    "Northwind",
)
TRADES = (
    "Analytics",
    "Bakery",
    "Clinics",
    "Energy",
    "Foods",
    "Freight",
    "Games",
    "Labs",
    "Logistics",
    "Press",
    "Robotics",
    "Software",
)
TITLES = (
    "Backend engineer",
    "Data analyst",
    "Designer",
    "Electrician",
    "Nurse",
    "Product manager",
    "Site engineer",
    "Teacher",
    "Tech lead",
)
SKILLS = (
    "Python",
    "PostgreSQL",
    "Design",
    "Welding",
    "French",
    "Planning",
    "Teaching",
    "Rust",
    "Sales",
    "Statistics",
    "Writing",
    "Testing",
)
THINGS = (
    "bottle",
    "chair",
    "lamp",
    "notebook",
    "plan",
    "report",
    "shelf",
    "table",
    "ticket",
    "tool",
    "trip",
    "workshop",
)
QUALITIES = ("blue", "bright", "calm", "early", "green", "light", "new", "open", "quiet", "round", "small", "swift")
SENTENCES = (
    "We look forward to hearing from you.", "Most of it can be done from home.", "The team is small and friendly.",
    "It starts in spring.",
    "Bring your own ideas.", "There is room to learn.", "The old one did not last.", "Please call before noon.",
    "It was delivered on time.",
    "Nobody has asked for this before.", "The plan is simple, and so is the work.", "Two others know more about it.",
)  # fmt: skip
CURRENCIES = ("CHF", "DKK", "EUR", "GBP", "JPY", "NOK", "PLN", "USD")
LONG = frozenset(
    {
        "body",
        "text",
        "description",
        "letter",
        "note",
        "notes",
        "comment",
        "content",
        "summary",
        "bio",
        "message",
        "about",
    }
)
# What a number with this word in its name is, at least and at most.
RANGES: Mapping[str, tuple[int, int]] = {
    "price": (5, 2_000), "amount": (5, 2_000), "total": (5, 5_000), "salary": (30_000, 120_000), "year": (1990, 2026), "age": (18, 90),
    "quantity": (1, 20), "count": (0, 50), "rating": (1, 5), "stars": (1, 5), "percent": (0, 100), "weight": (1, 100), "minutes": (5, 240),
}  # fmt: skip
USUAL = (0, 1_000)
DAYS = 365
TAIL = string.ascii_lowercase + string.digits


class Plausible(Samples):
    """Makes values as a reader of the data would expect them; where none fits the type, those of `Samples`."""

    def value(self, type_: Type, where: str) -> Any:
        """As `Samples.value`: *where* is `Job.title`, and what is in that name decides."""
        if type_.optional and self.random.random() < 0.15:
            return None
        for _ in range(TRIES):
            made = self._made(type_, where)
            if made is None:
                break
            try:
                return check_typed(type_, made)
            except (ValueFault, ArithmeticError):
                continue
        return super().value(type_, where)

    def fresh(self, type_: Type, where: str) -> Any:
        """A value that nobody else has: with letters and digits of chance at its end, where the type leaves room for them."""
        for _ in range(TRIES if type_.kind == "str" and type_.pattern is None else 0):
            tail = "".join(self.random.choices(TAIL, k=6))
            text = str(self._text(type_, where))
            name, at, host = text.partition("@")
            made = f"{name}.{tail}@{host}" if at else f"{text[: max(0, int(type_.max or 200) - 7)]} {tail}".lstrip()
            try:
                return check_typed(type_, made)
            except ValueFault:
                continue
        if type_.kind == "int":
            return self.random.randint(int(type_.min or 0), int(type_.max or 2**62))
        return self.value(type_, where)

    def _made(self, type_: Type, where: str) -> Any:
        words = where.rpartition(".")[2].lower().split("_")
        match type_.kind:
            case "str" if type_.pattern is None:
                return self._text(type_, where)
            case "int" | "float" | "decimal":
                return self._number(type_, words)
            case "datetime":
                return NOW - timedelta(seconds=self.random.randint(-30 * 86_400, DAYS * 86_400))
            case "date":
                return (NOW - timedelta(days=self.random.randint(-30, DAYS))).date()
            case "timedelta":
                return timedelta(minutes=5 * self.random.randint(1, 48))
            case _:
                return None

    def _number(self, type_: Type, words: list[str]) -> Any:
        low, high = next((RANGES[word] for word in words if word in RANGES), USUAL)
        low = max(low, int(float(type_.min))) if type_.min is not None else low
        high = min(high, int(float(type_.max))) if type_.max is not None else high
        drawn = self.random.randint(low, max(low, high))
        if type_.kind == "int":
            return drawn
        cents = Decimal(self.random.randrange(100)) / 100 if type_.scale != 0 else Decimal(0)
        made = Decimal(drawn) + (cents if drawn < high else 0)
        return made if type_.kind == "decimal" else float(made)

    def _text(self, type_: Type, where: str) -> str:
        entity, _, name = where.lower().rpartition(".")
        words = name.split("_")
        make = next((TEXTS[word] for word in reversed(words) if word in TEXTS), None)
        if make is None:
            make = _sentences if LONG & set(words) else _named(entity) if "name" in words else _thing
        return make(self)[: int(type_.max)] if type_.max is not None else make(self)

    def pick(self, options: tuple[str, ...]) -> str:
        return self.random.choice(options)


Text = Callable[[Plausible], str]


def _person(at: Plausible) -> str:
    return f"{at.pick(FIRST)} {at.pick(LAST)}"


def _email(at: Plausible) -> str:
    """At a name that is nobody's (RFC 2606, section 3)."""
    first, last = (
        at.random.choice(names).lower()
        for names in (("ada", "emma", "ida", "omar", "yuki"), ("berg", "dahl", "ito", "silva"))
    )
    return f"{first}.{last}{at.random.randrange(10_000)}@example.org"


def _firm(at: Plausible) -> str:
    return f"{at.pick(FIRMS)} {at.pick(TRADES)}"


def _thing(at: Plausible) -> str:
    return f"{at.pick(QUALITIES)} {at.pick(THINGS)}".capitalize()


def _sentences(at: Plausible) -> str:
    return " ".join(at.random.sample(SENTENCES, at.random.randint(2, 5)))


def _named(entity: str) -> Text:
    """What a row of *entity* is called."""
    kinds: dict[str, Text] = {
        "company": _firm, "organisation": _firm, "organization": _firm, "shop": _firm, "supplier": _firm, "employer": _firm, "team": _firm,
        "skill": lambda at: at.pick(SKILLS), "tag": lambda at: at.pick(SKILLS), "city": lambda at: at.pick(CITIES),
        "product": _thing, "item": _thing, "category": _thing, "project": _thing,
    }  # fmt: skip
    return kinds.get(entity, _person)


TEXTS: Mapping[str, Text] = {
    "email": _email,
    "phone": lambda at: f"+47{at.random.randint(20_000_000, 99_999_999)}",
    "city": lambda at: at.pick(CITIES),
    "town": lambda at: at.pick(CITIES),
    "country": lambda at: at.pick(COUNTRIES),
    "street": lambda at: f"{at.pick(STREETS)} {at.random.randint(1, 99)}",
    "address": lambda at: f"{at.pick(STREETS)} {at.random.randint(1, 99)}, {at.pick(CITIES)}",
    "title": lambda at: at.pick(TITLES),
    "currency": lambda at: at.pick(CURRENCIES),
    "url": lambda at: f"https://example.org/{at.pick(THINGS)}",
    "subject": lambda at: f"{at.pick(FIRST)}.{at.pick(LAST)}".lower(),
}
