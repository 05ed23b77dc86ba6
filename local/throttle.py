"""Limits requests to a route as HTTP API's route settings do."""

from local.template import Throttle


class TokenBucket:
    """Requests within the rate pass; time is given in seconds on any steady clock."""

    def __init__(self, throttle: Throttle, now: float) -> None:
        self._throttle = throttle
        self._tokens = throttle.burst
        self._at = now

    def admit(self, now: float) -> bool:
        """Take a token; False when there is none."""
        gained = (now - self._at) * self._throttle.rate
        self._tokens = min(self._throttle.burst, self._tokens + gained)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
