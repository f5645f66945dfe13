"""Several drafts side by side: each a sheet of its own, made from the first, a template, a paste or a fault."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from app.model import Customer, Draft
from app.platforms.meta.templates import from_scratch
from app.sending.faults import Recipe
from app.sending.paste import draft_of


@dataclass(frozen=True, slots=True)
class Sheet:
    """A draft under a name. `paired` says that it belongs to the browser's event, so that pairing can be foretold.

    `recipe` is the fault that was put into it.
    """

    title: str
    draft: Draft
    paired: bool = True
    recipe: Recipe | None = None


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes sheets; every method but `copy` may raise the error of its room, with a text fit to show.

    The new draft goes where the one before it would: same account, test code and version unless it names its own.
    """

    customer: Customer
    now_ms: Callable[[], int]

    def template(self, before: Draft, name: str, action_source: str) -> Sheet:
        """A standard event from scratch."""
        draft = from_scratch(
            name,
            account=before.account,
            now_ms=self.now_ms(),
            action_source=action_source,
            customer=self.customer,
            test_code=before.test_code,
            api_version=before.api_version,
        )
        return Sheet(name, draft, paired=False)

    def pasted(self, before: Draft, text: str) -> Sheet:
        """A pasted cURL command or JSON."""
        draft = draft_of(text, before.account)
        code, version = draft.test_code or before.test_code, draft.api_version or before.api_version
        return Sheet("Pasted", replace(draft, test_code=code, api_version=version), paired=False)

    def spoilt(self, before: Sheet, recipe: Recipe) -> Sheet:
        """The same with one deliberate fault."""
        return Sheet(recipe.title, recipe.apply(before.draft, self.customer), before.paired, recipe)


def copied(sheet: Sheet) -> Sheet:
    """The same again, to be changed while the first stays."""
    return dataclasses.replace(sheet, title=f"{sheet.title} (copy)")
