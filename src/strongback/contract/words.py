"""How names of the Model read in prose, and who a permission lets in."""

from __future__ import annotations

import re

from strongback.model.entity import Entity
from strongback.predicate.tree import FALSE, TRUE, And, Call, Expr, Or, RoleCall


def spoken(name: str) -> str:
    """
    Say a name of a class or a member in words.

    >>> spoken("JobOffer"), spoken("apply_now"), spoken("HTTPProxy")
    ('job offer', 'apply now', 'http proxy')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_", " ", name).lower()


def with_article(word: str) -> str:
    """
    >>> with_article("job"), with_article("application"), with_article("user")
    ('a job', 'an application', 'a user')
    """
    sounds_open = word[:1] in "aeiou" and not word.startswith(("eu", "one", "uni", "us", "ut"))
    return f"{'an' if sounds_open else 'a'} {word}"


def sentence(text: str) -> str:
    """
    >>> sentence("list jobs")
    'List jobs'
    """
    return text[:1].upper() + text[1:]


def pascal(name: str) -> str:
    """
    >>> pascal("apply_now")
    'ApplyNow'
    """
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def who(expr: Expr) -> str:
    """
    Say whom a permission lets in, by its roles.

    >>> who(FALSE), who(TRUE)
    ('nobody', 'anyone')
    """
    if expr in (TRUE, FALSE):
        return "anyone" if expr == TRUE else "nobody"
    match expr:
        case RoleCall(_, role):
            return role
        case Or(parts):
            return " or ".join(_inner(part) for part in parts)
        case And(parts):
            return " and ".join(_inner(part) for part in parts)
        case Call("signed_in"):
            return "any signed-in caller"
        case _:
            return "whoever meets a condition"


def _inner(expr: Expr) -> str:
    return f"({who(expr)})" if isinstance(expr, And | Or) else who(expr)


def lets_anonymous(entity: Entity, expr: Expr) -> bool:
    """Whether a permission may hold for callers without a token."""
    match expr:
        case RoleCall(_, name):
            role = entity.role(name)
            return role is not None and role.anonymous
        case Or(parts):
            return any(lets_anonymous(entity, part) for part in parts)
        case And(parts):
            return all(lets_anonymous(entity, part) for part in parts)
        case Call("signed_in"):
            return False
        case _:
            return expr != FALSE
