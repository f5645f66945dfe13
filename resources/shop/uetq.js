/* The demo shop's stand-in for Microsoft's UET library. It is our own code; it puts on the wire what bat.js of 2024 does:
 *   GET https://bat.bing.com/action/0?ti=…&evt=pageLoad | custom | pid | consent&…   a picture for each
 * The option event_id is dropped, as that version drops it: only transaction_id can tie a hit to the server's event.
 *   window.uetq = new UET({ ti: '97654321', q: window.uetq }); uetq.push('pageLoad'); uetq.push('event', 'purchase', {…});
 */
(function () {
  'use strict';
  const ENDPOINT = 'https://bat.bing.com/action/0';
  const NAMES = {
    event_category: 'ec', event_label: 'el', event_value: 'ev', revenue_value: 'gv', currency: 'gc',
    ecomm_prodid: 'prodid', ecomm_pagetype: 'pagetype',
  };
  const DROPPED = ['event_id', 'pid'];

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
  const sha256 = async (text) => hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const id = () => crypto.randomUUID().replace(/-/g, '');

  function stored(name, value, seconds) {
    const found = document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]+)`));
    if (found && !value) return found[1];
    const made = value || (name === '_uetmsclkid' ? '' : id());
    if (made) document.cookie = `${name}=${made}; path=/; max-age=${seconds}; SameSite=Lax`;
    return made;
  }

  function click() {
    const landed = new URLSearchParams(location.search).get('msclkid');
    const kept = stored('_uetmsclkid', '', 7776000).replace(/^_uet/, '');
    if (landed && landed !== kept) {
      stored('_uetmsclkid', `_uet${landed}`, 7776000);
      return `${landed}-1`;
    }
    return kept ? `${kept}-0` : 'N';
  }

  async function hashed(given) {
    const found = {};
    if (given.em) {
      const [local, domain] = given.em.trim().toLowerCase().split('@');
      found.em = await sha256(`${local.split('+')[0].replace(/\./g, '')}@${domain}`);
    }
    if (given.ph) found.ph = await sha256(`+${given.ph.replace(/\D/g, '')}`);
    return new URLSearchParams(found).toString();
  }

  window.UET = class {
    constructor(options) {
      this.ti = options.ti;
      this.mid = crypto.randomUUID();
      this.beacons = 0;
      this.pid = '';
      this.asc = '';
      this.ready = Promise.resolve();
      (options.q || []).forEach((args) => this.push(...args));
    }

    push(command, ...rest) {
      this.ready = this.ready.then(() => this.take(command, rest)).catch(() => {});
      return this.ready;
    }

    async take(command, [what, options]) {
      if (command === 'pageLoad') return this.send({ tl: document.title, p: location.href, r: document.referrer, lt: '281', evt: 'pageLoad', sv: '1' });
      if (command === 'consent') {
        this.asc = options && options.ad_storage === 'granted' ? 'G' : 'D';
        return this.send({ evt: 'consent', src: what });
      }
      if (command === 'set') {
        if (what && what.pid) this.pid = await hashed(what.pid);
        return this.pid ? this.send({ evt: 'pid' }) : undefined;
      }
      if (command === 'event') return this.send({ ...this.named(options || {}), ea: what, en: 'Y', p: location.href, evt: 'custom' });
      return undefined;
    }

    named(options) {
      const found = {};
      for (const [key, value] of Object.entries(options)) {
        if (DROPPED.includes(key)) continue;
        if (key === 'items') {
          found.items = value.map((item) => new URLSearchParams(item).toString()).join(',');
        } else {
          found[NAMES[key] || key] = Array.isArray(value) ? value.join(',') : String(value);
        }
      }
      return found;
    }

    send(params) {
      this.beacons += 1;
      const query = new URLSearchParams({
        ti: this.ti, Ver: '2', mid: this.mid, bo: String(this.beacons),
        sid: stored('_uetsid', '', 86400), vid: stored('_uetvid', '', 33696000), vids: this.beacons === 1 ? '1' : '0',
        msclkid: click(), lg: navigator.language, sw: String(screen.width), sh: String(screen.height), sc: String(screen.colorDepth),
        ...(this.pid ? { pid: this.pid } : {}), ...params, ...(this.asc ? { asc: this.asc } : {}), cdb: 'AQAA',
        rn: String(Math.floor(Math.random() * 1e6)),
      });
      return new Promise((resolve) => {
        const image = new Image();
        image.onload = resolve;
        image.onerror = resolve;
        image.src = `${ENDPOINT}?${query}`;
      });
    }
  };
})();
