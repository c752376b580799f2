"""A depot: rows that move between teams, references of every rule, unique values, checks, and writes of either form."""

import strongback as sb


class User(sb.Entity):
    """Who calls."""

    subject: str = sb.field(max=80, unique=True, read_only=True)
    name: str = sb.pii(max=120)
    email: str = sb.pii(max=254)

    @sb.role
    def oneself(self, me: "User") -> bool:
        return self == me

    access = sb.Access(read=oneself)


class Team(sb.Entity):
    """Who owns things."""

    name: str = sb.field(max=40, unique=True)
    members: list["Member"] = sb.inverse("team")

    @sb.role
    def member(self, me: User) -> bool:
        return any(m.user == me for m in self.members)

    access = sb.Access(read=sb.EVERYONE, update=member)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def found(cls, me: User, name: str) -> "Team":
        """Found a team and belong to it."""
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

    access = sb.Access(read=colleague, create=colleague, delete=colleague)
    search = sb.Query(where=(team,), sort=("created_at",))


class Shelf(sb.Entity):
    """Where things lie; a shelf may be handed to another team."""

    team: Team = sb.to_one()
    name: str = sb.field(max=40)
    size: int = sb.field(default=1, min=0)
    used: int = sb.field(default=0, min=0)
    things: list["Thing"] = sb.inverse("shelf")

    @sb.check(code="too_full")
    def fits(self) -> bool:
        return self.used <= self.size

    @sb.role
    def owner(self, me: User) -> bool:
        return self.team.member(me)

    access = sb.Access(read=owner, create=owner, update=owner, delete=owner)


class Thing(sb.Entity, history=True):
    """What lies on a shelf."""

    shelf: Shelf = sb.to_one()
    spare: Shelf | None = sb.to_one(default=None, on_delete="set_null")
    code: int = sb.field(unique=True)
    secret: str | None = sb.pii(max=80)

    @sb.role
    def owner(self, me: User) -> bool:
        return self.shelf.owner(me)

    access = sb.Access(read=owner, create=owner, update=owner, delete=owner)


class Label(sb.Entity):
    """What sticks to a thing, and goes with it."""

    thing: Thing = sb.to_one(immutable=True, on_delete="cascade")
    text: str = sb.field(max=20)

    @sb.role
    def owner(self, me: User) -> bool:
        return self.thing.owner(me)

    access = sb.Access(read=owner, create=owner)


class Task(sb.Entity, tenant="team", soft_delete=True, history=True):
    """What a team has to do; perhaps as part of another of its tasks."""

    team: Team = sb.to_one(immutable=True)
    parent: "Task | None" = sb.to_one(default=None)
    title: str = sb.field(max=40)
    note: str = sb.pii(default="", max=80)
    once = sb.Unique(team, title, code="title_taken")

    @sb.role
    def member(self, me: User) -> bool:
        return self.team.member(me)

    access = sb.Access(read=member, create=member, update=member, delete=member)
    search = sb.Query(where=(team,), sort=("title",))


depot = sb.Service(
    "depot",
    version="1.0.0",
    rest="/v1",
    entities=[User, Team, Member, Shelf, Thing, Label, Task],
    actor=sb.Actor(User, claims={"sub": User.subject, "name": User.name, "email": User.email}, provision=True),
)
