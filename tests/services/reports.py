"""Reports: raw SQL over rows that not everybody may see, with a tenant, deleted rows, hidden fields and every kind of value."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import strongback as sb

SEEN: list[tuple[Any, ...]] = []


class User(sb.Entity):
    """Who calls."""

    subject: str = sb.field(max=80, unique=True, read_only=True)
    name: str = sb.pii(max=120)

    @sb.role
    def oneself(self, me: "User") -> bool:
        return self == me

    access = sb.Access(read=oneself)


class Team(sb.Entity):
    """Who sells."""

    name: str = sb.field(max=40)
    members: list["Member"] = sb.inverse("team")

    @sb.role
    def member(self, me: User) -> bool:
        return any(m.user == me for m in self.members)

    access = sb.Access(read=sb.EVERYONE)
    search = sb.Query(sort=("created_at",))

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def found(cls, me: User, name: str) -> "Team":
        """Found a team."""
        team = cls(name=name)
        Member(team=team, user=me)
        return team


class Member(sb.Entity, tenant="team"):
    """Who belongs to a team."""

    team: Team = sb.to_one(immutable=True)
    user: User = sb.to_one(immutable=True)

    @sb.role
    def colleague(self, me: User) -> bool:
        return self.team.member(me)

    access = sb.Access(read=colleague)


class Deal(sb.Entity, tenant="team", soft_delete=True):
    """What is sold."""

    team: Team = sb.to_one(immutable=True)
    city: str = sb.field(max=80, index=True)
    amount: Decimal = sb.decimal(12, 2, index=True)
    status: Literal["open", "it's won", "lost?"] = sb.field(default="open", index=True)
    closing: datetime | None = sb.field(default=None)

    @sb.role
    def seller(self, me: User) -> bool:
        return self.team.member(me)

    @sb.role(spans_tenants=True)
    def public(self, me: User | None) -> bool:
        return self.status == "it's won"

    @sb.role(spans_tenants=True)
    def settled(self, me: User | None) -> bool:
        return self.closing is not None and self.closing < sb.now()

    access = sb.Access(
        read=seller | public | settled, create=seller, update=seller, delete=seller, fields={amount: seller}
    )
    search = sb.Query(where=(city,), sort=("created_at",), page_max=100)

    @sb.action(allow=sb.EVERYONE)
    @classmethod
    async def seen(cls, db: sb.Db) -> list[str]:
        """The ids of the deals that the caller may read, by raw SQL."""
        query = sb.sql("SELECT d.id FROM {deal} AS d WHERE {mine} ORDER BY d.id", deal=Deal, mine=db.visible(Deal, "d"))
        return [str(id_) for (id_,) in await db.fetch(query, UUID)]

    @sb.action(allow=sb.EVERYONE)
    @classmethod
    async def by_city(cls, db: sb.Db, least: int = 0) -> list[str]:
        """How many deals the caller may read in each city."""
        query = sb.sql(
            """
            SELECT d.city, count(*) FROM {deal} AS d
            WHERE {mine} AND d.status IN {statuses} AND d.city <> {none}
            GROUP BY d.city HAVING count(*) >= {least} ORDER BY d.city
            """,
            deal=Deal,
            mine=db.visible(Deal, "d"),
            statuses=["open", "it's won"],
            none="'; DELETE FROM deal; --",
            least=least,
        )
        return [f"{city}: {count}" for city, count in await db.fetch(query, str, int)]

    @sb.action(allow=seller)
    async def facts(self, db: sb.Db, amount: Annotated[Decimal, sb.decimal(12, 2)]) -> None:
        """Every kind of value, there and back."""
        query = sb.sql(
            "SELECT d.id, d.city, d.closing, d.status = {status} FROM {deal} AS d WHERE d.id = {id} AND d.amount = {amount}",
            deal=Deal,
            id=self.id,
            status="open",
            amount=db.value(Deal, "amount", amount),
        )
        SEEN[:] = await db.fetch(query, UUID, str, datetime, bool)

    @sb.action(allow=sb.EVERYONE)
    @classmethod
    async def sums(cls, db: sb.Db) -> list[str]:
        """The amounts that the caller may see, of deals the caller may read."""
        query = sb.sql(
            "SELECT d.city FROM {deal} AS d WHERE {mine} ORDER BY d.city",
            deal=Deal,
            mine=db.visible(Deal, "d", see=("amount",)),
        )
        return [city for (city,) in await db.fetch(query, str)]

    @sb.action(allow=seller)
    async def move(self, db: sb.Db, city: str) -> int:
        """Change rows by objects and by raw SQL, which sees what was done before."""
        self.city = city
        changed = sb.sql("UPDATE {deal} SET city = {new} WHERE city = {old}", deal=Deal, new=f"{city}!", old=city)
        await db.fetch(changed)
        told = await db.fetch(sb.sql("SELECT count(*) FROM {deal} WHERE city = {new}", deal=Deal, new=f"{city}!"), int)
        sb.require(city != "nowhere", "no_such_city")
        count: int = told[0][0]
        return count

    @sb.action(allow=sb.EVERYONE)
    @classmethod
    async def hidden(cls, db: sb.Db) -> None:  # noqa: ARG003
        """Raw SQL behind the back of the text: `db` is found where nobody looks."""
        await BEHIND["run"]()


BEHIND: dict[str, Any] = {}

reports = sb.Service(
    "reports",
    rest="/v1",
    entities=[User, Team, Member, Deal],
    actor=sb.Actor(User, claims={"sub": User.subject, "name": User.name}, provision=True),
)
