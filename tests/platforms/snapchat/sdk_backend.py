"""A backend: sends with Snap's official Python SDK, as a shop's server would. Run by `test_clients`.

Arguments: JSON for the events' arguments, then what of these is wanted: `at=` the address that stands in for
https://tr.snapchat.com, `proxy=` and `ca=` to go through a proxy, `test` to have the events validated only. The SDK
ignores the environment, so proxy and authority are set on its configuration, and its client is made anew.
"""

import json
import sys

from snap_business_sdk.api.default_api import DefaultApi
from snap_business_sdk.api_client import ApiClient
from snap_business_sdk.public.conversion_api import USER_AGENT, ConversionApi
from snap_business_sdk.public.conversion_event import ConversionEvent

TOKEN = "snap-token-0123456789-secret"

if __name__ == "__main__":
    said = dict(each.partition("=")[::2] for each in sys.argv[2:])
    api = ConversionApi(TOKEN, launchpad_url=said.get("at"))
    if "proxy" in said:
        api.configuration.proxy, api.configuration.ssl_ca_cert = said["proxy"], said["ca"]
        api.api_client = ApiClient(api.configuration)
        api.api_client.user_agent = USER_AGENT
        api.default_api = DefaultApi(api.api_client)
    events = [ConversionEvent(**each) for each in json.loads(sys.argv[1])]
    send = api.send_test_events if "test" in said else api.send_events_sync
    answer = send(events)
    print(answer.get() if hasattr(answer, "error_message") else answer)
