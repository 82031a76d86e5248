"""Changes in their worst order. A row writes objects with random pauses between the writes, as people and GitOps tools do, and
says who has to answer once all is in force; and, where the change is about more than that, what else must be true then.

Every request meanwhile must be answered by one of the two versions."""
from harness import NET, eventually, free_port
from test_gateway import certificate, https, secret, subject

from loads import Http1, Https, Lines
from shop import BOTH, HOST, LINES, istio


class Row:
    def __init__(self, change, objects, loads, restarts):
        self.change, self.objects, self.loads, self.restarts = change, objects, loads, restarts
        self.name = change.__name__.replace("_", " ")


ROWS = []


def row(*objects, loads=None, restarts=False):
    """`objects`: what has to be in force, instead of the usual. `loads`: other ones than the shop's. `restarts`: the control plane."""
    usual = ("VirtualService/echo", "DestinationRule/echo", "Service/echo")

    def register(change):
        ROWS.append(Row(change, objects or usual, loads or (lambda shop: shop.loads()), restarts))
        return change

    return register


# --- subsets and routes ---
@row()
def route_before_subset(s):
    s.routes("v2")
    s.pause()
    s.rule({"v1": "v1", "v2": "v2"})
    return "echo/v2"


@row()
def subset_removed_before_route(s):
    s.rule({"v1": "v1", "v2": "v2"})
    s.routes("v2")
    s.wait_in_force("VirtualService/echo")
    s.rule({"v1": "v1"})
    s.pause()
    s.routes("v1")
    return "echo/v1"


@row()
def subset_renamed(s):
    s.rule({"new": "v2"})
    s.pause()
    s.routes("new")
    return "echo/v2"


@row()
def rule_deleted_and_recreated(s):
    s.world.remove("rule-echo.yaml")
    s.pause()
    s.rule({"v1": "v1"})
    return "echo/v1"


@row()
def routes_deleted_and_recreated(s):
    s.world.remove("routes-echo.yaml")
    s.pause()
    s.routes("v1")
    return "echo/v1"


@row()
def subset_without_endpoints_yet(s):
    s.slices(versions=(1,))
    s.rule({"v1": "v1", "v2": "v2"})
    s.routes("v2")
    s.pause()
    s.slices(versions=(1, 2))
    return "echo/v2"


@row()
def subset_relabelled_before_its_pods(s):
    s.slices(versions=(1,))
    s.rule({"v1": "v2"})
    s.pause()
    s.slices(versions=(1, 2))
    return "echo/v2"


@row("VirtualService/moved", "DestinationRule/echo")
def host_moved_to_another_virtual_service(s):
    s.world.remove("routes-echo.yaml")
    s.pause()
    s.routes("v1", name="moved")
    return "echo/v1"


@row()
def rules_reordered(s):
    s.rule({"v1": "v1", "v2": "v2"})

    def to(subset):
        return {"route": [{"destination": {"host": HOST, "subset": subset}}]}

    match = {"match": [{"uri": {"prefix": "/"}}], **to("v2")}
    for http in ([match, to("v1")], [to("v1")], [match, to("v1")]):
        s.http_routes(http)
        s.pause(1)
    return "echo/v2"


@row()
def three_changes_that_overlap(s):
    s.routes("b")
    s.rule({"v1": "v1", "b": "v2"})
    s.routes("c")
    s.pause(0.1)
    s.rule({"c": "v1"})
    s.rule({"d": "v2"})
    s.pause(0.1)
    s.routes("d")
    return "echo/v2"


@row()
def weight_moved_back_and_forth(s):
    s.rule({"v1": "v1", "v2": "v2"})
    for weight in (10, 50, 90, 100, 40, 100):
        s.http_routes([{"route": [{"destination": {"host": HOST, "subset": "v1"}, "weight": 100 - weight},
                                  {"destination": {"host": HOST, "subset": "v2"}, "weight": weight}]}])
        s.pause(0.3)
    return "echo/v2"


# --- services, their ports and endpoints ---
@row()
def service_deleted_and_recreated_with_another_address(s):
    s.world.remove("service.yaml")
    s.pause()
    s.service(cluster_ip="10.96.7.9")
    return "echo/v1"


def clients_move(s, name, address):
    """Clients follow while the old address is still there."""
    for load in s.running:
        if name in load.name and not load.beside:
            load.move(address)


@row()
def port_number_changed_before_route(s):
    s.service(s.other_port)
    eventually(lambda: s.ask((f"{NET}.101", s.other_port)) == "echo/v1", "the new port answers")
    eventually(lambda: s.ask((f"{NET}.102", s.other_port)) == "echo/v1", "the new port answers")
    clients_move(s, "through one", (f"{NET}.101", s.other_port))
    clients_move(s, "through two", (f"{NET}.102", s.other_port))
    s.pause()
    s.routes("v1", port=s.other_port)
    return "echo/v1"


@row()
def port_renamed_before_slices(s):
    s.service(("http-new", s.port))
    s.pause()
    s.slices("http-new")
    return "echo/v1"


@row()
def route_to_a_port_that_is_added_later(s):
    s.routes("v1", port=s.other_port)
    s.pause()
    s.slices("http", f"http-{s.other_port}")
    s.service(s.port, s.other_port)
    return "echo/v1"


@row()
def port_removed_before_route(s):
    s.slices("http", f"http-{s.other_port}")
    s.service(s.port, s.other_port)
    s.routes("v1", port=s.other_port)
    s.wait_in_force("VirtualService/echo")
    s.service()
    s.pause()
    s.routes("v1")
    return "echo/v1"


@row()
def target_port_changed_before_slices(s):
    for v in (1, 2):
        s.world.echo("echo", f"v{v}", f"{NET}.{v}", 8081)
    s.service(target=8081)
    s.pause()
    s.slices(port=8081)
    return "echo/v1"


@row()
def endpoints_replaced(s):
    s.routes(None)
    s.slices(versions=(1,))
    s.wait_in_force("VirtualService/echo")
    s.pause()
    s.slices(versions=(2,))
    return "echo/v2"


@row()
def protocol_changed_and_changed_back(s):
    s.service(("tcp-echo", s.port))
    s.slices("tcp-echo")
    s.pause()
    s.service()
    s.slices()

    def begin_anew():
        """What began while the port was TCP stays with whom it reached; new connections are HTTP again."""
        for load in s.running:
            if not load.beside:
                load.move()
        return True

    return "echo/v1", begin_anew


@row("VirtualService/echo", "ServiceEntry/outside")
def service_entry_turns_from_static_to_dns_and_back(s):
    outside = free_port()
    s.world.echo("echo", "v2", "127.0.0.1", outside)

    def entry(resolution, address, port):
        s.world.write("outside.yaml", istio("ServiceEntry", "outside", {
            "hosts": ["outside.example"], "location": "MESH_INTERNAL", "resolution": resolution, "ports": [{"number": s.other_port, "name": "http", "protocol": "HTTP"}],
            "endpoints": [{"address": address, "ports": {"http": port}}]}))

    s.routes(None, port=s.other_port, host="outside.example")
    s.pause()
    entry("STATIC", f"{NET}.1", 8080)
    s.wait_in_force("VirtualService/echo", "ServiceEntry/outside")
    entry("DNS", "localhost", outside)
    s.pause()
    entry("STATIC", f"{NET}.1", 8080)
    s.pause()
    entry("DNS", "localhost", outside)
    return "echo/v2"


# --- what proxies see ---
@row()
def sidecar_narrowed_and_widened(s):
    s.world.write("sidecar.yaml", istio("Sidecar", "default", {"egress": [{"hosts": [f"./{HOST}"]}]}))
    s.pause()
    s.world.write("sidecar.yaml", istio("Sidecar", "default", {"egress": [{"hosts": ["*/*"]}]}))
    s.pause()
    s.world.remove("sidecar.yaml")
    return "echo/v1"


# --- gateways ---
@row("Gateway/gw", "VirtualService/echo")
def gateway_server_comes_and_goes(s):
    for _ in range(2):
        s.gateway(s.gateway_port, free_port(s.ip))
        s.pause(1)
        s.gateway(s.gateway_port)
    return "echo/v1"


@row("Gateway/gw", "VirtualService/echo")
def gateway_port_changed(s):
    other = (s.ip, free_port(s.ip))
    s.gateway(other[1])
    eventually(lambda: s.ask(other) == "echo/v1", "the new port answers")
    clients_move(s, "gateway", other)
    return "echo/v1"


def https_server(s, credential):
    s.gateway(s.gateway_port, more=[{"port": {"number": s.tls_port, "name": "https", "protocol": "HTTPS"}, "bind": s.ip, "hosts": ["*"],
                                     "tls": {"mode": "SIMPLE", "credentialName": credential}}])


def https_loads(s):
    """Through a server with TLS, whose first certificate is in force."""
    s.tls_port = free_port(s.ip)
    s.certificates = [certificate(s.world.path, name) for name in ("first", "second")]
    s.world.write("secret.yaml", secret("shop", *s.certificates[0]))
    https_server(s, "shop")
    with_first = (200, subject(s.certificates[0][0]))
    eventually(lambda: https((s.ip, s.tls_port), HOST) == with_first, "TLS with the first certificate")
    s.https = Https("HTTPS through the gateway", (s.ip, s.tls_port), HOST, BOTH, [subject(crt) for crt, _ in s.certificates])
    return [s.https, *s.loads()]


@row("Gateway/gw", "Secret/shop", loads=https_loads)
def certificate_rotated(s):
    s.world.write("secret.yaml", secret("shop", *s.certificates[1]))
    s.pause(0.5)
    return "echo/v1", lambda: only_second_certificate(s)


def only_second_certificate(s):
    s.https.certificates = {subject(s.certificates[1][0])}
    return True


@row("Gateway/gw", "Secret/other", loads=https_loads)
def certificate_of_another_secret_that_comes_later(s):
    https_server(s, "other")
    s.pause()
    s.world.write("other.yaml", secret("other", *s.certificates[1]))
    return "echo/v1", lambda: only_second_certificate(s)


# --- TCP ---
def route_lines(s, subset):
    s.world.write("routes-lines.yaml", istio("VirtualService", "lines", {"hosts": [LINES], "tcp": [{"route": [{"destination": {"host": LINES, "subset": subset}}]}]}))


def lines_loads(s):
    s.lines(versions=(1, 2))
    s.rule({"v1": "v1"}, "lines", LINES)
    route_lines(s, "v1")
    s.wait_in_force("VirtualService/lines", "DestinationRule/lines")
    return [Lines(f"TCP through {name}", (f"{NET}.{ip}", s.lines_port), BOTH) for name, ip in (("one", 101), ("two", 102))] + [
        Http1("HTTP/1 beside it", s.addresses[0], HOST, {"echo/v1"}, beside=True)]


@row("VirtualService/lines", "DestinationRule/lines", loads=lines_loads)
def tcp_route_before_subset(s):
    route_lines(s, "v2")
    s.pause()
    s.rule({"v2": "v2"}, "lines", LINES)
    return "echo/v2"


# --- the control plane and its connections ---
@row()
def proxies_reconnect_in_the_middle(s):
    s.routes("v2")
    s.pause(0.5)
    s.relay.cut()
    s.rule({"v2": "v2"})
    s.wait_connected()
    s.relay.cut()
    s.wait_connected()
    return "echo/v2"


@row(restarts=True)
def control_plane_restarted_in_the_middle(s):
    s.routes("v2")
    s.pause(0.5)
    s.restart_serve()
    s.rule({"v1": "v1", "v2": "v2"})
    s.wait_in_force("VirtualService/echo")
    return "echo/v2"


@row(restarts=True)
def changes_while_the_control_plane_is_away(s):
    s.rule({"v1": "v1", "v2": "v2"})
    s.wait_in_force("DestinationRule/echo")
    s.world.serve.stop()
    s.routes("v2")
    s.rule({"v2": "v2"})
    s.start_serve(xds=f"{s.world.xds[0]}:{s.world.xds[1]}")
    s.wait_connected()
    return "echo/v2"
