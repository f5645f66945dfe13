/* The demo shop's stand-in for LinkedIn's Insight Tag. It is our own code; it puts on the wire what insight.min.js does:
 *   GET https://px.ads.linkedin.com/collect?v=2&fmt=js&pid=…&time=…&li_fat_id=…[&conversionId=…][&eventId=…]&url=…
 * for a page view and for each lintrk('track', { conversion_id: …, event_id: … }), the same again at px4, and a word on
 * the visit at /wa/, which counts nowhere. The partner ID is _linkedin_partner_id, or the first of
 * _linkedin_data_partner_ids; the page's own event ID may stand in _linkedin_event_id. */
(function () {
  'use strict';
  const COLLECT = 'https://px.ads.linkedin.com/collect';
  const TWIN = 'https://px4.ads.linkedin.com/collect';
  const ACTIVITY = 'https://px.ads.linkedin.com/wa/?medium=fetch&fmt=a';
  const KEPT_S = 30 * 24 * 3600;
  const HEM = 'li_hem';

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
  const sha256 = async (text) => hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

  function partners() {
    const listed = window._linkedin_data_partner_ids || [];
    const found = [window._linkedin_partner_id, ...listed].filter(Boolean).map(String);
    return [...new Set(found)];
  }

  function click() {
    const given = new URLSearchParams(location.search).get('li_fat_id');
    if (given) document.cookie = `li_fat_id=${given}; path=/; max-age=${KEPT_S}; SameSite=Lax`;
    const kept = document.cookie.match(/(?:^|; )li_fat_id=([^;]+)/);
    return given || (kept ? kept[1] : '');
  }

  function collect(told) {
    const query = new URLSearchParams({ v: '2', fmt: 'js', pid: partners().join(','), time: String(Date.now()) });
    const clicked = click();
    if (clicked) query.set('li_fat_id', clicked);
    for (const [name, value] of Object.entries(told)) {
      if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
    }
    query.set('url', location.href);
    const once = (address) => new Promise((done) => {
      const picture = new Image();
      picture.onload = done;
      picture.onerror = done;
      picture.src = `${address}?${query}`;
    });
    return Promise.all([once(COLLECT), once(TWIN)]);
  }

  function visit() {
    const body = {
      pids: partners().map(Number),
      scriptVersion: 172,
      time: Date.now(),
      domain: location.hostname,
      url: location.href,
      pageTitle: document.title,
      websiteSignalRequestId: crypto.randomUUID(),
      liFatId: click(),
      liGiant: '',
      misc: { psbState: -4 },
      isLinkedInApp: false,
      hem: localStorage.getItem(HEM),
      signalType: 'PAGE_VISIT',
    };
    return fetch(ACTIVITY, {
      method: 'POST', mode: 'no-cors', credentials: 'include', keepalive: true,
      headers: { 'content-type': 'text/plain;charset=UTF-8' }, body: JSON.stringify(body),
    }).catch(() => {});
  }

  const calls = {
    page() {
      return Promise.all([collect({ eventId: window._linkedin_event_id }), visit()]);
    },
    track(data) {
      const rules = [].concat(data.conversion_id || []).join(',');
      return collect({ conversionId: rules, eventId: data.event_id, val: data.conversion_value });
    },
    async setUserData(data) {
      if (data.email) localStorage.setItem(HEM, await sha256(data.email.toLowerCase()));
    },
  };

  window.lintrk = (name, data) => (calls[name] ? calls[name](data || {}) : undefined);
}());
