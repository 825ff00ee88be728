// Reproductions of published tables and comparisons of methods, and whether their claims hold.
import { h, ask, address, card, table, facts, state, onLeave, ink } from '/assets/dom.js';
import { Chart } from '/assets/chart.js';

export async function show(query, path) {
  if (path === '/reproduction') return reproduction(query.get('name'));
  if (path === '/comparison') return comparison(query.get('name'));
  const [reproductions, comparisons] = await Promise.all([ask('/api/reproductions'), ask('/api/comparisons')]);
  const list = (items, to, none) => items.length ? h('div', { class: 'grid' }, items.map(item => h('a', { class: 'card tile', href: address(to, { name: item.name }) },
    h('h3', {}, item.title || item.name), h('p', { class: 'note' }, item.line), h('p', { class: 'counts' }, state(item.state),
      item.good ? h('span', { class: 'verdict good' }, `${item.good} hold`) : null, item.bad ? h('span', { class: 'verdict bad' }, `${item.bad} do not`) : null, item.open ? h('span', { class: 'verdict open' }, `${item.open} open`) : null)))) : h('p', { class: 'note' }, none);
  return [
    h('h1', {}, 'Verdicts'),
    h('p', { class: 'lead' }, 'What was published, what came out here, and whether each claim holds. An interval that leaves nothing clear is said to be unclear.'),
    h('section', {}, h('h2', {}, 'Reproductions of published tables'), list(reproductions.items, '/reproduction', ['There is none with a report yet; ', h('code', {}, 'engram reproduce table1'), ' makes one.'])),
    h('section', { style: { 'margin-top': '26px' } }, h('h2', {}, 'Comparisons of methods'), list(comparisons.items, '/comparison', ['There is none yet; ', h('code', {}, 'engram compare quick'), ' makes one.'])),
  ];
}

function pictures(name, files) {
  return files.length ? card('Figures', h('div', { class: 'figures' }, files.map(file => h('figure', { class: 'figure' }, h('img', { alt: file.replace(/\.svg$/, '').replaceAll('-', ' '), loading: 'lazy', src: address('/picture', { name, file }) }),
    h('figcaption', {}, file.replace(/\.svg$/, '').replaceAll('-', ' ')))))) : null;
}

async function reproduction(name) {
  const found = await ask('/api/reproduction', { name });
  return [
    h('p', { class: 'crumbs' }, h('a', { href: '/verdicts' }, 'Verdicts')),
    h('h1', {}, found.title || name),
    h('p', { class: 'lead' }, found.meaning),
    card(null, facts([['source', found.source], ['scale', found.scale], ['recipes', found.recipes], ['command', h('code', {}, found.command)], ['Engram', found.engram]])),
    found.contrasts.rows.length ? card('Claims', table(found.contrasts, { label: 'Claims', verdict: true })) : null,
    card('Cells', table(found.cells, { label: 'Cells', verdict: true })),
    found.notes.length ? card('Notes', h('ul', {}, found.notes.map(n => h('li', { class: 'note' }, n)))) : null,
    pictures(name, found.pictures),
  ];
}

async function comparison(name) {
  const found = await ask('/api/comparison', { name });
  const holder = h('div', {}), legend = h('div', {});
  const chart = new Chart({ label: `Validation ${found.metric.includes('error, %') ? 'error, %' : 'loss'}`, xLabel: 'Epoch', logarithmic: true });
  onLeave(() => chart.dispose());
  const fill = payload => {
    const series = payload.runs.filter(r => r.epochs.length).map(r => ({ name: r.method, label: r.run, color: ink(payload.labels.indexOf(r.method)), x: r.epochs, y: r.validation, width: 1.5 }));
    chart.set(series);
    legend.replaceChildren(chart.legend());
  };
  holder.replaceChildren(chart.element);
  fill(found);
  const progress = h('p', { class: 'lead' });
  const tell = payload => progress.replaceChildren(state(payload.state), ` ${payload.ended} of ${payload.planned} runs have ended.`);
  tell(found);
  if (found.state === 'running') {
    const timer = setInterval(async () => { const now = await ask('/api/comparison', { name }).catch(() => null); if (now) { fill(now); tell(now); } }, 1500);
    onLeave(() => clearInterval(timer));
  }
  return [
    h('p', { class: 'crumbs' }, h('a', { href: '/verdicts' }, 'Verdicts')),
    h('h1', {}, found.title || name),
    found.description ? h('p', { class: 'lead' }, found.description) : null,
    progress,
    card('Learning curves of all runs', holder, legend, h('p', { class: 'note' }, 'Every rate and seed is a line; a method has one colour, here and in its figures.')),
    found.methods.rows.length ? card(`Methods, by ${found.metric}`, table(found.methods, { label: 'Methods', verdict: true })) : card('Methods', h('p', { class: 'note' }, 'The table comes when all runs have ended.')),
    found.claims.rows.length ? card('Claims', table(found.claims, { label: 'Claims', verdict: true })) : null,
    pictures(name, found.pictures),
  ];
}
