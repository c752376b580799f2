"""The Model in plain English: every sentence says what the declaration says."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import pytest
from msgspec.structs import replace

import strongback as sb
from examples.jobs.service import jobs
from strongback.contract.english import english
from strongback.contract.source_facts import read_facts
from strongback.contract.spec import EntitySpec, Spec, make_spec
from strongback.model.access import Access
from strongback.model.load import load
from strongback.predicate.tree import TRUE


@pytest.fixture(scope="module")
def spec() -> Spec:
    return make_spec(load(jobs), read_facts(jobs.handlers))


def entity(spec: Spec, name: str) -> EntitySpec:
    return next(each for each in spec.entities if each.name == name)


def said(lines: tuple[object, ...]) -> dict[str, str]:
    return {line.name: line.text for line in lines}  # type: ignore[attr-defined]  # a Line


def test_roles_are_said_with_every_condition(spec: Spec) -> None:
    assert said(entity(spec, "Company").roles)["recruiter"] == (
        "a signed-in caller, when there is a membership in the company's staff whose user is the caller "
        "and whose role is 'recruiter'."
    )
    assert said(entity(spec, "Job").roles) == {
        "recruiter": "a signed-in caller, when the caller is recruiter of the job's company.",
        "public": "anyone, with a token or without, when the job's status is 'open', across tenants.",
    }


def test_what_is_granted_to_nobody_is_said(spec: Spec) -> None:
    assert said(entity(spec, "Application").may) == {
        "read": "owner or reviewer",
        "create": "nobody",
        "update": "nobody",
        "delete": "owner",
        "read its history": "of those who read it, reviewer",
        "see note": "of those who read it, reviewer",
    }


def test_an_action_is_said_with_its_guards(spec: Spec) -> None:
    assert said(entity(spec, "Application").actions)["decide"] == (
        "Shortlist or reject the candidate. By reviewer. Given outcome (one of shortlisted, rejected), "
        "note (text of at most 2000 characters, may be left out). "
        "Only when the application's status is 'submitted'; else refused as `already_decided`."
    )


def test_fields_lists_and_rules_are_said(spec: Spec) -> None:
    holds = said(entity(spec, "Job").holds)
    assert holds["status"] == 'one of draft, open, closed, "draft" at first, set by actions only'
    assert said(entity(spec, "Job").lists)["search"].startswith(
        "GET /v1/jobs. Searched by the words of title and body. Filtered by city, company, status, skills.skill. Order:"
    )
    assert entity(spec, "Application").rules == (
        "No two have the same job and candidate; else refused as `already_applied`.",
    )


def test_a_state_that_nothing_leads_to_is_a_question(spec: Spec) -> None:
    asked = [question for question in spec.open_questions if "sets" in question]
    assert asked == ["No action sets `Job.status` to `closed`: how does it come to that?"]


def test_without_source_nothing_is_made_up() -> None:
    spec = make_spec(load(jobs))
    assert "Only when" not in said(entity(spec, "Job").actions)["publish"]
    assert not [question for question in spec.open_questions if "sets" in question]


def test_what_is_kept_for_nobody_is_asked_about() -> None:
    """Versions that nobody may read, deleted rows that nobody may bring back."""
    model = load(jobs)

    def asked(access: Access) -> list[str]:
        one = replace(model.entity("Job"), access=access, history=True)
        spec = make_spec(replace(model, entities=tuple(one if e.name == "Job" else e for e in model.entities)))
        return list(spec.open_questions)

    questions = (
        "Every version of a job is kept, and nobody may read them: what are they for?",
        "A deleted job is kept, and nobody may bring it back: is that meant?",
    )
    assert set(questions) <= set(asked(Access(read=TRUE, delete=TRUE)))
    assert not set(questions) & set(asked(Access(read=TRUE, delete=TRUE, history=TRUE, restore=TRUE)))


class Person(sb.Entity):
    name: str = sb.field(max=50, unique=True)
    boss: Person | None = sb.to_one()
    reports: list[Person] = sb.inverse("boss")
    tasks: list[Task] = sb.inverse("owner")
    access = sb.Access()


class Task(sb.Entity):
    """Something to do."""

    owner: Person = sb.to_one(on_delete="cascade")
    title: Annotated[str, sb.field(min=1, max=50)]
    size: int = 1
    due: datetime | None = None

    @sb.role
    def boss(self, me: Person) -> bool:
        """Whoever leads."""
        return self.owner.boss is not None and self.owner.boss == me

    @sb.role
    def peer(self, me: Person) -> bool:
        return all(t.size < 3 or t.title.startswith("easy") for t in me.tasks) and self.title not in ("a", "b")

    @sb.role
    def late(self, me: Person) -> bool:
        return not (self.due is not None and self.due > sb.now())

    access = sb.Access(read=boss | peer | late)


def test_every_form_of_the_language_has_a_sentence() -> None:
    try:
        model = load(sb.Service("t", entities=[Person, Task], actor=sb.Actor(Person, claims={"sub": Person.name})))
    except sb.DeclarationError as wrong:
        pytest.fail(str(wrong))
    task = model.entity("Task")
    told = {role.name: english(model, task, role.body) for role in task.roles}
    assert told == {
        "boss": "there is a value of the task's owner's boss and the task's owner's boss is the caller",
        "peer": "(of every task in the caller's tasks: that task's size is less than 3 or that task's title starts with 'easy') "
        "and the task's title is none of 'a' and 'b'",
        "late": "it is not so that (there is a value of the task's due and the task's due is after the present time)",
    }


def test_the_command_prints_markdown_and_json(spec: Spec) -> None:
    from click.testing import CliRunner

    from strongback.cli.commands.spec import command

    text = CliRunner().invoke(command, ["examples/jobs/service.py:jobs"]).output
    assert text.startswith("# jobs 1.0.0\n") and "\n## Open questions\n" in text
    printed = json.loads(CliRunner().invoke(command, ["examples/jobs/service.py:jobs", "--json"]).output)
    assert [each["name"] for each in printed["entities"]] == [each.name for each in spec.entities]
