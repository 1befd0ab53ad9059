"""What a model has thought on its way to an answer: apart from it, closed until somebody opens it."""

import os

from chat import eventually, script

THOUGHT = "First <b>this</b>.\nThen that."


def test_it_is_closed_and_stays_as_it_is_left(visitor):
    chat = visitor()
    chat.write(script(text="So it is. " * 40, chunks=200, interval_ms=50, reasoning=THOUGHT))
    chat.wait_growing()
    details = chat.page.locator("details.reasoning")
    eventually(details.count, "the reasoning is there while the answer is written")
    assert details.get_attribute("open") is None
    assert not details.locator("p").is_visible()
    details.locator("summary").click()
    answer = chat.wait_answers(1)
    # It is no part of the answer, stands there as text, and has stayed open.
    assert THOUGHT not in answer["content"]
    assert details.locator("p").text_content() == THOUGHT
    assert details.locator("p").is_visible()
    picture(chat, "open")
    chat.assert_as_stored()
    chat.reload()
    eventually(details.count, "it is there after a reload")
    assert not details.locator("p").is_visible()
    assert details.locator("p").text_content() == THOUGHT
    picture(chat, "closed")


def test_an_answer_without_shows_none(visitor):
    chat = visitor()
    chat.write(script(text="So it is."))
    chat.wait_answers(1)
    assert chat.page.locator("details.reasoning").count() == 0


def picture(chat, name):
    """For whoever wants to look: into the folder SKEIN_SCREENSHOTS, light and dark, wide and narrow."""
    folder = os.environ.get("SKEIN_SCREENSHOTS")
    if not folder:
        return
    for scheme in ("light", "dark"):
        chat.page.emulate_media(color_scheme=scheme)
        for width in (360, 900):
            chat.page.set_viewport_size({"width": width, "height": 700})
            chat.page.screenshot(path=f"{folder}/reasoning-{name}-{scheme}-{width}.png")
