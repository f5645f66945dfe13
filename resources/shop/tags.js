/* How each platform's tag is called by this shop. The libraries beside this file are our stand-ins for the platforms'.
 * `start` loads a tag and tells it of the page; `fire` tells it of an order. Both give a promise of the request's end. */
'use strict';

const value = (event, order) => Number((Number(order.value) - Number(event.value_less || 0)).toFixed(2));

const pieces = (order) => order.lines.reduce((sum, line) => sum + line.quantity, 0);

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
  snapchat: {
    start(account, shop) {
      snaptr('init', account, { user_email: shop.customer.em, user_phone_number: shop.customer.ph });
      return snaptr('track', 'PAGE_VIEW');
    },
    fire(event, order) {
      return snaptr('track', event.name, {
        price: value(event, order), currency: order.currency, transaction_id: order.number,
        item_ids: order.lines.map((line) => line.id), number_items: pieces(order), client_dedup_id: event.event_id,
      });
    },
  },
  linkedin: {
    async start(account, shop) {
      window._linkedin_partner_id = account;
      await lintrk('setUserData', { email: shop.customer.em });
      return lintrk('page');
    },
    fire(event) {
      return lintrk('track', { conversion_id: event.name, event_id: event.event_id });
    },
  },
  pinterest: {
    async start(account, shop) {
      pintrk('load', account, { em: shop.customer.em });
      await pintrk('page');
      return pintrk('track', 'pagevisit');
    },
    fire(event, order) {
      return pintrk('track', event.name, {
        value: value(event, order), currency: order.currency, order_id: order.number, order_quantity: pieces(order),
        event_id: event.event_id,
        line_items: order.lines.map((line) => ({ product_id: line.id, product_name: line.name, product_quantity: line.quantity, product_price: Number(line.price) })),
      });
    },
  },
  reddit: {
    start(account, shop) {
      rdt('init', account, { email: shop.customer.em, phoneNumber: shop.customer.ph, externalId: shop.customer.external_id });
      return rdt('track', 'PageVisit');
    },
    fire(event, order) {
      return rdt('track', event.name, {
        value: value(event, order), currency: order.currency, itemCount: pieces(order), conversionId: event.event_id,
        transactionId: order.number, products: order.lines.map((line) => ({ id: line.id, name: line.name })),
      });
    },
  },
  microsoft: {
    async start(account, shop) {
      window.uetq = new UET({ ti: account, q: [] });
      await uetq.push('consent', 'default', { ad_storage: 'granted' });
      await uetq.push('set', { pid: { em: shop.customer.em, ph: shop.customer.ph } });
      return uetq.push('pageLoad');
    },
    fire(event, order) {
      return uetq.push('event', event.name, {
        revenue_value: value(event, order), currency: order.currency, transaction_id: order.number, event_id: event.event_id,
        ecomm_prodid: order.lines.map((line) => line.id), ecomm_pagetype: 'purchase',
      });
    },
  },
  x: {
    start(account, shop) {
      return twq('config', account, { email_address: shop.customer.em.toLowerCase(), phone_number: shop.customer.ph });
    },
    fire(event, order) {
      return twq('event', event.name, {
        value: value(event, order), currency: order.currency, conversion_id: event.event_id,
        contents: order.lines.map((line) => ({ content_id: line.id, content_name: line.name, content_price: Number(line.price), num_items: line.quantity })),
      });
    },
  },
};
