/* The demo shop's stand-in for TikTok's pixel library. It is our own code; it puts on the wire what pixel.js 2.2 does:
 *   POST https://analytics.tiktok.com/api/v2/pixel   text/plain, one JSON object an event
 * and, after identify, the library's own EnrichAM, which counts nowhere. Calls look like ttq.track('CompletePayment', …). */
(function () {
  'use strict';
  const ENDPOINT = 'https://analytics.tiktok.com/api/v2/pixel';
  const session = `${crypto.randomUUID()}::${Date.now()}`;
  let code = null;
  let user = {};
  let labels = {};
  let identified = Promise.resolve();

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
  const sha256 = async (text) => hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

  function ttp() {
    const found = document.cookie.match(/(?:^|; )_ttp=([^;]+)/);
    if (found) return found[1];
    const made = crypto.randomUUID().replace(/-/g, '').slice(0, 27);
    document.cookie = `_ttp=${made}; path=/; max-age=33696000; SameSite=Lax`;
    return made;
  }

  function post(event, properties, eventId) {
    const now = Date.now();
    const number = Math.floor(Math.random() * 1e13);
    const click = new URLSearchParams(location.search).get('ttclid');
    const label = (name) => labels[name] || { label: 'missing' };
    const body = {
      event,
      event_id: eventId === undefined || eventId === null ? '' : String(eventId),
      message_id: `messageId-${now}-${number}-${code}`,
      is_onsite: false,
      timestamp: new Date(now).toISOString(),
      context: {
        ad: { ...(click ? { callback: click } : {}), sdk_env: 'external', jsb_status: 2 },
        device: { platform: 'pc' },
        user: { anonymous_id: ttp(), ...user },
        pixel: { code, runtime: '1' },
        page: { url: location.href, referrer: document.referrer, load_progress: '2' },
        library: { name: 'pixel.js', version: '2.2.0' },
        session_id: `${session}-${code}`,
        pageview_id: `${session}.0.0-${code}`,
        variation_id: 'test_2_single_track',
        userAgent: navigator.userAgent,
      },
      _inspection: {},
      properties: properties || {},
      signal_diagnostic_labels: {
        raw_email: label('email'), raw_auto_email: label(''), raw_phone: label('phone_number'), raw_auto_phone: label(''),
        hashed_email: label(''), hashed_phone: label(''),
      },
    };
    return fetch(ENDPOINT, {
      method: 'POST', mode: 'no-cors', credentials: 'include', keepalive: true,
      headers: { 'content-type': 'text/plain;charset=UTF-8' }, body: JSON.stringify(body),
    }).catch(() => {});
  }

  async function identify(data) {
    const found = {};
    if (data.email) found.email = await sha256(data.email.trim().toLowerCase());
    if (data.phone_number) found.phone_number = await sha256(`+${data.phone_number.replace(/\D/g, '')}`);
    if (data.external_id) found.external_id = data.external_id; // the library sends it as it stands
    user = found;
    labels = {
      email: data.email ? { label: 'valid', ...(data.email === data.email.toLowerCase() ? {} : { abnormal_types: ['letter_case'] }) } : undefined,
      phone_number: data.phone_number ? { label: 'valid' } : undefined,
    };
    post('EnrichAM');
  }

  window.ttq = {
    load(pixel) { code = pixel; },
    page() { return post('Pageview'); },
    identify(data) { identified = identify(data || {}); return identified; },
    async track(name, properties, options) {
      await identified;
      return post(name, properties, options && options.event_id);
    },
  };
})();
