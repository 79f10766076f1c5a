"""Writes httpsig.jsonl: the calls of http-signature.jsonl, signed by Python's httpsig.

    pip install httpsig==1.3.0 && python generate.py < http-signature.jsonl > httpsig.jsonl

httpsig does not know (created) and (expires): those calls are left out.
"""

import json
import pathlib
import re
import sys
from importlib.metadata import version

from httpsig.sign import HeaderSigner

KEY = pathlib.Path(__file__).with_name("private.pem").read_text()

for line in sys.stdin:
    call = json.loads(line)
    *headers, (_, other) = call["headers"]
    parameters = dict(re.findall(r'(\w+)="([^"]*)"', other))
    names = parameters["headers"].split(" ")
    if "(created)" in names:
        continue
    signer = HeaderSigner(parameters["keyId"], KEY, "rsa-sha256", names, sign_header="signature")
    signed = signer.sign(dict(headers), method=call["method"], path=call["target"])
    call["signer"] = "httpsig " + version("httpsig")
    call["headers"] = [*headers, ["Signature", signed["signature"]]]
    print(json.dumps(call, ensure_ascii=False, separators=(",", ":")))
