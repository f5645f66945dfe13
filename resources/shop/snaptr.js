/* The demo shop's stand-in for Snap's pixel library. It is our own code; it puts on the wire what scevent 3.54 does:
 *   POST https://tr.snapchat.com/p      text/plain, one envelope {ctx, req:[{t:{ev, pid, cdid, …}}, {md}]} a call
 *   GET  https://tr.snapchat.com/cm/i   the identity sync, which counts nowhere
 * Where the site gives no client_dedup_id it makes an ID of its own, "@-<UUID>". Calls look like
 * snaptr('track', 'PURCHASE', {price, currency, transaction_id, item_ids, client_dedup_id}). */
(function () {
  'use strict';
  const ENDPOINT = 'https://tr.snapchat.com/p';
  const VERSION = '3.54.0-2512101929';
  const WIRE = {
    price: 'e_pr', currency: 'e_cur', transaction_id: 'e_tid', item_ids: 'e_iids', number_items: 'e_ni', item_category: 'e_ic',
    description: 'e_desc', search_string: 'e_ss', sign_up_method: 'e_sm', success: 'e_su', brands: 'e_bds', event_tag: 'et',
  };
  const session = crypto.randomUUID();
  let pixel = null;
  let identified = Promise.resolve({});

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
  const sha256 = async (text) => hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

  function scid() {
    const found = document.cookie.match(/(?:^|; )_scid=([^;]+)/);
    if (found) return found[1];
    const made = crypto.randomUUID();
    document.cookie = `_scid=${made}; path=/; max-age=33696000; SameSite=Lax`;
    return made;
  }

  function stored() {
    const found = localStorage.getItem('u_sclid') || crypto.randomUUID();
    localStorage.setItem('u_sclid', found);
    return found;
  }

  async function hashed(user) {
    const found = {};
    if (user.user_email) found.u_hem = await sha256(user.user_email.trim().toLowerCase());
    if (user.user_phone_number) found.u_hpn = await sha256(user.user_phone_number.replace(/\D/g, ''));
    if (user.firstname) found.u_fn = await sha256(user.firstname.trim().toLowerCase());
    if (user.lastname) found.u_ln = await sha256(user.lastname.trim().toLowerCase());
    if (user.geo_city) found.l_city = await sha256(user.geo_city.trim().toLowerCase());
    if (user.geo_postal_code) found.l_gpc = await sha256(user.geo_postal_code.trim().toLowerCase());
    return found;
  }

  function init(id, user) {
    pixel = id;
    identified = hashed(user || {});
    const query = new URLSearchParams({ pid: id, u_scsid: session, u_sclid: stored() });
    return fetch(`https://tr.snapchat.com/cm/i?${query}`, { mode: 'no-cors', credentials: 'include', keepalive: true }).catch(() => {});
  }

  async function track(name, options) {
    const given = options || {};
    const ts = Date.now();
    const said = {};
    for (const [key, wire] of Object.entries(WIRE)) {
      const value = given[key];
      if (value !== undefined && value !== null) said[wire] = Array.isArray(value) ? value.join(',') : String(value);
    }
    const event = {
      ev: name, pid: pixel, cdid: given.client_dedup_id ? String(given.client_dedup_id) : `@-${crypto.randomUUID()}`,
      ...said, ...await identified, u_c1: scid(), u_sclid: stored(), u_scsid: session,
    };
    const body = {
      ctx: { url: location.href, ts, v: VERSION, c1: scid(), ss: session, sw: screen.width, sh: screen.height, ua: navigator.userAgent },
      req: [{ t: event, ts, del: Date.now() - ts }, { md: { k: 'perf', v: Math.round(performance.now()) } }],
      u_scsid: session,
    };
    return fetch(ENDPOINT, {
      method: 'POST', mode: 'no-cors', credentials: 'include', keepalive: true,
      headers: { 'content-type': 'text/plain;charset=UTF-8' }, body: JSON.stringify(body),
    }).catch(() => {});
  }

  window.snaptr = (call, ...rest) => (call === 'init' ? init(...rest) : call === 'track' ? track(...rest) : undefined);
})();
