import socket
import struct
import threading
import time

import pytest

from grader.bridge.channel import MAX_MESSAGE, Channel, Closed, TooLarge, TooLate


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    yield Channel(ours), theirs
    ours.close()
    theirs.close()


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 3_000_000])
def test_a_message_arrives_whole(ends, size):
    channel, theirs = ends
    other = Channel(theirs)
    payload = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    sender = threading.Thread(target=other.send, args=(payload,))
    sender.start()
    assert channel.receive(time.monotonic() + 10) == payload
    sender.join()


def test_messages_keep_their_bounds_when_they_arrive_byte_by_byte(ends):
    channel, theirs = ends

    def drip():
        for byte in struct.pack("!I", 3) + b"one" + struct.pack("!I", 3) + b"two":
            theirs.sendall(bytes([byte]))

    sender = threading.Thread(target=drip)
    sender.start()
    assert [channel.receive(), channel.receive()] == [b"one", b"two"]
    sender.join()


def test_silence_is_too_late(ends):
    channel, _ = ends
    with pytest.raises(TooLate):
        channel.receive(time.monotonic() + 0.05)


def test_a_drip_that_never_ends_is_too_late(ends):
    channel, theirs = ends
    theirs.sendall(struct.pack("!I", 100) + b"some")
    with pytest.raises(TooLate):
        channel.receive(time.monotonic() + 0.05)


def test_a_deadline_that_has_passed_asks_nothing(ends):
    channel, theirs = ends
    theirs.sendall(struct.pack("!I", 1) + b"x")
    with pytest.raises(TooLate):
        channel.receive(time.monotonic() - 1)


def test_nobody_reads_is_too_late(ends):
    channel, _ = ends
    with pytest.raises(TooLate):
        channel.send(b"x" * 50_000_000, time.monotonic() + 0.2)


@pytest.mark.parametrize("said", [b"", b"\0", struct.pack("!I", 5) + b"four"])
def test_an_end_in_the_middle_is_closed(ends, said):
    channel, theirs = ends
    theirs.sendall(said)
    theirs.close()
    with pytest.raises(Closed):
        channel.receive(time.monotonic() + 5)


def test_sending_to_nobody_is_closed(ends):
    channel, theirs = ends
    theirs.close()
    with pytest.raises(Closed):
        channel.send(b"x" * 100_000)


def test_an_announced_giant_is_refused_before_it_is_read(ends):
    channel, theirs = ends
    theirs.sendall(struct.pack("!I", MAX_MESSAGE + 1))
    with pytest.raises(TooLarge):
        channel.receive(time.monotonic() + 5)


def test_a_liar_who_announces_much_costs_no_memory(ends):
    import tracemalloc

    channel, theirs = ends
    theirs.sendall(struct.pack("!I", MAX_MESSAGE) + b"little")
    theirs.close()
    tracemalloc.start()
    with pytest.raises(Closed):
        channel.receive(time.monotonic() + 5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20
