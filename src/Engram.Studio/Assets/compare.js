// Chosen runs side by side: curves overlaid, what their recipes differ in, and differences over what they share, with intervals.
import { h, ask, address, card, table, onLeave, ink, theme, short } from '/assets/dom.js';
import { Chart } from '/assets/chart.js';
import { figuresOf } from '/assets/run.js';
import { go } from '/assets/app.js';

export async function show(query) {
  const names = query.getAll('run');
  return names.length < 2 ? choose(names) : compare(names);
}

async function choose(chosen) {
  const { runs } = await ask('/api/runs');
  const good = runs.filter(r => r.outerSteps !== null), picked = new Set(chosen);
  const button = h('button', { type: 'button', class: 'main', disabled: picked.size < 2, onclick: () => go(address('/compare', { run: [...picked] })) }, 'Compare');
  const groups = new Map();
  for (const run of good) if (run.group) groups.set(run.group, [...groups.get(run.group) ?? [], run.name]);
  return [
    h('h1', {}, 'Compare runs'),
    h('p', { class: 'lead' }, 'Choose two runs or more: their curves are laid over each other, and what they share is compared pair by pair.'),
    groups.size ? card('A whole group', h('div', { class: 'tools' }, [...groups].filter(([, members]) => members.length > 1).slice(0, 30).map(([name, members]) => h('a', { class: 'button', href: address('/compare', { run: members.slice(0, 24) }) }, `${name} (${members.length})`)))) : null,
    card('Single runs', good.length ? null : h('p', { class: 'note' }, 'There are no runs yet.'), h('div', { class: 'grid' }, good.slice(0, 400).map(run => {
      const box = h('input', { type: 'checkbox' });
      box.checked = picked.has(run.name);
      box.addEventListener('change', () => { box.checked ? picked.add(run.name) : picked.delete(run.name); button.disabled = picked.size < 2 || picked.size > 24; });
      return h('label', {}, box, h('span', {}, run.name, h('span', { class: 'note' }, ` ${run.recipe}`)));
    }))),
    h('div', { class: 'dock' }, button, h('span', { class: 'note' }, '2 to 24 runs')),
  ];
}

async function compare(names) {
  const found = await ask('/api/compare', { run: names });
  const percent = found.runs.every(r => r.card.inPercent);
  const repeated = new Set(found.runs.map(r => r.label)).size < found.runs.length;
  let quantity = percent ? 'error' : 'loss', range = [null, null], means = repeated, chart = null, curves = [];
  const holder = h('div', {}), legend = h('div', {});

  function makeChart() {
    chart?.dispose();
    chart = new Chart({
      label: quantity === 'gradient' ? 'Norm of the meta-gradient' : quantity === 'error' ? 'Query error, %' : 'Query loss, running mean', logarithmic: quantity !== 'error', fromZero: quantity === 'error', height: 440,
      reference: quantity !== 'gradient' && (quantity === 'error') === percent && found.axis.reference !== null ? { value: found.axis.reference, label: found.axis.referenceLabel } : null,
      onRange: (from, to) => { range = [from, to]; load(); },
    });
    holder.replaceChildren(chart.element);
  }

  async function load() {
    const asked = [quantity, ...range];
    const got = await Promise.all(found.runs.map(r => ask('/api/curve', {
      run: r.card.name, quantity, from: range[0] === null ? null : Math.max(0, Math.floor(range[0])), to: range[1] === null ? null : Math.ceil(range[1]), points: 500,
    }).catch(() => null)));
    if (asked.some((a, i) => a !== [quantity, ...range][i])) return;
    if (range[0] === null) curves = got;
    draw(range[0] === null ? got : got.map((g, i) => g?.curve.steps.length ? g : curves[i]));
  }

  function draw(got) {
    const full = curves;
    const series = found.runs.map((r, i) => ({ label: r.label, style: r.style, name: r.card.name, curve: got[i]?.curve, ends: full[i]?.curve })).filter(x => x.curve?.steps.length);
    const drawn = means ? byLabel(series) : series.map(x => ({ name: repeated ? `${x.label} — ${tail(x.name)}` : x.label, color: ink(x.style), x: x.curve.steps, y: x.curve.line, dash: dashOf(series, x) }));
    // The whole range stays the range of the whole curves, whatever part of them is fine.
    chart.set([...drawn, ...range[0] === null ? [] : series.map(x => ({ name: '', color: 'transparent', x: [x.ends.steps[0], x.ends.steps.at(-1)], y: [null, null] }))]);
    legend.replaceChildren(new ProxyLegend(chart, drawn).element);
  }

  const pick = h('div', { class: 'segments', role: 'group', 'aria-label': 'Quantity' });
  const fillPick = () => pick.replaceChildren(...[...percent ? ['error'] : [], 'loss', 'gradient'].map(q => h('button', {
    type: 'button', 'aria-pressed': String(q === quantity), onclick: () => { quantity = q; range = [null, null]; fillPick(); makeChart(); load(); },
  }, { loss: 'Loss', error: 'Error', gradient: 'Meta-gradient' }[q])));
  const mean = h('input', { type: 'checkbox' });
  mean.checked = means;
  mean.addEventListener('change', () => { means = mean.checked; chart.hidden.clear(); load(); });

  fillPick();
  makeChart();
  load();
  onLeave(() => chart?.dispose());
  const timer = found.runs.some(r => r.card.state === 'running') ? setInterval(() => { if (range[0] === null) load(); }, 1500) : 0;
  onLeave(() => clearInterval(timer));

  const paper = h('img', { alt: 'Learning curves as the project draws them for paper', loading: 'lazy' });
  const draws = () => { paper.src = address('/figure', { run: names, figure: 'learning-curves', theme: theme() }); };
  const drawing = h('details', { ontoggle: event => { if (event.currentTarget.open && !paper.src) draws(); } }, h('summary', {}, 'The same as a figure for print'), h('figure', { class: 'figure' }, paper,
    h('figcaption', {}, 'Drawn by the module that draws the figures of reports.')));
  const redraw = () => { if (paper.src) draws(); };
  document.addEventListener('theme', redraw);
  onLeave(() => document.removeEventListener('theme', redraw));

  return [
    h('p', { class: 'crumbs' }, h('a', { href: '/' }, 'Runs')),
    h('h1', {}, `${found.runs.length} runs compared`),
    h('p', { class: 'lead' }, [...new Set(found.runs.map(r => r.label))].join(' · ')),
    card('Learning curves', h('div', { class: 'tools' }, pick, repeated ? h('label', {}, mean, 'mean over seeds, with its standard error') : null, h('span', { class: 'push' }),
      h('button', { type: 'button', 'aria-label': 'Zoom in', onclick: () => chart.zoom(0.6) }, '+'), h('button', { type: 'button', 'aria-label': 'Zoom out', onclick: () => chart.zoom(1 / 0.6) }, '−'),
      h('button', { type: 'button', onclick: () => chart.setRange(...chart.full) }, 'All')), holder, legend, drawing),
    card('Differences over what they share', found.notice ? h('p', { class: 'note' }, found.notice) : null, found.differences.rows.length ? [intervals(found.differences), table(found.differences, { label: 'Differences' }), h('p', { class: 'note' }, found.differences.meaning)] : null),
    card('Results', found.results.rows.length ? table(found.results, { label: 'Results' }) : h('p', { class: 'note' }, 'None of these runs has been evaluated yet.')),
    card('Where recipes differ', found.settings.rows.length ? table(found.settings, { label: 'Settings that differ' }) : h('p', { class: 'note' }, 'In nothing: they are the same recipe with the same seed.')),
    found.runs.length <= 12 ? figuresOf(names, 'Figures of their lifetimes') : null,
  ];
}

function tail(name) {
  return name.slice(name.lastIndexOf('/') + 1);
}

function dashOf(series, one) {
  const same = series.filter(x => x.label === one.label);
  return [[], [6, 3], [2, 2], [8, 3, 2, 3], [3, 2]][same.indexOf(one) % 5];
}

// One line for each label: the mean over its runs at the same outer steps, and one standard error around it.
function byLabel(series) {
  const labels = [...new Set(series.map(x => x.label))];
  return labels.map(label => {
    const own = series.filter(x => x.label === label), first = own.reduce((a, b) => b.curve.steps.length < a.curve.steps.length ? b : a);
    const x = first.curve.steps, y = [], low = [], high = [];
    x.forEach(step => {
      const values = own.map(o => at(o.curve, step)).filter(v => v !== null);
      if (values.length < own.length) { y.push(null); low.push(null); high.push(null); return; }
      const m = values.reduce((a, b) => a + b, 0) / values.length;
      const error = values.length < 2 ? 0 : Math.sqrt(values.reduce((a, v) => a + (v - m) ** 2, 0) / (values.length - 1) / values.length);
      y.push(m); low.push(Math.max(m - error, m * 1e-3)); high.push(m + error);
    });
    return { name: own.length > 1 ? `${label} (${own.length} seeds)` : label, color: ink(first.style), x, y, low: own.length > 1 ? low : null, high: own.length > 1 ? high : null };
  });
}

function at(curve, step) {
  let low = 0, high = curve.steps.length - 1;
  if (step < curve.steps[0] || step > curve.steps[high]) return null;
  while (low < high) { const middle = (low + high) >> 1; if (curve.steps[middle] < step) low = middle + 1; else high = middle; }
  return curve.line[low];
}

class ProxyLegend {
  constructor(chart, drawn) {
    const all = chart.series;
    chart.series = drawn;
    this.element = chart.legend();
    chart.series = all;
  }
}

// Intervals as bars around zero: what leaves zero out is clear.
function intervals(payload) {
  const rows = payload.rows.map(r => ({ name: r.cells[0], parsed: /^([+−][\d.e-]+) \[([+−][\d.e-]+), ([+−][\d.e-]+)\]$/.exec(r.cells[1]) })).filter(r => r.parsed)
    .map(r => ({ name: r.name, values: r.parsed.slice(1).map(t => Number(t.replace('−', '-'))) }));
  if (!rows.length) return null;
  const reach = Math.max(...rows.flatMap(r => r.values.map(Math.abs))) * 1.08 || 1;
  const x = v => 50 + 50 * v / reach;
  return h('div', { class: 'intervals', role: 'img', 'aria-label': 'Intervals of differences around zero' }, rows.map(({ name, values: [mean, from, to] }) => h('div', { class: 'interval' },
    h('span', {}, name),
    h('span', { class: 'lane' }, h('i', { class: 'zero' }), h('i', { class: from > 0 || to < 0 ? 'span clear' : 'span', style: { left: `${x(from)}%`, width: `${x(to) - x(from)}%` } }), h('i', { class: 'dot', style: { left: `${x(mean)}%` } })))),
  h('div', { class: 'interval' }, h('span', {}), h('span', { class: 'lane words' }, h('span', {}, `−${short(reach)}`), h('span', {}, '0'), h('span', {}, `+${short(reach)}`))));
}
