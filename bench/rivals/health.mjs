// @ts-nocheck: taken as it is
// The typed-array JavaScript rival for account health: the fastest of several that were tried on V8 and JavaScriptCore.
// A cross account's initial and maintenance health in one pass: h = cash + sum(n*weight(sign)) - (|n|*r0 + max(|n|-t1,0)*r1 + max(|n|-t2,0)*r2).
// Positions in rows by account: off (na+1), id (instrument), sz (signed size). Market: 16 doubles per instrument:
// 0 price | 2,3 weight if long | 4,5 weight if short | 6,7 rate0 | 8 t1, 9 t2 | 10,11 rate1 | 12,13 rate2, pairs = (initial, maintenance).
export function jsCsrBest(na, off, id, sz, mk, cash, out) { // branch-free: sign picks an index, tiers through Math.max
  let p = off[0];
  for (let a = 0; a < na; a++) {
    const e = off[a + 1]; let h0 = cash[a], h1 = h0;
    for (; p < e; p++) {
      const m = id[p] << 4, n = sz[p] * mk[m], ab = Math.abs(n), m1 = Math.max(ab - mk[m + 8], 0), m2 = Math.max(ab - mk[m + 9], 0), w = m + 2 + ((n < 0) << 1);
      h0 += n * mk[w] - (ab * mk[m + 6] + m1 * mk[m + 10] + m2 * mk[m + 12]);
      h1 += n * mk[w + 1] - (ab * mk[m + 7] + m1 * mk[m + 11] + m2 * mk[m + 13]);
    }
    out[2 * a] = h0; out[2 * a + 1] = h1;
  }
}

// The usual shape of application code, for comparison only.
export function jsObjHealth(accts, mk, out) {
  for (let a = 0; a < accts.length; a++) {
    const A = accts[a]; let h0 = A.cash, h1 = A.cash;
    for (const p of A.positions) {
      const m = mk.get(p.instrument), n = p.size * m.price, ab = Math.abs(n), m1 = Math.max(ab - m.t1, 0), m2 = Math.max(ab - m.t2, 0);
      h0 += n * (n > 0 ? m.wl0 : m.ws0) - (ab * m.r0 + m1 * m.r10 + m2 * m.r20);
      h1 += n * (n > 0 ? m.wl1 : m.ws1) - (ab * m.r1 + m1 * m.r11 + m2 * m.r21);
    }
    out[2 * a] = h0; out[2 * a + 1] = h1;
  }
}
