"""A certificate runs out while the authority is away."""
import calendar
import re
import signal
import time

from harness import eventually, request
from meshes import encrypted_pair, failed_handshakes
from test_identity import token_of


def lives_left(agent):
    """How long the certificate in use was said to be valid, in seconds, one for each line of the log that says it."""
    said = re.findall(r"no new certificate \(.*\); the one in use is valid for (\d\d):(\d\d):(\d\d) more", agent.process.log())
    return [int(h) * 3600 + int(m) * 60 + int(s) for h, m, s in said]


def ends(agent):
    """When the last of the certificates that Envoy shows runs out, in seconds since 1970."""
    shown = [chain["expiration_time"] for entry in agent.get("/certs").json["certificates"] for chain in entry.get("cert_chain", [])]
    return calendar.timegm(time.strptime(max(shown)[:19], "%Y-%m-%dT%H:%M:%S"))


def readiness(agent):
    return request(("127.0.0.1", agent.ports["--status-port"]), "/healthz/ready")


def expired_certificates_are_refused(world, ttl):
    """Proves: the authority is away for longer than certificates live (`ttl` seconds). As long as they are valid, requests are answered;
    the logs of both agents say again and again, and truly, how long that will be. After it no new connection is made between the
    proxies (503 to the client), and the agents are not ready and say why. When the authority is back, all goes on by itself where an
    identity that does not run out speaks for the workload; here, where a join token is good once, with another token in its file."""
    pair = encrypted_pair(world, {"SECRET_TTL": f"{ttl}s"})
    agents = pair.client, pair.server
    world.serve.ends(5, signal.SIGKILL)
    for agent in agents:
        eventually(lambda a=agent: lives_left(a), "the log says how long is left", ttl + 10)
        assert all(left <= ttl / 2 + 1 for left in lives_left(agent)), lives_left(agent)
        assert lives_left(agent) == sorted(lives_left(agent), reverse=True), lives_left(agent)

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
    assert failed_handshakes(*agents), "the counters that say in the other proofs that nothing failed would have said so"
    world.start_serve("--removal-grace", "0s", "--secure-xds-address", "%s:%d" % world.secure, xds="%s:%d" % world.xds)
    for agent, account in zip(agents, ("client", "app")):
        agent.token.write_text(token_of(world, f"default/{account}") + "\n")
    eventually(lambda: fresh() == 200, "connections are made again", 60)
    for agent in agents:
        eventually(lambda a=agent: readiness(a).status == 200, "the agent is ready", 30)
