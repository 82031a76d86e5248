"""A certificate runs out while the authority is away."""
import calendar
import re
import signal
import time

from harness import eventually, request
from meshes import encrypted_pair, failed_handshakes
from test_identity import token_of


def ends_as_said(agent):
    """When its certificate runs out, in seconds since 1970, by each line of the log that says how long is left."""
    said = re.findall(r"^(\S+)\.\d+Z.*no new certificate \(.*\); the one in use is valid for (\d\d):(\d\d):(\d\d) more", agent.process.log(), re.M)
    return [calendar.timegm(time.strptime(when, "%Y-%m-%dT%H:%M:%S")) + int(h) * 3600 + int(m) * 60 + int(s) for when, h, m, s in said]


def ends(agent):
    """When the last of the certificates that Envoy shows runs out, in seconds since 1970."""
    shown = [chain["expiration_time"] for entry in agent.get("/certs").json["certificates"] for chain in entry.get("cert_chain", [])]
    return calendar.timegm(time.strptime(max(shown)[:19], "%Y-%m-%dT%H:%M:%S"))


def readiness(agent):
    return request(("127.0.0.1", agent.ports["--status-port"]), "/healthz/ready")


def expired_certificates_are_refused(world, ttl):
    """Proves: the authority is away for longer than certificates live (`ttl` seconds). As long as they are valid, requests are answered;
    the logs of both agents say again and again, and truly, how long that will be. After it no new connection is made between the
    proxies (503 to the client), and the agents are not ready and say why. A join token was good once, and an expired certificate proves
    nothing: when the authority is back, another token in the file is what is needed, and all goes on without a restart."""
    pair = encrypted_pair(world, {"SECRET_TTL": f"{ttl}s"})
    agents = pair.client, pair.server
    world.serve.ends(5, signal.SIGKILL)
    for agent in agents:
        eventually(lambda a=agent: len(ends_as_said(a)) > 1, "the log says how long is left", ttl + 10)

    def fresh():
        return pair.client.call(pair.fresh["http"], "fresh").status

    end, answers = max(ends(agent) for agent in agents), []
    eventually(lambda: answers.append(fresh()) or answers[-1] != 200, "no connection is made any more", ttl + 10)
    assert set(answers[:-1]) <= {200} and answers[-1] == 503, answers
    for agent in agents:
        status = eventually(lambda a=agent: (s := readiness(a)).status == 503 and s, "the agent is not ready", 20)
        assert b"expired" in status.body, status.body
    eventually(lambda: time.time() > end, "both certificates are over", ttl)
    assert {fresh() for _ in range(20)} == {503}
    for agent in agents:
        assert all(abs(said - ends(agent)) <= 3 for said in ends_as_said(agent)), f"{ends_as_said(agent)}, in fact {ends(agent)}"
    assert failed_handshakes(*agents), "the counters that say in the other proofs that nothing failed would have said so"
    world.start_serve("--removal-grace", "0s", "--secure-xds-address", "%s:%d" % world.secure, xds="%s:%d" % world.xds)
    for agent, account in zip(agents, ("client", "app")):
        agent.token.write_text(token_of(world, f"default/{account}") + "\n")
    eventually(lambda: fresh() == 200, "connections are made again", 60)
    for agent in agents:
        eventually(lambda a=agent: readiness(a).status == 200, "the agent is ready", 30)
