"""Will these settings work?"""

from __future__ import annotations

from collections.abc import Callable

from destination_close.close import AnswersAboutAccount, read_account
from destination_close.mapping import doubts_of, problems_of
from destination_close.model import Account, RunStopped
from destination_close.settings import Config, ObjectStorage, as_message, read_config


def check(
    raw: object, connect: Callable[[Config], AnswersAboutAccount], try_storage: Callable[[ObjectStorage], None] | None = None
) -> tuple[bool, str]:
    """Whether they will, and a message: the organization reached, or everything that needs fixing.

    Writes nothing to Close; `try_storage` writes a test file where rejected records are to be kept.
    """
    config, malformed = read_config(raw)
    found = list(malformed)
    account = None
    if config.api_key:
        try:
            account = read_account(connect(config), need_users=False)
        except RunStopped as stopped:
            found.append(stopped.message)
    found += problems(config, account)
    found += doubts_of(config, account)
    if config.storage and try_storage:
        try:
            try_storage(config.storage)
        except RunStopped as stopped:
            found.append(stopped.message)
    if account is None or found:
        return False, as_message(found)
    return True, " ".join([f"Connected to the Close organization {account.organization_name or account.user_id}.", *config.remarks])


def problems(config: Config, account: Account | None) -> list[str]:
    """Everything that keeps the mappings from working; without an account, only what can be checked without one."""
    return problems_of(config, account, ((mapping, ()) for mapping in config.mappings))
