"""A card with a heading: what every panel is drawn in."""

from pages._components.elements import Child, Element, el


def card(
    title: str, facts: str, *content: Child, class_: str = "", tools: Child = None, foot: Child = None
) -> Element:
    """A panel with its title and, beside it, period and status.

    facts  what stands beside the title in quiet words: the period, the unit, whether figures are simulated
    tools  what can be done with the whole panel, at the end of its head
    foot   what is said below what is drawn
    """
    return el(
        "Section",
        el(
            "Header",
            el("H2", title),
            el("P", facts, class_="panel-facts") if facts else None,
            tools,
            class_="card-head",
        ),
        el("Div", *content, class_="card-body"),
        foot,
        class_=f"card {class_}".strip(),
    )
