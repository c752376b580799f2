"""
A bazaar: rows that are written with their children.

An order comes with its lines, a line with its marks; a club with its members. Lines may be hidden from whoever ordered, goods from
everyone but their owner. Each has permissions of its own, some of which read the row around, the rows beside, or the row's own children.
"""

import strongback as sb


class User(sb.Entity):
    """Who calls."""

    subject: str = sb.field(max=80, unique=True, read_only=True)
    nick: str = sb.field(default="", max=20)
    orders: list["Order"] = sb.inverse("buyer")

    @sb.role
    def oneself(self, me: "User") -> bool:
        return self == me

    access = sb.Access(read=sb.SIGNED_IN, update=oneself)


class Good(sb.Entity):
    """What can be ordered, by whoever sees it."""

    owner: User = sb.to_one(immutable=True)
    name: str = sb.field(max=40)
    shown: bool = False

    @sb.role
    def owned(self, me: User) -> bool:
        return self.owner == me

    @sb.role
    def on_show(self, me: User | None) -> bool:
        return self.shown

    access = sb.Access(read=owned | on_show, create=owned, update=owned)


class Order(sb.Entity, history=True):
    """What somebody orders."""

    buyer: User = sb.to_one()
    clerk: User | None = sb.to_one(default=None)
    note: str = sb.field(default="", max=40)
    closed: bool = False
    lines: list["Line"] = sb.inverse("order", nested=True)

    @sb.role
    def bought(self, me: User) -> bool:
        return self.buyer == me

    @sb.role
    def served(self, me: User) -> bool:
        return self.clerk == me

    @sb.role
    def marked(self, me: User) -> bool:
        return any(line.by == me for line in self.lines)

    access = sb.Access(read=bought | served | marked, create=bought, update=bought | served, delete=bought)


class Line(sb.Entity, history=True):
    """One thing ordered. What a clerk hides is there for the clerk alone."""

    order: Order = sb.to_one(immutable=True, on_delete="cascade")
    good: Good = sb.to_one()
    by: User | None = sb.to_one(default=None)
    place: int = sb.field(min=0, max=9)
    qty: int = sb.field(default=1, min=1)
    hidden: bool = False
    price: str = sb.pii(default="", max=20)
    marks: list["Mark"] = sb.inverse("line", nested=True)
    once = sb.Unique(order, place, code="place_taken")

    @sb.role
    def bought(self, me: User) -> bool:
        return self.order.buyer == me

    @sb.role
    def shown(self, me: User) -> bool:
        return self.order.buyer == me and not self.hidden

    @sb.role
    def served(self, me: User) -> bool:
        return self.order.clerk == me

    @sb.role
    def editable(self, me: User) -> bool:
        return self.order.buyer == me and not self.order.closed

    access = sb.Access(
        read=shown | served,
        create=editable | served,
        update=editable | served,
        delete=editable | served,
        fields={price: served},
    )

    @sb.check(code="too_many")
    def few(self) -> bool:
        return self.qty <= 100


class Mark(sb.Entity, soft_delete=True):
    """A word about a line, from somebody who has another order."""

    line: Line = sb.to_one(immutable=True, on_delete="cascade")
    word: str = sb.field(max=20)

    @sb.role
    def bought(self, me: User) -> bool:
        return self.line.bought(me)

    @sb.role
    def known(self, me: User) -> bool:
        return self.line.order.buyer == me and any(order.closed for order in me.orders)

    access = sb.Access(read=bought, create=known, update=bought, delete=bought)


class Club(sb.Entity):
    """Whoever founds one is not yet a member of it."""

    name: str = sb.field(max=40)
    staff: list["Seat"] = sb.inverse("club", nested=True)
    rooms: list["Room"] = sb.inverse("club", nested=True)

    @sb.role
    def member(self, me: User) -> bool:
        return any(seat.user == me for seat in self.staff)

    access = sb.Access(read=sb.EVERYONE, create=sb.SIGNED_IN, update=member)


class Seat(sb.Entity, tenant="club"):
    """That somebody belongs to a club."""

    club: Club = sb.to_one(immutable=True)
    user: User = sb.to_one(immutable=True)
    once = sb.Unique(club, user)

    @sb.role
    def colleague(self, me: User) -> bool:
        return self.club.member(me)

    access = sb.Access(read=colleague, create=colleague, delete=colleague)


class Room(sb.Entity, tenant="club"):
    """A room of a club, which anybody signed in may add."""

    club: Club = sb.to_one(immutable=True)
    name: str = sb.field(max=20)
    keys: list["Key"] = sb.inverse("room", nested=True)

    @sb.role
    def colleague(self, me: User) -> bool:
        return self.club.member(me)

    @sb.role(spans_tenants=True)
    def anybody(self, me: User) -> bool:
        return self.name != ""

    access = sb.Access(read=anybody, create=anybody, update=colleague, delete=colleague)


class Key(sb.Entity, tenant="room.club"):
    """Opens a room to a member."""

    room: Room = sb.to_one(immutable=True, on_delete="cascade")
    seat: Seat | None = sb.to_one(default=None)
    number: int = sb.field(min=0, max=99)

    @sb.role(spans_tenants=True)
    def anybody(self, me: User) -> bool:
        return self.number >= 0

    access = sb.Access(read=anybody, create=anybody, update=anybody, delete=anybody)


bazaar = sb.Service(
    "bazaar",
    version="1.0.0",
    rest="/v1",
    graphql=True,
    entities=[User, Good, Order, Line, Mark, Club, Seat, Room, Key],
    actor=sb.Actor(User, claims={"sub": User.subject}, provision=True),
)
