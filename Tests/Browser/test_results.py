"""What the page shows of a database's result: the chart, its figures, the download."""

import pytest

ROWS = [["Austria", 1200.5], ["=HYPERLINK(\"x\")", 800], ["<img src=x onerror=alert(1)>", -150], ["Côte d'Ivoire", None]]
BARS = {"columns": ["country", "amount"], "rows": ROWS, "row_count": 4, "truncated": False, "duration_ms": 3,
        "sql": "SELECT 1", "chart": {"kind": "bar", "x": 0, "y": [1]}}
LINES = {"columns": ["month", "orders", "returns"],
         "rows": [[f"2024-{month:02}", 100 + 17 * month % 60, 3 * month] for month in range(1, 13)],
         "row_count": 12, "truncated": True, "duration_ms": 3, "sql": "SELECT 1",
         "chart": {"kind": "line", "x": 0, "y": [1, 2]}}

SHOW = """async (results) => {
  const { MessageView } = await import('/js/message-view.js')
  const tools = results.map((result, index) => ({ id: `t${index}`, name: 'sql', title: 'Asks the database', status: 'done', result }))
  const message = { id: crypto.randomUUID(), role: 'assistant', status: 'complete', content: 'Here it is.', tools }
  const view = new MessageView(message)
  document.querySelector('[data-part=messages]').append(view.element)
  window.downloads = []
  document.querySelector('[data-part=log]').addEventListener('skein-download', (event) => {
    window.downloads.push(event.detail.number)
    event.stopImmediatePropagation()
  }, { capture: true })
  document.querySelector('[data-part=empty]').hidden = true
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_are_drawn_and_read_aloud(visitor, scheme, tmp_path):
    page = visitor().page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 900, "height": 1100})
    page.evaluate(SHOW, [BARS, LINES])
    charts = page.locator("figure.result svg")
    assert charts.count() == 2
    assert page.get_by_role("img", name="Chart: amount by country").count() == 1
    assert page.get_by_role("img", name="Chart: orders, returns by month").count() == 1

    # What has no value has no bar; what is below nothing begins there.
    bars = charts.nth(0).locator("rect")
    assert bars.count() == 3
    boxes = [bar.bounding_box() for bar in bars.all()]
    assert boxes[0]["width"] > boxes[1]["width"] > boxes[2]["width"] > 0
    assert abs(boxes[2]["x"] + boxes[2]["width"] - boxes[0]["x"]) < 1
    assert charts.nth(1).locator("path.line").count() == 2
    assert charts.nth(1).locator("circle").count() == 24

    # Names are text, and nothing else; all within the picture.
    assert page.locator("figure.result img").count() == 0
    assert "<img src=x" in charts.nth(0).text_content()
    for chart in charts.all():
        frame = chart.bounding_box()
        for text in chart.locator("text").all():
            box = text.bounding_box()
            assert box["x"] >= frame["x"] - 1 and box["x"] + box["width"] <= frame["x"] + frame["width"] + 1

    # The colors of the two series are told apart, and stand out.
    colors = page.evaluate("""() => [...document.querySelectorAll('.legend li')].map((item) =>
      getComputedStyle(item, '::before').backgroundColor)""")
    assert len(set(colors)) == 2
    lines = [line.evaluate("(node) => getComputedStyle(node).stroke") for line in charts.nth(1).locator("path.line").all()]
    assert lines == colors

    # The figures are there for who does not see the picture.
    page.get_by_text("The figures of the chart").first.click()
    table = page.locator("figure.result table").first
    assert table.locator("th").all_text_contents() == ["country", "amount"]
    assert table.locator("tbody tr").nth(3).locator("td").all_text_contents() == ["Côte d'Ivoire", ""]
    page.screenshot(path=str(tmp_path / f"results-{scheme}.png"))


@pytest.mark.parametrize("width", [320, 360, 900, 1600])
def test_the_words_of_charts_can_be_read_at_any_width(visitor, width, tmp_path):
    page = visitor().page
    page.set_viewport_size({"width": width, "height": 1100})
    page.evaluate(SHOW, [BARS, LINES])
    charts = page.locator("figure.result svg")
    size = "(svg) => parseFloat(getComputedStyle(svg).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"
    for number in range(2):
        page.wait_for_function(f"""() => {{
          const size = {size}
          return size(document.querySelectorAll('figure.result svg')[{number}]) >= 12
        }}""")
        chart = charts.nth(number)
        frame = chart.bounding_box()
        boxes = [text.bounding_box() for text in chart.locator("text").all()]
        assert all(box["x"] >= frame["x"] - 1 for box in boxes)
        assert all(box["x"] + box["width"] <= frame["x"] + frame["width"] + 1 for box in boxes)
        # No number stands upon another: those of an axis are in one line.
        ticks = [text.bounding_box() for text in chart.locator("text.tick").all()]
        for place, one in enumerate(ticks):
            for other in ticks[place + 1:]:
                beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
                above = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
                assert beside or above
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=str(tmp_path / f"results-{width}.png"))

    # Wider again, it is drawn as ever.
    page.set_viewport_size({"width": 1600, "height": 1100})
    page.wait_for_function("""() => [...document.querySelectorAll('figure.result svg')]
      .every((svg) => svg.viewBox.baseVal.width === 480)""")

    page.get_by_role("button", name="Download as CSV").click()
    page.get_by_role("button", name="Download these rows as CSV").click()
    assert page.evaluate("() => window.downloads") == [1, 2]
