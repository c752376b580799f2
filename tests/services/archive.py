"""An archive of several offices: files of tenants, personal and not, with history and without."""

import strongback as sb


class Clerk(sb.Entity):
    """Who calls."""

    subject: str = sb.field(max=80, unique=True, read_only=True)

    access = sb.Access(read=sb.SIGNED_IN)


class Office(sb.Entity):
    """An office, which is a tenant."""

    name: str = sb.field(max=40, unique=True)

    access = sb.Access(read=sb.SIGNED_IN)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def start(cls, name: str) -> "Office":
        return cls(name=name)


class Folder(sb.Entity, tenant="office"):
    """What belongs together."""

    office: Office = sb.to_one(immutable=True)

    access = sb.Access(read=sb.SIGNED_IN, create=sb.SIGNED_IN)


class Letter(sb.Entity, tenant="folder.office", history=True):
    """A letter of which every version is kept, in an office that is behind its folder."""

    folder: Folder = sb.to_one(immutable=True)
    scan: sb.Blob | None = sb.blob(max="1 MB", pii=True)
    cover: sb.Blob | None = sb.blob(max="1 MB")

    @sb.role(spans_tenants=True)
    def is_scanned(self, me: Clerk) -> bool:
        return self.scan is not None

    access = sb.Access(read=sb.SIGNED_IN, create=sb.SIGNED_IN, update=sb.SIGNED_IN, delete=is_scanned)
    search = sb.Query()


archive = sb.Service(
    "archive",
    rest="/v1",
    entities=[Clerk, Office, Folder, Letter],
    actor=sb.Actor(Clerk, claims={"sub": Clerk.subject}, provision=True),
)
