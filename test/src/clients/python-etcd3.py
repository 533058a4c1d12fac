# python-etcd3 (Debian's python3-etcd3) through its own API: put, get, delete, transactions, watch, leases, a lock.
# Run as: python3 python-etcd3.py HOST PORT. Ends with 0 when everything was as expected.
import sys
import threading

import etcd3

host, port = sys.argv[1], int(sys.argv[2])
client = etcd3.client(host=host, port=port, timeout=10)


def check_keys():
    client.put("py/a", "1")
    client.put("py/b", "2")
    value, meta = client.get("py/a")
    assert value == b"1" and meta.key == b"py/a" and meta.version == 1
    assert client.get("py/none") == (None, None)
    assert [value for value, _ in client.get_prefix("py/", sort_order="descend")] == [b"2", b"1"]
    assert client.replace("py/a", "1", "x") and not client.replace("py/a", "1", "y")
    assert client.put_if_not_exists("py/c", "3") and not client.put_if_not_exists("py/c", "4")
    assert client.delete("py/b") and not client.delete("py/b")
    assert client.delete_prefix("py/").deleted == 2


def check_transaction():
    client.put("py/t", "old")
    succeeded, answers = client.transaction(
        compare=[client.transactions.value("py/t") == "old", client.transactions.version("py/t") > 0],
        success=[client.transactions.put("py/t", "new"), client.transactions.get("py/t")],
        failure=[client.transactions.delete("py/t")],
    )
    assert succeeded and answers[1][0][0] == b"new"


def check_watch():
    events, cancel = client.watch_prefix("py/w/")
    for number in range(3):
        client.put("py/w/%d" % number, str(number))
    client.delete("py/w/1")
    seen = []
    for event in events:
        seen.append((type(event).__name__, event.key, event.value))
        if len(seen) == 4:
            cancel()
    puts = [("PutEvent", b"py/w/%d" % number, b"%d" % number) for number in range(3)]
    assert seen == puts + [("DeleteEvent", b"py/w/1", b"")], seen


def check_lease():
    lease = client.lease(60)
    client.put("py/leased", "x", lease=lease)
    assert lease.granted_ttl == 60 and 50 <= lease.remaining_ttl <= 60
    assert lease.keys == [b"py/leased"]
    assert [answer.TTL for answer in lease.refresh()] == [60]
    lease.revoke()
    assert client.get("py/leased") == (None, None)


def check_lock():
    # Only without a rival: waiting for a lock is broken in Debian's pairing of this package with tenacity.
    for _ in range(2):
        with client.lock("py-mutex", ttl=10) as lock:
            assert lock.is_acquired()
            assert client.get(lock.key)[0] == lock.uuid
        assert client.get("/locks/py-mutex") == (None, None)


def check_maintenance():
    assert client.status().leader is not None
    assert len(list(client.members)) == 1
    client.compact(client.get("py/t")[1].mod_revision)
    client.defragment()
    assert isinstance(client.hash(), int)
    assert list(client.list_alarms()) == []


watchdog = threading.Timer(60, lambda: (sys.stderr.write("timed out\n"), sys.stderr.flush(), __import__("os")._exit(2)))
watchdog.daemon = True
watchdog.start()
for check in [check_keys, check_transaction, check_watch, check_lease, check_lock, check_maintenance]:
    check()
    print("ok", check.__name__)
sys.stdout.flush()
__import__("os")._exit(0)
