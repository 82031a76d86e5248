"""`amime up`, `amime demo` and `amime serve` as a user meets them: what they say, what runs, and that nothing is left behind."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import pytest

from harness import AMIME, ENVOY, ROOT, Process, address_of, eventually, request

BOOKINFO = ROOT / "examples" / "bookinfo"
ENV = dict(os.environ, AMIME_ENVOY=ENVOY)
REVIEWS = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: reviews, namespace: default}}
spec:
  hosts: [reviews]
  http: [{{route: [{{destination: {{host: reviews, subset: {subset}}}}}]}}]
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: default}}
spec:
  replicas: 1
  template:
    metadata:
      labels: {{app: {name}}}
      annotations: {{amime.dev/command: '{command}'}}
    spec: {{containers: [{{name: app, image: none, ports: [{{containerPort: {port}}}]}}]}}
"""


class Up:
    def __init__(self, tmp_path, shop, env=ENV, prefix=(), flags=()):
        self.process = Process([*prefix, AMIME, "up", str(shop), "--monitoring-address", "127.0.0.1:0", "--ready-timeout", "40", *flags], tmp_path / "up.log", env)

    def ready(self):
        self.process.line(r"Ctrl-C ends everything", 45)
        self.gateway = address_of(re.search(r"http://(127\S+:8080)", self.process.log()).group(1))
        self.block = ".".join(self.gateway[0].split(".")[:2]) + "."
        return self

    def proxy_of(self, name):
        return address_of(re.search(rf"^\S*{name}\S* .*http://(\S+)$", self.process.log(), re.M).group(1))

    def page(self, **kw):
        answer = request(self.gateway, "/productpage", **kw)
        assert answer.status == 200
        return answer.json

    def reviews(self):
        return self.page()["calls"][1]["answer"]["version"]

    def pids(self):
        return descendants(self.process.popen.pid)


def descendants(pid):
    out = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            out += [int(child), *descendants(int(child))]
    return out


def gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture
def shop(tmp_path):
    shutil.copytree(BOOKINFO, tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def up(tmp_path, shop):
    made = []

    def start(**kw):
        made.append(Up(tmp_path, shop, **kw))
        return made[-1]

    yield start
    for one in made:
        one.process.stop()


def test_the_bookshop_answers_and_follows_its_files(up, shop):
    it = up().ready()
    page = it.page(headers={"end-user": "jason"})
    assert [call["status"] for call in page["calls"]] == [200, 200]
    assert page["calls"][1]["answer"]["headers"]["end-user"] == "jason"
    assert it.reviews() == "v1"
    (shop / "new").write_text(REVIEWS.format(subset="v3"))
    (shop / "new").rename(shop / "reviews.yaml")
    eventually(lambda: it.reviews() == "v3", "requests go to v3")
    assert it.page()["calls"][1]["answer"]["calls"][0]["answer"]["name"] == "ratings"
    assert request(it.gateway, "/nothing").status == 404


def test_a_workload_reaches_the_mesh_through_its_http_proxy(up):
    it = up().ready()
    answer = request(it.proxy_of("ratings-v1-0"), "http://details:9080/details/1", host="details:9080")
    assert answer.who == "details/v1"


def test_workloads_come_and_go_with_their_files(up, shop):
    it = up().ready()
    before = len(it.pids())
    text = (shop / "deployments.yaml").read_text()
    (shop / "more.yaml").write_text(text.split("---\n")[1].replace("details", "extra"))
    it.process.line(r"default/extra-v1-0 +echo extra v1", 20)
    eventually(lambda: len(it.pids()) == before + 2, "its agent and its Envoy run")
    (shop / "more.yaml").unlink()
    eventually(lambda: len(it.pids()) == before, "both have ended")


def test_workloads_encrypt_and_know_each_other(up, shop):
    """Mutual TLS without a word in the files; STRICT then keeps out who has no certificate."""
    it = up().ready()
    by = it.page()["headers"]["x-forwarded-client-cert"]
    assert "By=spiffe://cluster.local/ns/default/sa/productpage" in by and "URI=spiffe://cluster.local/ns/istio-system/sa/" in by
    inbound = re.search(r"^default/details-v1-0 .* (127\.\d+\.1\.\d+) ", it.process.log(), re.M).group(1), 9080
    assert request(inbound, "/details/1", host="details").status == 200
    (shop / "strict.yaml").write_text("{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: default, namespace: istio-system}, spec: {mtls: {mode: STRICT}}}")

    def refused():
        try:
            return request(inbound, "/details/1", host="details").status != 200
        except OSError:
            return True
    eventually(refused, "plain text is refused")
    assert [call["status"] for call in it.page()["calls"]] == [200, 200]


def test_plaintext_if_asked_for(up):
    it = up(flags=("--plaintext",)).ready()
    assert "x-forwarded-client-cert" not in it.page()["headers"]


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind(up, shop, tmp_path, sig):
    (shop / "local.yaml").write_text(DEPLOYMENT.format(name="local", port=9999, command="setsid sleep 600 & sleep 600"))
    it = up().ready()
    pids = eventually(lambda: (found := it.pids()) and len([p for p in found if not gone(p) and "sleep" in pathlib.Path(f"/proc/{p}/comm").read_text()]) == 2 and found,
                      "the command and its child run")
    assert it.process.ends(8, sig) == (0 if sig != signal.SIGKILL else -signal.SIGKILL)
    eventually(lambda: all(gone(pid) for pid in pids), "all its processes have ended", 8)


def test_an_ordinary_user_can(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("this is an ordinary user already")
    as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all")
    with tempfile.TemporaryDirectory() as open_to_all:
        os.chmod(open_to_all, 0o755)
        shop = shutil.copytree(BOOKINFO, pathlib.Path(open_to_all) / "shop")
        if subprocess.run([*as_nobody, "test", "-x", AMIME, "-a", "-x", ENVOY, "-a", "-r", shop / "reviews.yaml"]).returncode != 0:
            pytest.skip("the checkout is closed to other users")
        it = Up(tmp_path, shop, prefix=as_nobody)
        try:
            assert it.ready().reviews() == "v1"
        finally:
            it.process.stop()


def test_a_missing_envoy_is_said(up):
    it = up(env=dict(ENV, AMIME_ENVOY="/no/envoy"))
    assert it.process.ends(10) == 1
    assert "AMIME_ENVOY=/no/envoy is not an executable file" in it.process.log()


def test_a_port_in_use_is_said(up, shop):
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = str(other.getsockname()[1])
        for file in shop.glob("*.yaml"):
            file.write_text(file.read_text().replace("9080", port))
        it = up()
        assert it.process.ends(10) == 1
    assert re.search(rf"port {port} is in use by \S+ \(pid {os.getpid()}\)", it.process.log())


def test_a_command_that_dies_is_said(up, shop):
    (shop / "local.yaml").write_text(DEPLOYMENT.format(name="local", port=9999, command="echo no database; exit 3"))
    it = up()
    it.process.line(r"the command of default/local-0 \(echo no database; exit 3\) exited with status 3: no database")
    # Before the mesh is ready that is its end; a command that dies later leaves the rest alone.
    eventually(lambda: it.process.popen.poll() == 1 or "Ctrl-C ends everything" in it.process.log(), "it ends, or was ready before")


def test_an_empty_directory_is_bad_input(tmp_path):
    (tmp_path / "empty").mkdir()
    done = subprocess.run([AMIME, "up", str(tmp_path / "empty"), "--monitoring-address", "127.0.0.1:0"], capture_output=True, text=True, env=ENV, timeout=20)
    assert done.returncode == 65 and "nothing to run" in done.stderr
    done = subprocess.run([AMIME, "up", str(tmp_path / "none"), "--monitoring-address", "127.0.0.1:0"], capture_output=True, text=True, env=ENV, timeout=20)
    assert done.returncode == 65


def test_the_demo_moves_a_canary_without_an_error():
    done = subprocess.run([AMIME, "demo", str(BOOKINFO), "--step", "1", "--rate", "100"], capture_output=True, text=True, env=ENV, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every request was answered as configured." in done.stdout


def test_serve_says_that_its_port_is_taken(world):
    world.start_serve()
    for flag, address in (("--xds-address", world.xds), ("--monitoring-address", world.monitoring)):
        free = {"--xds-address": "127.0.0.1:0", "--monitoring-address": "127.0.0.1:0", flag: f"{address[0]}:{address[1]}"}
        done = subprocess.run([AMIME, "serve", "--config-dir", str(world.config), *[x for pair in free.items() for x in pair]], capture_output=True, text=True, timeout=10)
        assert done.returncode == 1 and "in use" in done.stderr, done.stderr


def test_serve_ends_in_time_with_proxies_connected(world):
    serve = world.start_serve()
    world.envoy("client", bind="127.0.0.1").wait_ready()
    assert serve.ends(5, signal.SIGTERM) == 0


def test_debug_never_shows_a_secret(world):
    world.write("secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: c, namespace: istio-system}\nstringData: {tls.key: hush-hush, tls.crt: hush-hush}\n")
    world.start_serve()
    for path in ("/debug", "/debug/configz", "/debug/endpointz", "/debug/syncz", "/debug/mesh", "/metrics"):
        answer = world.get(path)
        assert answer.status == 200
        assert b"hush" not in answer.body
    assert world.get("/debug/config_dump").status == 400
    assert world.get("/debug/config_dump?proxyID=x").status == 404
    assert re.fullmatch(rb"\S+-\S+-\S+", world.get("/version").body)
