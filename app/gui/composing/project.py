"""Projects: where test events of one site go, under a name. Kept in one JSON file that never holds a secret."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.platforms import senders
from app.sending.job import Endpoint
from app.sending.sender import is_local
from app.settings import one_account_mistake

SANDBOX, LIVE, CUSTOM = "sandbox", "live", "custom"
DEFAULT = "Default"


class ProjectError(Exception):
    """The projects can not be read or kept; the text says why, and is fit to show."""


@dataclass(frozen=True, slots=True)
class Target:
    """A platform's own part of a project."""

    platform: str
    accounts: tuple[str, ...] = ()
    test_code: str = ""
    api_version: str = ""

    @property
    def account(self) -> str:
        """The account to send to unless an event names its own."""
        return self.accounts[0] if self.accounts else ""


@dataclass(frozen=True, slots=True)
class Project:
    """Where test events go. What is empty is as in the settings. `others` are further platforms than the first.

    `to` is `SANDBOX`, `LIVE` or `CUSTOM`, which is `endpoint`, a base URL. `keep_customer` says that the test customer
    is remembered in the system's keyring; otherwise it is in memory only.
    """

    name: str = DEFAULT
    accounts: tuple[str, ...] = ()
    test_code: str = ""
    api_version: str = ""
    to: str = SANDBOX
    endpoint: str = ""
    keep_customer: bool = False
    others: tuple[Target, ...] = ()
    one_account: tuple[str, ...] = ()  # accounts that are one in this project, besides those in the settings

    def target(self, platform: str) -> Target:
        """What a platform's events start with."""
        if platform == first_sender():
            return Target(platform, self.accounts, self.test_code, self.api_version)
        return next((each for each in self.others if each.platform == platform), Target(platform))

    def aimed(self, target: Target) -> Project:
        """With this part in place of the platform's own; an empty one is left out."""
        if target.platform == first_sender():
            return replace(self, accounts=target.accounts, test_code=target.test_code, api_version=target.api_version)
        others = tuple(each for each in self.others if each.platform != target.platform)
        kept = (target,) if target != Target(target.platform) else ()
        return replace(self, others=tuple(sorted((*others, *kept), key=lambda each: each.platform)))


def first_sender() -> str:
    """The platform whose accounts, code and version the settings name; empty when nothing can be sent anywhere."""
    return next((each.name for each in senders()), "")


@dataclass(frozen=True, slots=True)
class Projects:
    """All projects, and the name of the one in use."""

    current: str = DEFAULT
    known: tuple[Project, ...] = (Project(),)

    @property
    def used(self) -> Project:
        """The project in use."""
        return self.named(self.current) or Project(self.current)

    def named(self, name: str) -> Project | None:
        return next((project for project in self.known if project.name == name), None)

    def using(self, project: Project) -> Projects:
        """With this project in place of the one of its name, and in use."""
        others = tuple(one for one in self.known if one.name != project.name)
        return Projects(project.name, tuple(sorted((*others, project), key=lambda one: one.name.casefold())))

    def without(self, name: str) -> Projects:
        """Less one project; the first of the others is in use then."""
        others = tuple(one for one in self.known if one.name != name) or (Project(),)
        return Projects(others[0].name, others)


def mistake(project: Project) -> str:
    """What in a project can not be, in a sentence; empty when all is well."""
    if not project.name.strip():
        return "A project needs a name."
    for each in senders():
        wrong = each.server.account.mistake(*project.target(each.name).accounts) if each.server else ""
        if wrong:
            return wrong
    for line in project.one_account:
        if wrong := one_account_mistake(line):
            return wrong
    if project.to == CUSTOM and not project.endpoint:
        return "A custom endpoint needs an address, such as https://capig.shop.example."
    if project.endpoint:
        return _endpoint_mistake(project.endpoint)
    return ""


def _endpoint_mistake(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return "The endpoint is no address. Write it as https://capig.shop.example."
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        return "The endpoint is written as https://capig.shop.example, without anything after its path."
    if parts.username or parts.password:
        return "Leave user and password out of the endpoint; they would be kept in a file."
    if parts.scheme == "http" and not is_local(text):
        return "A token is sent over HTTPS only, except to this machine. Write the endpoint with https."
    return ""


def custom_endpoint(project: Project) -> Endpoint | None:
    """The project's own endpoint, when it names one. What leaves the machine is live."""
    if not project.endpoint or _endpoint_mistake(project.endpoint):
        return None
    host = urlsplit(project.endpoint).netloc
    return Endpoint(f"Custom – {host}", project.endpoint.rstrip("/"), live=not is_local(project.endpoint), own=True)


def read(path: Path) -> Projects:
    """The projects kept in a file; the default one when there is no file yet. Raises `ProjectError`."""
    if not path.exists():
        return Projects()
    try:
        document = json.loads(path.read_text("utf-8"))
        known = tuple(_project(entry) for entry in document["projects"])
        found = Projects(str(document["current"]), known or (Project(),))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProjectError(f"{path} can not be read as projects ({error}). Correct it, or move it away.") from error
    return found if found.named(found.current) else replace(found, current=found.known[0].name)


def _project(entry: Any) -> Project:
    plain = asdict(Project())
    known = {item.name: entry.get(item.name, plain[item.name]) for item in fields(Project)}
    known["accounts"] = tuple(str(account) for account in known["accounts"])
    known["one_account"] = tuple(str(line) for line in known["one_account"])
    known["others"] = tuple(_target(each) for each in known["others"])
    if any(type(value) is not type(plain[name]) for name, value in known.items()):
        raise ValueError("a value is of the wrong kind")
    return Project(**known)


def _target(entry: Any) -> Target:
    found = Target(**{**entry, "accounts": tuple(str(account) for account in entry["accounts"])})
    if any(type(text) is not str for text in (found.platform, found.test_code, found.api_version)):
        raise ValueError("a value is of the wrong kind")
    return found


def write(projects: Projects, path: Path) -> None:
    """Keep the projects: a crash leaves the old file or the new one. Raises `ProjectError`."""
    document = {"current": projects.current, "projects": [asdict(project) for project in projects.known]}
    draft = path.with_suffix(".tmp")
    try:
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
        draft.replace(path)
    except OSError as error:
        raise ProjectError(
            f"{path} can not be written ({error.strerror}). What was chosen lasts until the end."
        ) from error
