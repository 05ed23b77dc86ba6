"""P11: whatever is sent to the webhook door, it answers, and never with a fault of ours."""

from tests.integration.promises.door_corpus import thrown

COUNT = 10_000


def test_no_request_makes_the_webhook_door_fail(database_url: str, seed: int) -> None:
    answered = thrown(database_url, seed, COUNT)
    print(dict(answered))  # noqa: T201  shown where the test fails
    assert answered[200] > COUNT / 10
    assert answered[422] > COUNT / 10
    assert answered[401] > COUNT / 100
