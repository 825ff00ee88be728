// A run's meta-parameters as pictures: W, b, B, α, β of each layer, with their distributions.
import { h, ask, address, readBinary, short, grouped, trouble, onLeave } from '/assets/dom.js';
import { heat, legendOfColours } from '/assets/player.js';
import { figuresOf } from '/assets/run.js';
import { diverging } from '/assets/palette.js';
import { go } from '/assets/app.js';

const words = {
  'feedforward-weights': 'W, feedforward weights', biases: 'b, biases', 'feedback-weights': 'B, feedback weights', 'feedback-biases': 'biases of feedback', plasticity: 'α, plasticity', 'feedback-strength': 'β, strength of feedback', 'feedback-plasticity': 'α of feedback', rule: 'of the rule', pathway: 'of the pathway', birth: 'of birth',
};

export async function show(query) {
  const { runs } = await ask('/api/runs');
  const good = runs.filter(r => r.outerSteps !== null);
  const name = query.get('run') ?? query.get('name') ?? good.filter(r => r.outerStep > 0).sort((a, b) => b.changed - a.changed)[0]?.name;
  if (!name) return [h('h1', {}, 'Weights and α'), h('p', { class: 'card empty' }, 'There is no run yet; ', h('code', {}, 'engram train'), ' makes one.')];
  const choice = h('select', { 'aria-label': 'Run' }, good.map(r => h('option', { value: r.name, selected: r.name === name }, r.name)));
  choice.addEventListener('change', () => go(address('/weights', { run: choice.value })));
  const top = [h('p', { class: 'crumbs' }, h('a', { href: '/' }, 'Runs'), ' / ', h('a', { href: address('/run', { run: name }) }, name)), h('h1', {}, 'Weights and α')];
  let found;
  try { found = readBinary(await ask('/api/weights', { run: name }, 'binary')); } catch (error) { return [...top, h('div', { class: 'tools' }, choice), trouble(error)]; }
  const { header, arrays } = found, layers = new Map();
  for (const tensor of header.tensors) layers.set(tensor.layer, [...layers.get(tensor.layer) ?? [], tensor]);
  const dialog = h('dialog', { 'aria-label': 'A tensor' });
  document.body.append(dialog);
  onLeave(() => dialog.remove());
  return [...top,
    h('p', { class: 'lead' }, `What meta-training has found in ${grouped(header.outerSteps)} outer steps, and what every life begins with. Each cell shows the number of its block that is furthest from zero.`),
    h('div', { class: 'tools' }, choice, h('a', { class: 'button', href: address('/player', { run: name }) }, '▶ See them change in a life')),
    legendOfColours('below 0', 'above 0'),
    h('div', { class: 'weights' }, [...layers].sort((a, b) => order(a[0]) - order(b[0])).map(([layer, tensors]) => h('section', { class: layer >= header.frozenLayers || layer < 0 ? 'card plastic' : 'card' },
      h('h2', {}, layer < 0 ? 'Shared by all plastic layers' : `Layer ${layer + 1}${layer >= header.frozenLayers ? ', plastic' : ', frozen in life'}`),
      h('div', { class: 'tensors' }, tensors.map(t => tile(t)))))),
    h('p', {}),
    figuresOf(name, 'Distributions and what a life changes'),
  ];

  // What learns in life comes first.
  function order(layer) {
    return layer < 0 ? -1000 : layer >= header.frozenLayers ? layer - 500 : layer;
  }

  function tile(t) {
    const canvas = h('canvas', { width: t.pictureColumns, height: t.pictureRows, role: 'img', 'aria-label': `${t.name}, from ${short(t.minimum)} to ${short(t.maximum)}` });
    canvas.style.aspectRatio = String(Math.max(1.25, Math.min(6, t.pictureColumns / t.pictureRows)));
    if (t.pictureColumns * t.pictureRows === 1) return number(t, element => open(t, element));
    heat(canvas, arrays[t.name], 0.6);
    const bins = h('canvas', { class: 'hist', width: 164, height: 34, 'aria-hidden': 'true' });
    const element = h('button', { type: 'button', class: 'tensor', 'data-tensor': t.name, onclick: () => open(t) },
      h('b', {}, words[t.role] ?? t.role), h('small', { class: 'mono' }, `${t.name} [${t.shape.join(', ')}]`), canvas, bins,
      h('small', {}, `${short(t.minimum)} to ${short(t.maximum)}, mean ${short(t.mean)}${t.deviation === null ? '' : ` ± ${short(t.deviation)}`}`),
      t.role === 'plasticity' ? h('small', {}, `${short(100 * t.shareZero)} % are 0, ${short(100 * t.shareNegative)} % below 0 (anti-Hebbian)`) : null);
    requestAnimationFrame(() => histogram(bins, t));
    return element;
  }

  // A single number is a number, not a picture.
  function number(t, action) {
    return h('button', { type: 'button', class: 'tensor', 'data-tensor': t.name, onclick: action }, h('b', {}, words[t.role] ?? t.role), h('small', { class: 'mono' }, t.name), h('span', { class: 'big' }, short(t.mean)));
  }

  async function open(t) {
    dialog.replaceChildren(h('p', { class: 'waiting' }, 'Reading …'));
    dialog.showModal();
    const read = h('p', { class: 'mono', 'aria-live': 'polite' }, 'Point at a cell, or use the arrow keys.');
    const close = h('button', { type: 'button', onclick: () => dialog.close() }, 'Close');
    try {
      const { header: of, arrays: { values } } = readBinary(await ask('/api/tensor', { run: name, tensor: t.name }, 'binary'));
      const canvas = h('canvas', { class: 'pixels', width: of.pictureColumns, height: of.pictureRows, tabindex: 0, role: 'img', 'aria-label': t.name });
      const scale = Math.max(...values.map(Math.abs)) || 1;
      heat(canvas, Int8Array.from(values, v => Math.round(127 * v / scale)), 0.6);
      const side = Math.max(3, Math.min(24, Math.floor(Math.min(820 / of.pictureColumns, 480 / of.pictureRows))));
      canvas.style.width = `${Math.max(120, of.pictureColumns * side)}px`;
      canvas.style.height = `${Math.max(14, of.pictureRows * side)}px`;
      let row = 0, column = 0;
      const tell = () => {
        const exact = of.rows === of.pictureRows && of.columns === of.pictureColumns;
        read.textContent = `${exact ? '' : 'block '}[${row}, ${column}] = ${short(values[row * of.pictureColumns + column])}`;
      };
      canvas.addEventListener('pointermove', event => { column = clamp(Math.floor(event.offsetX / canvas.clientWidth * of.pictureColumns), of.pictureColumns); row = clamp(Math.floor(event.offsetY / canvas.clientHeight * of.pictureRows), of.pictureRows); tell(); });
      canvas.addEventListener('keydown', event => {
        const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
        if (!by) return;
        event.preventDefault();
        row = clamp(row + by[0], of.pictureRows); column = clamp(column + by[1], of.pictureColumns); tell();
      });
      dialog.replaceChildren(h('header', {}, h('div', {}, h('h2', {}, words[t.role] ?? t.role), h('p', { class: 'note mono' }, `${t.name} [${t.shape.join(', ')}]`)), close),
        h('div', { class: 'scroll' }, canvas), legendOfColours(short(-scale), short(scale)), read);
      canvas.focus();
    } catch (error) { dialog.replaceChildren(trouble(error), close); }
  }
}

function clamp(value, count) {
  return Math.max(0, Math.min(count - 1, value));
}

function histogram(canvas, t) {
  const pen = canvas.getContext('2d'), most = Math.max(...t.counts), n = t.counts.length, reach = Math.max(Math.abs(t.edges[0]), Math.abs(t.edges[n])) || 1;
  t.counts.forEach((count, i) => {
    if (!count) return;
    const middle = (t.edges[i] + t.edges[i + 1]) / 2, height = Math.max(1, Math.sqrt(count / most) * canvas.height);
    pen.fillStyle = diverging[Math.round((diverging.length - 1) * (0.5 + 0.5 * Math.sign(middle) * Math.min(1, 0.35 + 0.65 * Math.abs(middle) / reach)))];
    pen.fillRect(i * canvas.width / n, canvas.height - height, canvas.width / n - 0.6, height);
  });
}
