"""A backend: sends one Purchase with Meta's official SDK, as a shop's server would. Run by `test_sdk_clients`.

Argument: the address that stands in for https://graph.facebook.com, or nothing to use that one itself.
"""

import sys
import time

from facebook_business.adobjects.serverside.action_source import ActionSource
from facebook_business.adobjects.serverside.custom_data import CustomData
from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.event_request import EventRequest
from facebook_business.adobjects.serverside.user_data import UserData
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

TOKEN = "EAAtestOnlyNotARealToken0123456789"
ACCOUNT = "1111111111111111"

if __name__ == "__main__":
    if len(sys.argv) > 1:
        FacebookSession.GRAPH = sys.argv[1]
    FacebookAdsApi.init(access_token=TOKEN, crash_log=False)
    event = Event(
        event_name="Purchase",
        event_time=int(time.time()),
        event_id="order-1001",
        event_source_url="https://shop.example/thanks",
        action_source=ActionSource.WEBSITE,
        user_data=UserData(email="jane@example.com", client_ip_address="203.0.113.9", client_user_agent="Mozilla/5.0"),
        custom_data=CustomData(value=142.52, currency="USD"),
    )
    print(EventRequest(pixel_id=ACCOUNT, events=[event]).execute().events_received)
