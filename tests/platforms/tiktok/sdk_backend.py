"""A backend: sends with TikTok's official SDK, as a shop's server would. Run by `test_clients`.

Arguments: the address that stands in for https://business-api.tiktok.com, and JSON for `pixel_track`, or for
`pixel_batch` when it has a `batch`. The SDK ignores the environment, so proxy and authority would be set here, too.
"""

import json
import sys

from business_api_client import ApiClient
from business_api_client.api.event_callback_api import EventCallbackApi
from business_api_client.configuration import Configuration
from business_api_client.tiktok_business.tiktok_exceptions import TiktokSDKError

TOKEN = "tiktok-token-0123456789-secret"

if __name__ == "__main__":
    configuration = Configuration()
    configuration.host = sys.argv[1]
    configuration.connection_pool_maxsize = 1
    body = json.loads(sys.argv[2])
    api = EventCallbackApi(ApiClient(configuration))
    call = api.pixel_batch if "batch" in body else api.pixel_track
    try:
        print(call(TOKEN, body=body))
    except TiktokSDKError as error:  # any code but 0
        print(error)
