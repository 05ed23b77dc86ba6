"""The reconciler's route: sweep now, or see what a sweep would do."""

import time

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from reconciler.models import ReconcileAsked, Reconciled, reconciled
from reconciler.outcome import Scope
from reconciler.running import run
from reconciler.sweep import known_servers
from sambung.domain.errors import Code, RequestError
from sambung.edge.api import new_api
from sambung.edge.wiring import Parts


def build(parts: Parts) -> APIGatewayHttpResolver:
    """The route over the given parts."""
    app = new_api()

    @app.post("/api/reconcile", summary="Bring the registry up to reality, or see the plan", tags=["health"])
    def reconcile(asked: ReconcileAsked | None = None) -> Reconciled:
        wish = asked or ReconcileAsked()
        one = None if wish.server_id is None else frozenset({wish.server_id})
        scope = Scope(one, thorough=one is not None, dry_run=wish.dry_run)
        if one and not known_servers(parts, scope):
            raise RequestError(Code.NOT_FOUND)
        return reconciled(run(parts, scope, seconds=float(app.context["deadline"]) - time.monotonic()))

    return app
