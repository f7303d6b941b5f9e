"""The doors of the data desk: templates, uploads, typing; and what they say to whom they are closed."""

import json
from dataclasses import replace
from io import BytesIO

import pytest

from services.access import Actor

CITY = "440900000000"
CLERK = Actor("c", "c", "clerk", (int(CITY),), department="finance")
TABLE = "指标代码,区划代码,期别,数值\necon.fiscal.revenue,440900,2026-08,十二\n".encode()


def act(door, name, fields):
    answer = door.post(f"/act/{name}", data=fields, headers={"X-CSRFToken": door.csrf()})
    return answer.status_code, answer.get_json()


def uploaded(door, content=TABLE, name="八月.csv"):
    return act(door, "desk.upload", {"file": (BytesIO(content), name), "region": CITY})


@pytest.fixture
def clerk(door):
    """A browser in which the clerk of the finance bureau has signed in."""
    assert door.sign_in("clerk").status_code == 302
    return door


def another(door, name):
    """A browser of its own in which somebody else has signed in."""
    other = replace(door, client=door.client.application.test_client())
    assert other.sign_in(name).status_code == 302
    return other


def page(door, path, search=""):
    return door.page(path, search).get_data(as_text=True)


def a_release(door):
    calendar = door.services.desk.desk.view(CLERK)
    found = calendar.due[0].release
    return {"department": "finance", "region": f"{found.region:012d}", "release": found.id}


def test_a_template_is_a_workbook_for_whoever_may_fill_it_in_and_not_there_for_others(clerk):
    wished = a_release(clerk)
    answer = clerk.get("/export/desk-template.xlsx", query_string=wished)
    assert answer.status_code == 200
    assert answer.data.startswith(b"PK")
    for other in (
        {"department": "stats"},
        {"region": "110000000000"},
        {"region": "x"},
        {"release": "20260831-1"},
    ):
        assert clerk.get("/export/desk-template.xlsx", query_string=wished | other).status_code == 404
    leader = another(clerk, "leader")
    assert leader.get("/export/desk-template.xlsx", query_string=wished).status_code == 404


def test_an_upload_leads_to_its_delivery_and_a_bad_file_is_told_at_its_field(clerk):
    status, told = uploaded(clerk)
    assert (status, told["go"][:6]) == (200, "/desk/")
    shown = page(clerk, told["go"])
    assert "十二" in shown
    assert "不是数字" in shown
    for content, name in ((b"", "空.csv"), (b"%PDF-1.7", "表.pdf"), (b"\xd0\xcf\x11\xe0", "旧.xls")):
        status, told = uploaded(clerk, content, name)
        assert status == 422
        assert {issue["field"] for issue in told["issues"]} == {"file"}
        assert all(issue["what"] and issue["do"] for issue in told["issues"])
    assert act(clerk, "desk.upload", {"region": CITY})[0] == 422


def test_what_is_typed_comes_back_with_the_doubts_of_its_sheet(clerk):
    number = uploaded(clerk)[1]["go"].rsplit("/", 1)[1]
    fields = {"id": number, "sheet": "0", "seen": "1", "cells": json.dumps([[2, 3, "12.5"]])}
    status, told = act(clerk, "desk.type", fields)
    assert status == 200
    assert (told["more"]["seen"], told["more"]["marks"], told["more"]["clean"]) == (2, [], True)
    status, told = act(clerk, "desk.type", fields | {"cells": json.dumps([[2, 3, "13"]])})
    assert (status, told["stale"]) == (422, True)
    for cells in ("", "nonsense", "[[1]]", '[["a","b","c"]]', "[[2,3,4,5]]"):
        assert act(clerk, "desk.type", fields | {"seen": "2", "cells": cells})[0] == 422


@pytest.mark.parametrize("path", ["/desk/0", "/desk/999999", "/desk/x", "/desk/99999999999999999999"])
def test_a_delivery_that_there_is_not_says_so(clerk, path):
    assert "没有这份报送" in page(clerk, path)


def test_nobody_else_comes_near_a_delivery(clerk):
    number = uploaded(clerk)[1]["go"].rsplit("/", 1)[1]
    leader = another(clerk, "leader")
    assert "八月.csv" not in page(leader, f"/desk/{number}")
    assert "没有权限" in page(leader, "/desk")
    assert "没有这份报送" in page(leader, "/economy", f"?preview={number}")
    seen = {"id": number, "seen": "1"}
    for name in ("desk.release", "desk.drop", "desk.reopen", "desk.back", "desk.accept", "desk.type"):
        assert act(leader, name, seen | {"cells": "[]"})[0] in (403, 422)
    assert act(leader, "desk.grid", {"department": "finance", "region": CITY, "release": "x"})[0] == 403


@pytest.mark.parametrize("theme", ["due", "deliveries", "correct", "loads", "nonsense"])
def test_every_tab_speaks_english(clerk, theme):
    uploaded(clerk)
    assert "Data desk" in page(clerk, "/desk", f"?theme={theme}&lang=en")


def test_a_wide_sheet_is_walked_through_by_its_columns(clerk):
    head = ",".join(
        [
            "指标代码",
            "区划代码",
            *[f"2026-{month:02}" for month in range(1, 9)],
            *[f"列{n}" for n in range(30)],
        ]
    )
    row = ",".join(["econ.fiscal.revenue", "440900", *map(str, range(10, 18)), *["x"] * 30])
    address = uploaded(clerk, f"{head}\n{row}\n".encode(), "宽.csv")[1]["go"]
    assert '"cell-0-2-39"' not in page(clerk, address)
    assert "across:2" in page(clerk, address)
    assert '"cell-0-2-39"' in page(clerk, address, "?filter=across:2")
