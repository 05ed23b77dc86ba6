"""What webjs nodes ask at their start: which sessions to restore; and where they say which of them they could not."""

from urllib.parse import unquote

from sambung.domain.errors import StoreUnavailable
from sambung.edge.observing import Story
from sambung.gateways.strict_json import UnreadableBody
from sambung.gateways.webjs.restoration import answer
from sambung.store import restoring
from webhook import answers, webjs
from webhook.answers import Answer
from webhook.delivery import Delivery
from webhook.keeping import Keeping
from webhook.patience import PatientDatabase
from webhook.request import Request, Unreadable
from webhook.senders import Senders


class Restoring:
    """The two routes. A node whose key is not a registered one learns nothing."""

    def __init__(self, database: PatientDatabase, senders: Senders, keeping: Keeping) -> None:
        self._database = database
        self._senders = senders
        self._keeping = keeping

    def active(self, asked: Request, told: Story) -> Answer:
        """Our sessions, in the shape nodes read."""
        try:
            if self._senders.by_api_key(asked) is None:
                return answers.refused()
            found = self._database.ask(restoring.restorable)
        except StoreUnavailable as error:
            told.bind(error=type(error).__name__)
            return answers.later()
        told.bind(sessions=len(found))
        return answers.said(answer(found))

    def mark(self, asked: Request, told: Story) -> Answer:
        """A session could not be restored: that is no status, only a reason to look."""
        try:
            sender = self._senders.by_api_key(asked)
            if sender is None:
                return answers.refused()
            session = unquote(asked.segments[3], errors="replace")
            incoming = webjs.mark(session, Delivery(sender, "", asked.received_at, asked.body()))
            kept = self._keeping.keep(incoming, told)
        except (Unreadable, UnreadableBody) as error:
            return answers.unreadable(str(error))
        except StoreUnavailable as error:
            told.bind(error=type(error).__name__)
            return answers.later()
        return answers.taken(kept.verdict.value)
