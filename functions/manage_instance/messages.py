"""Route of messages: one text from one number, sent from wherever its session lives now."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from pydantic import BaseModel, StringConstraints

from manage_instance.asking import asking
from manage_instance.models import Asked, Phone
from manage_instance.repeating import Repeating
from manage_instance.sending import Sending
from sambung.domain.sending import TEXT_LIMIT, Message, message
from sambung.edge.wiring import Parts


class MessageAsked(Asked):
    """A text to send. `to`: with the country code, or with a leading 0 for Indonesia; signs in between are dropped."""

    to: Phone
    text: Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT)]


class MessageSent(BaseModel):
    """A server has taken it over; `message_id` is that server's own. `verified`: the number was seen connected there
    before; `moved`: that was another server than the assigned one, and the assignment has followed."""

    message_id: str
    server_id: UUID
    verified: bool
    moved: bool
    operation_id: UUID


class Messages:
    """Sends messages."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver, repeating: Repeating) -> None:
        self._app = app
        self._repeating = repeating
        self._sending = Sending(parts, repeating.presume)

    def register(self) -> None:
        """Put the route on the resolver."""
        path = "/api/instances/<instance_id>/messages"
        self._app.post(path, summary="Send a text", tags=["messages"], status_code=201)(self.send)

    def send(self, instance_id: UUID, asked: MessageAsked) -> Response[MessageSent]:
        wanted = message(asked.to, asked.text)
        return self._repeating.once(lambda: self._send(instance_id, wanted))

    def _send(self, instance_id: UUID, wanted: Message) -> MessageSent:
        done = self._sending.run(instance_id, wanted, asking(self._app).who)
        asking(self._app).facts.update(instance_id=str(instance_id), moved=done.moved)
        return MessageSent(
            message_id=done.message_id,
            server_id=done.server_id,
            verified=True,
            moved=done.moved,
            operation_id=done.operation_id,
        )
