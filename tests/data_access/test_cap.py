"""CAP 1.2 is read strictly and without trust: every case of the collection, and what is said of bad messages."""

import json
import time
import tracemalloc
from pathlib import Path

import pytest

from data_access.formats import FORMATS, cap
from indicators.errors import CockpitError

CASES = Path(__file__).resolve().parents[1] / "cases" / "cap"
EXPECTED = json.loads((CASES / "expectations.json").read_text("utf-8"))["cases"]
LEVELS = ("", "blue", "yellow", "orange", "red")

SHAPE = "<polygon>21.50,110.85 21.50,111.20 21.75,111.20 21.50,110.85</polygon>"


def a_message(
    info="",
    area=SHAPE,
    head="",
    status="Actual",
    kind="Alert",
    severity="Severe",
    sent="2026-10-31T15:00:00+08:00",
):
    """A message with one info, as bytes; ``info`` and ``area`` are put into it as they are."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="{cap.NAMESPACE}"><identifier>A-1</identifier><sender>s@maoming.example</sender><sent>{sent}</sent>
<status>{status}</status><msgType>{kind}</msgType><scope>Public</scope>{head}
<info><language>zh-CN</language><category>Met</category><event>台风橙色预警</event><urgency>Expected</urgency>
<severity>{severity}</severity><certainty>Likely</certainty>{info}
<area><areaDesc>电白区</areaDesc>{area}<geocode><valueName>GB/T 2260</valueName><value>440904</value></geocode></area>
</info></alert>""".encode()


def refusal(content):
    with pytest.raises(CockpitError) as refused:
        cap.read(content)
    return {issue.key for issue in refused.value.issues}


def test_cap_is_among_the_formats():
    assert cap in FORMATS


# -- the collection


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: case["file"])
def test_every_case_is_taken_or_refused_as_expected(case):
    content = (CASES / case["file"]).read_bytes()
    if case["expected"] in ("reject_or_convert", "reject", "reject_without_fetch"):
        keys = refusal(content)
        assert keys == (
            {"cap_version"} if "namespace" in case["why"] or "version" in case["why"] else {"cap_dtd"}
        )
        return
    message = cap.read(content)
    facts = case["facts"]
    assert (message.identifier, message.sender, message.kind, message.status) == (
        facts["identifier"], facts["sender"], facts["msgType"], facts["status"],
    )  # fmt: skip
    assert message.sent == cap._instant(facts["sent"])
    assert [info.severity for info in message.infos] == facts["severity"]
    assert [info.event for info in message.infos] == facts["event"]
    dropped = [issue for issue in message.issues if issue.key == "cap_geometry"]
    kept = sum(len(area.polygons) for info in message.infos for area in info.areas)
    assert kept + len(dropped) == facts["polygons"]
    assert bool(dropped) == (case["expected"] == "reject_geometry")
    if "expected_level" in case:
        assert LEVELS[message.gravest.level] == case["expected_level"]


def test_the_swapped_polygon_is_left_out_with_the_reason_and_the_warning_is_kept():
    message = cap.read((CASES / "cn_polygon_swapped.xml").read_bytes())
    (issue,) = message.issues
    assert issue.severity == "error"
    assert "顺序颠倒" in issue.text()
    assert message.gravest.level == 4
    assert message.infos[0].areas[0].region_codes == ("440904",)


def test_a_signature_is_marked_and_stays_out_of_the_data():
    message = cap.read((CASES / "canada_signed.cap").read_bytes())
    assert message.signed
    assert "SignatureValue" not in repr(message)
    assert not cap.read((CASES / "australia.cap").read_bytes()).signed


def test_markup_in_texts_stays_text():
    info = cap.read((CASES / "cn_xss.xml").read_bytes()).infos[0]
    assert info.headline == "<script>alert(1)</script>"
    assert info.description == "<img src=x onerror=alert(1)>"
    assert info.areas[0].description == '"><svg onload=alert(1)>'


# -- hostile


BOMB = (
    "<!DOCTYPE a ["
    + "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "x" * 10}">' for i in range(9))
    + "]>"
)


@pytest.mark.parametrize(
    "content",
    [
        BOMB.encode() + b"<alert>&e8;</alert>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><alert/>',
        b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><alert>&f;</alert>',
        b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]><alert/>',
        '<!DOCTYPE a [<!ENTITY c "x">]><alert/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="GBK"?><!DOCTYPE a><alert/>',
    ],
    ids=["billion laughs", "external subset", "file entity", "parameter entity", "utf-16", "gbk"],
)
def test_a_declaration_ends_the_reading_before_anything_is_expanded_or_fetched(content, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection was opened"))
    tracemalloc.start()
    began = time.process_time()
    assert refusal(content) == {"cap_dtd"}
    assert time.process_time() - began < 0.5
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"x" * (cap.MAX_BYTES + 1), "cap_too_large"),
        (b"<a>" * 1000 + b"</a>" * 1000, "cap_too_complex"),
        (b"<a>" + b"<b/>" * (cap.MAX_ELEMENTS + 1) + b"</a>", "cap_too_complex"),
        (b"", "cap_malformed"),
        (b"\x00\x01\x02", "cap_malformed"),
        (b"<alert", "cap_malformed"),
        (b'<?xml version="1.0" encoding="no-such"?><alert/>', "cap_malformed"),
        (b'<?xml version="1.0" encoding="gb2312"?><alert>\xff\xff</alert>', "cap_malformed"),
        (b"<alert/>", "not_cap"),
        (b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.3"/>', "not_cap"),
        (b'<rss xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>', "not_cap"),
        (b'<alert xmlns="http://www.incident.com/cap/1.0"/>', "cap_version"),
    ],
)
def test_what_is_no_cap_1_2_is_refused_with_its_reason(content, key):
    assert refusal(content) == {key}


def test_chinese_encodings_are_read():
    text = a_message().decode().replace("UTF-8", "GB2312")
    assert cap.read(text.encode("gb18030")).infos[0].event == "台风橙色预警"


# -- what a message must say


def test_all_that_is_wrong_is_told_at_once():
    broken = (
        a_message(severity="Awful", status="Real", sent="2026-10-31T15:00:00")
        .replace(b"<sender>s@maoming.example</sender>", b"")
        .replace(b"<areaDesc>", b"<areaDesc> <!--").replace("电白区</areaDesc>".encode(), b"--></areaDesc>")
    )  # fmt: skip
    with pytest.raises(CockpitError) as refused:
        cap.read(broken)
    assert [issue.where for issue in refused.value.issues] == [
        "status", "sent", "info[1]/severity", "info[1]/area[1]/areaDesc", "sender",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["Update", "Cancel"])
def test_an_update_or_cancel_names_what_it_replaces(kind):
    assert refusal(a_message(kind=kind)) == {"cap_no_reference"}
    head = "<references>s@maoming.example,A-0,2026-10-31T06:00:00+08:00 nonsense</references>"
    message = cap.read(a_message(kind=kind, head=head))
    assert [one.identifier for one in message.references] == ["A-0"]
    assert [issue.key for issue in message.issues] == ["cap_reference"]


def test_an_alert_without_info_is_refused():
    content = a_message()
    start, end = content.index(b"<info>"), content.index(b"</info>") + len(b"</info>")
    assert refusal(content[:start] + content[end:]) == {"cap_no_info"}


@pytest.mark.parametrize(
    ("severity", "parameter", "colour", "level"),
    [
        ("Extreme", "", "red", 4),
        ("Severe", "", "orange", 3),
        ("Moderate", "", "yellow", 2),
        ("Minor", "", "blue", 1),
        ("Unknown", "", "", 0),
        ("Extreme", "awareness_level=2; yellow; Moderate", "yellow", 2),
        ("Severe", "预警颜色=红色", "red", 4),
        ("Minor", "信号级别=台风白色预警信号", "white", 0),
        ("Minor", "awareness_level=1; green; Minor", "green", 0),
        ("Severe", "预警颜色=橙色或红色", "orange", 3),
        ("Severe", "FuelType=red gum", "orange", 3),
    ],
)
def test_a_declared_colour_goes_before_the_severity(severity, parameter, colour, level):
    name, _, value = parameter.partition("=")
    told = f"<parameter><valueName>{name}</valueName><value>{value}</value></parameter>" if name else ""
    info = cap.read(a_message(info=told, severity=severity)).infos[0]
    assert (info.colour, info.level) == (colour, level)


@pytest.mark.parametrize(
    ("area", "kept"),
    [
        (SHAPE, 1),
        ("<circle>21.5,111.0 12.5</circle>", 1),
        ("<polygon>21.50,110.85 21.50,111.20 21.75,111.20 21.75,110.85</polygon>", 0),
        ("<polygon>21.5,110.8 21.6,110.9 21.5,110.8</polygon>", 0),
        ("<polygon>21.5,110.8 21.5,110.8 21.5,110.8 21.5,110.8</polygon>", 0),
        ("<polygon>nan,110.8 21.6,110.9 21.5,110.9 nan,110.8</polygon>", 0),
        ("<polygon>91,110.8 21.6,110.9 21.5,110.9 91,110.8</polygon>", 0),
        ("<polygon></polygon>", 0),
        ("<circle>111.0,21.5 12.5</circle>", 0),
        ("<circle>21.5,111.0 -1</circle>", 0),
        ("<circle>21.5,111.0 1e999</circle>", 0),
    ],
)
def test_a_shape_that_is_none_is_left_out_and_the_warning_kept(area, kept):
    message = cap.read(a_message(area=area))
    shapes = message.infos[0].areas[0]
    assert len(shapes.polygons) + len(shapes.circles) == kept
    assert [issue.key for issue in message.issues] == ["cap_geometry"] * (1 - kept)


def test_the_same_words_in_other_whitespace_are_the_same_message():
    content = a_message()
    assert cap.read(content).digest == cap.read(content.replace(b"><", b">\n  <")).digest
    assert cap.read(content).digest != cap.read(content.replace(b"Likely", b"Observed")).digest


def test_only_codes_of_regions_are_taken_for_such():
    area = (CASES / "canada_signed.cap").read_bytes()
    assert not any(area.region_codes for info in cap.read(area).infos for area in info.areas)
