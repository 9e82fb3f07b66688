"""`renmai rtmp`: take film of encoders (OBS) in, by nginx with its RTMP module, as a program of our own beside the house.

nginx listens on RTMP_PORT, writes what comes into recordings and asks at the door on PORT + 3 (loopback) who may send; the
process of that door reads the recordings into the house's film. Nothing is transcoded, nothing is played from nginx.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from django.db import connections

from renmai.cli.house import HouseClosed, stop_house, tend_house
from renmai.config import config
from renmai.kit.postgres.place import hand_over
from renmai.kit.supervise import Child, Supervisor
from renmai.places.streams.rtmp import APPLICATION, door_path, open_folder, rtmp_folder

MODULES = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules")
MODULE = "ngx_rtmp_module.so"
PROGRAMS = f"{os.defpath}:/usr/sbin:/usr/local/sbin"
CONNECTIONS_MAX = 200
NEEDED = "encoders need nginx with its RTMP module: apt-get install nginx-light libnginx-mod-rtmp"
SETTINGS = """\
load_module {module};
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
rtmp {{
  access_log off;
  server {{
    listen {listen};
    chunk_size 4096;
    max_message 8M;
    max_connections {connections};
    timeout 30s;
    ping 20s;
    ping_timeout 10s;
    application {application} {{
      live on;
      deny play all;
      drop_idle_publisher 15s;
      record all;
      record_path {folder};
      notify_method post;
      notify_update_timeout 2s;
      notify_update_strict on;
      on_publish {door}{publish};
      on_update {door}{update};
      on_publish_done {door}{done};
    }}
  }}
}}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take no arguments: HOST, RTMP_PORT and RTMP_URL come from the environment."""


def run(args: argparse.Namespace) -> int:
    """Take film in until SIGTERM or SIGINT. Errors: HouseClosed where nginx or its module is missing or cannot listen."""
    nginx, module = find_nginx()
    owner = open_folder()
    settings = write_settings(module, owner)
    server = nginx_argv(nginx, settings, owner)
    _try_settings(server)
    connections.close_all()
    children = [Child("encoders", door_argv(), stop_seconds=10), Child("nginx", server, stop_seconds=5)]
    ready = f"Encoders send to {config().rtmp_address} with the stream key that the studio shows."
    Supervisor(
        children, ready=lambda: print(ready, flush=True), tend=tend_house, on_stopped=lambda: stop_house(spare=True)
    ).run()
    return 0


def find_nginx() -> tuple[str, str]:
    """Return the program and its RTMP module. Errors: HouseClosed, with what to install."""
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:{PROGRAMS}")
    module = next((found for folder in MODULES if (found := Path(folder) / MODULE).is_file()), None)
    if nginx is None or module is None:
        raise HouseClosed(NEEDED)
    return nginx, str(module)


def write_settings(module: str, owner: int) -> Path:
    """Write nginx's settings, for its user's eyes only: they hold the door's secret address."""
    own, folder = config(), rtmp_folder()
    host = f"[{own.host}]" if ":" in own.host else own.host
    text = SETTINGS.format(
        module=module, folder=folder, listen=f"{host}:{own.rtmp_port}", connections=CONNECTIONS_MAX,
        application=APPLICATION, door=f"http://127.0.0.1:{own.encoders_port}",
        publish=door_path("publish"), update=door_path("update"), done=door_path("done"),
    )  # fmt: skip
    settings = folder / "nginx.conf"
    settings.unlink(missing_ok=True)
    with os.fdopen(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    hand_over(folder, owner)
    return settings


def nginx_argv(nginx: str, settings: Path, owner: int) -> list[str]:
    """Return how nginx is started: root's as another user, who loses every privilege and ends with us."""
    drop = [
        "setpriv",
        f"--reuid={owner}",
        f"--regid={owner}",
        "--clear-groups",
        "--no-new-privs",
        "--pdeathsig=TERM",
        "--",
    ]
    plain = [nginx, "-e", "stderr", "-p", str(settings.parent), "-c", str(settings)]
    return [*drop, *plain] if os.geteuid() == 0 else plain


def door_argv() -> list[str]:
    """Return how the door for nginx's questions is started, on the loopback address only."""
    return [
        sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(config().encoders_port), "--workers", "1",
        "--loop", "uvloop", "--http", "httptools", "--ws", "none", "--lifespan", "on", "--no-access-log", "--log-level", "warning",
        "--timeout-graceful-shutdown", "5", "--no-server-header", "--no-date-header", "--no-proxy-headers",
        "renmai.fast.encoders.app:application",
    ]  # fmt: skip


def _try_settings(server: list[str]) -> None:
    tried = subprocess.run([*server, "-t", "-q"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if tried.returncode:
        raise HouseClosed(f"nginx cannot be started: {tried.stderr.strip()}")
