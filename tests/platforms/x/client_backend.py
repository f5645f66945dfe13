"""A backend: sends with the official `twitter-ads`, as a shop's server would. Run by `test_clients`.

Arguments: the address that stands in for https://ads-api.twitter.com, the path, and the body as JSON.
"""

import sys

from twitter_ads.client import Client
from twitter_ads.error import Error
from twitter_ads.http import Request

KEYS = ("consumer0123", "consumersecret0123", "owner0123456", "ownersecret0123")

if __name__ == "__main__":
    Request._DEFAULT_DOMAIN = sys.argv[1]  # the client has no setting for it
    headers = {"Content-Type": "application/json"}
    try:
        answer = Request(Client(*KEYS), "post", sys.argv[2], headers=headers, body=sys.argv[3]).perform()
        print(answer.code, answer.body)
    except Error as error:
        print(error.code, error.details)
