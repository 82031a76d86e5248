"""`amime agent wait` and `request`, beside a real Envoy; and the names under which Istio's images call them."""
import json
import os
import subprocess
import threading

import pytest

from harness import AMIME, ENVOY, Process, address_of, eventually, request


class AdminOnly:
    """An Envoy with nothing but its admin."""

    def __init__(self, path):
        self.config, self.admin_path = path / "envoy.json", path / "admin"
        self.config.write_text(json.dumps({"admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}}}))
        self.process = Process([ENVOY, "-c", str(self.config), "--disable-hot-restart", "--concurrency", "1", "--admin-address-path", str(self.admin_path),
                                "-l", "warning"], path / "envoy.log")
        self.port = address_of(eventually(lambda: self.admin_path.read_text().strip(), "Envoy says where its admin listens"))[1]


@pytest.fixture
def envoy(tmp_path):
    made = AdminOnly(tmp_path)
    yield made
    made.process.stop()


def agent(*arguments, program=AMIME, timeout=30):
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=timeout)


def test_request(envoy):
    answer = agent("agent", "request", "GET", "server_info", "--debug-port", str(envoy.port))
    assert answer.returncode == 0 and json.loads(answer.stdout)["state"] == "LIVE"
    answer = agent("agent", "request", "POST", "/logging?level=debug", "--debug-port", str(envoy.port))
    assert "admin: debug" in answer.stdout
    refused = agent("agent", "request", "GET", "/logging?level=debug", "--debug-port", str(envoy.port))
    assert refused.returncode != 0 and not refused.stdout and "405" in refused.stderr


def test_wait(envoy):
    url = f"http://localhost:{envoy.port}/ready"
    assert agent("agent", "wait", "--url", url, "--periodMillis", "20").returncode == 0
    assert request(("127.0.0.1", envoy.port), "/healthcheck/fail", method="POST").status == 200
    late = agent("agent", "wait", "--url", url, "--timeoutSeconds", "1", "--periodMillis", "100", "--requestTimeoutMillis", "200")
    assert late.returncode == 1 and "503" in late.stderr
    threading.Timer(0.5, request, (("127.0.0.1", envoy.port), "/healthcheck/ok"), {"method": "POST"}).start()
    assert agent("agent", "wait", "--url", url, "--periodMillis", "50").returncode == 0


def test_names_of_istios_programs(envoy, tmp_path):
    for name in ("pilot-agent", "istio-iptables"):
        os.symlink(AMIME, tmp_path / name)
    answer = agent("request", "GET", "server_info", "--debug-port", str(envoy.port), program=tmp_path / "pilot-agent")
    assert json.loads(answer.stdout)["state"] == "LIVE"
    rules = agent("-n", "-p", "15001", "-u", "1337", "-i", "*", program=tmp_path / "istio-iptables").stdout
    assert "-A ISTIO_OUTPUT -j ISTIO_REDIRECT" in rules
    assert agent("istio-iptables", "-n", "-p", "15001", "-u", "1337", "-i", "*", program=tmp_path / "pilot-agent").stdout == rules
