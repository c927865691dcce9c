"""How messages look to those who read them: the language, the names of accounts, and the way into the right account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote

from manual_change.domain import slack_markup as markup
from manual_change.domain.slack_text import Texts, texts_in

NAME_LENGTH: Final = 100
"""Of an account's name."""
PLACE_LENGTH: Final = 32
"""Of an account's name in a headline, which has 150 characters in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a team decides about its messages."""

    language: str = "en"
    """`en` or `ja`."""
    account_names: Mapping[str, str] = field(default_factory=dict)
    """By account id; an account that is not here is called by its id."""
    start_url: str | None = None
    """IAM Identity Center's access portal, `https://d-0123456789.awsapps.com/start`: links into the console lead
    through it, so that they open in the account they are about, whatever account the browser is signed in to."""

    def __post_init__(self) -> None:
        """Refuse a language that nothing is written in.

        Raises:
            ValueError: the language is unknown.
        """
        texts_in(self.language)

    def naming(self, names: Mapping[str, str]) -> Look:
        """The same with the names of further accounts; those that are here already stay as they are."""
        return replace(self, account_names={**names, **self.account_names}) if names else self

    @property
    def texts(self) -> Texts:
        """The fixed text."""
        return texts_in(self.language)

    def account(self, account_id: str) -> str:
        """`shop-production `111122223333``, as mrkdwn."""
        spelled = markup.code(account_id, NAME_LENGTH, self.texts.more)
        name = self.account_names.get(account_id)
        return f"{markup.prose(name, NAME_LENGTH, self.texts.more)} {spelled}" if name else spelled

    def place(self, account_id: str | None, regions: Iterable[str]) -> str:
        """` · shop-production, eu-west-1`, behind a headline, as plain text; "" where nothing is known."""
        account = (self.account_names.get(account_id) or account_id) if account_id else ""
        known = ", ".join(part for part in (account[:PLACE_LENGTH], *regions) if part)
        return f" · {known}" if known else ""

    def link(self, url: str, label: str, *, account: str | None) -> str:
        """A link into the console of an account.

        Source of the portal's shortcut: IAM Identity Center user guide, "Creating shortcut links": without a role
        the portal lets people choose among theirs.
        """
        if self.start_url and account and url.startswith("https://"):
            place = quote(url, safe="", errors="replace")
            chosen = quote(account, safe="", errors="replace")
            url = f"{self.start_url.rstrip('/')}/#/console?account_id={chosen}&destination={place}"
        return markup.link(url, label)


PLAIN: Final = Look()
