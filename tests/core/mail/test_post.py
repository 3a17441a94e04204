"""The post: a letter arrives as it was written, at one address, and a dead server harms nobody."""

import logging

import pytest

from core.mail.letters import new_password
from core.mail.post import BadMailServer, Post, mail_server
from tests.support import smtp
from tests.support.processes import free_port

FROM = "hub@tea.example"


def test_a_letter_arrives_at_its_address_as_it_was_written() -> None:
    letter = new_password("https://hub.example/welcome/reset/abc")
    with smtp.mail_server() as mailbox:
        Post(mail_server(mailbox.url, FROM)).send("mia@tea.example", letter.subject, letter.text)
        (arrived,) = mailbox.wait_for(1)
    assert mailbox.envelopes == [(f"<{FROM}>", ["mia@tea.example"])]
    assert (arrived["From"], arrived["To"], arrived["Subject"]) == (FROM, "mia@tea.example", letter.subject)
    assert arrived.get_content().replace("\r\n", "\n") == letter.text
    assert arrived["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    "to", ["mia@tea.example\r\nBcc: eve@evil.example", "mia@tea.example\nX: y", "mia@tea.example\r"]
)
def test_an_address_of_two_lines_is_no_address(to: str) -> None:
    """S26."""
    with smtp.mail_server() as mailbox, pytest.raises(ValueError, match="one line each"):
        Post(mail_server(mailbox.url, FROM)).send(to, "Hello", "text")
    assert mailbox.letters == []


def test_a_server_that_is_not_there_is_logged_without_a_word_of_the_letter(caplog: pytest.LogCaptureFixture) -> None:
    post = Post(mail_server(f"smtp://hub:hush@127.0.0.1:{free_port()}", FROM))
    with caplog.at_level(logging.WARNING):
        post.send("mia@tea.example", "A new password", "https://hub.example/welcome/reset/abc").result(20)
    assert "could not be sent" in caplog.text
    assert not [word for word in ("mia", "hush", "abc", "password") if word in caplog.text]


def test_elsewhere_nothing_is_said_before_the_line_is_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of this test knows no STARTTLS, so it gets neither the password nor the letter."""
    with smtp.mail_server() as mailbox:
        server = mail_server(mailbox.url, FROM)
        monkeypatch.setattr(type(server), "is_here", False)
        Post(server).send("mia@tea.example", "Hello", "text").result(20)
    assert mailbox.letters == []


def test_a_password_is_read_as_it_was_meant() -> None:
    server = mail_server("smtps://hub%40x:p%3Aw@mail.example", FROM)
    assert (server.user, server.password, server.port, server.is_encrypted_at_once) == ("hub@x", "p:w", 465, True)
    assert mail_server("smtp://mail.example", FROM).port == 587
    assert mail_server("smtp://[::1]:25", FROM).is_here


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://:587"])
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(BadMailServer):
        mail_server(url, FROM)
