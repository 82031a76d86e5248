#!/usr/bin/env python3
"""Changes in their worst order under load, many times each, as a table: how many requests failed, and how many went to the
wrong version once the change was in force. The rows are those of tests/e2e/rollout/rows.py.

usage: rollout.py [--reps 20] [--only ROW,...] [--sotw] [--out FILE.json]
Against another control plane: PEER='ADDR:PORT COMMAND'. COMMAND is run with the directory of the configuration as its last
argument whenever something in it changed; Envoys connect to ADDR:PORT. Then "in force" is what the requests say.
Exit code 1 if any request failed."""
import argparse
import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time

E2E = pathlib.Path(__file__).resolve().parents[2] / "tests" / "e2e"
sys.path[:0] = [str(E2E), str(E2E / "rollout")]
import harness  # noqa: E402
from rows import ROWS  # noqa: E402
from shop import Shop  # noqa: E402
from test_rollout import play  # noqa: E402

PEER = os.environ.get("PEER")


class PeerWorld(harness.World):
    """Another control plane: told of changes by a command."""

    def __init__(self, path):
        super().__init__(path)
        address, self.command = PEER.split(" ", 1)
        self.xds = harness.address_of(address)
        self.up = False

    def tell(self):
        if self.up:
            subprocess.run([*shlex.split(self.command), str(self.config)], check=True, capture_output=True)

    def write(self, name, text):
        super().write(name, text)
        self.tell()

    def remove(self, name):
        super().remove(name)
        self.tell()

    def start_serve(self, *_):
        self.up = True
        self.tell()


class PeerShop(Shop):
    def wait_connected(self):
        time.sleep(5)  # nobody tells

    def wait_in_force(self, *_):
        """Nobody tells: until both ways have answered alike for a while."""
        def same():
            answers = {self.ask(a) for a in self.addresses for _ in range(50)}
            return len(answers) == 1 and all(str(a).startswith("echo/") for a in answers)
        harness.eventually(same, "the answers are alike", 30)


def once(name, delta):
    row = next(row for row in ROWS if row.name == name)
    with tempfile.TemporaryDirectory(prefix="amime-rollout-") as path:
        world = (PeerWorld if PEER else harness.World)(path)
        shop = (PeerShop if PEER else Shop)(world, delta)
        try:
            loads = play(shop.up(), row, more=150)
            wrong = sum(len(load.wrong) for load in loads)
            misrouted = sum(1 for load in loads for _, what in load.wrong[load.in_force:] if what.startswith("echo/"))
            examples = [f"{load.name}: {what}, pauses {shop.pauses}" for load in loads for _, what in load.wrong[:2]]
            return {"requests": sum(load.sent for load in loads), "failed": wrong - misrouted, "misrouted": misrouted, "examples": examples}
        finally:
            shop.close()
            world.close()


def counted(repetitions):
    """A row's repetitions as one: sums, and the first examples of what went wrong."""
    total = {"runs": 0, "requests": 0, "failed": 0, "misrouted": 0, "broken": 0, "examples": []}
    for repetition in repetitions:
        total["runs"] += 1
        try:
            result = repetition.result()
        except AssertionError as error:  # never in force, or a process died: that is no success either
            result = {"broken": 1, "examples": [str(error)[:500]]}
        for key, value in result.items():
            total[key] += value
    return {**total, "examples": total["examples"][:5]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reps", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=3, help="repetitions at a time, each on addresses of its own")
    parser.add_argument("--only", default="", help="names of functions in rows.py, by commas")
    parser.add_argument("--sotw", action="store_true")
    parser.add_argument("--out")
    options = parser.parse_args()
    only = {name for name in options.only.split(",") if name}
    rows = [row for row in ROWS if (not only or row.change.__name__ in only) and not (PEER and row.restarts)]
    print(f"{'change':<54} {'runs':>5} {'requests':>9} {'failed':>7} {'misrouted':>10} {'broken':>7}")
    results = []
    # A process for each repetition: addresses go by the process.
    with concurrent.futures.ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        asked = [(row, [pool.submit(once, row.name, not options.sotw) for _ in range(options.reps)]) for row in rows]
        for row, repetitions in asked:
            total = counted(repetitions)
            results.append({"change": row.name, **total})
            print(f"{row.name:<54} {total['runs']:>5} {total['requests']:>9} {total['failed']:>7} {total['misrouted']:>10} {total['broken']:>7}", flush=True)
            for example in total["examples"]:
                print(f"    {example}", flush=True)
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps({"protocol": "sotw" if options.sotw else "delta", "peer": PEER, "rows": results}, indent=1) + "\n")
    bad = sum(row["failed"] + row["misrouted"] + row["broken"] for row in results)
    print(f"{bad} requests failed or were misrouted" if bad else "no request failed, none was misrouted")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
