/* The demo shop's stand-in for Reddit's pixel library. It is our own code; it puts on the wire what rdt_5afed25b does:
 *   GET https://alb.reddit.com/rp.gif?ts=…&id=…&event=…   one picture an event
 * Conversion ID and order ID are hashed as the site gives them, the e-mail without dots and +alias, and sh and sw are the
 * wrong way round, as in the real one. Calls look like rdt('track', 'Purchase', {…}). */
(function () {
  'use strict';
  const ENDPOINT = 'https://alb.reddit.com/rp.gif';
  const VERSION = 'rdt_5afed25b';
  let pixel = null;
  let matching = Promise.resolve({});

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
  const sha256 = async (text) => hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const hashed = async (text) => (text === undefined || text === null || text === '' ? '' : sha256(String(text)));

  function mail(text) {
    const [local, domain] = text.trim().toLowerCase().split('@');
    return `${local.split('+')[0].replace(/\./g, '')}@${domain}`;
  }

  function cookie(name) {
    const found = document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]+)`));
    return found ? found[1] : '';
  }

  function browserId() {
    const found = cookie('_rdt_uuid');
    if (found) return found;
    const made = `${Date.now()}.${crypto.randomUUID()}`;
    document.cookie = `_rdt_uuid=${made}; path=/; max-age=7776000; SameSite=Lax`;
    return made;
  }

  function clickId() {
    const click = new URLSearchParams(location.search).get('rdt_cid');
    if (click) document.cookie = `_rdt_cid=${click}; path=/; max-age=2592000; SameSite=Lax`;
    return click || cookie('_rdt_cid');
  }

  async function match(data) {
    return {
      em: data.email ? await sha256(mail(data.email)) : '',
      pn: data.phoneNumber ? await sha256(`+${data.phoneNumber.replace(/\D/g, '')}`) : '',
      external_id: await hashed(data.externalId && String(data.externalId).trim()),
    };
  }

  async function track(event, data) {
    const now = Date.now();
    const user = await matching;
    const value = data.value === undefined ? '' : String(data.value);
    const pairs = [
      ['ts', now], ['id', pixel], ['event', event], ['m.itemCount', data.itemCount || ''], ['m.value', ''],
      ['m.valueDecimal', value], ['m.currency', data.currency || ''], ['m.transactionId', await hashed(data.transactionId)],
      ['m.customEventName', data.customEventName || ''], ['m.products', data.products ? JSON.stringify(data.products) : ''],
      ['m.conversionId', await hashed(data.conversionId)], ['click_id', clickId()], ['uuid', browserId()], ['aaid', ''],
      ['em', user.em || ''], ['pn', user.pn || ''], ['external_id', user.external_id || ''], ['idfa', ''],
      ['integration', 'reddit'], ['opt_out', 0], ['sh', screen.width], ['sw', screen.height], ['v', VERSION],
      ['dpm', ''], ['dpcc', ''], ['dprc', ''], ['esurl', location.href],
    ];
    const query = pairs.map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join('&');
    return new Promise((done) => {
      const picture = new Image();
      picture.onload = picture.onerror = () => done();
      picture.src = `${ENDPOINT}?${query}`;
    });
  }

  window.rdt = (action, name, data) => {
    if (action === 'init') {
      pixel = name;
      matching = match(data || {});
      return matching;
    }
    return action === 'track' ? track(name, data || {}) : undefined;
  };
})();
