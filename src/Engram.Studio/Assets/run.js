// One run: its curve as it comes, its settings, what came of it, and figures of its lifetimes.
import { h, ask, address, short, grouped, duration, state, facts, card, onLeave, theme, trouble, ink } from '/assets/dom.js';
import { Chart } from '/assets/chart.js';
import { done, left } from '/assets/runs.js';

const figures = [
  ['interference', 'Interference', 'how much learning a task changes answers about earlier ones'],
  ['trajectory', 'Trajectory', 'loss or error on the query after each inner step'],
  ['forgetting', 'Forgetting', 'loss on each task over the lifetime'],
  ['gradient-alignment', 'Alignment', 'cosine between each layer’s update and the negative gradient'],
  ['update-magnitude', 'Update size', 'size of each layer’s updates'],
  ['plasticity', 'Plasticity', 'distributions of α, β and B in each layer'],
  ['weights-in-life', 'Weights in life', 'singular values of what a life changes'],
];

export async function show(query) {
  const name = query.get('run') ?? query.get('name');
  if (!name) throw new Error('The address names no run; choose one in the list.');
  const run = await ask('/api/run', { run: name });
  let current = run.card, quantity = current.inPercent ? 'error' : 'loss', range = [null, null], points = null, generation = -1, last = 0, source = null;

  const where = h('div', {}), status = h('div', { class: 'tools' });
  let chart = null, legend = h('div', {});
  const holder = h('div', {}), live = h('span', { class: 'note' });
  const names = { loss: 'Query loss', error: 'Query error, %', gradient: 'Norm of the meta-gradient' };

  function makeChart() {
    chart?.dispose();
    const log = quantity === 'gradient' || (quantity === 'loss' && run.axis.logarithmic) || quantity === 'loss';
    const referenced = quantity !== 'gradient' && (quantity === 'error') === run.card.inPercent && run.axis.reference !== null;
    chart = new Chart({
      label: names[quantity], logarithmic: log, fromZero: quantity === 'error', reference: referenced ? { value: run.axis.reference, label: run.axis.referenceLabel } : null,
      onRange: (from, to) => { range = [from, to]; load(); },
    });
    holder.replaceChildren(chart.element);
  }

  async function load() {
    const [from, to] = range;
    const found = await ask('/api/curve', { run: name, quantity, from: from === null ? null : Math.max(0, Math.floor(from)), to: to === null ? null : Math.ceil(to), points: 900 }).catch(() => null);
    if (!found || found.quantity !== quantity || range[0] !== from || range[1] !== to) return;
    if (from === null) { points = found.curve; last = found.last; generation = found.generation; }
    draw(from === null ? found.curve : overlay(points, found.curve));
    if (!source) listen();
  }

  // The part that is shown is fine, what is around it as it was.
  function overlay(all, part) {
    if (!all || !part.steps.length) return all ?? part;
    const first = part.steps[0], end = part.steps[part.steps.length - 1], result = {};
    const before = all.steps.findIndex(s => s >= first), after = all.steps.findIndex(s => s > end);
    for (const key of ['steps', 'low', 'high', 'line']) result[key] = [...all[key].slice(0, Math.max(0, before)), ...part[key], ...after < 0 ? [] : all[key].slice(after)];
    return result;
  }

  function draw(curve) {
    const mean = quantity === 'gradient' ? 'mean of what a column shows' : 'running mean';
    chart.set([{ name: mean, color: ink(0), x: curve.steps, y: curve.line, low: curve.low, high: curve.high }]);
    const empty = curve.steps.length === 0;
    legend.replaceChildren(h('p', { class: 'note' }, empty ? 'There are no metrics yet; the curve begins with the first outer step.' :
      `Line: ${mean}. Band: lowest and highest value of the outer steps that a column stands for.`));
  }

  function listen() {
    source?.close();
    if (current.state !== 'running' && current.state !== 'interrupted' && current.state !== 'empty') return;
    source = new EventSource(address('/live/run', { run: name, quantity, from: last }));
    source.addEventListener('curve', event => {
      const gained = JSON.parse(event.data);
      if (generation >= 0 && gained.generation !== generation) { source.close(); source = null; load(); return; }
      generation = gained.generation;
      points ??= { steps: [], low: [], high: [], line: [] };
      for (const key of ['steps', 'low', 'high', 'line']) points[key].push(...gained.curve[key]);
      last = gained.last;
      live.textContent = `live at outer step ${grouped(last)}`;
      holder.dataset.last = last;
      if (points.steps.length > 4000) { source.close(); source = null; load(); } else if (range[0] === null) draw(points);
    });
    source.addEventListener('run', event => { current = JSON.parse(event.data); tell(); });
    source.addEventListener('gone', () => { source.close(); live.textContent = 'The run’s folder is gone.'; });
  }

  function tell() {
    const rest = left(current);
    where.replaceChildren(
      h('span', { class: 'tools' }, state(current.state), h('span', {}, `${Math.floor(100 * done(current))} %, outer step ${grouped(current.outerStep)} of ${current.outerSteps === null ? '?' : grouped(current.outerSteps)}`),
        h('span', { class: 'note' }, [current.seconds && `${duration(current.seconds)}${current.state === 'running' ? ' so far' : ''}`, rest && `${rest} left`].filter(Boolean).join(', ')), live),
      h('span', { class: `meter ${current.state}` }, h('i', { style: { width: `${100 * done(current)}%` } })));
  }

  const pick = h('div', { class: 'segments', role: 'group', 'aria-label': 'Quantity' });
  function fillPick() {
    const there = [...current.inPercent ? ['error'] : [], 'loss', 'gradient'];
    pick.replaceChildren(...there.map(q => h('button', {
      type: 'button', 'aria-pressed': String(q === quantity), onclick: () => { quantity = q; range = [null, null]; points = null; source?.close(); source = null; fillPick(); makeChart(); load(); },
    }, { loss: 'Loss', error: 'Error', gradient: 'Meta-gradient' }[q])));
  }

  onLeave(() => { source?.close(); chart?.dispose(); });
  fillPick();
  makeChart();
  tell();
  load();
  status.append(pick, h('span', { class: 'push' }),
    h('button', { type: 'button', onclick: () => chart.zoom(0.6), 'aria-label': 'Zoom in' }, '+'), h('button', { type: 'button', onclick: () => chart.zoom(1 / 0.6), 'aria-label': 'Zoom out' }, '−'),
    h('button', { type: 'button', onclick: () => chart.setRange(...chart.full) }, 'All'));

  const group = current.group;
  const settings = h('details', {}, h('summary', {}, `Settings (${run.settings.length})`), facts(run.settings.map(x => [x.key, x.value])));
  const others = run.siblings.filter(x => x !== name);
  return [
    h('p', { class: 'crumbs' }, h('a', { href: '/' }, 'Runs'), group ? [' / ', group] : null),
    h('h1', {}, group ? name.slice(group.length + 1) : name),
    h('p', { class: 'lead' }, [current.recipe, run.description].filter(Boolean).join(' — ')),
    h('div', { class: 'tools' }, h('a', { class: 'button main', href: address('/player', { run: name }) }, '▶ Play a life'), h('a', { class: 'button', href: address('/weights', { run: name }) }, 'Weights and α'),
      others.length ? h('a', { class: 'button', href: address('/compare', { run: [name, ...others].slice(0, 24) }) }, `Compare with its group (${others.length + 1})`) : null),
    h('div', { class: 'grid wide' },
      h('div', {}, card(null, where, status, holder, legend), figuresOf(name)),
      h('div', {},
        card('Result', run.result.length ? facts(run.result.map(x => [x.key, x.value])) : h('p', { class: 'note' }, run.message || 'None yet: it comes when meta-training ends.'),
          run.expected ? facts([['expected', run.expected]]) : null, current.problem ? h('p', { class: 'trouble' }, current.problem) : null),
        card('Made on', facts(run.machine.map(x => [x.key, x.value]))),
        card('Checkpoints', run.checkpoints.length ? facts(run.checkpoints.map(c => [h('span', { class: 'mono' }, c.file.replace(/^checkpoint-0*(\d+)\.safetensors$/, 'outer step $1')), `${(c.bytes / 1048576).toFixed(2)} MiB`])) : h('p', { class: 'note' }, 'None yet.')),
        card(null, settings))),
  ];
}

/** Figures of a run's lifetimes, drawn by the project's own module when somebody wants to see one. */
export function figuresOf(runs, title = 'Figures of its lifetimes') {
  const holder = h('div', {}), names = [runs].flat();
  let shown = null, count = 0;
  const buttons = figures.map(([id, text, meaning]) => h('button', { type: 'button', title: meaning, 'aria-pressed': 'false', 'data-figure': id, onclick: () => draw(id, text, meaning) }, text));
  function draw(id, text, meaning) {
    shown = [id, text, meaning];
    const mine = ++count;
    buttons.forEach(b => b.setAttribute('aria-pressed', String(b.dataset.figure === id)));
    holder.replaceChildren(h('p', { class: 'waiting' }, 'Living lifetimes to draw it …'));
    const image = h('img', { alt: `${text}: ${meaning}`, src: address('/figure', { run: names, figure: id, lifetimes: 10, theme: theme() }) });
    image.addEventListener('load', () => { if (mine === count) holder.replaceChildren(h('figure', { class: 'figure' }, image, h('figcaption', {}, `${text}: ${meaning}; mean over 10 test lifetimes of each run.`))); });
    image.addEventListener('error', async () => {
      if (mine !== count) return;
      const why = await ask('/figure', { run: names, figure: id, lifetimes: 10, theme: theme() }, 'text').catch(e => e);
      holder.replaceChildren(trouble(why instanceof Error ? why : new Error('The figure could not be shown.')));
    });
  }
  const again = () => { if (shown) draw(...shown); };
  document.addEventListener('theme', again);
  onLeave(() => document.removeEventListener('theme', again));
  return card(title, h('div', { class: 'tools' }, buttons), holder);
}
