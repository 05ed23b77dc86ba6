"""What every route knows of its request: who asks, in which language, until when."""

from dataclasses import dataclass

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from manage_instance.journal import Who
from sambung.edge.access import Caller


@dataclass(frozen=True, slots=True)
class Asking:
    """The request's surroundings, put there by the edge."""

    caller: Caller
    language: str
    correlation_id: str
    deadline: float
    facts: dict[str, object]

    @property
    def who(self) -> Who:
        """The asker, as the journal wants it."""
        return Who(self.caller.username, self.correlation_id, self.deadline)


def asking(app: APIGatewayHttpResolver) -> Asking:
    """The current request's surroundings."""
    context = app.context
    return Asking(
        context["caller"], context["language"], context["correlation_id"], context["deadline"], context["facts"]
    )
