// @ts-nocheck: taken as it is
// The JavaScript that a good engineer would write instead of us. These are the yardsticks for "x times plain
// JavaScript": a benchmark in the project must hold rivals at least this fast, and may take these as they are.
// Columns: I = [spot, strike, years, rate, carry yield, vol, flag +1 call / -1 put], O = [price, delta, gamma, vega, theta,
// rho, vanna, volga, charm], each n long at stride st.
// jsNaive: what is usually written: Math.exp/log, West/Hart double-precision N(x), N(d1) and N(d2) apart.
export function ncdfWest(x) {
  const xa = Math.abs(x); let c;
  if (xa > 37) c = 0; else {
    const e = Math.exp(-xa * xa / 2);
    if (xa < 7.07106781186547) {
      let b = 3.52624965998911e-2 * xa + 0.700383064443688; b = b * xa + 6.37396220353165; b = b * xa + 33.912866078383; b = b * xa + 112.079291497871; b = b * xa + 221.213596169931; b = b * xa + 220.206867912376;
      c = e * b;
      b = 8.83883476483184e-2 * xa + 1.75566716318264; b = b * xa + 16.064177579207; b = b * xa + 86.7807322029461; b = b * xa + 296.564248779674; b = b * xa + 637.333633378831; b = b * xa + 793.826512519948; b = b * xa + 440.413735824752;
      c = c / b;
    } else { let b = xa + 0.65; b = xa + 4 / b; b = xa + 3 / b; b = xa + 2 / b; b = xa + 1 / b; c = e / b / 2.506628274631; }
  }
  return x > 0 ? 1 - c : c;
}
export function jsNaive(n, st, I, O) {
  for (let a = 0; a < n; a++) {
    const s = I[a], k = I[st + a], t = I[2 * st + a], r = I[3 * st + a], q = I[4 * st + a], sg = I[5 * st + a], fl = I[6 * st + a];
    const sqt = Math.sqrt(t), sv = sg * sqt, b = r - q;
    const d1 = (Math.log(s / k) + (b + 0.5 * sg * sg) * t) / sv, d2 = d1 - sv;
    const dq = Math.exp(-q * t), dr = Math.exp(-r * t);
    const n1 = ncdfWest(fl * d1), n2 = ncdfWest(fl * d2), ph = 0.3989422804014327 * Math.exp(-0.5 * d1 * d1);
    O[a] = fl * (s * dq * n1 - k * dr * n2);
    O[st + a] = fl * dq * n1;
    O[2 * st + a] = dq * ph / (s * sv);
    O[3 * st + a] = s * dq * ph * sqt;
    O[4 * st + a] = -s * dq * ph * sg / (2 * sqt) + q * fl * s * dq * n1 - r * fl * k * dr * n2;
    O[5 * st + a] = fl * t * k * dr * n2;
    O[6 * st + a] = -dq * ph * d2 / sg;
    O[7 * st + a] = s * dq * ph * sqt * d1 * d2 / sg;
    O[8 * st + a] = q * fl * dq * n1 - dq * ph * (b / sv - d2 / (2 * t));
  }
}
// jsBest: our own algorithm (Mills ratio, one Gaussian, merged reciprocals) with Math.exp/log.
export function jsBest(n, st, I, O) {
  for (let a = 0; a < n; a++) {
    const s = I[a], k = I[st + a], t = I[2 * st + a], r = I[3 * st + a], q = I[4 * st + a], sg = I[5 * st + a], fl = I[6 * st + a];
    const sqt = Math.sqrt(t), sv = sg * sqt, b = r - q, w0 = 1 / (s * sv), isv = w0 * s, is = w0 * sv;
    const d1 = (Math.log(s / k) + b * t) * isv + 0.5 * sv, d2 = d1 - sv;
    const dq = Math.exp(-q * t), dr = Math.exp(-r * t), e1 = Math.exp(-0.5 * d1 * d1);
    const x = Math.min(Math.abs(d1), 39), y = Math.min(Math.abs(d2), 39);
    const p1 = 4.99999999999999944e-01 + x * (7.74881661927630305e-01 + x * (5.94057796210337941e-01 + x * (2.89341080668756578e-01 + x * (9.77032355251038487e-02 + x * (2.36236414318354432e-02 + x * (4.08957809700614180e-03 + x * (4.90456561685845846e-04 + x * (3.72578114462318959e-05 + x * 1.38586891254455328e-06))))))));
    const q1 = 1 + x * (2.34764788465811547e+00 + x * (2.56126759379121571e+00 + x * (1.71441560844276464e+00 + x * (7.82062419413684928e-01 + x * (2.54969950098270448e-01 + x * (6.04381325566934677e-02 + x * (1.03444435617054513e-02 + x * (1.23286614340038054e-03 + x * (9.33914836198614844e-05 + x * 3.47385820112659987e-06)))))))));
    const p2 = 4.99999999999999944e-01 + y * (7.74881661927630305e-01 + y * (5.94057796210337941e-01 + y * (2.89341080668756578e-01 + y * (9.77032355251038487e-02 + y * (2.36236414318354432e-02 + y * (4.08957809700614180e-03 + y * (4.90456561685845846e-04 + y * (3.72578114462318959e-05 + y * 1.38586891254455328e-06))))))));
    const q2 = 1 + y * (2.34764788465811547e+00 + y * (2.56126759379121571e+00 + y * (1.71441560844276464e+00 + y * (7.82062419413684928e-01 + y * (2.54969950098270448e-01 + y * (6.04381325566934677e-02 + y * (1.03444435617054513e-02 + y * (1.23286614340038054e-03 + y * (9.33914836198614844e-05 + y * 3.47385820112659987e-06)))))))));
    const iq = 1 / (q1 * q2), sq = s * dq, kr = k * dr, w = sq * e1, ta = w * p1 * q2 * iq, tb = w * p2 * q1 * iq;
    const na = fl * d1 > 0 ? sq - ta : ta, nb = fl * d2 > 0 ? kr - tb : tb, fna = fl * na, fnb = fl * nb;
    const wp = w * 0.3989422804014327, delta = fna * is, vega = wp * sqt, isqt = sg * isv, isg = isv * sqt, wpis = wp * is;
    O[a] = fna - fnb; O[st + a] = delta; O[2 * st + a] = wpis * is * isv; O[3 * st + a] = vega;
    O[4 * st + a] = q * fna - r * fnb - wp * sg * isqt * 0.5; O[5 * st + a] = t * fnb;
    O[6 * st + a] = -wpis * d2 * isg; O[7 * st + a] = vega * isg * d1 * d2;
    O[8 * st + a] = q * delta - wpis * (b * isv - 0.5 * d2 * isqt * isqt);
  }
}
// jsObj: array of objects in, array of objects out (the usual shape of application code)
export function jsObj(opts) {
  const out = new Array(opts.length);
  for (let j = 0; j < opts.length; j++) {
    const { s, k, t, r, q, sg, fl } = opts[j];
    const sqt = Math.sqrt(t), sv = sg * sqt, b = r - q;
    const d1 = (Math.log(s / k) + (b + 0.5 * sg * sg) * t) / sv, d2 = d1 - sv;
    const dq = Math.exp(-q * t), dr = Math.exp(-r * t);
    const n1 = ncdfWest(fl * d1), n2 = ncdfWest(fl * d2), ph = 0.3989422804014327 * Math.exp(-0.5 * d1 * d1);
    out[j] = { price: fl * (s * dq * n1 - k * dr * n2), delta: fl * dq * n1, gamma: dq * ph / (s * sv), vega: s * dq * ph * sqt,
      theta: -s * dq * ph * sg / (2 * sqt) + q * fl * s * dq * n1 - r * fl * k * dr * n2, rho: fl * t * k * dr * n2,
      vanna: -dq * ph * d2 / sg, volga: s * dq * ph * sqt * d1 * d2 / sg, charm: q * fl * dq * n1 - dq * ph * (b / sv - d2 / (2 * t)) };
  }
  return out;
}
