"""Asks for actions of Landscape's API: by POST, with everything in the body, signed.

Each line of the input is a JSON object with the members action and parameters, and
may have others: key, secret and timestamp instead of the right ones, and twice, which
sends the same request again. Each line of the output is [status, answer].
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from urllib.parse import quote, urlsplit

import requests


def encode(value):
    return quote(value, safe="-_.~")


def sign(verb, uri, secret, parameters):
    parts = urlsplit(uri)
    query = "&".join(f"{encode(k)}={encode(v)}" for k, v in sorted(parameters.items()))
    text = "\n".join([verb, parts.netloc.lower(), parts.path or "/", query])
    mac = hmac.new(secret.encode(), text.encode(), hashlib.sha256)
    return query, base64.b64encode(mac.digest()).decode()


def ask(session, request):
    uri = os.environ["LANDSCAPE_API_URI"]
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    parameters = dict(request["parameters"])
    parameters.update(
        action=request["action"],
        version="2011-08-01",
        access_key_id=request.get("key", os.environ["LANDSCAPE_API_KEY"]),
        signature_method="HmacSHA256",
        signature_version="2",
        timestamp=request.get("timestamp", now),
    )
    secret = request.get("secret", os.environ["LANDSCAPE_API_SECRET"])
    query, signature = sign("POST", uri, secret, parameters)
    body = query + "&signature=" + quote(signature)  # its slashes stay
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = session.post(uri, data=body, headers=headers)
    if request.get("twice"):
        answer = session.post(uri, data=body, headers=headers)
    return [answer.status_code, answer.json()]


def main():
    session = requests.Session()
    session.trust_env = False  # no proxies
    for line in sys.stdin:
        print(json.dumps(ask(session, json.loads(line))), flush=True)


main()
