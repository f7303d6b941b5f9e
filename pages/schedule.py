"""What is done by itself, for those who run the system: how every job stands, and where one failed."""

from flask import Blueprint, g

from indicators.errors import N_
from pages import _session
from pages import login as door
from services.schedule import STATES, JobView
from services.texts import Texts

jobs = Blueprint("schedule", __name__, template_folder="templates")

SPANS = ((3600, N_("{count} 小时")), (60, N_("{count} 分钟")), (1, N_("{count} 秒")))


@jobs.get("/schedule")
def listing() -> str:
    """All jobs in the order in which they are caught up, and the failures, those not mended first."""
    view = _session.services().schedule.view(g.visitor.actor)
    texts = _session.texts(usual=g.visitor.actor.language)
    return door.page(
        "schedule.html",
        texts.t("定时任务"),
        texts.t("每项任务同一时间只由一个进程执行，停机后按次序补做"),
        jobs=[_row(job, texts) for job in view.jobs],
        failures=[
            {"name": one.name, "times": one.times, "first": texts.moment(one.first), "last": texts.moment(one.last),
             "said": texts.t(one.what, **one.params), "mended": texts.moment(one.mended) if one.mended else ""}
            for one in view.failures
        ],
    )  # fmt: skip


def _row(job: JobView, texts: Texts) -> dict[str, object]:
    seconds, words = next(span for span in SPANS if job.every % span[0] == 0)
    return {
        "name": job.name, "title": texts.t(job.title), "every": texts.t(words, count=job.every // seconds),
        "state": texts.t(STATES[job.state]), "wrong": job.state in ("failing", "late"),
        "at": texts.moment(job.at) if job.at else "", "took": job.milliseconds,
        "next": texts.moment(job.next), "holder": job.holder,
    }  # fmt: skip
