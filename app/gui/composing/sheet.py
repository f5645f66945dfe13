"""Several drafts side by side: each a sheet of its own, made from the first, a template, a paste or a fault."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from app.model import Customer
from app.outgoing import Draft
from app.platforms import server_of
from app.platforms.fault_lab import Recipe
from app.platforms.server_api import Terms
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


class Where(NamedTuple):
    """What a draft for a platform starts with: account, test code and API version."""

    account: str = ""
    test_code: str | None = None
    api_version: str | None = None


def _nowhere(platform: str) -> Where:
    return Where()


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes sheets; every method but `copy` may raise the error of its room, with a text fit to show.

    The new draft goes where the one before it would: same account, test code and version unless it names its own. For
    another platform `where` says what it starts with.
    """

    customer: Customer
    now_ms: Callable[[], int]
    where: Callable[[str], Where] = _nowhere

    def template(self, before: Draft, name: str, action_source: str, platform: str = "") -> Sheet:
        """A standard event from scratch, of the same platform unless another is named."""
        platform = platform or before.platform
        account, test_code, api_version = self._where(before, platform)
        draft = server_of(platform).templates.from_scratch(
            name,
            Terms(now_ms=self.now_ms(), customer=self.customer, test_code=test_code, api_version=api_version),
            account=account,
            source=action_source,
        )
        return Sheet(name, draft, paired=False)

    def pasted(self, before: Draft, text: str) -> Sheet:
        """A pasted cURL command or JSON."""
        draft = draft_of(text, before.account, before.platform)
        account, test_code, api_version = self._where(before, draft.platform)
        draft = replace(
            draft,
            account=draft.account or account,
            test_code=draft.test_code or test_code,
            api_version=draft.api_version or api_version,
        )
        return Sheet("Pasted", draft, paired=False)

    def _where(self, before: Draft, platform: str) -> Where:
        if platform == before.platform:
            return Where(before.account, before.test_code, before.api_version)
        return self.where(platform)

    def spoilt(self, before: Sheet, recipe: Recipe) -> Sheet:
        """The same with one deliberate fault."""
        return Sheet(recipe.title, recipe.apply(before.draft, self.customer), before.paired, recipe)


def copied(sheet: Sheet) -> Sheet:
    """The same again, to be changed while the first stays."""
    return dataclasses.replace(sheet, title=f"{sheet.title} (copy)")
