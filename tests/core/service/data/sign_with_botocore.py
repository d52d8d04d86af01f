# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a request as JSON, prints the Authorization that botocore gives it; 77 without botocore."""
import json
import sys

try:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
except ImportError:
    sys.exit(77)

question = json.load(sys.stdin)
credentials = Credentials(question["id"], question["secret"], question["token"] or None)
signer = SigV4Auth(credentials, "logs", question["region"])
request = AWSRequest("POST", question["url"], question["headers"], question["body"].encode())
# What add_auth() does, but for the clock.
request.context["timestamp"] = question["time"]
signer._modify_request_before_signing(request)
canonical = signer.canonical_request(request)
signature = signer.signature(signer.string_to_sign(request, canonical), request)
signer._inject_signature_to_request(request, signature)
print(request.headers["Authorization"])
