"""What a person is told when something is wrong: what, where, and what to do about it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


def N_(message: str) -> str:  # noqa: N802  the usual gettext name for "translate later"
    """Mark a Chinese message template for translation; the text is returned unchanged."""
    return message


class Severity(StrEnum):
    """How much an issue matters: an error stops the work, a warning wants an answer, a notice informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong, in three parts.

    key     a stable identifier such as ``unknown_region``, for programs
    what    what is wrong: a message template (Chinese, the gettext msgid) with named fields
    do      what to do about it: a template as well
    where   the place: ``file:line``, ``sheet!cell``, a field of a form; not translated
    params  the values of the named fields
    """

    key: str
    what: str
    do: str = ""
    where: str = ""
    severity: Severity = Severity.ERROR
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The issue as one to three lines of words: what, where, do."""
        lines = [fill(translate(self.what), self.params)]
        if self.where:
            lines.append("  " + self.where)
        if self.do:
            lines.append("  " + fill(translate(self.do), self.params))
        return "\n".join(lines)


def fill(template: str, params: Mapping[str, object]) -> str:
    """The template with its named fields filled; a field without a value keeps its name.

    A number is written as people write it: a real minus, no ".0" behind a whole one.
    """
    return template.format_map(_Named({name: _written(value) for name, value in params.items()}))


def _written(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return str(int(value) if whole else value).replace("-", "−", 1) if value < 0 or whole else value


class _Named(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class CockpitError(Exception):
    """An error that a person can cause and mend; carries every issue found, not only the first."""

    def __init__(self, issues: Issue | Iterable[Issue]) -> None:
        self.issues: tuple[Issue, ...] = (issues,) if isinstance(issues, Issue) else tuple(issues)
        super().__init__("\n".join(issue.text() for issue in self.issues))

    @property
    def key(self) -> str:
        """The key of the first issue."""
        return self.issues[0].key
