"""Does a setting hold what a program should have replaced by a value, and has not? (pure)"""

from __future__ import annotations

import re

_FORMS = re.compile(
    r"""
      \$\{[^{}]*\}                     # ${CLOSE_API_KEY}: shells, Terraform, docker-compose
    | \$\{\{[^{}]*\}\}                 # ${{ secrets.CLOSE_API_KEY }}: GitHub
    | \$\([A-Za-z_][\w.]*\)            # $(CLOSE_API_KEY): Azure, Kubernetes
    | \{\{\s*(?:env|secrets|var)\b[^{}]*\}\}
    """,
    re.VERBOSE,
)
_KEY_FORMS = re.compile(
    r"""
      \$[A-Za-z_]\w* | %\w+% | @\w+@ | <[^<>]*> | \[[^\[\]]*\]
    | \{+[^{}]*\}+
    | \*+ | x+ | \.+
    | (?:your|my|the)?[\W_]*(?:close)?[\W_]*(?:api|secret)?[\W_]*(?:key|token|secret)[\W_]*(?:here)?
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_placeholder(text: str) -> bool:
    """Of the forms that no column, path or template has."""
    return bool(_FORMS.fullmatch(text.strip()))


def stands_for_a_key(text: str) -> bool:
    """Of all forms: whatever the form is like, a key of Close begins with `api_` and goes on with letters that mean nothing."""
    return is_placeholder(text) or bool(_KEY_FORMS.fullmatch(text.strip()))
