"""
Mistakes a type checker must find: every line with `# wrong` is rejected by mypy and by pyright, every other line is accepted.

The comment says what is wrong. `test_types.py` runs both checkers over this file.
"""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import strongback as sb


class Sent(sb.Event, topic="shop.sent", version=1):
    order_id: UUID


class Address(sb.Value):
    street: str = sb.field(max=80)
    floor: int = 0


class User(sb.Entity):
    subject: str = sb.field(max=200, unique=True)
    boss: "User | None" = sb.to_one(default=None)
    orders: list["Order"] = sb.inverse("buyer")

    @sb.role
    def oneself(self, me: "User") -> bool:
        return self == me

    @sb.role
    def under(self, me: "User") -> bool:
        return self.boss.oneself(me)  # wrong: an unguarded path through an optional relation

    @sb.role
    def named(self, me: "User") -> bool:
        return self.subjct == me.subject  # wrong: a misspelt path in a role

    access = sb.Access(read=oneself | named)


class Order(sb.Entity, history=True):
    buyer: User = sb.to_one(immutable=True)
    status: Literal["new", "sent"] = sb.field(default="new")
    price: Annotated[Decimal, sb.decimal(12, 2)]
    ship_to: Address
    note: str | None = None

    @sb.role
    def own(self, me: User) -> bool:
        return self.buyer == me

    @sb.role
    def through(self, me: User) -> bool:
        return self.buyer.oneself(self)  # wrong: the caller of a role is of another type

    @sb.role
    def seller(self, me: User) -> bool:
        return self.seller_of.oneself(me)  # wrong: a relation that is not there

    @sb.role  # wrong: a role that returns no bool
    def loud(self, me: User) -> int:
        return len(self.status)

    @sb.role
    def quiet(self, me: User) -> bool:
        return self.note  # wrong: text where a bool is promised

    @sb.role
    def other(self, me: User) -> bool:
        return self.buyer.oneself()  # wrong: a role is not asked for the caller

    @sb.role
    def long(self, me: User) -> bool:
        return len(self.note) > 3  # wrong: an optional value where one is needed

    @sb.computed
    def is_new(self) -> bool:
        return self.status == "new"

    @sb.check(cod="cheap")  # wrong: a misspelt code of a check
    def cheap(self) -> bool:
        return self.price < 100

    access = sb.Access(
        read=own | "everyone",  # wrong: an operand that is no permission
    )
    more = sb.Access(reed=own)  # wrong: a misspelt operation
    search = sb.Query(sort=1)  # wrong: an option of another type
    by_status = sb.Index(statuss)  # wrong: a misspelt member in a class body

    @sb.action()  # wrong: an action that says of nobody that they may
    def free(self) -> None:
        sb.require(self.is_new, "not_new")

    @sb.action(allow=own)
    def send(self, how: Literal["ship", "post"], parcels: int = 1) -> None:
        self.status = "snt"  # wrong: an unknown literal
        self.is_new = False  # wrong: a computed field is assigned
        self.price = "1.50"  # wrong: a value of another type
        self.buyer = None  # wrong: None where there is always a row
        self.ship_to.street = "Main"  # wrong: a value object is changed
        self.created_at = sb.now()  # wrong: a value that Strongback alone sets
        sb.require(self.is_new)  # wrong: a guard without its code
        self.emit(Sent(order_id=str(self.id)))  # wrong: an event's payload of another type
        self.emit(Sent())  # wrong: an event without its payload

    @sb.action(allow=own)
    async def copy_of(self, me: User, db: sb.Db, clock: sb.Clock) -> "Order":
        found = await db.get(Order, self.id)
        found.send("ship")  # wrong: a row that may not be there
        rows = await db.find(User, subject="a")
        rows[0].statuss  # wrong: a misspelt field of a found row
        clock.now() - 1  # wrong: a moment is not a number
        return await db.get(User, self.id)  # wrong: a row of another entity is returned


class Wrong(sb.Entity, tenat="buyer"):  # wrong: a misspelt class keyword
    size: int = sb.field(maxx=3)  # wrong: a misspelt option
    name: str = sb.field(default=3)  # wrong: a default of another type
    flag: bool = 1  # wrong: a default of another type
    peers: list["Wrong"] = sb.inverse()  # wrong: an inverse of nothing


def use(user: User, order: Order) -> None:
    home = Address(street="Main")
    Order(buyer=user, price=Decimal(1))  # wrong: a required member is missing
    Order(buyer=order, price=Decimal(1), ship_to=home)  # wrong: a row of another entity
    Order(buyer=user, price=Decimal(1), ship_to=home, status="old")  # wrong: an unknown literal
    Order(buyer=user, price=Decimal(1), ship_to=home, colour="red")  # wrong: a member that is not there
    Order(buyer=user, price=Decimal(1), ship_to=home, id=user.id)  # wrong: the id is not given
    User(subject="a", orders=[])  # wrong: an inverse is not given
    order.send("fly")  # wrong: an unknown literal for an action's parameter
    order.send("ship", parcels="two")  # wrong: an action's parameter of another type
    order.own(order)  # wrong: a role asked for a row of another entity
    Address(street=1)  # wrong: a value's member of another type


sb.Service("shop", entities=[Address])  # wrong: a value object among the entities
sb.Service("shop", entities=[User, Order], grahpql=True)  # wrong: a misspelt option
sb.Actor(User, claims=["sub"])  # wrong: claims without their fields
sb.Actor(User, claims={"sub": User.subjct})  # wrong: a misspelt field of the actor
sb.Actor(Address, claims={"sub": User.subject})  # wrong: an actor that is no entity
