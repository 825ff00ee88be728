// Small helpers that all pages share. Text is only ever set as text: no name of a run or a recipe becomes markup.

/** An element with properties, attributes and children; text among the children stays text. */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === 'class') element.className = value;
    else if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'style') Object.entries(value).forEach(([k, v]) => element.style.setProperty(k, v));
    else element.setAttribute(key, value === true ? '' : value);
  }
  add(element, children);
  return element;
}

const space = 'http://www.w3.org/2000/svg';

/** The same of SVG. */
export function s(name, attributes = {}, ...children) {
  const element = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(key, value);
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(9)) if (child !== null && child !== undefined && child !== false) element.append(child);
}

/** What to do before the page is left: close streams, stop timers. */
const leaving = new Set();
export function onLeave(action) {
  leaving.add(action);
  return () => { leaving.delete(action); action(); };
}
export function leave() {
  for (const action of [...leaving]) action();
  leaving.clear();
}
addEventListener('pagehide', leave);

/** Tells those who listen rather than look. */
export function say(text) {
  document.getElementById('said').textContent = text;
}

/** Asks the studio; an answer that is an error becomes one, in the studio's words. */
export async function ask(path, parameters = {}, kind = 'json', signal = undefined) {
  const reply = await fetch(address(path, parameters), { signal });
  if (!reply.ok) throw new Error((await reply.text()).trim() || `The studio answered ${reply.status}.`);
  return kind === 'json' ? reply.json() : reply.arrayBuffer();
}

/** An address with what stands behind the question mark; lists become the same key again and again. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined && one !== null && one !== '') query.append(key, one);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

const types = { f32: Float32Array, i32: Int32Array, i8: Int8Array, u8: Uint8Array };

/** Reads numbers behind a header, as the studio sends them. */
export function readBinary(buffer) {
  const length = new DataView(buffer).getInt32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = {};
  for (const { name, type, offset, count } of header.sections) arrays[name] = new types[type](buffer, 4 + length + offset, count);
  return { header, arrays };
}

/** Three significant digits, as Engram's tables have them. */
export function short(value) {
  if (value === null || value === undefined) return '–';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'undefined' : 'diverged';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e5) return value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(size))));
  const [digits, exponent] = value.toExponential(2).split('e');
  return `${digits}e${Number(exponent)}`;
}

/** Digits in groups of three. */
export function grouped(number) {
  return Math.round(number).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A duration such as 5 s, 3 min 20 s or 2 h 5 min. */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 60) return `${seconds.toFixed(0)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}

/** How long ago something was. */
export function ago(milliseconds) {
  if (!milliseconds) return '–';
  const seconds = Math.max(0, (Date.now() - milliseconds) / 1000);
  return seconds < 5 ? 'now' : seconds < 172800 ? `${duration(seconds).replace(/ \d+ s$/, '')} ago` : `${Math.floor(seconds / 86400)} days ago`;
}

/** The words of a table as a table. */
export function table(all, options = {}) {
  // A column that says nothing of any row is left out.
  const kept = all.headings.map((_, i) => i).filter(i => i === 0 || all.rows.some(r => r.cells[i] !== '–' && r.cells[i] !== ''));
  const payload = { headings: kept.map(i => all.headings[i]), rows: all.rows.map(r => ({ cells: kept.map(i => r.cells[i]) })) };
  const numeric = payload.headings.map(t => t.startsWith('>'));
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': options.label ?? 'Table' },
    h('table', { class: options.class ?? null },
      h('thead', {}, h('tr', {}, payload.headings.map((t, i) => h('th', { scope: 'col', class: numeric[i] ? 'number' : null }, t.replace(/^>/, ''))))),
      h('tbody', {}, payload.rows.map(r => h('tr', {}, r.cells.map((c, i) => h(i === 0 ? 'th' : 'td', {
        scope: i === 0 ? 'row' : null, class: numeric[i] ? 'number' : options.verdict && payload.headings[i] === 'Verdict' ? `verdict ${verdictOf(c)}` : null,
      }, c)))))));
}

/** How a verdict is coloured; the words say the same. */
export function verdictOf(text) {
  if (/^(does not|not trained|higher|worse|\d+ of \d+ networks diverged)/.test(text)) return 'bad';
  if (/^(holds|agrees|as expected|better|lower)/.test(text)) return 'good';
  return 'open';
}

/** A card with a heading. */
export function card(title, ...children) {
  return h('section', { class: 'card' }, title ? h('h2', {}, title) : null, children);
}

/** Pairs of names and values. */
export function facts(pairs) {
  return h('dl', { class: 'facts' }, pairs.filter(p => p && p[1] !== '' && p[1] !== null).map(([k, v]) => [h('dt', {}, k), h('dd', {}, v)]));
}

/** The state of a run as a mark with its word. */
export function state(word) {
  return h('span', { class: `state ${word}` }, word);
}

/** A line that says what went wrong, in place of what would have been there. */
export function trouble(error) {
  return h('p', { class: 'trouble', role: 'alert' }, error.message ?? String(error));
}

/** The colour theme that figures are asked for. */
export function theme() {
  return document.documentElement.dataset.theme ?? 'auto';
}

/** A colour of the figures' palette. */
export function ink(style) {
  return `var(--s${style % 7})`;
}
