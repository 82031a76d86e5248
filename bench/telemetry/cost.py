#!/usr/bin/env python3
"""What telemetry costs a proxy: CPU of a real Envoy for each request, with logs, metrics and traces, as a ratio to none of
them in the same run.

usage: cost.py [--requests 4000] [--rounds 3] [--out FILE.json]
One sidecar in front of an echo application; a client that keeps one connection. Rounds take turns, the least of each counts."""
import argparse
import http.client
import json
import os
import pathlib
import sys

import yaml

E2E = pathlib.Path(__file__).resolve().parents[2] / "tests" / "e2e"
sys.path.insert(0, str(E2E))
import harness  # noqa: E402
from harness import NET, eventually, free_port, service  # noqa: E402

BIND = f"{NET}.170"
KINDS = {
    "none": {},
    "access log": {"accessLogging": [{"providers": [{"name": "file"}]}]},
    "metrics": {"metrics": [{"providers": [{"name": "prometheus"}]}]},
    "traces, 1%": {"tracing": [{"providers": [{"name": "zipkin"}], "randomSamplingPercentage": 1}]},
}


def cpu(pid):
    """Seconds of user and system time."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    """MiB."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def microseconds_each(envoy, port, requests):
    connection = http.client.HTTPConnection(BIND, port)

    def one():
        connection.request("GET", "/", headers={"Host": "app"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200

    for _ in range(requests // 10):
        one()
    before = cpu(envoy.process.popen.pid)
    for _ in range(requests):
        one()
    connection.close()
    return (cpu(envoy.process.popen.pid) - before) / requests * 1e6


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--requests", type=int, default=4000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--out")
    options = options.parse_args()
    with harness.world() as world:
        port = free_port(BIND)
        world.echo("app", "v1", f"{NET}.1", 8080)
        world.write("app.yaml", service("app", port, {f"{NET}.1": "v1"}))
        world.write("zipkin.yaml", service("zipkin", 9411, {f"{NET}.1": "v1"}, cluster_ip="10.96.0.11"))
        world.mesh_config.write_text(yaml.safe_dump({"extensionProviders": [
            {"name": "file", "envoyFileAccessLog": {"path": "/dev/null"}},
            {"name": "zipkin", "zipkin": {"service": "zipkin.default.svc.cluster.local", "port": 9411}}]}))
        for i, (kind, spec) in enumerate(KINDS.items()):
            world.write(f"telemetry-{i}.yaml", yaml.safe_dump(
                {"apiVersion": "telemetry.istio.io/v1", "kind": "Telemetry", "metadata": {"name": f"t{i}", "namespace": "default"},
                 "spec": {"selector": {"matchLabels": {"kind": str(i)}}, **spec}}))
        world.start_serve()
        best, memory = {}, {}
        for _ in range(options.rounds):
            for i, kind in enumerate(KINDS):
                envoy = world.envoy(f"client-{i}", bind=BIND, labels={"kind": str(i)}).wait_ready()
                eventually(lambda: envoy.call(port, "app").status == 200, "the application answers")
                best[kind] = min(microseconds_each(envoy, port, options.requests), best.get(kind, 1e9))
                memory[kind] = resident(envoy.process.popen.pid)
                envoy.process.stop()
    rows = {kind: {"us": round(us, 1), "ratio": round(us / best["none"], 2), "MiB": round(memory[kind], 1)} for kind, us in best.items()}
    print(f"{'':12} {'CPU/request':>12} {'against none':>13} {'resident':>10}")
    for kind, row in rows.items():
        print(f"{kind:12} {row['us']:>9.1f} us {row['ratio']:>13.2f} {row['MiB']:>6.1f} MiB")
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
