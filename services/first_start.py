"""Make the store and fill it: definitions, published figures, sample figures, warnings, the first accounts.

Every step leaves alone what is there, so that a first start which was broken off goes on where it stopped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import yaml

from data_access.config import Settings
from data_access.packs import Pack
from data_access.sources import files
from indicators.errors import N_, Issue
from services import (
    bootstrap,
    collection_sample,
    hotline_figures,
    incident_figures,
    incident_seed,
    ops_figures,
    projects_figures,
    projects_start,
    promotion_figures,
    quality_figures,
    register_seed,
    registry_figures,
    resources,
    samples,
    statutory_figures,
    statutory_seed,
    supervision_seed,
)
from services.access import SYSTEM
from services.accounts import DemoAccount, NewAccount
from services.bootstrap import Services

Line = tuple[str, Mapping[str, object]]


class Step(Protocol):
    """Told how far the work has come: a message with its fields, and the share that is done."""

    def __call__(self, message: str, share: float | None = None, **fields: Any) -> None: ...


@dataclass
class Done:
    """What a first start did.

    lines   messages with their fields, for the operator
    issues  what published files and definitions left to be said
    """

    lines: list[Line] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    administrator: NewAccount | None = None
    demo: tuple[DemoAccount, ...] = ()


def run(settings: Settings, step: Step) -> Done:
    """Make the store that the settings name, or bring it up to date, and fill what is missing."""
    done = Done()
    step(N_("准备数据库与指标目录"))
    services = bootstrap.build(settings, told=False)
    proposals = services.definitions.look_at_files()
    if proposals:
        done.lines.append((N_("定义文件有 {count} 处改动，已记为待审提案，未生效。"), {"count": proposals}))
    step(N_("准备边界"))
    services.maps.build()
    _published(services, step, done)
    incident_seed.load_published(services.incidents, services.pack)
    statutory_seed.load_bulletins(services.statutory, services.pack, services.clock())
    moment = services.clock()
    if settings.sample.enabled:
        moment = min(_sample(services, step, done) or moment, moment)
        _sample_incidents(services, step, done)
        _sample_registers(services, step, done)
        _sample_warnings(services, step, done)
        _sample_registry(services, step, done)
    _projects(services, step, done)
    step(N_("判定预警规则"))
    report = services.alerts.evaluate_pending(moment)
    done.issues.extend(report.issues)
    _answers(services, done, moment)
    services.alerts.tick(services.clock())  # what fell due or silent between the last figure and now
    if settings.sample.enabled:
        _sample_items(services, step, done)
        _sample_calls(services, step, done)
    opened = len(services.alerts.open_alerts(SYSTEM))
    done.lines.append((N_("未解除的预警 {count} 条。"), {"count": opened}))
    done.administrator = services.accounts.first_start()
    done.demo = services.accounts.settle_demo()
    return done


def _published(services: Services, step: Step, done: Done) -> None:
    """The published figures of the pack, through the same door as everybody's files."""
    figures = 0
    for path in services.pack.files("observations", "*.csv"):
        step(N_("导入公开数据 {file}"), file=path.name)
        source = files.from_path(path, services.intake.file_limit)
        report = services.intake.load(SYSTEM, source, evaluate=False)
        figures += report.inserted
        done.issues.extend(issue for issue in report.issues if issue.severity == "error")
    done.lines.append((N_("公开数据 {count} 个。"), {"count": figures}))


OF_RECORDS: Mapping[str, tuple[str, ...]] = {
    "incidents": incident_figures.FIGURES,
    "promotion": promotion_figures.FIGURES,
    "hotline": hotline_figures.FIGURES,
    "projects": projects_figures.FIGURES,
    "statutory": statutory_figures.FIGURES,
    "resources": resources.FIGURES,
    "warnings": ops_figures.FIGURES,
    "feeds": quality_figures.FIGURES,
    "registry": registry_figures.FIGURES,
}
"""Which indicators the records of a subject give; its sample records are ``sample/<subject>.yaml`` of the pack."""


def _of_records(pack: Pack) -> set[str]:
    """The indicators that the sample records of a pack give, and that are therefore not drawn."""
    found = (codes for subject, codes in OF_RECORDS.items() if pack.file(f"sample/{subject}.yaml"))
    return {code for codes in found for code in codes}


def _sample(services: Services, step: Step, done: Done) -> datetime | None:
    """Fill in the sample figures; the moment at which they end, and at which the warnings are judged first."""
    folder = services.pack.file("sample/spec.yaml")
    if folder is None:
        done.lines.append((N_("这个地区包没有模拟数据的说明，不生成模拟数据。"), {}))
        return None
    sample = services.settings.sample

    def tell(rows: int, indicator: str) -> None:
        step(N_("生成模拟数据：{rows} 行"), rows / sample.max_rows, rows=rows, indicator=indicator)

    filled = samples.fill(
        services.store,
        services.catalog,
        services.tree,
        samples.read_spec(folder.parent),
        seed=sample.seed,
        max_rows=sample.max_rows,
        actor=SYSTEM.name,
        clock=services.clock,
        without=_of_records(services.pack),
        progress=tell,
    )
    done.lines.append((N_("模拟数据 {count} 行，均标注“模拟”。"), {"count": filled.written.inserted}))
    return filled.until


def _projects(services: Services, step: Step, done: Done) -> None:
    """Published projects, and the simulated portfolio where sample data is on."""
    step(N_("登记重点项目"))
    sample = services.settings.sample
    count = projects_start.fill(
        services.projects, services.pack, services.clock(), sample=sample.enabled, seed=sample.seed
    )
    done.lines.append((N_("重点项目和项目包 {count} 个，模拟的均标注“模拟”。"), {"count": count}))


def _sample_registers(services: Services, step: Step, done: Done) -> None:
    """Simulated promotion deals and hotline cases, and the figures that they give."""
    seed = services.settings.sample.seed
    step(N_("生成模拟的招商项目"))
    deals = register_seed.fill_promotion(services.promotion, services.pack, seed)
    step(N_("生成模拟的12345工单"))
    cases = register_seed.fill_hotline(services.hotline, services.pack, seed)
    done.lines.append((N_("模拟的招商项目 {deals} 个、12345工单 {cases} 件，均标注“模拟”。"),
                       {"deals": deals, "cases": cases}))  # fmt: skip


def _sample_items(services: Services, step: Step, done: Done) -> None:
    """Simulated supervised items, on warnings that the sample figures raised."""
    step(N_("生成模拟的督办事项"))
    count = supervision_seed.fill(
        services.supervision, services.alerts, services.projects, services.pack, services.settings.sample.seed
    )
    done.lines.append((N_("模拟的督办事项 {count} 件，均标注“模拟”。"), {"count": count}))


def _sample_calls(services: Services, step: Step, done: Done) -> None:
    """Simulated calls for indicators and scorecards."""
    step(N_("生成模拟的征集与评分表"))
    count = collection_sample.fill(services.collection, services.scorecards, services.pack, services.clock())
    done.lines.append((N_("模拟的征集与评分表 {count} 份，均标注“模拟”。"), {"count": count}))


def _sample_incidents(services: Services, step: Step, done: Done) -> None:
    """Simulated incidents and the figures that they give."""
    folder = services.pack.file("sample/spec.yaml")
    if folder is None:
        return
    step(N_("生成模拟的突发事件"))
    spec, seed = samples.read_spec(folder.parent), services.settings.sample.seed
    count = incident_seed.fill_sample(services.incidents, services.pack, spec, seed)
    done.lines.append((N_("模拟的突发事件 {count} 起，均标注“模拟”。"), {"count": count}))


def _answers(services: Services, done: Done, moment: datetime) -> None:
    """Simulated answers of those who own the warnings, and the figures of warnings and answers."""
    path = services.pack.file("sample/warnings.yaml")
    if path is None or not services.settings.sample.enabled:
        return
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    count = services.ops.seed_answers(spec, services.settings.sample.seed)
    done.lines.append((N_("模拟的预警反馈 {count} 条，均标注“模拟”。"), {"count": count}))
    services.ops.settle(moment, seed=True)
    services.quality_figures.settle(moment, seed=True)
    services.alerts.evaluate_pending(moment)


def _sample_registry(services: Services, step: Step, done: Done) -> None:
    """The simulated registry of systems, resources and sources, and the figures that it gives."""
    path = services.pack.file("sample/registry.yaml")
    if path is None:
        return
    step(N_("生成模拟的系统与资源清单"))
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    count = services.registry.seed(spec, services.settings.sample.seed)
    services.registry_figures.settle(services.clock(), seed=True)
    done.lines.append((N_("模拟的系统、资源与来源登记 {count} 条，均标注“模拟”。"), {"count": count}))


def _sample_warnings(services: Services, step: Step, done: Done) -> None:
    """Simulated weather signals and resources, and the figures that they give."""
    step(N_("生成模拟的预警信号与应急资源"))
    seed = services.settings.sample.seed
    signals = statutory_seed.fill_signals(services.statutory, services.pack, services.query, seed)
    helpers = statutory_seed.fill_resources(services.resources, services.pack, services.query, seed)
    if signals or helpers:
        done.lines.append(
            (N_("模拟的预警信号 {signals} 条、应急资源 {helpers} 处，均标注“模拟”。"),
             {"signals": signals, "helpers": helpers})
        )  # fmt: skip
