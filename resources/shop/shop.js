/* The demo shop's pages. Each scenario is one checkout; the backend (app/shop.py) does the server's half. */
'use strict';

const params = new URLSearchParams(location.search);
const $ = (selector) => document.querySelector(selector);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const money = (text) => `${Number(text).toFixed(2)} EUR`;
const autopilot = () => params.has('autopilot');

async function json(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

function element(tag, text, attributes) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  Object.entries(attributes || {}).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

function follow(page, extra) {
  const next = new URLSearchParams(extra);
  if (autopilot()) next.set('autopilot', params.get('autopilot'));
  location.href = `${page}?${next}`;
}

function lines(basket) {
  const table = element('table', '', { class: 'basket' });
  for (const item of basket.lines) {
    const row = element('tr');
    row.append(element('td', `${item.quantity} ×`), element('td', item.name), element('td', money(item.price), { class: 'amount' }));
    table.append(row);
  }
  const total = element('tr', '', { class: 'total' });
  total.append(element('td'), element('td', 'Total'), element('td', money(basket.value), { class: 'amount' }));
  table.append(total);
  return table;
}

function startTags(shop, names) {
  return Promise.all(names.map((name) => TAGS[name].start(shop.accounts[name], shop)));
}

async function fire(order) {
  const most = Math.max(0, ...Object.values(order.browser).map((events) => events.length));
  for (let place = 0; place < most; place += 1) {
    const due = Object.entries(order.browser).filter(([, events]) => events[place]);
    await Promise.all(due.map(([name, events]) => TAGS[name].fire(events[place], order)));
    await pause(250);
  }
}

async function showCatalogue() {
  const shop = await json('/api/shop');
  await startTags(shop, shop.everywhere);
  const list = $('#scenarios');
  shop.scenarios.forEach((scenario) => {
    const card = element('a', '', { class: 'card', href: `checkout.html?scenario=${scenario.id}`, id: `scenario-${scenario.id}` });
    card.append(element('h2', scenario.title), element('p', scenario.story), element('span', `${scenario.goods} · ${money(scenario.value)}`, { class: 'goods' }));
    list.append(card);
  });
  if (!autopilot()) return;
  const scenario = shop.scenarios[Number(params.get('autopilot'))];
  if (scenario) follow('checkout.html', { scenario: scenario.id });
  else await json('/api/finished', { method: 'POST' });
}

async function showCheckout() {
  const scenario = await json(`/api/scenarios/${params.get('scenario')}`);
  $('#title').textContent = scenario.title;
  $('#story').textContent = scenario.story;
  $('#basket').append(lines(scenario));
  for (const [label, value] of scenario.form) {
    const field = element('label', label);
    field.append(element('input', '', { value, readonly: '' }));
    $('#customer').append(field);
  }
  $('#order').addEventListener('submit', async (event) => {
    event.preventDefault();
    const order = await json('/api/orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ scenario: scenario.id }),
    });
    follow('thanks.html', { order: order.number, scenario: scenario.id, ...order.thanks, ...(order.left ? { left: order.left } : {}) });
  });
  if (autopilot()) $('#buy').click();
}

async function showThanks() {
  const [shop, order] = await Promise.all([json('/api/shop'), json(`/api/orders/${params.get('order')}`)]);
  $('#number').textContent = order.number;
  $('#basket').append(lines(order));
  await startTags(shop, Object.keys(order.browser));
  await fire(order);
  if (!autopilot()) return;
  await pause(350); // time for image requests to leave before the page does
  if (params.has('left')) location.href = `checkout.html?scenario=${order.scenario}&autopilot=${params.get('autopilot')}`;
  else location.href = `index.html?autopilot=${Number(params.get('autopilot')) + 1}`;
}

({ catalogue: showCatalogue, checkout: showCheckout, thanks: showThanks })[document.body.dataset.page]().catch((error) => {
  document.body.append(element('p', `The shop's backend did not answer (${error.message}). Start the demo again.`, { class: 'error' }));
});
