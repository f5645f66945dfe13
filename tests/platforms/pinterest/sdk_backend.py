"""A backend: sends with Pinterest's official Python client, as a shop's server would. Run by `test_clients`.

Arguments: the address that stands in for https://api.pinterest.com/v5, the ad account, JSON of the events, and "test"
for a test request. The client ignores the environment, so proxy and authority would be set here, too.
"""

import json
import sys

from openapi_generated.pinterest_client import ApiClient, Configuration
from openapi_generated.pinterest_client.api.conversion_events_api import ConversionEventsApi
from openapi_generated.pinterest_client.exceptions import ApiException

TOKEN = "pina_TESTTOKEN0000000000000000000000000001"


if __name__ == "__main__":
    address, account, events, *marks = sys.argv[1:]
    api = ConversionEventsApi(ApiClient(Configuration(host=address, access_token=TOKEN)))
    body = {"data": json.loads(events)}
    options = {"test": True} if marks == ["test"] else {}
    try:
        print(api.events_create(account, body, _check_return_type=False, **options))
    except ApiException as error:
        print(error.status, error.body)
