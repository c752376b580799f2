"""
Clinics: tenants on paths of one, two and three steps, roles that depend on the caller alone, callers who belong to one tenant.

A nurse belongs to a clinic; a ward, its visits and their notes belong to the ward's; references between them never leave it.
"""

from typing import Literal

import strongback as sb


class Clinic(sb.Entity):
    """A tenant."""

    name: str = sb.field(max=80, unique=True)
    region: Literal["north", "south"] = sb.field(index=True)
    staff: list["Nurse"] = sb.inverse("clinic")
    wards: list["Ward"] = sb.inverse("clinic")

    @sb.role
    def employee(self, me: "Nurse") -> bool:
        return any(n == me for n in self.staff)

    @sb.role
    def chief(self, me: "Nurse") -> bool:
        return self == me.clinic and me.grade == "chief"

    @sb.role
    def listed(self, me: "Nurse | None") -> bool:
        return self.region == "north"

    access = sb.Access(read=employee | listed, update=chief)
    search = sb.Query(where=(name, "region"), sort=("name",))


class Nurse(sb.Entity, soft_delete=True):
    """Who calls."""

    badge: str = sb.field(max=40, unique=True, immutable=True)
    clinic: Clinic | None = sb.to_one()
    grade: Literal["nurse", "chief", "auditor"] = sb.field(index=True)
    pay: int | None = sb.field(index=True)

    @sb.role
    def oneself(self, me: "Nurse") -> bool:
        return self == me

    @sb.role
    def auditor(self, me: "Nurse") -> bool:
        return me.grade == "auditor"

    @sb.role
    def colleague(self, me: "Nurse") -> bool:
        return self.clinic is not None and self.clinic == me.clinic

    access = sb.Access(
        read=oneself | colleague | auditor, create=auditor, update=auditor, delete=auditor, fields={pay: auditor}
    )
    search = sb.Query(where=("grade", pay, clinic), sort=("-created_at", "pay"))


class Ward(sb.Entity, tenant="clinic"):
    """A part of a clinic."""

    clinic: Clinic = sb.to_one(immutable=True)
    name: str = sb.field(max=80)
    closed: bool = False
    visits: list["Visit"] = sb.inverse("ward")
    per_clinic = sb.Unique(clinic, name, code="ward_taken")

    @sb.role
    def employee(self, me: Nurse) -> bool:
        return self.clinic == me.clinic

    @sb.role
    def chief(self, me: Nurse) -> bool:
        return self.clinic.chief(me)

    access = sb.Access(read=employee, create=chief, update=chief, delete=chief)
    search = sb.Query(where=(clinic,), sort=("name",))

    @sb.action(allow=chief)
    def close(self) -> None:
        """Take no more visits."""
        self.closed = True


class Visit(sb.Entity, tenant="ward.clinic", history=True):
    """A patient in a ward; perhaps one that followed another."""

    ward: Ward = sb.to_one(immutable=True)
    nurse: Nurse | None = sb.to_one()
    follows: "Visit | None" = sb.to_one()
    patient: str = sb.pii(max=80, lookup="exact")
    state: Literal["waiting", "seen", "gone"] = sb.field(default="waiting", index=True)
    complaint: str | None = sb.pii(max=200, lookup="exact")
    notes: list["Note"] = sb.inverse("visit")

    @sb.role
    def employee(self, me: Nurse) -> bool:
        return self.ward.employee(me)

    @sb.role
    def chief(self, me: Nurse) -> bool:
        return self.ward.chief(me) and not self.ward.closed

    @sb.role(spans_tenants=True)
    def assigned(self, me: Nurse) -> bool:
        return self.nurse is not None and self.nurse == me

    @sb.role(spans_tenants=True)
    def auditor(self, me: Nurse) -> bool:
        return me.grade == "auditor" and self.state == "gone"

    access = sb.Access(
        read=employee | assigned | auditor,
        create=employee,
        update=assigned | chief,
        delete=chief,
        fields={complaint: assigned | chief, patient: employee | assigned},
    )
    search = sb.Query(where=("state", complaint, patient, ward, nurse), sort=("-created_at", "state"), page_max=5)
    audited = sb.Query(where=("state",), sort=("created_at",), allow=auditor)

    @sb.action(allow=employee & assigned)
    def refer(self, to: Ward) -> None:
        """Send on to another ward."""
        self.state = "gone"


class Note(sb.Entity, tenant="visit.ward.clinic"):
    """What was said of a visit."""

    visit: Visit = sb.to_one(immutable=True)
    author: Nurse | None = sb.to_one(immutable=True)
    text: str = sb.field(max=500)

    @sb.role
    def in_the_ward(self, me: Nurse) -> bool:
        return self.visit.employee(me)

    @sb.role(spans_tenants=True)
    def writer(self, me: Nurse) -> bool:
        return self.author is not None and self.author == me

    access = sb.Access(read=in_the_ward & writer | writer, create=in_the_ward & writer, update=writer, delete=writer)
    search = sb.Query(where=(visit, author), sort=("-created_at",))


clinic = sb.Service(
    "clinic",
    version="1.0.0",
    rest="/v1",
    graphql=True,
    entities=[Clinic, Nurse, Ward, Visit, Note],
    actor=sb.Actor(Nurse, claims={"sub": Nurse.badge}),
)
