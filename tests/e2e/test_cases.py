"""Plays the table in cases/: a world for each file, a test for each case, all against the same Envoys (cases/README.md: how to write one).

A case's objects replace those of the case before; requests begin when every proxy has them (Stage.put), so nothing is asked twice,
unless a step says `eventually`.
"""
import base64
import collections
import concurrent.futures
import contextlib
import pathlib
import re
import subprocess

import pytest
import yaml

import asking
import harness
import tokens
from harness import NET, eventually, free_port, pod
from upstream import Upstream

FILES = pathlib.Path(__file__).parent / "cases"
API = {"Service": "v1", "Pod": "v1", "Node": "v1", "Secret": "v1", "Namespace": "v1", "EndpointSlice": "discovery.k8s.io/v1",
       "EnvoyFilter": "networking.istio.io/v1alpha3", **{f"{kind}Route": "gateway.networking.k8s.io/v1" for kind in ("HTTP", "GRPC", "TLS", "TCP")},
       "ReferenceGrant": "gateway.networking.k8s.io/v1",
       **{kind: "security.istio.io/v1" for kind in ("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication")}}
LOADER, DUMPER = (getattr(yaml, f"C{name}", getattr(yaml, name)) for name in ("SafeLoader", "SafeDumper"))  # ten times faster, where libyaml is there
STEP = {"ask", "expect", "times", "at_once", "eventually"}
CASE = {"name", "http", "objects", "mesh", "requests", "ask"}


def dump(documents):
    return yaml.dump_all(documents, Dumper=DUMPER)


def load(path):
    """A file's world (the common one, with what the file adds), and its cases."""
    file, world = (yaml.load(f.read_text(), LOADER) for f in (path, FILES / "world.yaml"))
    for key, value in file.get("world", {}).items():
        world[key] = {**world.get(key, {}), **value}
    return world, file


def table():
    for path in sorted(FILES.glob("*.yaml")):
        if path.stem == "world":
            continue
        file = load(path)[1]
        names = [case["name"] for case in file["cases"]]
        assert len(set(names)) == len(names), f"{path.name}: two cases of one name"
        for case in file["cases"]:
            yield pytest.param(path.stem, {**file.get("all", {}), **case}, id=f"{path.stem}: {case['name']}", marks=pytest.mark.xdist_group(path.stem))


@pytest.fixture(scope="module")
def stage(request):
    with harness.world() as world, contextlib.closing(Stage(world, load(FILES / f"{request.param}.yaml")[0])) as made:
        yield made


@pytest.mark.parametrize("stage, case", table(), indirect=["stage"], scope="module")
def test_case(stage, case):
    before = stage.rejected()
    stage.put(case)
    try:
        for step in case["requests"]:
            stage.play(step, case.get("ask", {}))
    finally:
        stage.all_valid()  # else that is what to tell, not what requests saw
    assert stage.rejected() == before, "a proxy refused something"


class Stage:
    """The world of a file: applications, proxies, a control plane, and what `$names` stand for."""

    def __init__(self, world, spec):
        self.world, self.spec, self.number = world, spec, 0
        self.names, self.proxies, self.upstreams = {"certs": str(world.path)}, {}, []
        self._certificates(spec["certificates"])
        self.names |= tokens.make(world.path, spec.get("tokens", {}))
        objects = [obj for i, (name, service) in enumerate(spec["services"].items(), 1) for obj in self._service(name, service or {}, i)]
        for i, name in enumerate(spec["proxies"]):
            self.names.setdefault(name, f"{NET}.{200 + i}")
        for name, proxy in spec["proxies"].items():
            if not (proxy or {}).get("before"):
                objects.append(pod(name, self.names[name], {"app": name, **(proxy or {}).get("labels", {})}, (proxy or {}).get("namespace", "default")))
        world.write("world.yaml", dump(objects))
        self.objects = {name_of(obj) for obj in objects}
        self.mesh = self.known({**spec["mesh"], "proxyListenPort": "$capture-port"})
        world.mesh_config.write_text(dump([self.mesh]))
        world.start_serve("--removal-grace", "0s", "--dangling-timeout", "0s")
        for name, proxy in spec["proxies"].items():
            self.proxies[name] = self._proxy(name, dict(proxy or {}))
        for proxy in self.proxies.values():
            proxy.wait_ready()

    def close(self):
        for upstream in self.upstreams:
            upstream.close()

    # --- the world ---
    def _certificates(self, names):
        """$certs/ca.crt signs $certs/NAME.crt for {NAME: [DNS names]}, or nobody if it has no names; $NAME.crt and $NAME.key are what a
        Secret's data hold."""
        def openssl(*args):
            subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=self.world.path)
        fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        openssl("req", "-x509", *fresh, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.crt")
        for name, hosts in names.items():
            signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-addext", f"subjectAltName={','.join(f'DNS:{host}' for host in hosts)}"] if hosts else []
            openssl("req", "-x509", *fresh, *signed, "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:FALSE",
                    "-keyout", f"{name}.key", "-out", f"{name}.crt")
        for file in ["ca.crt", *(f"{name}.{end}" for name in names for end in ("crt", "key"))]:
            self.names[file] = base64.b64encode((self.world.path / file).read_bytes()).decode()

    def _service(self, name, service, index):
        """A Service, its EndpointSlice and Pods; $NAME is its ClusterIP, $NAME-VERSION the address of that version's Pod."""
        ns, tcp = service.get("namespace", "default"), service.get("tcp", False)
        target = self.value(service.get("target", 9090 if tcp else 8080))
        port = {"name": service.get("portName", "tcp" if tcp else "http"), "port": self.value(service.get("port", "$port")), "targetPort": target}
        if "appProtocol" in service:
            port["appProtocol"] = service["appProtocol"]
        self.names[name] = f"10.96.0.{index}"
        endpoints = []
        for version in service.get("versions", ["v1"]):
            self.count = getattr(self, "count", 0) + 1
            ip = self.names[f"{name}-{version}"] = service.get("address", f"{NET}.{self.count}")
            endpoints.append({"addresses": [ip], "conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": f"{name}-{version}", "namespace": ns}})
            yield pod(f"{name}-{version}", ip, {"app": name, "version": version, **service.get("labels", {})}, ns, target)
            before = [proxy for proxy, said in self.spec["proxies"].items() if (said or {}).get("before") == f"{name}-{version}"]
            for proxy in before:  # the proxy has the Pod's address, the application stands behind it
                self.names[proxy], ip = ip, f"{NET}.{100 + self.count}"
                self.names[f"{proxy}-app"] = ip
            if service.get("tells"):
                files = [self.world.path / f"server.{end}" for end in ("crt", "key")]
                self.upstreams.append(Upstream(name, version, (ip, target), files, self.world.path / "ca.crt"))
            elif tcp:
                echo = self.world.start([harness.AMIME, "echo", "--tcp", f"{ip}:{target}", "--name", name, "--version-label", version, "--threads", "1"], f"echo-{name}-{version}")
                echo.line("ready")
            else:
                self.world.echo(name, version, ip, target, "--threads", "1", *service.get("flags", []))
        meta = {"name": name, "namespace": ns}
        yield {"apiVersion": "v1", "kind": "Service", "metadata": meta,
               "spec": {"clusterIP": "None" if service.get("headless") else self.names[name], "selector": {"app": name}, "ports": [port]}}
        slice_port = {"name": port["name"], "port": target, "protocol": "TCP"}
        yield {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "ports": [slice_port], "endpoints": endpoints,
               "metadata": {**meta, "labels": {"kubernetes.io/service-name": name}}}

    def _proxy(self, name, proxy):
        before = proxy.pop("before", None)
        labels = {"app": before.rpartition("-")[0] if before else name, **proxy.pop("labels", {})}
        ip, metadata = self.names[name], dict(proxy.pop("metadata", {}))
        if before:
            metadata |= {"AMIME_INBOUND_ADDRESS": ip, "AMIME_APP_ADDRESS": self.names[f"{name}-app"]}
            proxy["bind"] = f"{NET}.{150 + len(self.proxies)}"
        elif proxy.get("mode") != "REDIRECT":
            proxy.setdefault("bind", ip)  # `bind: null`: where its Gateways say
        return self.world.envoy(name, ip=ip, labels=labels, metadata=metadata, **proxy)

    def value(self, text):
        """What "$name" is; a name with `port` in it is a free port, the same one in the whole file."""
        if not isinstance(text, str):
            return text

        def one(match):
            name = match[1]
            if name not in self.names and "port" in name:
                self.names[name] = free_port()
            return str(self.names[name])
        out = re.sub(r"\$([a-z][a-z0-9]*(?:[.-][a-z0-9]+)*)", one, text)
        return int(out) if text.startswith("$") and out.isdigit() else out

    def known(self, tree):
        if isinstance(tree, dict):
            return {self.known(k): str(self.known(v)) if k == "name" else self.known(v) for k, v in tree.items()}
        if isinstance(tree, list):
            return [self.known(v) for v in tree]
        return self.value(tree)

    # --- a case's objects ---
    def put(self, case):
        """Puts the case in force in every proxy. Once its objects are read, a mark is: a cluster for each proxy. Clusters come first and go last:
        who has it is being given the rest, who lost the one before has lost all that went. When all is acknowledged, and nothing warms up, the
        case is in force."""
        self.number += 1
        mark = f"case-{self.number}"
        assert {key for key in case if not key[0].isupper()} <= CASE, f"unknown words in {set(case)}"
        if "http" in case:
            case = {**case, "VirtualService": {"hosts": ["app"], "http": case["http"]}}
        objects = [{"kind": kind, "metadata": {"name": "case"}, "spec": spec} for kind, spec in case.items() if kind[0].isupper()]
        objects = self.known([*objects, *case.get("objects", [])])
        self._mesh(self.known({**self.spec["mesh"], **case.get("mesh", {}), "proxyListenPort": "$capture-port"}), mark)
        for obj in objects:
            obj.setdefault("apiVersion", API.get(obj["kind"], "networking.istio.io/v1"))
            obj["metadata"].setdefault("namespace", "default")
        self.world.write("case.yaml", dump(objects))
        there = self.objects | {name_of(obj) for obj in objects}
        eventually(lambda: {row["object"] for row in self.world.get("/debug/objects").json} ^ there <= {"EnvoyFilter istio-system/mark", "MeshConfig istio"},
                   "the case is read, and what was before it gone")
        self.world.write("mark.yaml", dump([self._mark(mark)]))
        for proxy in self.proxies.values():
            eventually(lambda: {name.split(".")[1] for name in proxy.stats(r"^cluster\.case-[0-9]*\.upstream_cx_total")} == {mark}, f"{proxy.name} has the case")
        eventually(self._in_force, "the case is in force")

    def _mark(self, name):
        """For all proxies: a cluster of that name. And captured connections say in a PROXY header where they were going."""
        cluster = {"name": name, "type": "STATIC", "connect_timeout": "1s", "load_assignment": {"cluster_name": name}}
        header = {"name": "captured", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"}}
        patches = [{"applyTo": "CLUSTER", "match": {"context": "ANY"}, "patch": {"operation": "ADD", "value": cluster}}]
        if "captured" in self.proxies:
            match = {"context": "SIDECAR_OUTBOUND", "listener": {"name": "virtualOutbound"}}
            here = {"address": {"socket_address": {"address": self.names["captured"]}}}
            patches += [{"applyTo": "LISTENER", "match": match, "patch": {"operation": "MERGE", "value": here}},
                        {"applyTo": "LISTENER_FILTER", "match": match, "patch": {"operation": "INSERT_FIRST", "value": header}}]
        return {"apiVersion": API["EnvoyFilter"], "kind": "EnvoyFilter", "metadata": {"name": "mark", "namespace": "istio-system"}, "spec": {"configPatches": patches}}

    def _mesh(self, config, mark):
        """Replaces the MeshConfig, and waits until it is read: it has a mark of its own, that means nothing to a proxy."""
        if config != self.mesh:
            self.mesh = config
            self.world.mesh_config.write_text(dump([{**config, "trustDomainAliases": [mark]}]))
            eventually(lambda: mark in self.world.get("/debug/mesh").body.decode(), "the MeshConfig is read")

    def _in_force(self):
        assert [row for row in self.all_valid() if row["state"] == "Delivering"] == []
        for proxy in self.proxies.values():
            assert set(proxy.stats("warming").values()) == {"0"}
        return True

    def all_valid(self):
        rows = self.world.get("/debug/objects").json
        if wrong := [row for row in rows if row["state"] in ("Invalid", "Rejected", "NotAccepted")]:
            pytest.fail(f"not in force: {wrong}")
        return rows

    def rejected(self):
        return {name: proxy.rejected() for name, proxy in self.proxies.items()}

    # --- a case's requests ---
    def play(self, step, common):
        assert set(step) <= STEP, f"unknown words in {set(step)}"
        ask = self.known({**common, **step.get("ask", {})})
        expect = self.known(step["expect"])
        if ("from" in expect or "seen" in expect) and "line" not in ask:
            expect = {"status": 200, **expect}

        def once():
            told = [len(upstream.log) for upstream in self.upstreams]
            if "at_once" in step:
                with concurrent.futures.ThreadPoolExecutor(step["at_once"]) as pool:
                    answers = list(pool.map(lambda _: self.ask(ask), range(step["at_once"])))
            else:
                answers = [self.ask({**ask, "n": n}) for n in range(step.get("times", 1))]
            self.check(answers, expect, told)
            return True

        eventually(once, "the answers are right") if step.get("eventually") else once()

    def check(self, answers, expect, told):
        expect = dict(expect)
        several = {"who": lambda a: a["from"], "statuses": lambda a: a["status"]}
        for word, of in several.items():
            if isinstance(want := expect.pop(word, None), (list, dict)):
                seen = collections.Counter(of(a) for a in answers)
                assert set(seen) == set(want), f"{word}: {seen}, not {want}"
                for key, (least, most) in want.items() if isinstance(want, dict) else ():
                    assert least <= seen[key] / len(answers) <= most, f"{word}: {seen}, not {want}"
        if "distinct" in expect:
            seen = {a["from"] for a in answers}
            assert len(seen) == expect.pop("distinct"), f"who answered: {seen}"
        if "connections" in expect:
            seen = {a["seen"]["connection"] for a in answers}
            assert len(seen) == expect.pop("connections"), f"connections of the upstream: {seen}"
        for name, want in expect.pop("told", {}).items():
            self._told(name, want, told)
        for answer in answers:
            why = differs(expect, answer)
            assert not why, f"{why}\nin {answer}"

    def _told(self, name, want, told):
        """What a mirror's target was asked, sooner or later."""
        upstream, since = next((u, since) for u, since in zip(self.upstreams, told) if u.name == name)
        eventually(lambda: any(not differs(want, entry) for entry in upstream.log[since:]), f"{name} is told {want}, not {upstream.log[since:]}", 5)

    def ask(self, ask):
        assert set(ask) <= asking.WORDS | {"via", "at", "port", "to"}, f"unknown words in {set(ask)}"
        proxy = self.proxies[ask.get("via", "client")]
        address, before = (ask.get("at") or proxy.bind, int(ask.get("port") or self.value("$port"))), b""
        if "to" in ask:
            ip, port = harness.address_of(ask["to"])
            address, before = (proxy.ip, self.value("$capture-port")), f"PROXY TCP4 {proxy.ip} {ip} 33333 {port}\r\n".encode()
        return asking.answer(ask, address, before, self.world.path)


def name_of(obj):
    """As /debug/objects calls it."""
    of_kubernetes = obj["kind"] == "Gateway" and obj["apiVersion"].startswith("gateway.networking.k8s.io")
    return f"{'Kubernetes' if of_kubernetes else ''}{obj['kind']} {obj['metadata']['namespace']}/{obj['metadata']['name']}"


def differs(want, got):
    """Why `got` is not what is wanted; None: it is. A map tells some of the keys (headers in any case), a list of two numbers the bounds,
    null absence, "~..." a regular expression that is found."""
    if isinstance(want, dict):
        lower = {str(k).lower(): v for k, v in (got or {}).items()}
        for key, value in want.items():
            if why := differs(value, lower.get(str(key).lower())):
                return f"{key}: {why}" if ": " in why else f"{key} is {why}"
        return None
    if isinstance(want, list):
        return None if want[0] <= got <= want[1] else f"{got!r}, not within {want}"
    if isinstance(want, str) and want.startswith("~"):
        return None if re.search(want[1:], str(got)) else f"{got!r}, not like {want}"
    return None if want == got or (want is not None and str(want) == str(got)) else f"{got!r}, not {want!r}"
