"""An answer is seen as it grows, in every tab, over reloads, until it ends or is stopped."""

from chat import MIXED_TEXT, eventually, script


def test_answer_streams_and_survives_a_reload_in_its_middle(visitor):
    chat = visitor()
    chat.write(script(text=MIXED_TEXT, chunks=150, interval_ms=150))
    first = chat.wait_growing()
    later = chat.wait_growing(least=len(first["content"]) + 1)
    assert later["content"].startswith(first["content"])
    assert MIXED_TEXT.startswith(later["content"])

    chat.reload()
    resumed = chat.answer
    assert resumed["id"] == later["id"]
    assert resumed["status"] == "streaming", "the reload came too late to prove anything"
    assert resumed["content"].startswith(later["content"])

    answer = chat.wait_answers(1)
    assert answer["status"] == "complete"
    assert answer["content"] == MIXED_TEXT
    chat.assert_as_stored()
    chat.assert_idle()


def test_two_tabs_show_the_same(visitor):
    one, two = visitor(), visitor()
    assert one.session == two.session
    one.write(script(text=MIXED_TEXT, chunks=40, interval_ms=250))
    one.wait_growing()
    two.wait_growing()
    one.wait_answers(1)
    two.wait_answers(1)
    two.write("And what do you say to this?")
    one.wait_answers(2)
    two.wait_answers(2)
    assert one.messages == two.messages
    assert len(one.messages) == 4
    one.assert_as_stored()
    two.assert_as_stored()


def test_stop_ends_the_answer_in_every_tab(visitor):
    chat, other = visitor(), visitor()
    chat.write(script(chunks=2000, bytes=10, interval_ms=30))
    shown = chat.wait_growing(least=20)["content"]
    chat.page.get_by_role("button", name="Stop").click()
    stopped = chat.wait_answers(1)
    assert stopped["status"] == "stopped"
    assert stopped["content"].startswith(shown)
    assert len(stopped["content"]) < 20_000
    chat.assert_idle()
    assert "Stopped" in chat.element(stopped).text_content()
    assert other.wait_answers(1) == stopped
    other.assert_idle()
    chat.assert_as_stored()

    chat.write("Go on.")
    assert chat.wait_answers(2)["status"] == "complete"


def test_what_is_written_while_an_answer_runs_waits_for_its_turn(visitor):
    chat = visitor()
    chat.write(script(text="first answer", chunks=12, interval_ms=800))
    chat.wait_growing()
    chat.write(script(text="second answer", chunks=2))
    chat.write(script(text="third answer", chunks=2))
    chat.wait_answers(3)
    answers = [item["content"] for item in chat.messages if item["role"] == "assistant"]
    assert answers == ["first answer", "second answer", "third answer"]
    chat.assert_as_stored()
    chat.assert_idle()


def test_an_answer_is_text_and_never_markup(visitor):
    text = '<img src=x onerror="window.leaked=1"><script>window.leaked=1</script> ![i](http://127.0.0.1:9/i.png) ' \
        "[bad](javascript:leaked=1) [good](https://example.org/)"
    chat = visitor()
    requests = []
    chat.page.on("request", lambda request: requests.append(request.url))
    chat.write(script(text=text, chunks=5))
    answer = chat.wait_answers(1)
    assert answer["content"] == text
    chat.assert_drawn()
    content = chat.element(answer).locator(".content")
    assert content.locator("img, script").count() == 0
    assert '<img src=x onerror="window.leaked=1">' in content.text_content()
    links = content.locator("a").evaluate_all("(all) => all.map(({ href, rel }) => [href, rel])")
    assert ["https://example.org/", "noopener nofollow"] in links
    assert not [href for href, _ in links if not href.startswith("http")]
    assert not [url for url in requests if not url.startswith(chat.server.url)]
    assert chat.page.evaluate("() => window.leaked") is None


def test_long_text_is_refused_before_it_is_sent_and_stays_in_the_box(visitor):
    chat = visitor()
    text = "ä" * 20_000
    chat.write(text)
    eventually(lambda: "too long" in chat.page.get_by_role("alert").text_content(), "the page says why")
    assert chat.page.get_by_label("Your message").input_value() == text
    assert chat.messages == []
