"""The demo shop: static pages from `resources/shop` and a small real backend that tracks its orders server-side.

Each scenario of `scenarios.json` is one checkout that is, on each platform, right or wrong in one way. The page sends
the browser's halves; the backend (`backend`) sends the server's.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from app.model import Customer
from app.shop.backend import Backend, track
from app.shop.orders import CURRENCY, Order, Shopper, sha256

SHOP_PAGES = Path(__file__).resolve().parents[2] / "resources" / "shop"

logger = logging.getLogger(__name__)


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

    def told_in(self, scenario: dict[str, Any]) -> list[str]:
        """The platforms that a scenario tells of its order."""
        return [name for name in self.catalogue["accounts"] if name in scenario]

    def scenario(self, name: str) -> dict[str, Any] | None:
        return next((item for item in self.catalogue["scenarios"] if item["id"] == name), None)

    def place_order(self, scenario: dict[str, Any], user_agent: str, cookies: dict[str, str]) -> tuple[Order, int]:
        """Take an order and send its server halves in the background; also says how many the scenario still lacks."""
        number = str(10_400 + len(self.orders) + 1)
        placed = sum(order.scenario == scenario["id"] for order in self.orders.values()) + 1
        order = Order(
            number=number,
            scenario=scenario["id"],
            lines=tuple(lines_of(scenario)),
            value=value_of(scenario),
            browser={name: _events(scenario[name]["browser"], number) for name in self.told_in(scenario)},
            page=f"{self.url}thanks.html?order={number}&scenario={scenario['id']}",
            shopper=Shopper(self.catalogue["customer"], self.catalogue["client_ip"], user_agent, cookies),
        )
        self.orders[number] = order
        for name in self.told_in(scenario):
            account = self.catalogue["accounts"][name]["server"]
            sends = _events(scenario[name]["server"], number)
            send = threading.Thread(
                target=track, args=(self.backend, name, account, order, sends), name=f"order-{number}", daemon=True
            )
            self.sends.append(send)
            send.start()
        return order, max(scenario.get("orders", 1) - placed, 0)


def demo_customer() -> Customer:
    """The person who buys in the shop, as typed."""
    found: dict[str, str] = json.loads((SHOP_PAGES / "scenarios.json").read_text("utf-8"))["customer"]
    return Customer(tuple((key, (text,)) for key, text in found.items()))


def one_account() -> tuple[str, ...]:
    """The accounts of the shop that are one to their platform, as the settings have them."""
    found: list[str] = json.loads((SHOP_PAGES / "scenarios.json").read_text("utf-8"))["one_account"]
    return tuple(found)


def lines_of(scenario: dict[str, Any]) -> list[dict[str, Any]]:
    """A scenario's basket as objects with id, name, price (decimal text) and quantity."""
    return [
        {"id": number, "name": name, "price": price, "quantity": quantity}
        for number, name, price, quantity in scenario["basket"]
    ]


def value_of(scenario: dict[str, Any]) -> str:
    """The basket's total as decimal text."""
    return str(sum(Decimal(line["price"]) * line["quantity"] for line in lines_of(scenario)))


def _events(patterns: list[dict[str, Any]], number: str) -> tuple[dict[str, Any], ...]:
    """A scenario's events of one order, their IDs filled in."""
    known = {"order": number, "hashed": sha256(number)}
    return tuple(
        {**each, "event_id": each["event_id"] and each["event_id"].format(**known, uuid=uuid.uuid4())}
        for each in patterns
    )


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
            facts = {key: shop.catalogue[key] for key in ("customer", "everywhere")}
            facts["accounts"] = {name: each["browser"] for name, each in shop.catalogue["accounts"].items()}
            known_as = sha256(shop.catalogue["customer"]["external_id"])  # for a pixel that sends it as it is given
            self._answer({**facts, "known_as": known_as, "scenarios": scenarios})
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
                    "browser": order.browser,
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
        order, left = shop.place_order(scenario, self.headers.get("user-agent", ""), cookies)
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
