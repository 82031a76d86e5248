"""JSON Web Tokens for tests, signed by openssl with keys that are made for the occasion (RS256)."""
import base64
import json
import subprocess
import time


def _text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _json(value):
    return json.dumps(value, separators=(",", ":"))


def _openssl(*args, **options):
    return subprocess.run(["openssl", *args], check=True, capture_output=True, **options).stdout


class Issuer:
    """A key pair in `folder`; `key_set` is the public half, as a RequestAuthentication's jwks has it."""

    def __init__(self, folder, name):
        self.name, self.file = name, folder / f"token-key-{name}.pem"
        _openssl("genrsa", "-out", str(self.file), "2048")
        modulus = _openssl("rsa", "-in", str(self.file), "-modulus", "-noout", text=True).strip().partition("=")[2]
        self.key_set = _json({"keys": [{"kty": "RSA", "kid": name, "use": "sig", "alg": "RS256", "n": _text(bytes.fromhex(modulus)), "e": "AQAB"}]})

    def sign(self, **claims):
        claims.setdefault("exp", int(time.time()) + 3600)
        signed = ".".join(_text(_json(part).encode()) for part in ({"alg": "RS256", "kid": self.name, "typ": "JWT"}, claims))
        return f"{signed}.{_text(_openssl('dgst', '-sha256', '-sign', str(self.file), input=signed.encode()))}"


def make(folder, tokens):
    """{NAME: {key: KEY, CLAIM: VALUE...}} -> {"token-NAME": text, "keys-KEY": key set}"""
    issuers = {key: Issuer(folder, key) for key in sorted({token["key"] for token in tokens.values()})}
    out = {f"keys-{key}": issuer.key_set for key, issuer in issuers.items()}
    for name, token in tokens.items():
        out[f"token-{name}"] = issuers[token["key"]].sign(**{claim: value for claim, value in token.items() if claim != "key"})
    return out
