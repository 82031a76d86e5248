"""The control plane is away: what runs goes on, what is started again comes back with what was last good."""
import json
import os
import signal
import time

from harness import NET, eventually
from meshes import PROXY_CONFIG, again, encrypted_pair, flows, show
from test_agent import Agent, received
from traffic import Traffic

OTHER = f"{NET}.3"


def all_goes_on_without_a_control_plane(world, seconds):
    """Proves: `amime serve` is killed (-9) and stays away for `seconds`; in the middle, the Envoy of one client is killed (-9), and then
    its agent, which is started again. Of the requests of the other client, whose proxies all live, none fails.

    Requests through the proxy that is killed: the test's client asks nothing at the very moment of the kill, for what is on its way then is cut
    by any kill -9, and asks again at once after it, while the proxy is down. It tries again only where the connection is
    refused (nobody listens, nothing was sent): every connection that is accepted must be answered, so a listener must not be open
    before what is behind it is there. None fails either.

    After the control plane is back, on the same address, no proxy is sent anything: nothing had changed. Then a new service arrives."""
    pair = encrypted_pair(world, agent_flags=("--log-level", "debug"))
    env = {"PROXY_CONFIG": json.dumps(PROXY_CONFIG), "ISTIO_METAJSON_LABELS": '{"app": "client"}', "INSTANCE_IP": f"{NET}.201"}
    killed = Agent(world, name="killed", account="client", bind=OTHER, env=env, flags=("--log-level", "debug")).ready(60)
    lives = flows(pair)
    dies = flows(pair, OTHER, "killed: ", retry_refused=True)
    with Traffic(*lives, *dies) as load:
        eventually(load.everywhere(), "traffic flows", 30)
        world.serve.ends(5, signal.SIGKILL)
        began = time.monotonic()
        for agent in (pair.client, pair.server, killed):
            agent.process.line("the control plane at .*: ")
        eventually(lambda: time.monotonic() > began + seconds / 3, "a third of the time is over", seconds + 5)

        paused(dies, killed, lambda: os.kill(killed.envoy_pid(), signal.SIGKILL))
        eventually(load.everywhere(), "Envoy is back, traffic flows through it", 60)
        killed.process.line("no control plane answers: Envoy gets the last good configuration")
        eventually(lambda: time.monotonic() > began + seconds * 2 / 3, "two thirds of the time are over", seconds + 5)

        paused(dies, killed, lambda: killed.process.ends(5, signal.SIGKILL))
        killed.start().ready(60)
        eventually(load.everywhere(), "the agent is back, traffic flows", 60)
        eventually(lambda: time.monotonic() > began + seconds, "the time is over", seconds + 5)

        world.start_serve("--removal-grace", "0s", "--secure-xds-address", "%s:%d" % world.secure, xds="%s:%d" % world.xds)
        eventually(lambda: len(world.get("/debug/syncz").json) == 3, "all proxies are back", 60)
        for agent in (pair.client, pair.server, killed):
            sent_again = {kind: count for kind, count in received(agent).items() if count}
            assert not sent_again, f"{agent.name}: {sent_again}"
        ports = again(pair, "later")
        eventually(lambda: pair.client.call(ports["http"], "later").who == "app/v1", "a new service is served", 30)
        eventually(load.everywhere(), "traffic goes on")
    show("the control plane away", load)
    assert not load.wrong, load.table()
    assert [flow.name for flow in lives if flow.reopened or flow.refused] == []


def paused(flows, agent, kill):
    """Nothing is on its way while `kill` kills; Envoy, and what listens with it, is gone when requests are made again."""
    for flow in flows:
        flow.hold()
    envoy = agent.envoy_pid()
    kill()
    eventually(lambda: gone(envoy), "Envoy is gone")
    for flow in flows:
        flow.go()


def gone(pid):
    """With its last thread: until then sockets are open, though the first thread may have ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z" and len(os.listdir(f"/proc/{pid}/task")) == 1
    except (FileNotFoundError, ProcessLookupError):
        return True
