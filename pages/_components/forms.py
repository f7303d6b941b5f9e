"""Forms: fields with label, hint and a place for what is wrong, and the form that sends them to an act.

assets/boards.js sends the form, keeps what was typed, puts every issue at its field and says what was done; without
a word from the server nothing changes. A field is named as the service names it in ``Issue.where``.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pages._components.elements import Child, Element, el
from pages._session import Session

Option = tuple[str, str]
"""A value and what the reader sees of it."""


def form(
    here: Session,
    act: str,
    *fields: Child,
    submit: str,
    quiet: bool = False,
    cancel: Child = None,
    class_: str = "",
    ask: str = "",
    busy: str = "",
) -> Element:
    """A form that asks for an act.

    submit  what the button says: what it does, in the reader's language
    quiet   whether the button is one of many
    cancel  a way back beside the button
    ask     a question to be answered with yes before the act is done
    busy    what the button says while it is being done
    """
    return el(
        "Form",
        el("P", class_="form-problem", role="alert", data_problem=""),
        *fields,
        el(
            "Div",
            el("Button", submit, type="submit", class_="button button-quiet" if quiet else "button"),
            cancel,
            class_="form-end",
        ),
        action=f"/act/{act}",
        method="post",
        encType="multipart/form-data",
        noValidate=True,
        class_=f"form {class_}".strip(),
        **spoken(here, ask, busy),
    )


def button(
    here: Session, act: str, content: Child, fields: dict[str, str], *, label: str = "", class_: str = "",
    ask: str = "", disabled: bool = False, key: str | None = None, identity: str | None = None,
) -> Element:  # fmt: skip
    """An act as one button: a form with hidden fields and nothing to type.

    identity  the id of the button, by which it has the focus again after the page was drawn anew
    """
    return el(
        "Form",
        [hidden(name, value) for name, value in fields.items()],
        el("Button", content, type="submit", class_=class_ or "button button-quiet", aria_label=label or None,
           title=label or None, disabled=disabled or None, id=identity),
        action=f"/act/{act}",
        method="post",
        class_="form-button",
        key=key,
        **spoken(here, ask, ""),
    )  # fmt: skip


def text(
    name: str, label: str, value: str = "", *, hint: str = "", required: bool = False, **more: Any
) -> Element:
    """One line of text."""
    return _field(name, label, el("Input", type="text", defaultValue=value, **_said(name, hint, required), **more), hint,
                  required)  # fmt: skip


def secret(name: str, label: str, *, hint: str = "", required: bool = False) -> Element:
    """What opens something: typed unseen, never filled in, and not remembered by the browser."""
    box = el(
        "Input",
        type="password",
        autoComplete="new-password",
        spellCheck="false",
        **_said(name, hint, required),
    )
    return _field(name, label, box, hint, required)


def number(
    name: str, label: str, value: float | str | None = None, *, unit: str = "", hint: str = "", required: bool = False,
    **more: Any,
) -> Element:  # fmt: skip
    """A number with its unit; typed as people write it, read by the service."""
    shown = "" if value is None else str(value)
    box = el(
        "Input", type="text", inputMode="decimal", defaultValue=shown, **_said(name, hint, required), **more
    )
    return _field(name, label, el("Div", box, el("Span", unit, class_="unit") if unit else None, class_="with-unit"),
                  hint, required)  # fmt: skip


def date(
    name: str, label: str, value: str = "", *, hint: str = "", required: bool = False, **more: Any
) -> Element:
    """A day; ``value`` as 2026-10-28."""
    return _field(name, label, el("Input", type="date", defaultValue=value, **_said(name, hint, required), **more), hint,
                  required)  # fmt: skip


def moment(
    name: str, label: str, value: str = "", *, hint: str = "", required: bool = False, **more: Any
) -> Element:
    """A day and time on the city's clock; ``value`` as 2026-10-28T09:41."""
    box = el(
        "Input", type="datetime-local", step="60", defaultValue=value, **_said(name, hint, required), **more
    )
    return _field(name, label, box, hint, required)


def area(
    name: str, label: str, value: str = "", *, hint: str = "", required: bool = False, **more: Any
) -> Element:
    """Several lines of text."""
    box = el("Textarea", defaultValue=value, **{"rows": 3, **_said(name, hint, required), **more})
    return _field(name, label, box, hint, required)


def select(
    name: str, label: str, options: Iterable[Option], value: str = "", *, hint: str = "", required: bool = False,
    **more: Any,
) -> Element:  # fmt: skip
    """A choice of one; an option with an empty value says that nothing is chosen."""
    box = el(
        "Select",
        [el("Option", shown, value=one, key=one or "none") for one, shown in options],
        defaultValue=value,
        **_said(name, hint, required),
        **more,
    )
    return _field(name, label, box, hint, required)


def check(name: str, label: str, on: bool = False, *, value: str = "yes", hint: str = "") -> Element:
    """Yes or no; what is sent where it is ticked is ``value``."""
    return el(
        "Div",
        el(
            "Label",
            el("Input", type="checkbox", name=name, value=value, defaultChecked=on or None,
               id=f"field-{name}-{value}", **({"aria-describedby": f"{name}-hint"} if hint else {})),
            el("Span", label),
            class_="field-check",
        ),
        el("P", hint, class_="field-hint", id=f"{name}-hint") if hint else None,
        error(name),
        class_="field",
        data_field=name,
    )  # fmt: skip


def checks(name: str, label: str, options: Sequence[Option], chosen: Iterable[str] = ()) -> Element:
    """A choice of several."""
    ticked = set(chosen)
    return el(
        "Fieldset",
        el("Legend", label, class_="field-label"),
        [
            el("Label",
               el("Input", type="checkbox", name=name, value=one, defaultChecked=(one in ticked) or None),
               el("Span", shown), class_="field-check", key=one)
            for one, shown in options
        ],
        error(name),
        class_="field",
        data_field=name,
    )  # fmt: skip


def file(name: str, label: str, *, accept: str = "", hint: str = "", required: bool = False) -> Element:
    """A file to be sent."""
    return _field(
        name,
        label,
        el("Input", type="file", accept=accept or None, **_said(name, hint, required)),
        hint,
        required,
    )


def hidden(name: str, value: str | int) -> Element:
    """What the page itself tells the act. Nothing secret: a reader can read and change it."""
    return el("Input", type="hidden", name=name, value=str(value), key=f"hidden-{name}")


def _field(name: str, label: str, box: Element, hint: str, required: bool) -> Element:
    return el(
        "Div",
        el(
            "Label",
            label,
            el("Span", "*", class_="field-required", aria_hidden="true") if required else None,
            class_="field-label",
            htmlFor=f"field-{name}",
        ),
        box,
        el("P", hint, class_="field-hint", id=f"{name}-hint") if hint else None,
        error(name),
        class_="field",
        data_field=name,
    )


def error(name: str) -> Element:
    """Where assets/boards.js writes what is wrong with a field."""
    return el("P", class_="field-error", id=f"{name}-error", data_error=name)


def _said(name: str, hint: str, required: bool) -> dict[str, Any]:
    described = " ".join([*([f"{name}-hint"] if hint else []), f"{name}-error"])
    return {
        "id": f"field-{name}",
        "name": name,
        "aria-describedby": described,
        "aria-required": "true" if required else None,
    }


def spoken(here: Session, ask: str = "", busy: str = "") -> dict[str, Any]:
    """The sentences that the browser says by itself, in the reader's language."""
    t = here.texts.t
    return {
        "data-form": "",
        "data-ask": ask or None,
        "data-busy": busy or t("正在提交…"),
        "data-leave": t("有内容还没有提交。离开就会丢失，要离开吗？"),
        "data-failed": t("没有提交成功：连不上服务器。填写的内容都还在，请再试一次。"),
    }
