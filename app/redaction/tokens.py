"""Which names a secret goes by, and what the tokens of each vendor look like.

A platform that is built says it itself, in `Platform.secrets`. The lines of those that are not built yet stand here
and move into their packages. Rests on wire/platforms.md and the vendors' pages on their tokens.
"""

from __future__ import annotations

from app.platforms import PLATFORMS, Secrets

_RUN = "[A-Za-z0-9_-]"

OTHERS: dict[str, Secrets] = {
    "google": Secrets(
        names=("developer_token", "api_secret", "refresh_token", "client_secret", "private_key", "private_key_id"),
        shapes=(rf"ya29\.{_RUN}{{16,}}", rf"1//0{_RUN}{{20,}}", rf"AIza{_RUN}{{30,}}", rf"GOCSPX-{_RUN}{{16,}}"),
        cookies=("_ga(_.*)?", "_gcl_.*", "_gid", "_gtmeec"),
    ),
}

# Of everybody: OAuth 2, JSON web tokens, passwords, and the shops and hosts that a backend talks to besides.
_EVERYBODY = Secrets(
    names=(
        *("access_token", "refresh_token", "id_token", "auth_token", "bearer_token", "api_token", "exchange_token"),
        *("user_token", "page_token", "pixel_token", "capi_token", "oauth_token", "jwt_token", "csrf_token"),
        *("xsrf_token", "service_token", "account_token", "app_token", "system_token"),
        *(
            "access_key",
            "secret_key",
            "private_key",
            "signing_key",
            "api_key",
            "app_key",
            "auth_key",
            "secret_access_key",
        ),
        *("client_secret", "consumer_secret", "token_secret", "api_secret", "app_secret", "shared_secret"),
        *("password", "passwd", "pwd", "passphrase", "client_assertion", "authorization"),
        *("auth_code", "authorization_code", "code_verifier", "signed_request"),
    ),
    shapes=(
        rf"eyJ{_RUN}{{6,}}\.{_RUN}{{6,}}\.{_RUN}*(?:\.{_RUN}+)*",
        r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}",
        "shp(?:at|ss|ca|pa)_[A-Za-z0-9]{16,}",
        "gh[opsur]_[A-Za-z0-9]{20,}",
        "xox[abeoprs]-[A-Za-z0-9-]{16,}",
    ),
    marks=(r"G[AS]\d?\.\d",),
)

TABLE: tuple[Secrets, ...] = (*(each.secrets for each in PLATFORMS), *OTHERS.values(), _EVERYBODY)

CERTAIN = tuple(sorted({name.replace("_", "") for each in TABLE for name in each.names}))
"""Names, and ends of names, whose value is a secret whatever it looks like: folded by `folded`."""

VAGUE = frozenset(("token", "secret", "sessiontoken", "sessionsecret", "securitytoken", "securitysecret"))
"""Names that may also be those of an order's or a visit's mark: masked where it stands, not looked for elsewhere."""

TELLING = frozenset(
    (
        "key",
        "keys",
        "auth",
        "authentication",
        "oauth",
        "bearer",
        "jwt",
        "credential",
        "credentials",
        "tokens",
        "secrets",
    )
)
"""Names whose value is a secret when it looks like one; so are all that end in `token`, `secret` or `auth`."""


def folded(name: bytes) -> str:
    """A name without case and separators: `x-Access_token` is `xaccesstoken`."""
    return name.translate(None, b"_.-").decode("ascii", "replace").lower()


MARKS = tuple(mark for each in TABLE for mark in each.marks)
"""Patterns of how the platforms' identifiers begin that look like secrets and are none."""

COOKIES_KEPT = "|".join(
    pattern for each in (*(own.secrets for own in PLATFORMS), *OTHERS.values()) for pattern in each.cookies
)
"""A pattern of the names of cookies that hold no secret."""
