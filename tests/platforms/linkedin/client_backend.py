"""A backend: sends with LinkedIn's official Rest.li client, as a shop's server would. Run by `test_clients`.

Arguments: the file of certificates to trust, and JSON for `create`, or for `batch_create` when it is a list. The proxy
comes from the environment, which the client's certificates do not.
"""

import json
import sys

from linkedin_api.clients.restli.client import RestliClient
from linkedin_api.common.errors import ResponseFormattingError

TOKEN = "AQXlinkedinTOKEN0123456789secretAQX"

if __name__ == "__main__":
    client = RestliClient()
    client.session.verify = sys.argv[1]
    body = json.loads(sys.argv[2])
    common = {"resource_path": "/conversionEvents", "access_token": TOKEN, "version_string": "202608"}
    try:
        if isinstance(body, list):
            answer = client.batch_create(entities=body, **common)
        else:
            answer = client.create(entity=body, **common)
        print(answer.status_code)
    except ResponseFormattingError:  # all that the client says of a batch that was refused whole
        print("an answer without elements")
