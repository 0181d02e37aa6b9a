"""What is certain after each way in which a conversation with the mail server can end."""

import pytest
from django.core.mail import EmailMessage

from notifications.outbox.models import Outcome
from notifications.outbox.smtp import (
    EncodedMail,
    MailServerUnreachableError,
    SmtpAnswer,
    SmtpConversation,
)
from tests.notifications.conftest import free_port


@pytest.fixture(autouse=True)
def short_patience(settings, mail_by_smtp) -> None:
    settings.EMAIL_TIMEOUT = 0.3


def letter(recipient: str = "wang@city.example", body: str = "您好") -> EncodedMail:
    return EncodedMail.of(EmailMessage("提醒", body, "督查 <ducha@city.example>", [recipient]))


def deliver(times: int = 1, *, ours: bool = True) -> list[SmtpAnswer | str | None]:
    """Returns the answers to so many mails of one conversation, up to its end."""
    found: list[SmtpAnswer | str | None] = []
    with SmtpConversation() as conversation:
        for _ in range(times):
            try:
                found.append(conversation.deliver(letter(), hand_over=lambda: ours))
            except MailServerUnreachableError as error:
                return [*found, str(error)]
    return found


def outcomes(answers) -> list[str]:
    return [each.outcome if isinstance(each, SmtpAnswer) else each for each in answers]


def test_many_mails_go_over_one_connection(smtp):
    assert outcomes(deliver(3)) == ["sent"] * 3
    assert (len(smtp.accepted), smtp.connections) == (3, 1)


def test_lines_that_begin_with_a_dot_arrive_as_they_were(smtp):
    with SmtpConversation() as conversation:
        conversation.deliver(letter(body="一\n.\n..二\n"), hand_over=lambda: True)
    assert smtp.accepted[0].get_content().splitlines() == ["一", ".", "..二"]


def test_a_mail_that_is_no_longer_ours_does_not_leave_and_the_next_one_may(smtp):
    answers = iter([False, True])
    with SmtpConversation() as conversation:
        assert (
            conversation.deliver(letter("a@city.example"), hand_over=lambda: next(answers)) is None
        )
        conversation.deliver(letter("b@city.example"), hand_over=lambda: next(answers))
    assert smtp.recipients == ["b@city.example"]


@pytest.mark.parametrize("step", ["RCPT", "DATA", "BODY"])
def test_a_refusal_for_good_is_one_and_the_next_mail_goes(smtp, step):
    smtp.answers[step] = ["550 5.1.1 no such mailbox"]
    first, second = deliver(2)
    assert first == SmtpAnswer(Outcome.REFUSED, "550 5.1.1 no such mailbox")
    assert second == SmtpAnswer(Outcome.SENT)
    assert smtp.connections == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY"])
def test_a_passing_refusal_is_tried_again_later(smtp, step):
    smtp.answers[step] = ["450 4.2.0 greylisted"]
    assert deliver(2) == [
        SmtpAnswer(Outcome.UNREACHABLE, "450 4.2.0 greylisted"),
        SmtpAnswer(Outcome.SENT),
    ]


def test_a_refused_sender_gives_no_mail_up(smtp):
    smtp.answers["MAIL"] = ["553 5.7.1 sender not allowed"]
    assert outcomes(deliver()) == ["unreachable"]


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("what", ["hang", "drop"])
def test_before_the_body_left_nothing_is_in_doubt(smtp, step, what):
    smtp.answers[step] = [what]
    assert outcomes(deliver(2)) == ["unreachable", "sent"]
    assert (len(smtp.accepted), smtp.connections) == (1, 2)


@pytest.mark.parametrize("what", ["hang", "drop", "lost"])
def test_once_the_body_has_left_silence_leaves_it_unknown(smtp, what):
    smtp.answers["BODY"] = [what]
    assert outcomes(deliver(2)) == ["unknown", "sent"]
    assert len(smtp.accepted) == (2 if what == "lost" else 1)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY"])
def test_a_server_that_closes_is_met_again_once(smtp, step):
    smtp.answers[step] = ["421 4.7.0 closing"]
    first, second = deliver(2)
    assert first == SmtpAnswer(Outcome.UNREACHABLE, "421 4.7.0 closing")
    assert second == SmtpAnswer(Outcome.SENT)
    assert smtp.connections == 2


def test_a_server_that_keeps_closing_is_out_of_reach(smtp):
    smtp.answers["RCPT"] = ["421 4.7.0 closing"] * 9
    assert outcomes(deliver(9)) == ["unreachable", "unreachable", "421 4.7.0 closing"]
    assert smtp.connections == 2


def test_a_server_that_closes_after_every_few_mails_is_met_again_each_time(smtp):
    smtp.answers["MAIL"] = ["", "", "421 4.7.0 too many mails"] * 3
    assert outcomes(deliver(9)) == ["sent", "sent", "unreachable"] * 3


def test_no_server_is_out_of_reach_at_once(settings):
    settings.EMAIL_PORT = free_port()
    (said,) = deliver(3)
    assert "refused" in said.lower()


def test_other_ways_of_sending_have_no_steps(settings, mailoutbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert deliver(ours=False) == [None]
    assert deliver() == [SmtpAnswer(Outcome.SENT)]
    assert len(mailoutbox) == 1


def test_an_address_that_cannot_be_written_is_found_before_anything_is_sent():
    with pytest.raises(ValueError, match="newlines"):
        letter("a\nb@city.example")


def test_a_domain_in_chinese_is_written_in_ascii():
    assert letter("wang@包头.example").recipient == "wang@xn--uiru7l.example"
