/* The demo shop's stand-in for a pixel library. It is our own code; it puts on the wire what the real one does:
 *   GET  https://www.facebook.com/tr/?id=…&ev=…            while the URL is shorter than 2048 characters
 *   POST https://www.facebook.com/tr/ (a form in an iframe)  when it is longer
 * and, beside each, the privacy sandbox's copy of the same event. Calls look like fbq('track', …). */
(function () {
  'use strict';
  const ENDPOINT = 'https://www.facebook.com/tr/';
  const COPY = 'https://www.facebook.com/privacy_sandbox/pixel/register/trigger/';
  const LONGEST_URL = 2048;
  const started = Date.now();
  const counters = {};
  let pixel = null;
  let customer = Promise.resolve([]);

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
  const sha256 = async (text) => hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

  const letters = (text) => text.trim().toLowerCase().replace(/[\s\p{P}]/gu, '');
  const NORMALIZE = {
    em: (text) => text.trim().toLowerCase(),
    ph: (text) => text.replace(/\D/g, '').replace(/^0+/, ''),
    fn: letters, ln: letters, ct: letters, st: letters, country: letters,
    zp: (text) => text.trim().toLowerCase().split('-')[0],
    external_id: (text) => text.trim().toLowerCase(),
  };

  async function hashed(data) {
    const pairs = [];
    for (const [key, text] of Object.entries(data || {})) {
      if (NORMALIZE[key]) pairs.push([`ud[${key}]`, await sha256(NORMALIZE[key](String(text)))]);
    }
    return pairs;
  }

  function fbp() {
    const found = document.cookie.match(/(?:^|; )_fbp=([^;]+)/);
    if (found) return found[1];
    const made = `fb.0.${Date.now()}.${Math.floor(Math.random() * 1e18)}`;
    document.cookie = `_fbp=${made}; path=/; max-age=7776000; SameSite=Lax`;
    return made;
  }

  function customData(data) {
    return Object.entries(data || {})
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => [`cd[${encodeURIComponent(key)}]`, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
  }

  function query(pairs) {
    return pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
  }

  function postForm(pairs) {
    const name = `fb${Math.random().toString(36).slice(2)}`;
    const frame = document.createElement('iframe');
    frame.name = name;
    frame.style.display = 'none';
    const form = document.createElement('form');
    form.method = 'post';
    form.action = ENDPOINT;
    form.target = name;
    form.acceptCharset = 'utf-8';
    form.style.display = 'none';
    for (const [key, value] of pairs) {
      const input = document.createElement('input');
      input.name = key;
      input.value = value;
      form.append(input);
    }
    document.body.append(frame, form);
    form.submit();
  }

  async function send(name, data, options) {
    const now = Date.now();
    const user = await customer;
    const count = counters[pixel] || 0;
    counters[pixel] = count + 1;
    const pairs = [
      ['id', pixel], ['ev', name], ['dl', location.href], ['rl', document.referrer], ['if', String(window !== top)],
      ['ts', String(now)], ...customData(data), ['sw', String(screen.width)], ['sh', String(screen.height)], ...user,
      ['v', '2.9.252'], ['r', 'stable'], ['a', 'pl-pixelpair-demo'], ['ec', String(count)], ['o', '4126'], ['fbp', fbp()],
      ['ler', 'empty'], ['cdl', 'API_unavailable'], ['it', String(started)], ['coo', 'false'],
    ];
    if (options && options.eventID !== undefined && options.eventID !== null) pairs.push(['eid', String(options.eventID)]);
    const short = query([...pairs, ['rqm', 'GET']]);
    if (ENDPOINT.length + 1 + short.length < LONGEST_URL) {
      new Image().src = `${ENDPOINT}?${short}`;
    } else {
      postForm([...pairs, ['rqm', 'formPOST']]);
    }
    fetch(`${COPY}?${query([...pairs, ['rqm', 'FGET']])}`, { mode: 'no-cors', keepalive: true }).catch(() => {});
  }

  window.fbq = function (method, name, data, options) {
    if (method === 'init') {
      pixel = name;
      customer = hashed(data);
      return Promise.resolve();
    }
    return send(name, data, options);
  };
})();
