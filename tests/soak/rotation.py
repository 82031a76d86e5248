"""The mesh's root is replaced: a plugged-in authority, step by step, as an operator does it."""
import itertools
import os
import subprocess
import time

from authority import run
from harness import eventually
from meshes import encrypted_pair, failed_handshakes, handshakes, secret, show, traffic


class Root:
    """A root of its own, and an authority below it that signs."""

    def __init__(self, folder, name):
        self.name, self.folder = name, folder
        self.root, self.root_key, self.ca, self.ca_key = (folder / f"{name}-{what}" for what in ("root.pem", "root.key", "ca.pem", "ca.key"))
        extension, ask = folder / f"{name}.ext", folder / f"{name}.csr"
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", f"/O={name}",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", str(self.root_key), "-out", str(self.root))
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/O={name} mesh", "-keyout", str(self.ca_key), "-out", str(ask))
        extension.write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n")
        self._sign(ask, extension, self.root, self.root_key, self.ca)

    def _sign(self, ask, extension, ca, key, out):
        run("x509", "-req", "-in", str(ask), "-CA", str(ca), "-CAkey", str(key), "-CAcreateserial", "-days", "20", "-extfile", str(extension), "-out", str(out))

    def leaf(self, identity):
        """Files with a chain and a key of somebody."""
        chain, key, ask, extension, own = (self.folder / f"{self.name}-leaf.{end}" for end in ("pem", "key", "csr", "ext", "crt"))
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/", "-keyout", str(key), "-out", str(ask))
        extension.write_text(f"subjectAltName=critical,URI:{identity}\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth,serverAuth\n")
        self._sign(ask, extension, self.ca, self.ca_key, own)
        chain.write_text(own.read_text() + self.ca.read_text())
        return chain, key


class Plugged:
    """A directory of an authority, changed at once as Kubernetes changes what it mounts: the files are links through `..data`."""

    def __init__(self, folder):
        self.folder, self._versions = folder, itertools.count(1)
        folder.mkdir()

    def put(self, signer, *trusted):
        version = self.folder / f"..{next(self._versions)}"
        version.mkdir()
        root = "".join(r.root.read_text() for r in trusted)
        for name, text in (("root-cert.pem", root), ("cert-chain.pem", signer.ca.read_text() + signer.root.read_text()),
                           ("ca-cert.pem", signer.ca.read_text()), ("ca-key.pem", signer.ca_key.read_text())):
            (version / name).write_text(text)
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to(f"..data/{name}")
        beside = self.folder / "..beside"
        beside.symlink_to(version.name)
        os.replace(beside, self.folder / "..data")


def taken_by(address, root):
    """Does this STRICT port take a certificate that `root` signed? It says so by an answer; TLS alone would say it too late."""
    chain, key = root.leaf("spiffe://cluster.local/ns/default/sa/client")
    done = subprocess.run(["openssl", "s_client", "-connect", "%s:%d" % address, "-alpn", "istio-http/1.1,istio", "-cert", str(chain), "-key", str(key),
                           "-cert_chain", str(chain), "-quiet", "-verify_quiet", "-servername", "app"],
                          input=b"GET / HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n", capture_output=True, timeout=20)
    return b"HTTP/1.1 200" in done.stdout


def roots_are_replaced_under_load(world, seconds):
    """Proves: again and again for `seconds`, at least once, the root of the mesh is replaced in three steps (both are trusted; the new one
    signs; only the new one is trusted), each once all proxies have what the step before gave them, and certificates are renewed every
    3 s throughout: no request fails, no kept connection is reopened, no handshake between the proxies fails. After it, the server takes
    no certificate of the old root any more, and it takes one of the new root."""
    plugged = Plugged(world.path / "cacerts")
    folder = world.path / "roots"
    folder.mkdir()
    old = Root(folder, "root-0")
    plugged.put(old, old)
    pair = encrypted_pair(world, {"SECRET_TTL": "20s", "SECRET_GRACE_PERIOD_RATIO": "0.85"}, flags=("--cacerts-dir", str(plugged.folder)))
    agents = pair.client, pair.server
    inbound = (pair.server.env["INSTANCE_IP"], 8080)
    eventually(lambda: taken_by(inbound, old), "a certificate of the first root is taken", 20)
    before = failed_handshakes(*agents)

    def all_of(name, right, what):
        eventually(lambda: all(right(secret(agent, name)) for agent in agents), what, 60, every=0.2)

    end, rotations = time.monotonic() + seconds, 0
    with traffic(pair) as load:
        while not rotations or time.monotonic() < end:
            rotations += 1
            new = Root(folder, f"root-{rotations}")
            plugged.put(old, old, new)
            all_of("ROOTCA", lambda pem: new.root.read_text() in pem and old.root.read_text() in pem, "both roots are trusted")
            eventually(load.everywhere(), "traffic goes on")
            plugged.put(new, new, old)
            all_of("default", lambda pem: new.ca.read_text().strip() in pem, "certificates of the new root are in use")
            eventually(load.everywhere(), "traffic goes on")
            plugged.put(new, new)
            all_of("ROOTCA", lambda pem: new.root.read_text() in pem and old.root.read_text() not in pem, "only the new root is trusted")
            eventually(load.everywhere(20), "traffic goes on", 30)
            old, gone = new, old
        assert failed_handshakes(*agents) == before
    show("rotation", load, f"roots replaced: {rotations}; handshakes between the proxies: {handshakes(pair.server)}")
    assert not load.wrong, load.table()
    assert [flow.name for flow in load.flows if flow.reopened] == []
    assert not taken_by(inbound, gone), "the old root is trusted no more"
    assert taken_by(inbound, old)
