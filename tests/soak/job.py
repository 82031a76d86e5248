"""A Job in a mesh: the script that people write around their work, with a real agent."""
import os
import shutil
import subprocess
import sys

from harness import AMIME
from test_agent import Agent, serves

# As it is found everywhere where Jobs run beside a sidecar; the ports are the agent's.
SCRIPT = """
until curl -fsI http://localhost:$STATUS/healthz/ready; do sleep 0.2; done
%s
x=$?
curl -fsI -X POST http://localhost:$STATUS/quitquitquit
exit $x
"""
# What the script says to curl, where there is none: answers of 400 and more are failures (-f).
STAND_IN = """#!%s
import sys, urllib.request
post = "POST" in sys.argv
try:
    urllib.request.urlopen(urllib.request.Request(sys.argv[-1], method="POST" if post else "HEAD"), timeout=5)
except OSError:
    sys.exit(22)
"""


def environment(mesh, agent):
    folder = mesh.path / "bin"
    folder.mkdir(exist_ok=True)
    if not shutil.which("curl"):
        (folder / "curl").write_text(STAND_IN % sys.executable)
        (folder / "curl").chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "STATUS": str(agent.ports["--status-port"]), "WORK": str(mesh.path / "work"),
            "AMIME": AMIME, "ENVOY_STATUS": str(agent.ports["--envoy-status-port"]), "URL": "http://%s:%d/" % (agent.bind, mesh.port), "PYTHON": sys.executable}


# What the job does: a request through its sidecar at once, so that it fails if the sidecar is not what it said that it is.
WORK = """$PYTHON -c 'import json, os, urllib.request as u; print(json.load(u.urlopen(u.Request(os.environ["URL"], headers={"Host": "app"}), timeout=5))["name"])' && (exit %d)"""


def a_job_ends_with_its_own_code(mesh, code):
    """Proves: a script that waits for /healthz/ready, works, posts quitquitquit and exits with the work's code, started together with the
    agent, has its first request answered, ends with that code, and the agent (and its Envoy) end with 0."""
    agent = Agent(mesh)
    job = subprocess.run(["sh", "-c", SCRIPT % (WORK % code)], env=environment(mesh, agent), capture_output=True, text=True, timeout=90)
    assert job.returncode == code, job.stdout + job.stderr
    assert "app" in job.stdout.splitlines(), job.stdout + job.stderr
    envoy = agent.envoy_pid()
    assert agent.process.ends(15) == 0, agent.process.log()
    assert not os.path.exists(f"/proc/{envoy}"), "Envoy ended with its agent"


def an_application_is_held_until_its_proxy_is_ready(mesh):
    """Proves (holdApplicationUntilProxyStarts): `amime agent wait`, as the sidecar's postStart hook, does not end before the proxy is
    ready: the application that starts after it has its first request answered. Where there is no control plane, it ends with an error
    after its time."""
    agent = Agent(mesh)
    hold = '"$AMIME" agent wait --url http://localhost:$ENVOY_STATUS/healthz/ready --periodMillis 50 --timeoutSeconds 60 && ' + WORK % 0
    held = subprocess.run(["sh", "-c", hold], env=environment(mesh, agent), capture_output=True, text=True, timeout=90)
    assert (held.returncode, held.stdout) == (0, "app\n"), held.stderr
    serves(mesh, agent)
    agent.process.stop()
    late = subprocess.run([AMIME, "agent", "wait", "--url", f"http://localhost:{agent.ports['--envoy-status-port']}/healthz/ready", "--periodMillis", "50",
                           "--timeoutSeconds", "1"], capture_output=True, text=True, timeout=30)
    assert late.returncode == 1 and late.stderr.strip()
