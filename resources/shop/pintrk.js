/* The demo shop's stand-in for Pinterest's tag. It is our own code; it puts on the wire what the library of 2024 does:
 *   GET https://ct.pinterest.com/user/?event=…   who the visitor is, before each event and with its data: counts nowhere
 *   GET https://ct.pinterest.com/v3/?event=…     the event itself; `event=init` only says that the library has started
 * Calls look like pintrk('track', 'checkout', {value: 59.9, event_id: …}); without an event_id the tag makes a UUID. */
(function () {
  'use strict';
  const HOST = 'https://ct.pinterest.com';
  let tag = null;
  let person = {};
  let ready = Promise.resolve();
  let waited = 2;

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
  const sha256 = async (text) => hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

  function cookie(name) {
    const found = document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]+)`));
    return found ? found[1] : undefined;
  }

  function epik() {
    const click = new URLSearchParams(location.search).get('epik');
    if (click) document.cookie = `_epik=${click}; path=/; max-age=31536000; SameSite=Lax`;
    return click || cookie('_epik');
  }

  function visit() {
    return {
      loc: location.href, ref: document.referrer, if: window.top !== window, sh: screen.height, sw: screen.width,
      mh: '97c41ef3', is_eu: true, mobile: false, platform: 'Linux', ecm_enabled: false,
    };
  }

  function get(path, said) {
    const query = Object.entries(said)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}=${encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : value)}`);
    return fetch(`${HOST}${path}?${query.join('&')}`, { credentials: 'include', keepalive: true }).catch(() => {});
  }

  async function send(event, data) {
    await ready;
    const known = { ...person, ...(epik() ? { epik: epik() } : {}) };
    const pd = Object.keys(known).length ? known : undefined;
    const dep = `${waited},PAGE_LOAD`;
    waited += 3;
    await get('/user/', { ...(event === 'init' ? {} : { event, ed: data }), tid: tag, pd, cb: Date.now(), dep });
    return get('/v3/', { event, ed: data, tid: tag, cb: Date.now(), dep, pd, ad: visit() });
  }

  async function known(data) {
    const email = data && data.em;
    if (!email) return;
    const hashed = /^(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})$/i.test(email);
    person = { ...person, em: hashed ? email : await sha256(email.toLowerCase().replace(/\s/g, '')) };
  }

  const CALLS = {
    load(id, data) {
      tag = id;
      ready = known(data);
    },
    set(data) {
      ready = ready.then(() => known(data));
      return ready;
    },
    page() {
      return send('init');
    },
    track(event, data) {
      const said = { ...(data || {}) };
      if (!said.event_id) said.event_id = crypto.randomUUID();
      return send(event, said);
    },
  };

  window.pintrk = (call, ...parts) => (CALLS[call] ? CALLS[call](...parts) : Promise.resolve());
})();
