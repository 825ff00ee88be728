// Curves that zoom and read out, by mouse, touch and keys. Drawn on a canvas; what is read stands in text, for eyes and for screen readers.
import { h, short, grouped, say } from '/assets/dom.js';

const margin = { left: 62, right: 14, top: 12, bottom: 36 };

/**
 * A chart. Series: { name, color, dash, x, y, low, high } with arrays of one length; y may be null at places.
 * Options: label, xLabel, logarithmic, reference {value, label}, height, onRange(from, to) called when the range of x that is shown has changed.
 */
export class Chart {
  constructor(options) {
    this.options = { height: 380, xLabel: 'Outer steps', ...options };
    this.series = [];
    this.hidden = new Set();
    this.range = null;
    this.cursor = null;
    this.canvas = h('canvas', { tabindex: 0, role: 'img', 'aria-label': `${this.options.label}. Arrow keys read values, plus and minus zoom, 0 shows all.` });
    this.read = h('div', { class: 'read', hidden: true });
    this.box = h('div', { class: 'box', hidden: true });
    this.element = h('div', { class: 'chart' }, this.canvas, this.read, this.box);
    this.pointers = new Map();
    this.listen();
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.element);
    this.retheme = () => this.draw();
    document.addEventListener('theme', this.retheme);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', this.retheme);
  }

  dispose() {
    this.watch.disconnect();
    document.removeEventListener('theme', this.retheme);
    matchMedia('(prefers-color-scheme: dark)').removeEventListener('change', this.retheme);
  }

  set(series) {
    this.series = series;
    this.draw();
  }

  get shownSeries() {
    return this.series.filter(s => !this.hidden.has(s.name) && s.x.length > 0);
  }

  get full() {
    let low = Infinity, high = -Infinity;
    for (const { x } of this.series) if (x.length) { low = Math.min(low, x[0]); high = Math.max(high, x[x.length - 1]); }
    return low > high ? [0, 1] : low === high ? [low - 1, high + 1] : [low, high];
  }

  get view() {
    return this.range ?? this.full;
  }

  setRange(from, to, tell = true) {
    const [low, high] = this.full;
    const least = (high - low) / 5000;
    if (to - from < least) { const middle = (from + to) / 2; from = middle - least / 2; to = middle + least / 2; }
    if (from < low) { to = Math.min(high, to + low - from); from = low; }
    if (to > high) { from = Math.max(low, from - (to - high)); to = high; }
    this.range = from <= low && to >= high ? null : [from, to];
    this.draw();
    if (tell) {
      clearTimeout(this.telling);
      this.telling = setTimeout(() => this.options.onRange?.(...(this.range ?? [null, null])), 120);
    }
  }

  zoom(factor, about = (this.view[0] + this.view[1]) / 2) {
    const [from, to] = this.view;
    this.setRange(about - (about - from) * factor, about + (to - about) * factor);
  }

  listen() {
    const canvas = this.canvas;
    canvas.addEventListener('wheel', event => {
      if (!event.ctrlKey && !event.shiftKey && document.activeElement !== canvas) return;
      event.preventDefault();
      if (event.shiftKey) { const [a, b] = this.view, d = (b - a) * Math.sign(event.deltaY || event.deltaX) * 0.1; this.setRange(a + d, b + d); }
      else this.zoom(Math.exp(Math.sign(event.deltaY) * 0.22), this.xAt(event.offsetX));
    }, { passive: false });
    canvas.addEventListener('pointerdown', event => {
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, { start: event.offsetX, at: event.offsetX });
      this.pinch = null;
      this.point(event.offsetX);
    });
    canvas.addEventListener('pointermove', event => {
      const pointer = this.pointers.get(event.pointerId);
      if (pointer) pointer.at = event.offsetX;
      if (this.pointers.size === 2) this.pinched();
      else if (pointer && event.pointerType === 'mouse' && Math.abs(pointer.at - pointer.start) > 4) this.showBox(pointer.start, pointer.at);
      this.point(event.offsetX);
    });
    const up = event => {
      const pointer = this.pointers.get(event.pointerId);
      this.pointers.delete(event.pointerId);
      if (!this.box.hidden && pointer) {
        this.box.hidden = true;
        this.setRange(this.xAt(Math.min(pointer.start, pointer.at)), this.xAt(Math.max(pointer.start, pointer.at)));
      }
    };
    canvas.addEventListener('pointerup', up);
    canvas.addEventListener('pointercancel', event => { this.box.hidden = true; this.pointers.delete(event.pointerId); });
    canvas.addEventListener('pointerleave', () => { if (document.activeElement !== canvas || this.byPointer) this.point(null); });
    canvas.addEventListener('dblclick', () => this.setRange(...this.full));
    canvas.addEventListener('keydown', event => this.key(event));
    canvas.addEventListener('blur', () => this.point(null));
  }

  pinched() {
    const [a, b] = [...this.pointers.values()].map(p => p.at).sort((p, q) => p - q);
    if (!this.pinch) { this.pinch = { a: this.xAt(a), b: this.xAt(b) }; return; }
    const width = this.plot.width, span = (this.pinch.b - this.pinch.a) * width / Math.max(20, b - a);
    const from = this.pinch.a - (a - margin.left) / width * span;
    this.setRange(from, from + span);
  }

  showBox(a, b) {
    const [from, to] = [Math.max(margin.left, Math.min(a, b)), Math.min(margin.left + this.plot.width, Math.max(a, b))];
    this.box.hidden = false;
    Object.assign(this.box.style, { left: `${from}px`, width: `${Math.max(0, to - from)}px`, top: `${margin.top}px`, height: `${this.plot.height}px` });
  }

  key(event) {
    const [from, to] = this.view, span = to - from;
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 };
    if (event.key in steps) {
      const xs = this.positions();
      if (!xs.length) return;
      if (event.shiftKey) { const d = span * 0.2 * Math.sign(steps[event.key]); this.setRange(from + d, to + d); }
      else {
        const now = this.cursor === null ? (steps[event.key] > 0 ? -1 : xs.length) : nearest(xs, this.cursor);
        this.moveTo(xs[Math.min(xs.length - 1, Math.max(0, now + steps[event.key]))]);
      }
    } else if (event.key === 'Home' || event.key === 'End') this.moveTo(event.key === 'Home' ? from : to);
    else if (event.key === '+' || event.key === '=') this.zoom(0.6, this.cursor ?? undefined);
    else if (event.key === '-') this.zoom(1 / 0.6, this.cursor ?? undefined);
    else if (event.key === '0' || event.key === 'Escape') this.setRange(...this.full);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The places that the cursor can stand at: those of the series that has most in view.
  positions() {
    const [from, to] = this.view;
    return this.shownSeries.map(s => Array.from(s.x).filter(x => x >= from && x <= to)).sort((a, b) => b.length - a.length)[0] ?? [];
  }

  moveTo(x) {
    const [from, to] = this.view;
    if (x < from || x > to) { const d = x < from ? x - from : x - to; this.setRange(from + d, to + d); }
    this.cursor = x;
    this.byPointer = false;
    this.draw();
    say(this.words().map(w => w.join(' ')).join(', '));
  }

  point(offset) {
    this.byPointer = true;
    const inside = offset !== null && this.plot && offset >= margin.left - 4 && offset <= margin.left + this.plot.width + 4;
    this.cursor = inside ? this.xAt(offset) : null;
    this.draw();
  }

  xAt(offset) {
    const [from, to] = this.view;
    return from + (offset - margin.left) / this.plot.width * (to - from);
  }

  words() {
    if (this.cursor === null) return [];
    return this.shownSeries.map(s => {
      const i = nearest(s.x, this.cursor);
      return [s.name, short(s.y[i]), s.x[i], s];
    });
  }

  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.paint(); });
  }

  paint() {
    const width = this.element.clientWidth, height = Math.min(this.options.height, Math.max(240, width * 0.7));
    if (!width) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.style.height = `${height}px`;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.plot = { width: Math.max(40, width - margin.left - margin.right), height: height - margin.top - margin.bottom };
    const pen = this.canvas.getContext('2d');
    pen.scale(ratio, ratio);
    const style = getComputedStyle(this.element), color = name => style.getPropertyValue(name).trim();
    pen.font = `12px ${style.fontFamily}`;
    const [from, to] = this.view, log = this.options.logarithmic;
    const [low, high] = this.vertical(from, to, log);
    const X = x => margin.left + (x - from) / (to - from) * this.plot.width;
    const Y = y => margin.top + this.plot.height * (1 - ((log ? Math.log(y) : y) - low) / (high - low));
    this.axes(pen, color, { from, to, low, high, log, X, Y });
    pen.save();
    pen.beginPath();
    pen.rect(margin.left, margin.top - 2, this.plot.width, this.plot.height + 4);
    pen.clip();
    const reference = this.options.reference;
    if (reference && Number.isFinite(reference.value) && (!log || reference.value > 0)) {
      pen.strokeStyle = color('--ref');
      pen.setLineDash([4, 4]);
      line(pen, [[margin.left, Y(reference.value)], [margin.left + this.plot.width, Y(reference.value)]]);
      pen.setLineDash([]);
      pen.fillStyle = color('--muted');
      pen.textAlign = 'right';
      pen.textBaseline = 'bottom';
      pen.fillText(reference.label, margin.left + this.plot.width - 4, Y(reference.value) - 3);
    }
    const drawable = y => y !== null && y !== undefined && Number.isFinite(y) && (!log || y > 0);
    for (const series of this.shownSeries) {
      const tint = resolve(color, series.color);
      const first = Math.max(0, after(series.x, from) - 1), end = Math.min(series.x.length, after(series.x, to) + 1);
      if (series.low && series.high) {
        pen.fillStyle = tint;
        pen.globalAlpha = 0.16;
        for (const [a, b] of parts(first, end, i => drawable(series.low[i]) && drawable(series.high[i]))) {
          pen.beginPath();
          for (let i = a; i < b; i++) pen.lineTo(X(series.x[i]), Y(series.high[i]));
          for (let i = b - 1; i >= a; i--) pen.lineTo(X(series.x[i]), Y(series.low[i]));
          pen.fill();
        }
        pen.globalAlpha = 1;
      }
      pen.strokeStyle = tint;
      pen.lineWidth = series.width ?? 1.9;
      pen.lineJoin = 'round';
      pen.setLineDash(series.dash ?? []);
      for (const [a, b] of parts(first, end, i => drawable(series.y[i]))) {
        pen.beginPath();
        for (let i = a; i < b; i++) pen.lineTo(X(series.x[i]), Y(series.y[i]));
        if (b - a === 1) pen.arc(X(series.x[a]), Y(series.y[a]), 1.5, 0, 7);
        pen.stroke();
      }
      pen.setLineDash([]);
    }
    pen.lineWidth = 1;
    if (this.cursor !== null) this.mark(pen, color, X, Y, drawable);
    pen.restore();
    this.tell(X, width);
  }

  mark(pen, color, X, Y, drawable) {
    pen.strokeStyle = color('--muted');
    const x = Math.round(X(this.cursor)) + 0.5;
    line(pen, [[x, margin.top], [x, margin.top + this.plot.height]]);
    for (const series of this.shownSeries) {
      const i = nearest(series.x, this.cursor);
      if (!drawable(series.y[i])) continue;
      pen.fillStyle = resolve(color, series.color);
      pen.beginPath();
      pen.arc(X(series.x[i]), Y(series.y[i]), 4, 0, 7);
      pen.fill();
    }
  }

  tell(X, width) {
    const words = this.words();
    this.read.hidden = words.length === 0;
    if (!words.length) return;
    this.read.replaceChildren(
      h('b', {}, `${this.options.xLabel === 'Outer steps' ? 'Outer step' : this.options.xLabel} ${grouped(words[0][2])}`),
      ...words.slice(0, 12).map(([name, value, , series]) => h('div', {}, h('span', { class: 'swatch', style: { background: series.color } }), h('span', {}, name), h('span', {}, value))),
      ...words.length > 12 ? [h('div', {}, h('span', {}), h('span', {}, `and ${words.length - 12} more`), h('span', {}))] : []);
    const left = X(this.cursor), own = this.read.offsetWidth;
    this.read.style.top = `${margin.top + 6}px`;
    this.read.style.left = `${left + 14 + own > width ? Math.max(2, left - own - 14) : left + 14}px`;
  }

  vertical(from, to, log) {
    let low = Infinity, high = -Infinity;
    const take = y => { if (y !== null && Number.isFinite(y) && (!log || y > 0)) { const v = log ? Math.log(y) : y; low = Math.min(low, v); high = Math.max(high, v); } };
    for (const series of this.shownSeries) {
      const first = after(series.x, from), end = after(series.x, to);
      for (let i = first; i < end; i++) take(series.y[i]);
      // Bands reach further than lines; of them as much as leaves the lines readable.
    }
    const [tight, loose] = [low, high];
    for (const series of this.shownSeries) if (series.low) {
      const first = after(series.x, from), end = after(series.x, to);
      for (let i = first; i < end; i++) { take(series.low[i]); take(series.high[i]); }
    }
    if (tight <= loose) { const room = Math.max(loose - tight, log ? 0.7 : 0) * 0.5; low = Math.max(low, tight - room); high = Math.min(high, loose + room); }
    const reference = this.options.reference;
    if (reference && !this.range) take(reference.value);
    if (low > high) return log ? [0, 1] : [0, 1];
    if (low === high) { low -= 0.5; high += 0.5; }
    const air = (high - low) * 0.05;
    return [this.options.fromZero && !log ? Math.min(0, low) : low - air, high + air];
  }

  axes(pen, color, { from, to, low, high, log, X, Y }) {
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.fillStyle = color('--muted');
    pen.lineWidth = 1;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    for (const { value, label } of log ? logTicks(low, high, this.plot.height) : ticks(low, high, Math.max(3, Math.floor(this.plot.height / 48)))) {
      const y = Math.round(Y(value)) + 0.5;
      pen.strokeStyle = color('--grid');
      line(pen, [[margin.left, y], [margin.left + this.plot.width, y]]);
      if (label) pen.fillText(label, margin.left - 7, y);
    }
    pen.textAlign = 'center';
    pen.textBaseline = 'top';
    // Outer steps and epochs are whole numbers.
    for (const { value } of ticks(from, to, Math.max(2, Math.floor(this.plot.width / 92))).filter(t => Number.isInteger(t.value))) {
      const x = Math.round(X(value)) + 0.5;
      pen.strokeStyle = color('--grid');
      line(pen, [[x, margin.top], [x, margin.top + this.plot.height]]);
      pen.fillText(grouped(value), Math.min(X(value), margin.left + this.plot.width - 10), margin.top + this.plot.height + 6);
    }
    pen.strokeStyle = color('--axis');
    line(pen, [[margin.left + 0.5, margin.top], [margin.left + 0.5, margin.top + this.plot.height + 0.5], [margin.left + this.plot.width, margin.top + this.plot.height + 0.5]]);
    pen.fillText(this.options.xLabel, margin.left + this.plot.width / 2, margin.top + this.plot.height + 21);
    pen.save();
    pen.translate(13, margin.top + this.plot.height / 2);
    pen.rotate(-Math.PI / 2);
    pen.textBaseline = 'middle';
    pen.fillText(this.options.label, 0, 0);
    pen.restore();
  }

  /** A legend whose names hide and show their curves. */
  legend() {
    const names = [...new Map(this.series.map(s => [s.name, s])).values()];
    return h('ul', { class: 'legend' }, names.map(series => h('li', {}, h('button', {
      type: 'button', 'aria-pressed': String(!this.hidden.has(series.name)),
      onclick: event => {
        if (!this.hidden.delete(series.name)) this.hidden.add(series.name);
        event.currentTarget.setAttribute('aria-pressed', String(!this.hidden.has(series.name)));
        this.draw();
      },
    }, h('span', { class: 'swatch', style: { background: series.color } }), series.name))));
  }
}

function line(pen, points) {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
}

function resolve(color, value) {
  const variable = /^var\((--[\w-]+)\)$/.exec(value);
  return variable ? color(variable[1]) : value;
}

function* parts(first, end, there) {
  for (let i = first; i < end; i++) {
    if (!there(i)) continue;
    const a = i;
    while (i < end && there(i)) i++;
    yield [a, i];
  }
}

/** The first place whose value is above x. */
function after(xs, x) {
  let low = 0, high = xs.length;
  while (low < high) { const middle = (low + high) >> 1; if (xs[middle] <= x) low = middle + 1; else high = middle; }
  return low;
}

function nearest(xs, x) {
  const i = after(xs, x);
  return i === 0 ? 0 : i === xs.length ? xs.length - 1 : x - xs[i - 1] <= xs[i] - x ? i - 1 : i;
}

export function ticks(low, high, most) {
  const raw = (high - low) / most, size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map(f => f * size).find(f => f >= raw) ?? 10 * size;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
    const value = Number((i * step).toPrecision(12));
    found.push({ value, label: Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential() : String(value) });
  }
  return found;
}

function logTicks(low, high, height) {
  const decades = (high - low) / Math.LN10;
  const factors = decades > 5 ? [1] : decades > 2 ? [1, 3] : decades > 0.7 ? [1, 2, 5] : null;
  if (!factors) return ticks(Math.exp(low), Math.exp(high), Math.max(3, height / 60)).filter(t => t.value > 0);
  const found = [];
  for (let e = Math.floor(low / Math.LN10); e <= high / Math.LN10; e++) {
    for (const f of factors) {
      const value = Number(`${f}e${e}`);
      if (Math.log(value) >= low && Math.log(value) <= high) found.push({ value, label: e < -3 || e > 4 ? `${f}e${e}` : String(value) });
    }
  }
  return found;
}
