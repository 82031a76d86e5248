"""`amime agent init`: real connections in a namespace of their own arrive where they should, and know where they wanted to go."""
import itertools
import os

import pytest

from netns import ELSEWHERE, POD, POD6, WORLD, WORLD6, Pod, connect, datagram

pytestmark = [pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
              pytest.mark.xdist_group("netns")]
COUNT = itertools.count()
BACKENDS = {"iptables": (), "nftables": ("--native-nftables",)}
INIT = ("init", "-u", "1337")


@pytest.fixture(params=BACKENDS)
def backend(request):
    return BACKENDS[request.param]


@pytest.fixture
def pod(request):
    """The world serves 80, 81, 443 and DNS; the pod's application 8080 and 8081; "envoy" 15001 and 15006, "agent" 15021 and 15053."""
    made = Pod(f"{os.getpid()}-{next(COUNT)}")
    try:
        # Addresses by name, where UDP would else be answered from another one than it came to.
        made.listen(made.world, "world", tcp=(53, 80, 81, 443), udp=(53, 81), addresses=(WORLD, ELSEWHERE, WORLD6))
        made.listen(made.pod, "app", tcp=(8080, 8081))
        made.listen(made.pod, "agent", tcp=(15021,))
        made.listen(made.pod, "agent", tcp=(15053,), udp=(15053,), uid=1337, addresses=("127.0.0.1", "::1"))
        transparent = (15006,) if "tproxy" in request.node.name else ()
        made.listen(made.pod, "envoy", tcp=(15001, 15006), transparent=transparent)
        yield made
    finally:
        made.close()


def captured(told, port, original):
    return (told["who"], told["port"], told["original"]) == ("envoy", port, list(original))


def direct(told):
    return told["who"] in ("world", "app", "agent")


def test_outbound(pod, backend):
    assert direct(connect(pod.pod, WORLD, 80))
    pod.init(*INIT, "-o", "81", "-x", "10.98.0.0/24", *backend)
    assert captured(connect(pod.pod, WORLD, 80), 15001, (WORLD, 80))
    assert captured(connect(pod.pod, WORLD, 443), 15001, (WORLD, 443))
    assert direct(connect(pod.pod, WORLD, 81)), "an excluded port"
    assert direct(connect(pod.pod, ELSEWHERE, 80)), "an excluded range"
    assert direct(connect(pod.pod, WORLD, 80, uid=1337)), "Envoy itself"
    assert direct(connect(pod.pod, WORLD, 80, gid=1337)), "its group"
    assert datagram(pod.pod, WORLD, 81)["who"] == "world", "UDP is left alone"


def test_outbound_ranges_and_ports(pod, backend):
    pod.init(*INIT, "-i", "10.98.0.0/24", "-q", "443", *backend)
    assert captured(connect(pod.pod, ELSEWHERE, 80), 15001, (ELSEWHERE, 80))
    assert captured(connect(pod.pod, WORLD, 443), 15001, (WORLD, 443)), "an included port"
    assert direct(connect(pod.pod, WORLD, 80))


def test_inbound(pod, backend):
    pod.init(*INIT, "-d", "15021,8081", *backend)
    told = connect(pod.world, POD, 8080)
    assert captured(told, 15006, (POD, 8080)) and told["peer"] == WORLD
    assert captured(connect(pod.world, POD, 9999), 15006, (POD, 9999)), "a port that nobody listens at"
    assert direct(connect(pod.world, POD, 8081)) and direct(connect(pod.world, POD, 15021))


def test_inbound_ports_of_a_list(pod, backend):
    pod.init(*INIT, "-b", "8081", *backend)
    assert captured(connect(pod.world, POD, 8081), 15006, (POD, 8081))
    assert direct(connect(pod.world, POD, 8080))


def test_inside_the_pod(pod, backend):
    """An application reaches itself without Envoy; Envoy's calls of its own pod come back in; what it passes on does not."""
    pod.init(*INIT, *backend)
    assert direct(connect(pod.pod, POD, 8080))
    assert direct(connect(pod.pod, "127.0.0.1", 8080))
    assert captured(connect(pod.pod, POD, 8080, uid=1337, gid=1337), 15006, (POD, 8080))
    assert direct(connect(pod.pod, "127.0.0.1", 8080, uid=1337, gid=1337))
    assert direct(connect(pod.pod, POD, 8080, uid=1337, gid=1337, source="127.0.0.6"))


def test_ipv6(pod, backend):
    pod.init(*INIT, "--dual-stack", "-x", "fd99::9/128", "-o", "81", *backend)
    assert captured(connect(pod.pod, WORLD6, 80), 15001, (WORLD6, 80))
    assert captured(connect(pod.world, POD6, 8080), 15006, (POD6, 8080))
    assert captured(connect(pod.pod, WORLD, 80), 15001, (WORLD, 80))
    assert direct(connect(pod.pod, WORLD6, 81)) and direct(connect(pod.pod, WORLD6, 80, uid=1337))
    assert direct(connect(pod.pod, POD6, 8080, uid=1337, gid=1337, source="::6")), "Envoy has an address to call from"


def test_ipv6_is_left_alone_where_the_pod_is_of_ipv4(pod, backend):
    pod.init(*INIT, *backend)
    assert direct(connect(pod.pod, WORLD6, 80)) and direct(connect(pod.world, POD6, 8080))


def test_tproxy(pod, backend):
    """The connection arrives unchanged at a transparent socket: both addresses are those on the wire."""
    pod.init(*INIT, "-m", "TPROXY", "-d", "15021", "--dual-stack", *backend)
    for client, target in ((WORLD, POD), (WORLD6, POD6)):
        told = connect(pod.world, target, 8080)
        assert (told["who"], told["port"], told["to"], told["peer"], told["said"]) == ("envoy", 15006, [target, 8080], client, "hello")
        assert direct(connect(pod.world, target, 15021))
    assert captured(connect(pod.pod, WORLD, 80), 15001, (WORLD, 80)), "outbound is redirected as ever"
    assert direct(connect(pod.pod, POD, 8080))
    assert captured(connect(pod.pod, POD, 8080, uid=1337, gid=1337), 15006, (POD, 8080)), "Envoy's calls of its own pod too"


def test_dns(pod, backend, tmp_path):
    resolv_conf = tmp_path / "resolv.conf"
    resolv_conf.write_text(f"nameserver {WORLD}\nsearch default.svc.cluster.local\n")
    pod.init(*INIT, *backend, resolv_conf=resolv_conf, env={"ISTIO_META_DNS_CAPTURE": "true"})
    assert datagram(pod.pod, WORLD, 53) == {"who": "agent", "port": 15053}
    assert connect(pod.pod, WORLD, 53)["port"] == 15053
    assert datagram(pod.pod, WORLD, 53, uid=1337, gid=1337)["who"] == "world", "the agent asks the real server"
    assert connect(pod.pod, WORLD, 53, uid=1337, gid=1337)["who"] == "world"
    assert datagram(pod.pod, ELSEWHERE, 53)["who"] == "world", "a server that resolv.conf does not name"
    pod.init(*INIT, "--redirect-dns", "--capture-all-dns", *backend)
    assert datagram(pod.pod, ELSEWHERE, 53)["who"] == "agent"


def test_again_and_otherwise_and_gone(pod, backend):
    """A second run changes nothing; one with other flags leaves nothing of the first; cleanup leaves nothing at all."""
    before = pod.state()
    flags = (*INIT, "-m", "TPROXY", "--dual-stack", "-c", "eth9", "-k", "vnet0", "--redirect-dns", "--capture-all-dns", "--drop-invalid", *backend)
    pod.init(*flags)
    first = pod.state()
    assert first != before
    said = pod.init(*flags)
    assert pod.state() == first
    if not backend:
        assert said.count("in place already") == 2, said
    pod.init(*INIT, "--force-apply", *flags[3:])
    assert pod.state() == first
    pod.init(*INIT, *backend)
    assert captured(connect(pod.pod, WORLD, 80), 15001, (WORLD, 80))
    plain = pod.state()
    pod.init(*INIT, *backend, "--cleanup")
    pod.init(*INIT, *backend)
    assert pod.state() == plain, "nothing was left of the first"
    pod.init(*flags)
    pod.init(*flags, "--cleanup")
    assert pod.state() == before
    assert direct(connect(pod.pod, WORLD, 80)) and direct(connect(pod.world, POD, 8080))
    pod.init(*flags, "--cleanup")


def test_rules_of_others_stay(pod):
    pod.pod.run("iptables", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "--dport", "81", "-j", "ACCEPT")
    others = pod.state()
    pod.init(*INIT)
    assert others[0] in pod.state()
    pod.init(*INIT, "--cleanup")
    assert pod.state() == others


def test_as_istios_init_container_is_called(pod):
    """The arguments that Istio's injector writes, and its name for the command."""
    arguments = ("istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*",
                 "-d", "15090,15021,15020", "--log_output_level=default:info")
    pod.init(*arguments)
    assert captured(connect(pod.pod, WORLD, 80), 15001, (WORLD, 80))
    assert captured(connect(pod.world, POD, 8080), 15006, (POD, 8080)) and direct(connect(pod.world, POD, 15021))


def test_dry_run_changes_nothing(pod, backend):
    before = pod.state()
    said = pod.init(*INIT, "-n", *backend)
    assert "15001" in said and pod.state() == before


def test_wrong_flags(pod):
    assert "--istio-service-cidr" in pod.init("init", "-i", "10.0.0.0/99", code=65)
    assert pod.state() == []


@pytest.mark.parametrize("applied", [False, True], ids=["missing", "in force"])
def test_validation(pod, backend, applied):
    """What the init container does where a CNI plugin sets interception up: exit 126 means that it did not."""
    if applied:
        pod.init(*INIT, *backend)
    for listener in pod.listeners:
        listener.close()
    pod.listeners.clear()
    said = pod.init("init", "--skip-rule-apply", "--run-validation", "--probe-timeout", "1s" if not applied else "10s",
                    as_uid=1337, code=0 if applied else 126)
    assert applied or "not in force" in said
