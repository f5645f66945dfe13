/* How each platform's tag is called by this shop. The libraries beside this file are our stand-ins for the platforms'.
 * `start` loads a tag and tells it of the page; `fire` tells it of an order. Both give a promise of the request's end. */
'use strict';

const value = (event, order) => Number((Number(order.value) - Number(event.value_less || 0)).toFixed(2));

const TAGS = {
  meta: {
    start(account, shop) {
      fbq('init', account, shop.customer);
      return fbq('track', 'PageView');
    },
    fire(event, order) {
      const told = {
        value: value(event, order), currency: order.currency, order_id: order.number, content_type: 'product',
        content_ids: order.lines.map((line) => line.id),
        contents: order.lines.map((line) => ({ id: line.id, quantity: line.quantity, item_price: Number(line.price) })),
      };
      return fbq('track', event.name, told, { eventID: event.event_id });
    },
  },
  tiktok: {
    start(account, shop) {
      ttq.load(account);
      const page = ttq.page();
      ttq.identify({ email: shop.customer.em, phone_number: shop.customer.ph, external_id: shop.known_as });
      return page;
    },
    fire(event, order) {
      const told = {
        value: value(event, order), currency: order.currency, order_id: order.number, content_type: 'product',
        contents: order.lines.map((line) => ({ content_id: line.id, content_name: line.name, quantity: line.quantity, price: Number(line.price) })),
      };
      return ttq.track(event.name, told, { event_id: event.event_id });
    },
  },
};
