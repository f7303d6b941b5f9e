"""Story A1.3–4 and the work with projects: from a red warning to the towns behind it, the list, one project, its forms."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data_access.formats.tabular import write_csv
from services.texts import Texts
from tests.browser.conftest import Reader, unfold

GAOZHOU, HUAZHOU, XINYI = "440981000000", "440982000000", "440983000000"
LANGUAGES = ("zh", "en")
PHONE = (390, 844)

Who = Callable[[str], Reader]


def number(text: str) -> float:
    """A number as it is printed, with its real minus."""
    return float(re.sub(r"[^0-9.−-]", "", text).replace("−", "-"))


def act(page: Page, name: str, press: Callable[[], None], status: int = 200) -> None:
    """Press, and wait until the act is answered."""
    with page.expect_response(re.compile(rf"/act/{re.escape(name)}(\?|$)")) as asked:
        press()
    assert asked.value.status == status, asked.value.text()


def first_project(page: Page) -> str:
    """The number of the first project of the list."""
    found = re.search(
        r"/project/(\d+)", page.locator(".register .project-name").first.get_attribute("href") or ""
    )
    assert found
    return found[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_red_warning_leads_to_the_towns_and_components_that_drive_it(who: Who, language: str) -> None:
    t = Texts(language).t
    page = who("leader").page(f"/?lang={language}")
    unfold(page)
    red = page.locator(".warning-group.management .warning", has=page.locator(f"a.where[href*='{GAOZHOU}']"))
    red.filter(has=page.locator("a.what[href*='proj.invest.completion_rate']")).locator(
        "a.where"
    ).first.click()
    page.wait_for_url(re.compile(f"region={GAOZHOU}"))
    expect(page.locator(f"[data-region='{GAOZHOU}']")).to_be_visible()
    assert page.locator(".crumbs li").count() == 2
    drivers = page.locator("[data-panel='projects.drivers']")
    parts = [number(text) for text in drivers.locator("tbody .swing-cell .cell-number").all_inner_texts()]
    assert len(parts) > 5
    assert parts == sorted(parts)
    whole = number(drivers.locator("tfoot td").first.inner_text())
    assert sum(parts) == pytest.approx(whole, abs=0.05 + 0.005 * len(parts))
    assert whole < -30
    assert drivers.locator(".components > div").count() == 5
    assert drivers.locator(".components .status", has_text=t("先行")).count() == 3


def test_the_board_says_how_far_and_why_and_the_parts_agree(who: Who) -> None:
    page = who("leader").page("/projects")
    lamps = [number(text) for text in page.locator(".lamp-counts .figure-number").all_inner_texts()]
    schedule = page.locator("[data-panel='projects.schedule']")
    counts = [number(text) for text in schedule.locator("tbody tr td:last-child").all_inner_texts()]
    assert sum(lamps) == sum(counts) == number(schedule.locator("tfoot td:last-child").inner_text())
    done, plan = schedule.locator("tfoot td:nth-child(4)").inner_text().split("/")
    rate = number(schedule.locator("tfoot .cell-number").inner_text())
    assert rate == pytest.approx(100 * number(done) / number(plan), abs=0.06)
    assert page.locator(".light-row").first.inner_text().strip()
    page.locator(".lamp-counts a").first.click()
    page.wait_for_url(re.compile(r"theme=register.*filter=light%3Ared|filter=light:red"))
    expect(page.locator(".register tbody tr")).to_have_count(int(lamps[0]))


def test_the_list_is_narrowed_by_links_and_by_words_and_goes_back(who: Who) -> None:
    page = who("leader").page("/projects?theme=register")
    everything = page.locator("[data-panel='projects.list'] .panel-facts").inner_text()
    page.locator(".list-filters .picker", has_text="来源").locator("summary").click()
    page.locator(".list-filters a", has_text="真实项目").click()
    expect(page.locator(".register tbody tr")).to_have_count(13)
    assert page.locator(".register .status-simulated").count() == 0
    page.fill(".list-search input", "高岭土")
    page.press(".list-search input", "Enter")
    expect(page.locator(".register tbody tr")).to_have_count(1)
    assert "filter=" in page.url
    shared = who("leader").page(page.url.removeprefix(who("leader").product.address))
    expect(shared.locator(".register tbody tr")).to_have_count(1)
    page.go_back()
    page.go_back()
    expect(page.locator("[data-panel='projects.list'] .panel-facts")).to_have_text(everything)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_project_has_a_page_with_everything_and_its_way_back(who: Who, language: str) -> None:
    t = Texts(language).t
    reader = who("leader")
    page = reader.page(f"/projects?theme=register&filter=light:red&lang={language}")
    page.locator(".register .project-name").first.click()
    page.wait_for_url(re.compile(r"/project/\d+"))
    page.locator("[data-project]").wait_for()
    for title in (
        "进展",
        "投资S曲线",
        "资金与要素",
        "节点",
        "堵点",
        "前期手续",
        "登记内容与来源",
        "变更历史",
    ):
        expect(page.locator("h2", has_text=t(title)).first).to_be_visible()
    assert page.locator(".gantt-mark").count() == 8
    assert page.locator(".reasons li").count() >= 1
    expect(page.locator(".project-head .status-simulated")).to_be_visible()
    assert page.locator("form[data-form]").count() == 0  # a leader reads
    page.locator(".crumbs a").last.click()
    page.wait_for_url(re.compile(r"/projects\?"))
    assert reader.errors == []
    assert reader.outside == []


def test_an_editor_reports_and_sees_the_mistake_at_its_field_first(who: Who) -> None:
    page = who("editor").page(
        f"/projects?region={HUAZHOU}&theme=register&filter=stage:building;record:simulated"
    )
    number_ = first_project(page)
    page = who("editor").page(f"/project/{number_}?edit=month")
    page.fill("#field-done", "999")
    act(page, "project.month", page.get_by_role("button", name="报送月度进展", exact=True).click, 422)
    expect(page.locator("[data-error='done']")).to_contain_text("超过 100%")
    expect(page.locator("#field-done")).to_be_focused()
    assert page.input_value("#field-done") == "999"
    page.fill("#field-note", "二期提前完成")
    page.fill("#field-done", "30.5")
    act(page, "project.month", page.get_by_role("button", name="报送月度进展", exact=True).click)
    page.wait_for_url(re.compile(r"/project/\d+$"))
    expect(page.locator("form[data-form]")).to_have_count(0, timeout=20_000)
    expect(page.locator(".panel-history")).to_contain_text("30.5")


def test_an_editor_registers_a_project_and_a_problem(who: Who) -> None:
    page = who("editor").page("/project/new")
    page.fill("#field-name", "浏览器登记的项目")
    page.select_option("#field-region", "440981100000")
    page.select_option("#field-stage", "early")
    page.select_option("#field-department", "ndrc")
    page.fill("#field-total", "3.5")
    page.fill("#field-planned_start", "2027-03-01")
    page.fill("#field-planned_finish", "2026-03-01")
    act(page, "project.add", page.get_by_role("button", name="登记项目").click, 422)
    expect(page.locator("[data-error='planned_finish']")).to_contain_text("早于")
    page.fill("#field-planned_finish", "2028-03-01")
    act(page, "project.add", page.get_by_role("button", name="登记项目").click)
    page.wait_for_url(re.compile(r"/project/\d+$"))
    expect(page.locator("h1")).to_have_text("浏览器登记的项目")
    page.get_by_role("link", name="登记堵点").click()
    page.select_option("#field-category", "land")
    page.select_option("#field-department", "natres")
    page.fill("#field-deadline", "2027-06-30")
    page.fill("#field-title", "用地指标未落实")
    act(page, "project.problem", page.get_by_role("button", name="登记堵点", exact=True).click)
    expect(page.locator(".light-rows")).to_contain_text("用地指标未落实")


def test_a_file_with_nested_programmes_and_a_mistake_is_answered_by_cell(who: Who, tmp_path: Path) -> None:
    head = (
        "项目名称",
        "牵头地区",
        "类别",
        "所属项目包",
        "阶段",
        "牵头部门",
        "总投资",
        "计划开工",
        "计划竣工",
    )
    rows = [
        ("文件里的外层（30项）", "高州市", "项目包", "", "在建", "", "", "", ""),
        ("文件里的内层（7项）", "高州市", "项目包", "文件里的外层（30项）", "在建", "", "", "", ""),
        (
            "文件里的项目",
            "高洲市",
            "项目",
            "文件里的内层（7项）",
            "前期",
            "市发展改革委",
            "2",
            "2027-01-01",
            "2026-01-01",
        ),
    ]
    file = tmp_path / "projects.csv"
    with file.open("wb") as out:
        write_csv(out, head, rows)
    page = who("editor").page("/project/import")
    page.set_input_files("#field-file", str(file))
    act(page, "project.import", page.get_by_role("button", name="导入", exact=True).click, 422)
    expect(page.locator(".form-problem")).to_contain_text("B4")
    expect(page.locator(".form-problem")).to_contain_text("I4")
    with file.open("wb") as out:
        write_csv(out, head, [*rows[:2], (rows[2][0], "高州市", *rows[2][2:8], "2028-01-01")])
    page.set_input_files("#field-file", str(file))
    act(page, "project.import", page.get_by_role("button", name="导入", exact=True).click)
    page.wait_for_url(re.compile(r"theme=register"))
    page = who("editor").page("/projects?theme=register&filter=q:文件里的")
    expect(page.locator(".register tbody tr")).to_have_count(3)
    expect(page.locator(".panel-register .notes")).to_contain_text("不相加")


def test_a_county_sees_its_own_projects_by_any_door(who: Who) -> None:
    page = who("leader").page(f"/projects?theme=register&filter=place:{XINYI}")
    theirs = first_project(page)
    county = who("county")
    page = county.page("/projects?theme=register")
    own = page.locator(".register tbody tr").count()
    assert own > 0
    assert page.locator(".list-filters", has_text="信宜").count() == 0
    page = county.page(f"/projects?theme=register&filter=place:{XINYI}")
    assert page.locator(".register tbody tr").count() == own
    page = county.page(f"/project/{theirs}")
    expect(page.locator(".state")).to_contain_text("没有这个项目")
    page = county.page(f"/project/{theirs}?edit=month")
    assert page.locator("form[data-form]").count() == 0
    for act_name in ("project.month", "project.edit", "project.problem"):
        answer = page.evaluate(
            """async ([name, id]) => {
                const token = document.cookie.split("; ").find((one) => /csrf/i.test(one)).split("=")[1];
                const form = new FormData();
                form.append("id", id);
                return (await fetch("/act/" + name, {method: "POST", body: form, headers: {"X-CSRFToken": token}})).status;
            }""",
            [act_name, theirs],
        )
        assert answer in (403, 422)


@pytest.mark.parametrize("path", ["/projects", "/projects?theme=register"])
def test_on_a_phone_nothing_is_wider_than_the_screen(who: Who, path: str) -> None:
    page = who("leader").page(path, *PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.locator(".project-name").first.click()
    page.locator("[data-project]").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
