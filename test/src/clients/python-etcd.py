# python-etcd (Debian's python3-etcd, API 2) through its own API: read, write, refresh, ls, watch, eternal watch, locks, an
# election, users. Run as: python3 python-etcd.py HOST PORT. Ends with 0 when everything was as expected.
import sys
import threading
import time

import etcd
import etcd.auth

host, port = sys.argv[1], int(sys.argv[2])
client = etcd.Client(host=host, port=port, read_timeout=30)


def fails(error, call, *args, **options):
    try:
        call(*args, **options)
    except error:
        return True
    return False


def check_keys():
    written = client.write("/py/a", "1")
    assert written.action == "set" and written.newKey and written.createdIndex == written.modifiedIndex
    read = client.read("/py/a")
    assert read.value == "1" and read.key == "/py/a" and not read.dir and read.ttl is None
    assert read.etcd_index >= read.modifiedIndex and read.raft_index > 0
    assert client.read("/py/a", quorum=True).value == "1"
    assert fails(etcd.EtcdKeyNotFound, client.read, "/py/none")
    assert fails(etcd.EtcdNotFile, client.write, "/py", "x")
    assert fails(etcd.EtcdNotDir, client.write, "/py/a/b", "x")
    assert client.write("/py/a", "2", prevExist=True).action == "update"
    changed = client.write("/py/a", "3", prevValue="2")
    assert changed.action == "compareAndSwap" and changed._prev_node.value == "2"
    assert fails(etcd.EtcdCompareFailed, client.test_and_set, "/py/a", "4", "1")
    assert fails(etcd.EtcdAlreadyExist, client.write, "/py/a", "4", prevExist=False)
    changed.value = "5"
    assert client.update(changed).value == "5"
    assert "/py/a" in client and "/py/none" not in client
    assert client.pop("/py/a").value == "5" and "/py/a" not in client


def check_times():
    kept = client.write("/py/ttl", "x", ttl=100)
    assert kept.ttl == 100 and kept.expiration.startswith("20")
    refreshed = client.refresh("/py/ttl", ttl=50)
    assert refreshed.value == "x" and refreshed.ttl == 50 and refreshed.createdIndex == kept.createdIndex
    client.write("/py/soon", "x", ttl=1)
    gone = client.watch("/py/soon", timeout=10)
    assert gone.action == "expire" and gone.key == "/py/soon" and gone._prev_node.value == "x"
    assert "/py/soon" not in client


def check_directories():
    client.write("/py/dir", None, dir=True)
    assert client.read("/py/dir").dir and list(client.read("/py/dir").children)[0].key == "/py/dir"
    jobs = [client.write("/py/dir/queue", "job%d" % number, append=True) for number in range(3)]
    listed = client.read("/py/dir/queue", recursive=True, sorted=True)
    assert [(job.key, job.value) for job in listed.leaves] == [(job.key, job.value) for job in jobs]
    client.write("/py/dir/sub/deep", "1")
    assert {leaf.key for leaf in client.read("/py/dir", recursive=True).leaves} == {"/py/dir/sub/deep"} | {
        job.key for job in jobs
    }
    assert {child.key for child in client.get("/py/dir").children} == {"/py/dir/queue", "/py/dir/sub"}
    assert fails(etcd.EtcdNotFile, client.delete, "/py/dir")
    assert fails(etcd.EtcdDirNotEmpty, client.delete, "/py/dir", dir=True)
    assert client.delete("/py/dir", recursive=True).action == "delete"
    assert fails(etcd.EtcdRootReadOnly, client.delete, "/", recursive=True)


def after_watchers(count, run):
    """Runs something when so many watchers wait."""

    def wait():
        for _ in range(1_000):
            if client.store_stats["watchers"] >= count:
                break
            time.sleep(0.01)
        run()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def check_watches():
    thread = after_watchers(1, lambda: client.write("/py/w/a", "1"))
    seen = client.watch("/py/w", recursive=True, timeout=20)
    thread.join()
    assert (seen.action, seen.key, seen.value) == ("set", "/py/w/a", "1")
    client.write("/py/w/a", "2")
    client.delete("/py/w/a")
    assert client.watch("/py/w/a", index=seen.modifiedIndex + 1, timeout=20).value == "2"
    events = []
    for event in client.eternal_watch("/py/w", index=seen.modifiedIndex, recursive=True):
        events.append((event.action, event.value))
        if len(events) == 3:
            break
    assert events == [("set", "1"), ("set", "2"), ("delete", None)]
    assert fails(etcd.EtcdWatchTimedOut, client.watch, "/py/nothing", timeout=0.2)


def check_cleared_history():
    first = client.write("/py/history", "x").modifiedIndex
    for _ in range(1_001):
        client.write("/py/other", "x")
    assert fails(etcd.EtcdEventIndexCleared, client.watch, "/py/history", index=first, timeout=20)


def check_locks():
    first, second = (etcd.Lock(etcd.Client(host=host, port=port), "lock") for _ in range(2))
    assert first.acquire(lock_ttl=60) and first.is_acquired
    assert not second.acquire(blocking=False, lock_ttl=60)
    thread = after_watchers(1, first.release)
    assert second.acquire(lock_ttl=60, timeout=20)
    thread.join()
    assert second.is_acquired and not first.is_acquired
    second.release()
    with etcd.Lock(client, "other") as held:
        assert held.is_acquired


def check_election():
    # The module of 0.3 is long gone from python-etcd; an election is a key that the leader keeps alive.
    assert client.write("/py/leader", "n1", ttl=60, prevExist=False).newKey
    assert fails(etcd.EtcdAlreadyExist, client.write, "/py/leader", "n2", ttl=60, prevExist=False)
    assert client.write("/py/leader", "n1", ttl=60, prevValue="n1").value == "n1"
    thread = after_watchers(1, lambda: client.delete("/py/leader", prevValue="n1"))
    assert client.watch("/py/leader", timeout=20).action == "compareAndDelete"
    thread.join()
    assert client.write("/py/leader", "n2", ttl=60, prevExist=False).value == "n2"


def check_cluster():
    assert client.machines == ["http://%s:%d" % (host, port)]
    assert [member["name"] for member in client.members.values()] == ["n1"]
    assert client.leader["name"] == "n1" and client.leader["clientURLs"] == client.machines
    assert client.stats["state"] == "StateLeader" and client.leader_stats["followers"] == {}
    assert client.store_stats["setsSuccess"] > 0 and client.version and client.cluster_version


def check_users():
    root = etcd.auth.EtcdUser(client, "root")
    root.password = "secret"
    root.write()
    role = etcd.auth.EtcdRole(client, "reader")
    role.grant("/py/*", "R")
    role.write()
    user = etcd.auth.EtcdUser(client, "ann")
    user.password, user.roles = "word", ["reader"]
    user.write()
    auth = etcd.auth.Auth(client)
    assert not auth.active
    auth.active = True
    as_root = etcd.Client(host=host, port=port, username="root", password="secret")
    as_ann = etcd.Client(host=host, port=port, username="ann", password="word")
    guest = etcd.auth.EtcdRole(as_root, "guest")
    guest.read()
    guest.revoke("/*", "RW")
    guest.write()
    assert as_ann.read("/py/leader").value == "n2"
    assert fails(etcd.EtcdInsufficientPermissions, as_ann.write, "/py/leader", "ann")
    assert fails(etcd.EtcdInsufficientPermissions, client.read, "/py/leader")
    # Reading a user back fails inside python-etcd: it expects names where etcd 3.4 sends whole roles.
    etcd.auth.EtcdUser(as_root, "ann").delete()
    assert fails(etcd.EtcdInsufficientPermissions, as_ann.read, "/py/leader")
    etcd.auth.Auth(as_root).active = False
    assert client.read("/py/leader").value == "n2"


check_keys()
check_times()
check_directories()
check_watches()
check_cleared_history()
check_locks()
check_election()
check_cluster()
check_users()
print("python-etcd: all good")
