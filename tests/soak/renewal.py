"""Certificates are renewed every 5 s, and nobody notices."""
import time

from harness import eventually
from meshes import encrypted_pair, failed_handshakes, handshakes, show, traffic


def certificates_change_under_load(world, seconds):
    """Proves: for `seconds`, both sides of mutual TLS get another certificate every 5 s (life 20 s, renewed when 15 s are left), and of all
    requests over HTTP/1.1, HTTP/2 and TCP, on new connections and on kept ones, none fails; kept connections are never reopened, and no
    handshake between the proxies fails."""
    pair = encrypted_pair(world, {"SECRET_TTL": "20s", "SECRET_GRACE_PERIOD_RATIO": "0.75"})
    seen = {agent: set() for agent in (pair.client, pair.server)}
    before = failed_handshakes(*seen)
    end = time.monotonic() + seconds

    def over():
        for agent, certificates in seen.items():
            certificates |= agent.certificates()
        return time.monotonic() > end

    with traffic(pair) as load:
        eventually(over, "time is over", seconds + 30, every=0.5)
        eventually(load.everywhere(), "traffic goes on")
    counts = {agent.name: len(certificates) for agent, certificates in seen.items()}
    show("renewal", load, f"certificates: {counts}; handshakes between the proxies: {handshakes(pair.server)}")
    assert not load.wrong, load.table()
    assert [flow.name for flow in load.flows if flow.reopened] == []
    assert failed_handshakes(*seen) == before
    assert min(counts.values()) >= max(2, 0.8 * seconds / 5), counts
