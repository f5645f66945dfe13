"""The demo shop: static pages from `resources/shop` and a small real backend that tracks its orders server-side.

Each scenario of `scenarios.json` is one checkout that is right or wrong in one way. The page sends the browser's half;
this backend sends the server's half with its own HTTP client, to the Conversions API address it was given or through
a proxy, exactly as a shop's backend would be configured.
"""

from __future__ import annotations

import hashlib
import json
import logging
import ssl
import threading
import time
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from app.model import Customer

SHOP_PAGES = Path(__file__).resolve().parent.parent / "resources" / "shop"
ACCESS_TOKEN = "DEMO-TOKEN-THAT-OPENS-NOTHING"  # noqa: S105 # the sandbox takes any token; this one opens no account
CURRENCY = "EUR"
# The page's own request needs this long to leave the browser; a backend that saves an order first takes as long.
USUAL_DELAY_S = 0.6

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backend:
    """How the shop's server reaches the Conversions API, all of it configuration a real shop has too.

    `api_base` replaces `https://graph.facebook.com`; `proxy` and `ca_bundle` are for the sends that go through a proxy.
    """

    api_base: str
    proxy: str
    ca_bundle: Path


@dataclass(frozen=True, slots=True)
class Order:
    """One placed order. `browser` is what the page is to fire, `server` what the backend is to send."""

    number: str
    scenario: str
    lines: tuple[dict[str, Any], ...]
    value: str
    browser: tuple[dict[str, Any], ...]
    server: tuple[dict[str, Any], ...]
    page: str
    user_agent: str
    fbp: str


@dataclass
class Shop:
    """The running shop. `start` binds a free loopback port; `finished` is set once the autopilot is through."""

    backend: Backend
    finished: threading.Event = field(default_factory=threading.Event)
    sends: list[threading.Thread] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)

    @cached_property
    def catalogue(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((SHOP_PAGES / "scenarios.json").read_text("utf-8"))
        return found

    @property
    def url(self) -> str:
        return f"http://localhost:{self._server.server_port}/"

    def start(self) -> str:
        """Serve in a thread of its own and return the shop's address."""
        shop = self

        class Handler(_Handler):
            backend_of = shop

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="shop", daemon=True)
        self._thread.start()
        return self.url

    def stop(self) -> None:
        """Stop serving and wait for the sends that are under way."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for send in self.sends:
            send.join(timeout=15)

    def scenario(self, name: str) -> dict[str, Any] | None:
        return next((item for item in self.catalogue["scenarios"] if item["id"] == name), None)

    def place_order(self, scenario: dict[str, Any], user_agent: str, fbp: str) -> tuple[Order, int]:
        """Take an order and send its server half in the background; also says how many orders the scenario lacks."""
        number = str(10_400 + len(self.orders) + 1)
        placed = sum(order.scenario == scenario["id"] for order in self.orders.values()) + 1
        fill = {"order": number}
        order = Order(
            number=number,
            scenario=scenario["id"],
            lines=tuple(lines_of(scenario)),
            value=value_of(scenario),
            browser=tuple(_with_event_id(event, fill) for event in scenario["browser"]),
            server=tuple(_with_event_id(event, fill) for event in scenario["server"]),
            page=f"{self.url}thanks.html?order={number}&scenario={scenario['id']}",
            user_agent=user_agent,
            fbp=fbp,
        )
        self.orders[number] = order
        send = threading.Thread(target=self._track, args=(order,), name=f"order-{number}", daemon=True)
        self.sends.append(send)
        send.start()
        return order, max(scenario.get("orders", 1) - placed, 0)

    def _track(self, order: Order) -> None:
        """The backend's own tracking of one order: every send its scenario asks for, in turn."""
        for send in order.server:
            time.sleep(send.get("delay_s", USUAL_DELAY_S))
            try:
                answer = self._send(self._server_event(order, send), via_proxy=send.get("via_proxy", False))
                logger.info("order %s: %s", order.number, answer.status_code)
            except httpx.HTTPError as error:
                logger.info("order %s was not tracked: %s", order.number, type(error).__name__)

    def _send(self, event: dict[str, Any], *, via_proxy: bool) -> httpx.Response:
        path = f"/{self.catalogue['api_version']}/{self.catalogue['pixel']}/events"
        body = {"data": [event], "access_token": ACCESS_TOKEN}
        if via_proxy:
            trusted = ssl.create_default_context(cafile=str(self.backend.ca_bundle))
            with httpx.Client(proxy=self.backend.proxy, verify=trusted, trust_env=False, timeout=10) as client:
                return client.post("https://graph.facebook.com" + path, json=body)
        with httpx.Client(trust_env=False, timeout=10) as client:
            return client.post(self.backend.api_base + path, json=body)

    def _server_event(self, order: Order, send: dict[str, Any]) -> dict[str, Any]:
        value = Decimal(order.value) - Decimal(send.get("value_less", "0"))
        custom_data: dict[str, Any] = {
            "order_id": order.number,
            "content_type": "product",
            "content_ids": [line["id"] for line in order.lines],
            "contents": [
                {"id": line["id"], "quantity": line["quantity"], "item_price": float(line["price"])}
                for line in order.lines
            ],
        }
        if not send.get("without_value"):
            custom_data |= {"value": float(value), "currency": CURRENCY}
        event: dict[str, Any] = {
            "event_name": send["name"],
            "event_time": int(time.time()),
            "action_source": "website",
            "event_source_url": order.page,
            "user_data": self._user_data(order, send.get("email_as_typed")),
            "custom_data": custom_data,
        }
        if send["event_id"] is not None:
            event["event_id"] = send["event_id"]
        return event

    def _user_data(self, order: Order, email_as_typed: str | None) -> dict[str, Any]:
        hashed = {key: [_sha256(_normalized(key, text))] for key, text in self.catalogue["customer"].items()}
        if email_as_typed is not None:
            hashed["em"] = [_sha256(email_as_typed)]
        plain = {
            "client_ip_address": self.catalogue["client_ip"],
            "client_user_agent": order.user_agent,
            "fbp": order.fbp,
        }
        return {**hashed, **{key: value for key, value in plain.items() if value}}


def demo_customer() -> Customer:
    """The person who buys in the shop, as typed."""
    found: dict[str, str] = json.loads((SHOP_PAGES / "scenarios.json").read_text("utf-8"))["customer"]
    return Customer(tuple((key, (text,)) for key, text in found.items()))


def lines_of(scenario: dict[str, Any]) -> list[dict[str, Any]]:
    """A scenario's basket as objects with id, name, price (decimal text) and quantity."""
    return [
        {"id": number, "name": name, "price": price, "quantity": quantity}
        for number, name, price, quantity in scenario["basket"]
    ]


def value_of(scenario: dict[str, Any]) -> str:
    """The basket's total as decimal text."""
    return str(sum(Decimal(line["price"]) * line["quantity"] for line in lines_of(scenario)))


def _with_event_id(event: dict[str, Any], fill: dict[str, str]) -> dict[str, Any]:
    pattern = event["event_id"]
    return {**event, "event_id": pattern and pattern.format(**fill, uuid=uuid.uuid4())}


def _normalized(key: str, text: str) -> str:
    """Meta's documented rules, as far as the demo's one customer needs them."""
    if key == "ph":
        return "".join(filter(str.isdigit, text)).lstrip("0")
    return text.strip().lower()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class _Handler(SimpleHTTPRequestHandler):
    """Static pages, and the few calls they make."""

    backend_of: Shop
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, directory=str(SHOP_PAGES), **kwargs)

    def do_GET(self) -> None:
        shop = self.backend_of
        path = self.path.partition("?")[0].strip("/").split("/")
        if path == ["api", "shop"]:
            scenarios = [
                {
                    **{key: item[key] for key in ("id", "title", "story")},
                    "goods": item["basket"][0][1] + (" and more" if len(item["basket"]) > 1 else ""),
                    "value": value_of(item),
                }
                for item in shop.catalogue["scenarios"]
            ]
            facts = {key: shop.catalogue[key] for key in ("pixel", "customer")}
            self._answer({**facts, "scenarios": scenarios})
        elif path[:2] == ["api", "scenarios"] and (scenario := shop.scenario(path[-1])):
            customer = shop.catalogue["customer"]
            labels = {
                "em": "E-mail",
                "ph": "Phone",
                "fn": "First name",
                "ln": "Last name",
                "ct": "City",
                "zp": "Zip code",
            }
            self._answer(
                {
                    **{key: scenario[key] for key in ("id", "title", "story")},
                    "lines": lines_of(scenario),
                    "value": value_of(scenario),
                    "form": [[label, customer[key]] for key, label in labels.items()],
                }
            )
        elif path[:2] == ["api", "orders"] and (order := shop.orders.get(path[-1])):
            self._answer(
                {
                    "number": order.number,
                    "scenario": order.scenario,
                    "lines": order.lines,
                    "value": order.value,
                    "currency": CURRENCY,
                    "browser": [{"name": item["name"], "event_id": item["event_id"]} for item in order.browser],
                }
            )
        elif path[0] == "api":
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            super().do_GET()

    def do_POST(self) -> None:
        shop = self.backend_of
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path == "/api/finished":
            shop.finished.set()
            self._answer({})
            return
        scenario = shop.scenario(json.loads(body)["scenario"]) if self.path == "/api/orders" else None
        if scenario is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        cookies = dict(item.strip().partition("=")[::2] for item in self.headers.get("cookie", "").split(";"))
        order, left = shop.place_order(scenario, self.headers.get("user-agent", ""), cookies.get("_fbp", ""))
        self._answer({"number": order.number, "thanks": scenario.get("thanks", {}), "left": left})

    def _answer(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the name is the base class's
        logger.debug(format, *args)
