/* The demo shop's stand-in for X's pixel library. It is our own code; it puts on the wire what uwt.js 2.3 does:
 *   GET https://analytics.twitter.com/1/i/adsct?…&event={…}&event_id=<random>&txn_id=tw-<pixel>-<event>
 *   GET https://t.co/1/i/adsct?…                 the same once more, its twin
 * Calls look like twq('config', 'o9z1d') and twq('event', 'tw-o9z1d-ol7lz', { value, currency, conversion_id, … }). */
(function () {
  'use strict';
  const HOSTS = ['https://analytics.twitter.com', 'https://t.co'];
  const VERSION = '2.3.37';
  const pageLoad = crypto.randomUUID();
  let counter = 2;
  let known = Promise.resolve({});

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
  const sha256 = async (text) => hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

  function click() {
    const given = new URLSearchParams(location.search).get('twclid');
    if (given) document.cookie = `_twclid=${given}; path=/; max-age=7776000; SameSite=Lax`;
    const found = document.cookie.match(/(?:^|; )_twclid=([^;]+)/);
    return given || (found ? found[1] : null);
  }

  /* The e-mail is hashed as it was typed, the phone with its plus. */
  async function hashed({ email_address, phone_number } = {}) {
    const found = {};
    if (email_address) found.email_address = await sha256(email_address);
    if (phone_number) found.phone_number = await sha256(`+${phone_number.replace(/\D/g, '')}`);
    return found;
  }

  function device() {
    const s = screen;
    return [
      Intl.DateTimeFormat().resolvedOptions().timeZone, navigator.languages.join(','), navigator.vendor, navigator.platform,
      '255', s.width, s.height, navigator.hardwareConcurrency, s.colorDepth, s.availWidth, s.availHeight, '0', 'na',
    ].join('&');
  }

  async function send(tag, data) {
    const { email_address, phone_number, ...rest } = data;
    const customer = { ...(await known), ...(await hashed({ email_address, phone_number })) };
    counter += 1;
    const clicked = click();
    const query = new URLSearchParams({
      bci: '4', dv: device(), eci: String(counter), event: JSON.stringify(rest), event_id: crypto.randomUUID(),
      integration: 'advertiser', p_id: 'Twitter', p_user_id: '0', pl_id: pageLoad, pt: document.title, ...customer,
      tw_document_href: location.href, ...(document.referrer ? { tw_document_referrer: document.referrer } : {}),
      tw_iframe_status: '0', ...(clicked ? { twclid: clicked, tw_clid_src: '1' } : {}), txn_id: tag, type: 'javascript',
      version: VERSION,
    });
    const fires = HOSTS.map((host) => fetch(`${host}/1/i/adsct?${query.toString().replace(/\+/g, '%20')}`, {
      mode: 'no-cors', credentials: 'include', keepalive: true,
    }).catch(() => {}));
    await Promise.all(fires);
  }

  window.twq = (call, tag, data) => {
    if (call === 'config') {
      known = hashed(data);
      return send(tag, {});
    }
    return call === 'event' ? send(tag, data || {}) : undefined;
  };
})();
