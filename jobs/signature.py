"""An approval signed with the operator's own key, which anyone can verify with OpenSSH.

    printf %s SHA256 | ssh-keygen -Y sign -f KEY -n surplus > batch.sig
    printf %s SHA256 | ssh-keygen -Y verify -f allowed_signers -I treasury-1 -n surplus -s batch.sig

The key stands in surplus.toml (`signing_key`), as two people confirmed it; the signature is kept
with the batch.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from surplus.problems import Refusal

if TYPE_CHECKING:
    from jobs.session import Session

#: What a signature of ours is for: one made for something else is none.
NAMESPACE = "surplus"
SECONDS = 30


def signed(session: Session, sha256: str, file: Path | None) -> str:
    """The signature of the operator over a payment file's SHA-256; '' where none is asked for.

    Raises:
        Refusal: one is asked for, and there is none, no key, or it is not the operator's over this.
    """
    if not session.agreed.four_eyes.signature:
        return ""
    if file is None:
        raise Refusal(
            f"an approval is signed here: SHA-256 {sha256}",
            f"printf %s {sha256} | ssh-keygen -Y sign -f KEY -n {NAMESPACE} > FILE, and give it "
            "with --signature FILE",
        )
    key = session.operators[session.operator]["signing_key"]
    if not key:
        raise Refusal(
            f"operator {session.operator} has no signing_key",
            "write the public key in surplus.toml",
        )
    try:
        signature = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise Refusal(f"{file} is no signature that can be read", "check the path") from None
    if not verified(session.operator, key, sha256, signature):
        raise Refusal(
            f"P09: the signature is not that of {session.operator} over {sha256}",
            "sign the SHA-256 that surplus pay show tells now",
        )
    return signature


def verified(operator: str, key: str, sha256: str, signature: str) -> bool:
    """Whether a signature is an operator's over a SHA-256, by `ssh-keygen -Y verify`.

    Raises:
        Refusal: OpenSSH is not there.
    """
    with tempfile.TemporaryDirectory() as place:
        signers, given = Path(place) / "allowed_signers", Path(place) / "signature"
        signers.write_text(f'{operator} namespaces="{NAMESPACE}" {key}\n', encoding="utf-8")
        given.write_text(signature, encoding="ascii")
        command = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", operator,
                   "-n", NAMESPACE, "-s", str(given)]  # fmt: skip
        try:
            done = subprocess.run(
                command, input=sha256.encode(), capture_output=True, timeout=SECONDS, check=False
            )
        except FileNotFoundError:
            raise Refusal("ssh-keygen is not installed", "install OpenSSH's client") from None
    return done.returncode == 0
