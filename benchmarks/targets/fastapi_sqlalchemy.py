"""FastAPI with SQLAlchemy 2 async and pydantic, as a good team writes it by the books; no authentication and no permission."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import DateTime, ForeignKey, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column, relationship, selectinload

from benchmarks.targets.server import serve

engine = create_async_engine(
    os.environ["STORE"].replace("postgresql://", "postgresql+asyncpg://"), pool_size=8, max_overflow=0
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column("_version", default=1)


class CompanyRow(Base):
    __tablename__ = "company"
    name: Mapped[str]


class JobRow(Base):
    __tablename__ = "job"
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    title: Mapped[str]
    body: Mapped[str]
    city: Mapped[str]
    status: Mapped[str]
    company: Mapped[CompanyRow] = relationship()


class ApplicationRow(Base):
    __tablename__ = "application"
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"))
    candidate_id: Mapped[UUID]
    letter: Mapped[str]
    status: Mapped[str]
    tenant: Mapped[UUID] = mapped_column("_tenant")


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    created_at: datetime
    updated_at: datetime


class Company(Read):
    name: str


class Job(Read):
    company_id: UUID
    title: str
    body: str
    city: str
    status: str


class Application(Read):
    job_id: UUID
    candidate_id: UUID
    letter: str
    status: str


class JobWith(Job):
    company: Company
    applications: list[Application]


class NewApplication(BaseModel):
    job_id: UUID
    candidate_id: UUID
    letter: Annotated[str, Field(max_length=20_000)]


class JobChange(BaseModel):
    title: Annotated[str, Field(max_length=140)]


class Jobs(BaseModel):
    items: list[Job]


class JobsWith(BaseModel):
    items: list[JobWith]


app = FastAPI()


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


@app.get("/v1/jobs/{job_id}", response_model=Job)
async def get_job(job_id: UUID, db: Session) -> JobRow:
    job = await db.get(JobRow, job_id)
    if job is None:
        raise HTTPException(404)
    return job


@app.get("/v1/jobs")
async def list_jobs(status: str, company_id: UUID, db: Session, include: str = "") -> Jobs | JobsWith:
    query = select(JobRow).where(JobRow.status == status, JobRow.company_id == company_id)
    query = query.order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(20)
    if not include:
        return Jobs(items=[Job.model_validate(job) for job in await db.scalars(query)])
    jobs = (await db.scalars(query.options(selectinload(JobRow.company)))).all()
    latest = await latest_applications(db, [job.id for job in jobs])
    return JobsWith(
        items=[
            JobWith(
                **Job.model_validate(job).model_dump(),
                company=Company.model_validate(job.company),
                applications=[Application.model_validate(made) for made in latest[job.id]],
            )
            for job in jobs
        ]
    )


async def latest_applications(db: AsyncSession, jobs: list[UUID]) -> dict[UUID, list[ApplicationRow]]:
    """The 5 latest applications of each of *jobs*, in one query."""
    newest = (ApplicationRow.created_at.desc(), ApplicationRow.id.desc())
    place = func.row_number().over(partition_by=ApplicationRow.job_id, order_by=newest).label("place")
    ranked = select(ApplicationRow, place).where(ApplicationRow.job_id.in_(jobs)).subquery()
    row = aliased(ApplicationRow, ranked)
    found: dict[UUID, list[ApplicationRow]] = {job: [] for job in jobs}
    for made in await db.scalars(select(row).where(ranked.c.place <= 5).order_by(ranked.c.place)):
        found[made.job_id].append(made)
    return found


@app.post("/v1/applications", status_code=201, response_model=Application)
async def create_application(given: NewApplication, db: Session) -> ApplicationRow:
    now = datetime.now(UTC)
    job = await db.get(JobRow, given.job_id)
    if job is None:
        raise HTTPException(422)
    made = ApplicationRow(
        id=uuid4(),
        created_at=now,
        updated_at=now,
        status="submitted",
        tenant=job.company_id,
        version=1,
        **given.model_dump(),
    )
    db.add(made)
    await db.commit()
    return made


@app.patch("/v1/jobs/{job_id}", response_model=Job)
async def update_job(job_id: UUID, given: JobChange, db: Session, if_match: Annotated[str, Header()]) -> JobRow:
    version = int(if_match.strip('"'))
    change = update(JobRow).where(JobRow.id == job_id, JobRow.version == version)
    change = change.values(title=given.title, updated_at=datetime.now(UTC), version=version + 1).returning(JobRow)
    job = (await db.execute(change)).scalar_one_or_none()
    if job is None:
        raise HTTPException(412)
    await db.commit()
    return job


if __name__ == "__main__":
    serve(app)
