"""A model as one file, named by its own digest: RENMAI_HOME/models/SHA256.npz, readable by its owner only.

Numpy's own format (`numpy.load` reads it), with nothing of the moment in it, so that the same signals give the same bytes. There is
nobody in it: products, how near they are, and by what it was made.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import scipy.sparse as sp
from numpy.typing import NDArray

from renmai.config import config
from renmai.matching.fits.reading import Ids

EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Artefact:
    """A model: `things`, how near they are to one another, how much was `taken` of each, and by what it was made."""

    things: Ids
    near: sp.csr_matrix
    taken: NDArray[np.float32]
    parameters: Mapping[str, Any]

    def content(self) -> bytes:
        """Return the file's bytes."""
        parts = {
            "data": self.near.data.astype("<f4"),
            "indices": self.near.indices.astype("<i4"),
            "indptr": self.near.indptr.astype("<i8"),
            "parameters": np.frombuffer(orjson.dumps(dict(self.parameters), option=orjson.OPT_SORT_KEYS), dtype="u1"),
            "taken": self.taken.astype("<f4"),
            "things": self.things.astype("<u8"),
        }
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, array in parts.items():
                part = io.BytesIO()
                np.lib.format.write_array(part, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), part.getvalue())
        return file.getvalue()


def folder() -> Path:
    """Return where models lie."""
    return config().home / "models"


def path_of(sha256: str) -> Path:
    """Return where a model lies, if it is kept."""
    return folder() / f"{sha256}.npz"


def digest_of(content: bytes) -> str:
    """Return the digest by which a file is named."""
    return hashlib.sha256(content).hexdigest()


def keep(content: bytes) -> str:
    """Write a file; return its digest. It gets its name when it is whole and on disk."""
    sha256 = digest_of(content)
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder() / f".{sha256}.{os.getpid()}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path_of(sha256))
    finally:
        part.unlink(missing_ok=True)
    return sha256


def is_whole(sha256: str) -> bool | None:
    """Return whether a model's file is what it was; None where there is no file."""
    try:
        with path_of(sha256).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return None


def load(sha256: str) -> Artefact | None:
    """Return a kept model; None where its file is gone or is not what it was."""
    if not is_whole(sha256):
        return None
    with np.load(path_of(sha256), allow_pickle=False) as parts:
        count = len(parts["things"])
        near = sp.csr_matrix((parts["data"], parts["indices"], parts["indptr"]), shape=(count, count))
        parameters = orjson.loads(parts["parameters"].tobytes())
        return Artefact(parts["things"].astype(np.uint64), near, parts["taken"], parameters)
