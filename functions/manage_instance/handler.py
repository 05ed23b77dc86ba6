"""The admin API's Lambda function."""

from functools import cache

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

from manage_instance.asking import asking
from manage_instance.bulk_consuming import consume
from manage_instance.bulk_records import Operations
from manage_instance.clients import Clients
from manage_instance.deleting_all import DeletingAll
from manage_instance.diagnosing import Diagnosing
from manage_instance.instances import Instances
from manage_instance.messages import Messages
from manage_instance.models import Me
from manage_instance.reconnecting import Reconnecting
from manage_instance.records import Records
from manage_instance.repeating import Repeating
from manage_instance.servers import Servers
from sambung.edge.api import Answer, Event, new_api, serve
from sambung.edge.wiring import Parts, parts_from_environment


def build(parts: Parts) -> APIGatewayHttpResolver:
    """The whole admin API over the given parts."""
    app = new_api()
    repeating = Repeating(parts, app)

    @app.get("/api/me", summary="Who is logged in", tags=["me"])
    def me() -> Me:
        caller = asking(app).caller
        return Me(username=caller.username, roles=list(caller.roles))

    Clients(parts, repeating).register(app)
    Servers(parts, app, repeating).register()
    DeletingAll(parts, app, repeating).register()
    Instances(parts, app, repeating).register()
    Messages(parts, app, repeating).register()
    Diagnosing(parts, app).register()
    Reconnecting(parts, app).register()
    Operations(parts, app).register()
    Records(parts, app).register()
    return app


@cache
def _parts() -> Parts:
    return parts_from_environment()


@cache
def _app() -> APIGatewayHttpResolver:
    return build(_parts())


def lambda_handler(event: Event, context: LambdaContext) -> Answer:
    """Answer one request of the admin API, or work on what its queue names."""
    if "Records" in event:
        return consume(_parts(), event, context)
    return serve(_app(), event, context)
