"""Calls of tools that wait for a person: shown with two buttons, in every tab and after a reload."""

from chat import eventually, script


def ask(chat):
    chat.write(script(text="So be it.", chunks=1, tool={"approve": True, "arguments": {"sum": "<b>5</b>"}}))
    eventually(lambda: chat.page.get_by_role("button", name="Allow: Follows the script", exact=True).count(), "a call waits")


def test_a_call_is_made_once_somebody_has_agreed(visitor):
    chat = visitor()
    ask(chat)
    # What it is about stands there as text.
    assert '"<b>5</b>"' in chat.page.locator(".tools code").inner_text()
    chat.reload()
    allow = chat.page.get_by_role("button", name="Allow: Follows the script", exact=True)
    eventually(allow.count, "it waits after a reload")
    allow.click()
    assert chat.wait_answers(1)["content"] == "So be it."
    eventually(lambda: chat.page.locator(".tools li").get_attribute("data-status") == "done", "it is done")
    assert chat.page.locator(".tools button").count() == 0
    chat.assert_as_stored()


def test_a_call_is_not_made_where_somebody_says_so(visitor):
    chat = visitor()
    ask(chat)
    chat.page.get_by_role("button", name="Don’t allow: Follows the script").click()
    chat.wait_answers(1)
    eventually(lambda: chat.page.locator(".tools li").get_attribute("data-status") == "rejected", "it is rejected")
    assert chat.page.locator(".tools button").count() == 0
    chat.assert_as_stored()
