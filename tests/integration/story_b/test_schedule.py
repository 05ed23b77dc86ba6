"""A session moves, no webhook tells and nobody sends: the scheduled reconciler alone corrects the row."""

from tests.integration.story_b.business import Business, eventually

SCHEDULES = {"SAMBUNG_SCHEDULES": "on", "SAMBUNG_SCHEDULE_SPEEDUP": "60"}


def test_the_schedule_alone_follows_a_session(business: Business) -> None:
    business.loses_webhooks()
    number = business.number(on=0)
    # A hung node among them keeps nobody from being followed.
    business.nodes[3].control("faults", {"slow_s": 30})
    number.moves(to=1)
    eventually(lambda: number.assigned() == 1)
    assert number.sync_events() == [number.moved("reconcile", 0, 1)]
    urls = (business.nodes[0].url, business.nodes[1].url)
    assert business.told("health_check_corrected_assignment", number) == [urls]
    reply = number.send("halo")
    assert (reply.status_code, reply.json()["moved"]) == (201, False), reply.text
    assert number.sent() == [[], ["halo"], [], []]
