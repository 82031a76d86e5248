"""Policies are edited again and again under load."""
import random
import time

from harness import eventually
from meshes import FRESH, STRICT, encrypted_pair, show, traffic, wait_in_force
from test_mutual_tls import IDENTITY, policy
from traffic import CLOSED, Lines

MODES = "STRICT", "PERMISSIVE"  # a client that encrypts is served in both
APP = "selector: {matchLabels: {app: app}}"
# True of the client that asks: alone, or beside one that says who it is not.
SOURCES = (f'principals: ["{IDENTITY.removeprefix("spiffe://")}/client"]', 'principals: ["*/sa/client"]', 'namespaces: [default]', 'namespaces: ["def*"]',
           'serviceAccounts: [client]', 'trustDomains: [cluster.local]')
BESIDE = "", ', notPrincipals: ["*/sa/other"]', ", notNamespaces: [other]"
NOBODY = ('principals: ["*/sa/nobody"]', 'namespaces: [nowhere]', 'principals: ["cluster.local/ns/other/sa/*"]')


def peer_authentication(random):
    mode, ports = random.choice(MODES), [port for port in (8080, 9090, 7070) if random.random() < 0.3]
    by_port = f", portLevelMtls: {{{', '.join(f'{port}: {{mode: {random.choice(MODES)}}}' for port in ports)}}}" if ports else ""
    return policy("PeerAuthentication", f"{{{APP}, mtls: {{mode: {mode}}}{by_port}}}", "peer")


def authorization(random, number):
    """An ALLOW with the client among its sources, or a DENY of somebody else; sometimes by port, too."""
    allow = number == 0 or random.random() < 0.6
    mine = random.choice(SOURCES)
    if not mine.startswith("serviceAccounts"):  # which stands alone
        mine += random.choice(BESIDE)
    sources = [f"{{source: {{{random.choice(NOBODY)}}}}}" for _ in range(random.randrange(1 if not allow else 0, 3))]
    if allow:
        sources.insert(random.randrange(len(sources) + 1), f"{{source: {{{mine}}}}}")
    ports = ', to: [{operation: {ports: ["8080", "9090", "7070"]}}]' if random.random() < 0.3 else ""
    return policy("AuthorizationPolicy", f"{{{APP}, action: {'ALLOW' if allow else 'DENY'}, rules: [{{from: [{', '.join(sources)}]{ports}}}]}}", f"rule-{number}")


def edits_fail_no_request(world, count, seed):
    """Proves: of the requests of a client that every policy allows, and that encrypts, none fails while policies are edited `count` times,
    each edit in force before the next or not, by chance: PeerAuthentications from PERMISSIVE to STRICT and back, of all ports and of single
    ones; AuthorizationPolicies whose ALLOW contains the client, and whose DENY does not. Plain text tells that the edits came to be: at
    the end it is taken under PERMISSIVE and refused under STRICT.

    An edit replaces filter chains, and Envoy closes the connections on those before after `drainDuration`, whatever is on its way in a
    TCP connection then. It is an hour here: what is counted is what the edits themselves do."""
    chance = random.Random(seed)
    pair = encrypted_pair(world, drain="3600s")
    with traffic(pair) as load:
        eventually(load.everywhere(), "traffic flows", 30)
        for _ in range(count):
            policies = [peer_authentication(chance)] * (chance.random() < 0.8) + [authorization(chance, n) for n in range(chance.randrange(3))]
            if chance.random() < 0.5:
                pair.put(STRICT, FRESH, *policies)
            else:
                world.write("policies.yaml", "".join((STRICT, FRESH, *policies)))
                eventually(load.everywhere(chance.randrange(1, 4)), "traffic goes on")
        for mode, plain in (("PERMISSIVE", True), ("STRICT", False)):
            pair.put(STRICT, FRESH, policy("PeerAuthentication", f"{{{APP}, mtls: {{mode: {mode}}}}}", "peer"))
            eventually(lambda: pair.without_sidecar("http") == plain, f"{mode}: what is in force")
        eventually(load.everywhere(), "traffic goes on")
    show(f"policy storm, {count} edits, seed {seed}", load)
    assert not load.wrong, load.table()


def a_denial_holds(world, requests):
    """Proves: a DENY for a client whose requests were answered until then. Once `amime wait` says that it is in force, no request passes on a
    connection that is new between the proxies, of `requests` in each flow, and no TCP connection is made.

    What was connected before is with the filter chain from before, which Envoy drains: an HTTP connection is told so with its next answer,
    so that at most one more request passes on each (they are counted and shown), and the next one is denied; a TCP connection was judged when it
    began, and is closed after `drainDuration` (1 s here), not later."""
    pair = encrypted_pair(world)
    with traffic(pair) as load:
        eventually(load.everywhere(), "traffic flows", 30)
        assert not load.wrong, load.table()
        denied = {flow: CLOSED if isinstance(flow, Lines) else "403" for flow in load.flows}
        for flow, answer in denied.items():
            flow.from_now("app/v1", answer)
        deny = policy("AuthorizationPolicy", f"{{{APP}, action: DENY, rules: [{{from: [{{source: {{{SOURCES[0]}}}}}]}}]}}", "deny")
        world.write("policies.yaml", STRICT + FRESH + deny)
        wait_in_force(world, "AuthorizationPolicy/deny")
        acknowledged = time.monotonic()
        before = [flow for flow in load.flows if isinstance(flow, Lines) and flow.kept]
        for flow, answer in denied.items():
            if flow not in before:
                flow.from_now(answer)
        for flow in before:
            eventually(lambda f=flow: f.last == CLOSED, "the connection from before is closed", 5)
            print(f"{flow.name}: closed {time.monotonic() - acknowledged:.2f} s after the acknowledgement")
            flow.from_now(CLOSED)
        eventually(load.everywhere(requests), "requests go on", 10 + requests)
    show("a DENY that is in force", load)
    for flow in load.flows:
        late = [(f"{when - acknowledged:.3f} s", what) for when, what in flow.wrong]
        assert not late or (flow.kept and len(late) == 1 and late[0][1] == "app/v1"), f"{flow.name}: {late}"
