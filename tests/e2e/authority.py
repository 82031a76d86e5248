"""An authority that signs certificates, and a server that shows one."""
import ssl
import subprocess

from web import page, serving


def run(*command):
    subprocess.run(["openssl", *command], check=True, capture_output=True)


class Authority:
    def __init__(self, path, name="authority"):
        self.path, self.name = path, name
        self.certificate = path / f"{name}.crt"
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", str(path / f"{name}.key"), "-out", str(self.certificate))

    def sign(self, name):
        """Files with the certificate and key of a host."""
        key, ask, crt, names = (self.path / f"{self.name}-{name}.{end}" for end in ("key", "csr", "crt", "ext"))
        names.write_text(f"subjectAltName=DNS:{name}\n")
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(ask))
        run("x509", "-req", "-in", str(ask), "-CA", str(self.certificate), "-CAkey", str(self.path / f"{self.name}.key"), "-CAcreateserial", "-days", "2",
            "-extfile", str(names), "-out", str(crt))
        return crt, key

    def config_map(self, name="ca", namespace="default"):
        lines = "".join(f"    {line}\n" for line in self.certificate.read_text().splitlines())
        return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata:\n  ca.crt: |\n{lines}"


def remember_name(connection, name, _context):
    connection.server_name = name


def tls_server(ip, pair, says="secure"):
    """Answers `says` and the server name that the client asked for. Gives its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, pair))
    context.sni_callback = remember_name
    return serving(lambda asked: page(f"{says} {asked.connection.server_name}"), ip, context)
