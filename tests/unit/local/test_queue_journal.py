"""What waits in a queue can be read from the journal, whatever cut it short."""

from pathlib import Path

from local.queue_journal import Journal, Waiting, take_over, waiting

URL = "http://127.0.0.1/123456789012/Work"


def journal(path: Path, *bodies: str) -> Journal:
    made = Journal(path)
    for body in bodies:
        made.note("SendMessage", {"QueueUrl": URL, "MessageBody": body}, {"MessageId": f"id-{body}"})
    return made


def bodies(path: Path) -> list[str]:
    return [message.body for message in waiting(path)]


def test_a_sent_message_waits_until_it_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    made = journal(path, "a", "b")
    made.note("ReceiveMessage", {}, {"Messages": [{"ReceiptHandle": "h", "MessageId": "id-a"}]})
    assert bodies(path) == ["a", "b"]
    made.note("DeleteMessage", {"QueueUrl": URL, "ReceiptHandle": "h"}, {})
    assert bodies(path) == ["b"]


def test_of_a_batch_only_what_succeeded_counts(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    made = journal(path)
    entries = [{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": "b"}]
    sent = {"Successful": [{"Id": "2", "MessageId": "id-b"}]}
    made.note("SendMessageBatch", {"QueueUrl": URL, "Entries": entries}, sent)
    assert waiting(path) == [Waiting("Work", "id-b", "b")]
    made.note("ReceiveMessage", {}, {"Messages": [{"ReceiptHandle": "h", "MessageId": "id-b"}]})
    handles = [{"Id": "x", "ReceiptHandle": "h"}]
    made.note("DeleteMessageBatch", {"QueueUrl": URL, "Entries": handles}, {"Successful": []})
    assert bodies(path) == ["b"]
    made.note("DeleteMessageBatch", {"QueueUrl": URL, "Entries": handles}, {"Successful": [{"Id": "x"}]})
    assert bodies(path) == []


def test_a_purged_queue_has_nothing_waiting(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal(path, "a").note("PurgeQueue", {"QueueUrl": URL}, {})
    assert bodies(path) == []


def test_a_line_cut_short_is_no_line(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal(path, "a")
    with path.open("a") as file:
        file.write('{"queue": "Work", "mess')
    assert bodies(path) == ["a"]


def test_what_was_taken_over_stays_until_it_was_sent_again(tmp_path: Path) -> None:
    path, kept = tmp_path / "journal", tmp_path / "kept"
    journal(path, "a")
    assert [message.body for message in take_over(path, kept)] == ["a"]
    # The stack is killed before it could send it, and its journal has something new.
    journal(path, "b")
    assert [message.body for message in take_over(path, kept)] == ["a", "b"]
    assert not path.exists()
