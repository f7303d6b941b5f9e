"""The page of the scheduled jobs: for whoever runs the system, in the reader's language."""

import pytest

from services.access import SYSTEM

CITY = 440900000000


@pytest.fixture
def admin(door):
    """A browser in which the system administrator has signed in."""
    name = f"runner{len(door.services.accounts.listing(SYSTEM))}"
    made = door.services.accounts.create(SYSTEM, name, "管理员", "admin", (CITY,))
    door.sign_in(name, made.password)
    fresh = "seven slow otters swim"
    door.form("/password", {"old": made.password, "new": fresh, "again": fresh})
    door.sign_in(name, fresh)
    return door


@pytest.mark.parametrize(("language", "heading"), [("zh", "定时任务"), ("en", "Scheduled jobs")])
def test_every_job_is_on_the_page_with_how_it_stands(admin, language, heading):
    page = admin.get(f"/schedule?lang={language}").get_data(as_text=True)
    assert f"<h1>{heading}</h1>" in page
    assert all(job.name in page for job in admin.services.schedule.jobs)


def test_the_account_page_leads_there(admin):
    assert 'href="/schedule"' in admin.get("/me").get_data(as_text=True)


def test_whoever_does_not_run_the_system_has_no_such_page(door):
    door.sign_in("leader")
    assert door.get("/schedule").status_code == 403
