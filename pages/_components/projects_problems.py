"""Problems that hold projects up: how old they are, of which class, whose."""

from collections.abc import Sequence

from indicators.projects import PROBLEM_CLASSES
from pages._components.card import card
from pages._components.elements import Element, el
from pages._components.projects_parts import day_text, drawn, facts, name_link, speaking
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.projects_views import (
    ProblemRow,
    ProblemsView,
)


def problems(view: ProblemsView, here: Session, state: PageState) -> Element:
    """Open problems: how old, of which class, and the oldest beyond their deadline by name."""
    words = speaking(here)
    return card(
        words.t("堵点"),
        facts(words.t("截至 {day}", day=words.texts.date(view.day)), drawn(view.simulated, words)),
        el("P", words.t("未化解 {open} 个，其中超期 {overdue} 个", open=view.open, overdue=view.overdue), class_="lead"),
        el(
            "Div",
            _bars(words.t("登记至今"), [(words.t(name), count, None) for name, count in view.ages], words),
            _bars(words.t("按类别"), [(words.t(PROBLEM_CLASSES[code]), count, late) for code, count, late in view.classes], words),
            class_="bar-pairs",
        ) if view.open else None,
        el("Ol", [problem_row(row, state, words) for row in view.rows], class_="light-rows") if view.rows
        else el("P", words.t("没有未化解的堵点"), class_="all-quiet"),
        el("P", words.t("其余 {count} 个在各项目页", count=view.more), class_="notes") if view.more else None,
        class_="panel-problems",
    )  # fmt: skip


def _bars(title: str, rows: Sequence[tuple[str, int, int | None]], words: Words) -> Element:
    most = max((count for _, count, _ in rows), default=0) or 1
    return el(
        "Div",
        el("H3", title),
        el(
            "Ul",
            [
                el("Li", el("Span", name, class_="part-name"),
                   el("Span", class_="part-bar", style={"--part": f"{100 * count / most:.0f}%"}),
                   el("Span", str(count), class_="cell-number"),
                   el("Span", words.t("超期 {count}", count=late), class_="reason") if late else None)
                for name, count, late in rows
            ],
            class_="bars",
        ),
    )  # fmt: skip


def problem_row(row: ProblemRow, state: PageState, words: Words, named: bool = True) -> Element:
    """One problem: class and words, the project, whose, since when, until when."""
    problem = row.problem
    late = words.t("超期 {days} 天", days=row.overdue) if row.overdue else ""
    ended = words.t("{day} 确认销号，用时 {days} 天", day=day_text(problem.confirmed), days=row.age) \
        if problem.confirmed else words.t("登记 {days} 天", days=row.age)  # fmt: skip
    facts = [
        row.department,
        words.t(
            "{first} 登记，限 {last}",
            first=day_text(problem.registered),
            last=day_text(problem.deadline),
        ),
        ended,
        words.t("责任单位已报化解，待确认") if problem.reported and not problem.confirmed else "",
    ]
    return el(
        "Li",
        el("Span", words.t(PROBLEM_CLASSES[problem.category]), class_="status"),
        el(
            "Div",
            el("P", el("Span", problem.title), el("B", late, class_="overdue") if late else None, class_="first"),
            el("P", [el("Span", name_link(row.project, state, words)) if named else None,
                     *(el("Span", fact) for fact in facts if fact)], class_="second"),
        ),
        class_="light-row",
    )  # fmt: skip
