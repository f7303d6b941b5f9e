"""Every act that a form can ask for, by name. A subject's module ``pages/_acts_<subject>.py`` exports ``ACTS``.

To add one: import the module here and name it in SUBJECTS.
"""

from collections.abc import Mapping

from pages import (
    _acts_books,
    _acts_collection,
    _acts_definitions,
    _acts_desk,
    _acts_editor,
    _acts_feeds,
    _acts_hotline,
    _acts_incidents,
    _acts_layouts,
    _acts_notices,
    _acts_plans,
    _acts_projects,
    _acts_promotion,
    _acts_regions,
    _acts_rules,
    _acts_situation,
    _acts_stars,
    _acts_statutory,
    _acts_studio,
    _acts_supervision,
    _acts_warnings,
)
from pages._actions import Act

SUBJECTS: tuple[Mapping[str, Act], ...] = (
    _acts_books.ACTS,
    _acts_collection.ACTS,
    _acts_definitions.ACTS,
    _acts_desk.ACTS,
    _acts_editor.ACTS,
    _acts_feeds.ACTS,
    _acts_hotline.ACTS,
    _acts_incidents.ACTS,
    _acts_layouts.ACTS,
    _acts_notices.ACTS,
    _acts_plans.ACTS,
    _acts_promotion.ACTS,
    _acts_regions.ACTS,
    _acts_rules.ACTS,
    _acts_situation.ACTS,
    _acts_stars.ACTS,
    _acts_statutory.ACTS,
    _acts_studio.ACTS,
    _acts_supervision.ACTS,
    _acts_warnings.ACTS,
    _acts_projects.ACTS,
)

ACTIONS: Mapping[str, Act] = {name: act for subject in SUBJECTS for name, act in subject.items()}
