"""What is due again and again: the jobs of the product, in the order in which they are caught up after a stop.

First what comes in, then the records that age, then warnings, then what follows from warnings, then what people are
told; last what is only tidied. Most jobs find by themselves what has fallen due since they last looked.
"""

from datetime import timedelta

from indicators.errors import N_
from services.access import SYSTEM
from services.accounts import Accounts
from services.alerts import Alerts
from services.collection import Collection
from services.definitions import Definitions
from services.desk_release import DeskRelease
from services.feeds import Feeds
from services.following import Following
from services.incidents import Incidents
from services.ops_figures import OpsFigures
from services.quality_figures import QualityFigures
from services.region_changes import RegionChanges
from services.registry_figures import RegistryFigures
from services.resources import Resources
from services.schedule import Job
from services.statutory import Statutory
from services.studio import Studio
from services.supervision import Supervision
from services.telling import Telling
from services.yearly_reviews import YearlyReviews

A_DAY = 24 * 3600


def jobs(
    *,
    definitions: Definitions,
    region_changes: RegionChanges,
    studio: Studio,
    alerts: Alerts,
    following: Following,
    statutory: Statutory,
    resources: Resources,
    incidents: Incidents,
    supervision: Supervision,
    telling: Telling,
    ops: OpsFigures,
    accounts: Accounts,
    feeds: Feeds,
    quality: QualityFigures,
    registry: RegistryFigures,
    desk: DeskRelease,
    collection: Collection,
    reviews: YearlyReviews,
    zone: timedelta,
) -> tuple[Job, ...]:
    """All jobs.

    zone  the city's hours ahead of UTC: its days begin at its own midnight
    """
    midnight = -int(zone.total_seconds())
    folder = Job(
        "statutory.folder", N_("收取投放文件夹里的预警消息"), 10, lambda _: statutory.take_folder(SYSTEM)
    )
    return (
        Job(
            "definitions.effect",
            N_("到日生效或停用的定义"),
            A_DAY,
            lambda _: definitions.take_effect(),
            after=midnight,
        ),
        Job(
            "regions.effect",
            N_("到日生效的区划变更"),
            A_DAY,
            lambda _: region_changes.take_effect(),
            after=midnight,
        ),
        *((folder,) if statutory.has_folder else ()),
        Job("studio.due", N_("定时发布的目标与曲线"), 3600, studio.due, after=midnight),
        Job("feeds.due", N_("按时接入数据"), 10, feeds.due),
        Job("desk.due", N_("按发布日历发布报送"), 10, desk.due),
        Job("statutory.tick", N_("法定预警的生效与失效"), 15, statutory.tick),
        Job(
            "incidents.days", N_("应急事件逐日的统计"), A_DAY, incidents.tick, each=True, after=midnight + 300
        ),
        Job("incidents.tick", N_("应急事件逾期的统计"), 300, incidents.tick),
        Job("resources.tick", N_("物资与场所的季度年度统计"), 3600, resources.tick, after=midnight),
        Job("alerts.pending", N_("判定新到的数据"), 1, alerts.evaluate_pending),
        Job("alerts.tick", N_("按发布日历判定预警"), 30, alerts.tick),
        Job(
            "handling.due",
            N_("重复提醒、升级告知、静默到期"),
            15,
            lambda moment: following.due(int(moment.timestamp())),
        ),
        Job(
            "supervision.due",
            N_("督办超期的提醒"),
            60,
            lambda moment: supervision.due(int(moment.timestamp())),
        ),
        Job(
            "collection.due",
            N_("征集与年度复核的截止和提醒"),
            60,
            lambda moment: collection.due(int(moment.timestamp())) + reviews.due(int(moment.timestamp())),
        ),
        Job("notices.send", N_("发送待发的告知"), 2, lambda moment: telling.send(int(moment.timestamp()))),
        Job("ops.figures", N_("预警质量与反馈的统计"), 24 * 3600, ops.tick, after=midnight),
        Job("feeds.quality", N_("数据质量的统计"), A_DAY, quality.tick, after=midnight + 600),
        Job("registry.figures", N_("系统与资源清单的统计"), A_DAY, registry.settle, after=midnight + 900),
        Job("accounts.expire", N_("清理已过期的会话"), 3600, lambda _: accounts.expire()),
    )
