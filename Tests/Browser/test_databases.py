"""From a question to a chart: a conversation that is connected to a real database, asked in plain words."""

import json
import urllib.request

import pytest
from databases import SecondPostgres

COUNTRIES = {"Austria": 3, "Brazil": 7, "Côte d'Ivoire": 5, "<b>Denmark</b>": 1}
QUESTION = "orders by country"


@pytest.fixture(scope="module")
def shop():
    values = [country.replace("'", "''") for country, count in COUNTRIES.items() for _ in range(count)]
    rows = ", ".join(f"({number}, '{country}', {number * 1.5})" for number, country in enumerate(values))
    database = SecondPostgres(
        "CREATE TABLE orders (id int PRIMARY KEY, country text NOT NULL, amount numeric(8, 2));\n"
        f"INSERT INTO orders VALUES {rows}")
    yield database
    database.close()


def connect(chat, database):
    """Connects the page's session to the database, as its visitor."""
    token = chat.page.evaluate("() => localStorage.getItem('skein::token')")

    def ask(method, path, content):
        request = urllib.request.Request(
            chat.server.url + path, method=method, data=json.dumps(content).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    stored = ask("POST", "/v1/databases", database.place)
    ask("PUT", f"/v1/sessions/{chat.session}/database", {"database": stored["id"]})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_question_becomes_sql_a_table_a_chart_and_a_file(visitor, shop, scheme, tmp_path):
    chat = visitor(agent="sql")
    page = chat.page
    page.emulate_media(color_scheme=scheme)
    chat.write(QUESTION)
    assert "not connected" in chat.wait_answers(1)["content"]
    connect(chat, shop)
    chat.write(QUESTION)
    answer = chat.wait_answers(2)
    assert answer["status"] == "complete"

    # What it has understood, as SQL, before what it has found.
    element = chat.element(answer)
    sql = element.locator("pre code").first.text_content()
    assert "select" in sql.lower() and "group by" in sql.lower() and "country" in sql
    table = element.locator(".content table").first
    rows = [line.locator("td").all_text_contents() for line in table.locator("tbody tr").all()]
    assert {name: int(count) for name, count in rows} == COUNTRIES
    assert element.locator("b").count() == 0
    aligned = [cell.evaluate("(cell) => getComputedStyle(cell).textAlign") for cell in table.locator("th").all()]
    assert aligned == ["start", "end"]

    # The shape suits a chart: a bar for each country, the longest for the most.
    figure = element.locator("figure.result")
    bars = [bar.bounding_box()["width"] for bar in figure.locator("svg rect").all()]
    assert len(bars) == 4 and bars == sorted(bars, reverse=True)

    # The file has the same, with what a spreadsheet would calculate made harmless.
    with page.expect_download() as download:
        figure.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename == "result-1.csv"
    with open(download.value.path(), "rb") as file:
        content = file.read()
    lines = content.decode("utf-8-sig").split("\r\n")
    assert content.startswith(b"\xef\xbb\xbf") and lines[0].startswith("country,") and lines[-1] == ""
    assert sorted(lines[1:-1]) == sorted(f"{name},{count}" for name, count in COUNTRIES.items())

    # It stays, also where there is little room.
    chat.reload()
    for width in (1100, 360):
        page.set_viewport_size({"width": width, "height": 1000})
        figure = chat.element(answer).locator("figure.result")
        figure.scroll_into_view_if_needed()
        assert figure.locator("svg rect").count() == 4
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
        page.screenshot(path=str(tmp_path / f"database-{scheme}-{width}.png"))
    chat.assert_as_stored()
