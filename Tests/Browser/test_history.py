"""Older messages come when the reader scrolls up to them."""

from chat import eventually, script


def is_at_end(log) -> bool:
    return log.evaluate("(log) => log.scrollHeight - log.scrollTop - log.clientHeight < 2")


def test_history_comes_on_scrolling_up_and_moves_nothing(visitor):
    chat = visitor()
    pairs = 35
    for number in range(pairs):
        chat.page.evaluate("(text) => skein.send(text)", script(text=f"Answer {number}", chunks=1))
    chat.wait_answers(pairs)
    everything = chat.messages
    assert len(everything) == 2 * pairs
    chat.assert_as_stored()

    chat.reload()
    assert chat.messages == everything[-50:]
    eventually(lambda: chat.page.locator("[data-message-id]").count() == 50, "the latest page is drawn")
    log = chat.page.locator("[data-part=log]")
    eventually(lambda: is_at_end(log), "the end is shown")

    first = chat.element(chat.messages[0])
    top = "(element) => element.getBoundingClientRect().top"
    log.evaluate("(log) => (log.scrollTop = 0)")
    before = first.evaluate(top)
    eventually(lambda: len(chat.messages) == 2 * pairs, "the older messages are loaded")
    eventually(lambda: chat.page.locator("[data-message-id]").count() == 2 * pairs, "the older messages are drawn")
    assert abs(first.evaluate(top) - before) <= 2, "the reader's place was lost"
    assert chat.messages == everything
    chat.assert_as_stored()

    log.evaluate("(log) => (log.scrollTop = 0)")
    assert chat.page.evaluate("() => skein.transcript.before") is None


def test_a_reader_of_old_messages_is_not_pulled_to_the_end(visitor):
    chat = visitor()
    for number in range(15):
        chat.page.evaluate("(text) => skein.send(text)", script(text=f"Answer {number}", chunks=1))
    chat.wait_answers(15)
    log = chat.page.locator("[data-part=log]")
    chat.write(script(chunks=400, bytes=40, interval_ms=50))
    chat.wait_growing()
    log.hover()
    chat.page.mouse.wheel(0, -400)
    latest = chat.page.get_by_role("button", name="Latest messages")
    eventually(latest.is_visible, "a way back to the end is offered")
    place = log.evaluate("(log) => log.scrollTop")
    grown = len(chat.wait_growing()["content"])
    chat.wait_growing(least=grown + 400)
    assert log.evaluate("(log) => log.scrollTop") == place
    latest.click()
    eventually(lambda: is_at_end(log), "the end is shown")
    chat.wait_answers(16)
    eventually(lambda: is_at_end(log), "the end is followed")
