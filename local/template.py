"""Takes from template.yaml what the local stack does: functions, routes, schedules, queues, CORS, page headers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.intrinsics import Resolver, World, mapping, sequence

LAMBDA_TIMEOUT_S = 3
LAMBDA_MEMORY_MB = 128


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function as it is deployed."""

    name: str
    handler: str
    timeout_s: float
    memory_mb: int
    environment: Mapping[str, str]
    code: str
    layers: tuple[str, ...]
    reserved_concurrency: int | None


@dataclass(frozen=True, slots=True)
class Throttle:
    """A token bucket: requests a second, and how many at once."""

    rate: float
    burst: float


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the HTTP API; `method` may be ANY, `path` holds {names} and at most one {name+}."""

    method: str
    path: str
    function: str
    authorized: bool
    throttle: Throttle | None = None

    @property
    def key(self) -> str:
        """As HTTP API names it: `GET /api/me`, or `$default`."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A scheduled invocation; `expression` is rate(...) or cron(...)."""

    name: str
    function: str
    expression: str
    given_input: str | None


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS queue; `dead_letter` is the logical name of another one."""

    name: str
    attributes: Mapping[str, str]
    dead_letter: str | None
    max_receives: int | None


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue that feeds a function."""

    queue: str
    function: str
    batch_size: int
    partial_responses: bool
    max_concurrency: int


@dataclass(frozen=True, slots=True)
class Cors:
    """The HTTP API's CORS configuration; every list may hold `*`."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age_s: int | None = None
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class JwtAuthorizer:
    """The HTTP API's JWT authorizer."""

    issuer: str
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A template in one world: raises StackError where it needs what the local stack cannot do."""

    tree: Mapping[str, object]
    world: World

    @property
    def functions(self) -> tuple[Function, ...]:
        """The Lambda functions with the globals merged in."""
        return tuple(self._function(name, own) for name, own in self._resources("AWS::Serverless::Function"))

    @property
    def routes(self) -> tuple[Route, ...]:
        """The HTTP API's routes."""
        return tuple(
            self._route(name, mapping(event.get("Properties", {}), key), has_default=bool(self._default_authorizer()))
            for name, key, event in self._events("HttpApi")
        )

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """Schedules of both kinds (rules and EventBridge Scheduler)."""
        found = [*self._events("Schedule"), *self._events("ScheduleV2")]
        return tuple(self._schedule(name, key, mapping(event["Properties"], key)) for name, key, event in found)

    @property
    def sources(self) -> tuple[QueueSource, ...]:
        """Queues that feed functions."""
        return tuple(self._source(name, mapping(event["Properties"], key)) for name, key, event in self._events("SQS"))

    @property
    def queues(self) -> tuple[Queue, ...]:
        """All queues, each before the one whose dead letters it takes."""
        found = tuple(self._queue(name, own) for name, own in self._resources("AWS::SQS::Queue"))
        return tuple(sorted(found, key=lambda queue: queue.dead_letter is not None))

    @property
    def cors(self) -> Cors:
        """CORS of the HTTP API; empty when there is none."""
        own = mapping(self._api().get("CorsConfiguration") or {}, "CorsConfiguration")
        age = own.get("MaxAge")
        return Cors(
            origins=_texts(own.get("AllowOrigins")),
            methods=_texts(own.get("AllowMethods")),
            headers=tuple(header.lower() for header in _texts(own.get("AllowHeaders"))),
            exposed=_texts(own.get("ExposeHeaders")),
            max_age_s=None if age is None else int(str(age)),
            credentials=bool(own.get("AllowCredentials", False)),
        )

    @property
    def authorizer(self) -> JwtAuthorizer | None:
        """The default JWT authorizer."""
        if not (name := self._default_authorizer()):
            return None
        own = mapping(mapping(self._auth().get("Authorizers"), "Authorizers")[name], name)
        jwt = {key.lower(): value for key, value in mapping(own["JwtConfiguration"], name).items()}
        return JwtAuthorizer(str(jwt["issuer"]), _texts(jwt["audience"]))

    @property
    def groups(self) -> tuple[str, ...]:
        """The user pool's groups."""
        return tuple(str(own["GroupName"]) for _, own in self._resources("AWS::Cognito::UserPoolGroup"))

    @property
    def user_pool_client(self) -> Mapping[str, object]:
        """Properties of the page's client in the user pool."""
        return next((own for _, own in self._resources("AWS::Cognito::UserPoolClient")), {})

    @property
    def page_headers(self) -> Mapping[str, str]:
        """Response headers that CloudFront adds to the page."""
        found = next((own for _, own in self._resources("AWS::CloudFront::ResponseHeadersPolicy")), None)
        return {} if found is None else _page_headers(mapping(found["ResponseHeadersPolicyConfig"], "headers policy"))

    @property
    def _resolver(self) -> Resolver:
        return Resolver(self.tree, self.world)

    def _resources(self, kind: str) -> Iterator[tuple[str, dict[str, object]]]:
        for name, resource in mapping(self.tree.get("Resources", {}), "Resources").items():
            whole = mapping(resource, name)
            if whole.get("Type") == kind and self._resolver.exists(whole):
                yield name, mapping(self._resolver.resolve(whole.get("Properties", {})), name)

    def _globals(self, section: str) -> dict[str, object]:
        found = mapping(self.tree.get("Globals", {}), "Globals").get(section, {})
        return mapping(self._resolver.resolve(found), f"Globals.{section}")

    def _api(self) -> dict[str, object]:
        own = next((own for _, own in self._resources("AWS::Serverless::HttpApi")), {})
        return {**self._globals("HttpApi"), **own}

    def _auth(self) -> dict[str, object]:
        return mapping(self._api().get("Auth", {}), "Auth")

    def _default_authorizer(self) -> str:
        return str(self._auth().get("DefaultAuthorizer", ""))

    def _function(self, name: str, own: Mapping[str, object]) -> Function:
        base = self._globals("Function")
        whole = {**base, **own}
        reserved = own.get("ReservedConcurrentExecutions")
        return Function(
            name=name,
            handler=str(whole["Handler"]),
            timeout_s=float(str(whole.get("Timeout", LAMBDA_TIMEOUT_S))),
            memory_mb=int(str(whole.get("MemorySize", LAMBDA_MEMORY_MB))),
            environment={**_variables(base), **_variables(own)},
            code=str(whole["CodeUri"]),
            layers=self._layers([*_texts(base.get("Layers")), *_texts(own.get("Layers"))]),
            reserved_concurrency=None if reserved is None else int(str(reserved)),
        )

    def _layers(self, names: list[str]) -> tuple[str, ...]:
        folders = {name: str(own["ContentUri"]) for name, own in self._resources("AWS::Serverless::LayerVersion")}
        return tuple(folders[name] for name in names if name in folders)

    def _events(self, kind: str) -> Iterator[tuple[str, str, dict[str, object]]]:
        for name, own in self._resources("AWS::Serverless::Function"):
            for key, value in mapping(own.get("Events", {}), name).items():
                event = mapping(value, key)
                if event.get("Type") == kind:
                    yield name, key, event

    def _route(self, function: str, own: Mapping[str, object], *, has_default: bool) -> Route:
        method, path = str(own.get("Method", "ANY")).upper(), str(own.get("Path", "$default"))
        auth = str(mapping(own.get("Auth", {}), path).get("Authorizer", ""))
        route = Route(method, path, function, authorized=auth != "NONE" if auth else has_default)
        settings = mapping(self._api().get("RouteSettings", {}), "RouteSettings")
        found = settings.get(route.key, self._api().get("DefaultRouteSettings"))
        return Route(method, path, function, route.authorized, _throttle(found))

    def _schedule(self, function: str, key: str, own: Mapping[str, object]) -> Schedule:
        expression = str(own.get("Schedule", own.get("ScheduleExpression")))
        given = own.get("Input")
        return Schedule(f"{function}{key}", function, expression, None if given is None else str(given))

    def _source(self, function: str, own: Mapping[str, object]) -> QueueSource:
        scaling = mapping(own.get("ScalingConfig", {}), "ScalingConfig")
        return QueueSource(
            queue=str(own["Queue"]).rpartition(":")[2],
            function=function,
            batch_size=int(str(own.get("BatchSize", 10))),
            partial_responses="ReportBatchItemFailures" in _texts(own.get("FunctionResponseTypes")),
            max_concurrency=int(str(scaling.get("MaximumConcurrency", 2))),
        )

    def _queue(self, name: str, own: Mapping[str, object]) -> Queue:
        redrive = mapping(own.get("RedrivePolicy", {}), name)
        kept = ("VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds")
        return Queue(
            name=name,
            attributes={key: str(own[key]) for key in kept if key in own},
            dead_letter=str(redrive["deadLetterTargetArn"]).rpartition(":")[2] if redrive else None,
            max_receives=int(str(redrive["maxReceiveCount"])) if redrive else None,
        )


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _variables(function: Mapping[str, object]) -> dict[str, str]:
    variables = mapping(mapping(function.get("Environment", {}), "Environment").get("Variables", {}), "Variables")
    return {name: str(value) for name, value in variables.items()}


def _throttle(settings: object) -> Throttle | None:
    if settings is None:
        return None
    own = mapping(settings, "RouteSettings")
    if "ThrottlingRateLimit" not in own:
        return None
    rate = float(str(own["ThrottlingRateLimit"]))
    return Throttle(rate, float(str(own.get("ThrottlingBurstLimit", rate))))


def _page_headers(config: Mapping[str, object]) -> dict[str, str]:
    security = mapping(config.get("SecurityHeadersConfig", {}), "SecurityHeadersConfig")
    simple = {
        "ContentSecurityPolicy": ("Content-Security-Policy", "ContentSecurityPolicy"),
        "FrameOptions": ("X-Frame-Options", "FrameOption"),
        "ReferrerPolicy": ("Referrer-Policy", "ReferrerPolicy"),
    }
    headers = {
        header: str(mapping(security[part], part)[value])
        for part, (header, value) in simple.items()
        if part in security
    }
    if "ContentTypeOptions" in security:
        headers["X-Content-Type-Options"] = "nosniff"
    custom = mapping(config.get("CustomHeadersConfig", {}), "CustomHeadersConfig")
    for item in sequence(custom.get("Items", []), "Items"):
        own = mapping(item, "Items")
        headers[str(own["Header"])] = str(own["Value"])
    return headers
