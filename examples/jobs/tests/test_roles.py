"""Roles and actions are ordinary methods of ordinary objects: no store, no server, no fixtures."""

import pytest

import strongback as sb
from examples.jobs.service import Application, Company, Job, Membership, User


def user(name: str) -> User:
    return User(subject=name, name=name.title(), email=f"{name}@example.org")


def job_of(company: Company) -> Job:
    return Job(company=company, title="Programmer", body="Of engines.", city="London")


def test_whoever_founds_a_company_recruits_for_it() -> None:
    ada, eve = user("ada"), user("eve")
    company = Company.found(ada, "Analytical Engines")
    assert company.recruiter(ada) and company.member(ada)
    assert not company.recruiter(eve) and not company.member(eve)


def test_a_viewer_is_a_member_who_does_not_recruit() -> None:
    ada, bob = user("ada"), user("bob")
    company = Company.found(ada, "Analytical Engines")
    Membership(company=company, user=bob, role="viewer")
    assert company.member(bob)
    assert not job_of(company).recruiter(bob)


def test_strangers_see_a_job_once_it_is_published() -> None:
    company = Company.found(user("ada"), "Analytical Engines")
    job = job_of(company)
    assert not job.public(None) and not company.public(None)
    job.publish()
    assert job.public(None) and company.public(None)


def test_a_job_is_published_once() -> None:
    job = job_of(Company.found(user("ada"), "Analytical Engines"))
    job.publish()
    with pytest.raises(sb.GuardRefused) as caught:
        job.publish()
    assert caught.value.reason == "not_a_draft"


def test_only_candidate_and_recruiters_are_near_an_application() -> None:
    ada, cleo, eve = user("ada"), user("cleo"), user("eve")
    application = job_of(Company.found(ada, "Analytical Engines")).apply(cleo, "Dear Ada")
    assert application.owner(cleo) and not application.owner(ada)
    assert application.reviewer(ada) and not application.reviewer(cleo)
    assert not application.owner(eve) and not application.reviewer(eve)


def test_a_recruiter_learns_the_names_of_those_who_applied() -> None:
    ada, cleo = user("ada"), user("cleo")
    assert not cleo.reviewer(ada)
    job_of(Company.found(ada, "Analytical Engines")).apply(cleo, "Dear Ada")
    assert cleo.reviewer(ada)
    assert cleo.oneself(cleo) and not cleo.oneself(ada)


def test_a_decision_is_made_once() -> None:
    company = Company.found(user("ada"), "Analytical Engines")
    application: Application = job_of(company).apply(user("cleo"), "Dear Ada")
    application.decide("shortlisted", note="Calls me Ada.")
    assert (application.status, application.note) == ("shortlisted", "Calls me Ada.")
    with pytest.raises(sb.GuardRefused) as caught:
        application.decide("rejected")
    assert caught.value.reason == "already_decided"
