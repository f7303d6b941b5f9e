"""What is done with key projects by forms: register, change, report, plan, rule, import."""

from collections.abc import Callable, Mapping

from indicators.errors import N_, CockpitError, Issue
from pages._actions import Act, Done, Fields
from pages._session import Session
from services import access, projects_files
from services.access import Actor
from services.projects import SYSTEM, Projects


def add(here: Session, fields: Fields) -> Done:
    """Register a project."""
    number = here.services.projects.add(here.actor, fields, fields.all("scopes"))
    return Done(f"/project/{number}", N_("已登记项目。"))


def edit(here: Session, fields: Fields) -> Done:
    """Change what is registered."""
    here.services.projects.edit(here.actor, fields.whole("id"), _plain(fields), fields.all("scopes"))
    return Done(f"/project/{fields.whole('id')}", N_("已保存修改。"))


def _plain(fields: Fields) -> dict[str, str]:
    """The fields of the form without the ticked lists, which come as several values of one name."""
    return {name: fields[name] for name in fields if name != "scopes"}


def _record(do: Callable[[Projects, Actor, int, Mapping[str, str]], None], said: str) -> Act:
    """An act upon one record of a project."""

    def act(here: Session, fields: Fields) -> Done:
        number = fields.whole("id")
        do(here.services.projects, here.actor, number, fields)
        return Done(f"/project/{number}", said)

    return act


def load(here: Session, fields: Fields) -> Done:
    """Import a file: all of it, or nothing with every mistake by its cell."""
    sent = fields.file("file")
    access.require(here.actor, "record", system=SYSTEM)
    if sent is None:
        raise CockpitError(Issue("file_missing", N_("请选择文件。"), where="file"))
    done = projects_files.load(here.services.projects, here.actor, sent[1])
    return Done(
        "/projects?theme=register",
        N_(
            "已导入：新增 {added} 个，更新 {changed} 个，月度进展 {months} 条；其中项目包 {programmes} 个，不计入合计。"
        ),
        {"added": done.added, "changed": done.changed, "months": done.months, "programmes": done.programmes},
    )


ACTS: Mapping[str, Act] = {
    "project.add": add,
    "project.edit": edit,
    "project.import": load,
    "project.month": _record(Projects.report, N_("已报送月度进展。")),
    "project.plan": _record(Projects.plan, N_("年度计划已下达。")),
    "project.leave": _record(Projects.leave, N_("已调出年度清单。")),
    "project.milestone": _record(Projects.milestone, N_("节点已更新。")),
    "project.problem": _record(Projects.problem, N_("堵点已更新。")),
    "project.permit": _record(Projects.permit, N_("前期手续已登记。")),
    "project.light": _record(Projects.rule, N_("灯色已改判，理由已记录。")),
    "project.withdraw": _record(Projects.withdraw, N_("已撤销登记，记录保留。")),
}
