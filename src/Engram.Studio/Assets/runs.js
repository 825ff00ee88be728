// All runs: state, progress, a sparkline of the running loss, the result. Rows change as runs do.
import { h, s, ask, address, short, grouped, duration, ago, state, onLeave, say } from '/assets/dom.js';
import { go } from '/assets/app.js';

const orders = {
  name: (a, b) => compareNames(a.name, b.name),
  state: (a, b) => a.state.localeCompare(b.state),
  result: (a, b) => (a.result ?? a.running ?? Infinity) - (b.result ?? b.running ?? Infinity),
  changed: (a, b) => b.changed - a.changed,
  done: (a, b) => done(b) - done(a),
};

const picked = new Set();
let words = '', which = 'all', order = 'changed', asGroups = true;

export async function show() {
  const payload = await ask('/api/runs');
  const runs = new Map(payload.runs.map(r => [r.name, r]));
  for (const name of [...picked]) if (!runs.has(name)) picked.delete(name);
  const rows = new Map();
  const list = h('div', { class: 'runs', role: 'grid', 'aria-label': 'Runs' });
  const counts = h('div', { class: 'segments', role: 'group', 'aria-label': 'State' });
  const dock = h('div', { class: 'dock', hidden: true });
  const total = h('p', { class: 'lead' });

  const search = h('input', { type: 'search', placeholder: 'Name, recipe, learner …', 'aria-label': 'Filter runs', value: words, id: 'filter' });
  search.addEventListener('input', () => { words = search.value; fill(); });
  const sort = h('select', { 'aria-label': 'Order' }, [['changed', 'newest first'], ['name', 'by name'], ['result', 'best first'], ['done', 'furthest first'], ['state', 'by state']]
    .map(([value, text]) => h('option', { value, selected: value === order }, text)));
  sort.addEventListener('change', () => { order = sort.value; fill(); });
  const grouped_ = h('input', { type: 'checkbox' });
  grouped_.checked = asGroups;
  grouped_.addEventListener('change', () => { asGroups = grouped_.checked; fill(); });

  function matches(run) {
    if (which !== 'all' && (run.problem ? 'unreadable' : run.state) !== which) return false;
    const text = `${run.name} ${run.recipe} ${run.learner} ${run.task} ${run.seed}`.toLowerCase();
    return words.toLowerCase().split(/\s+/).every(w => text.includes(w));
  }

  function fill() {
    const all = [...runs.values()], found = all.filter(matches).sort((a, b) => orders[order](a, b) || compareNames(a.name, b.name));
    const states = new Map([['all', all.length]]);
    for (const run of all) states.set(run.problem ? 'unreadable' : run.state, (states.get(run.problem ? 'unreadable' : run.state) ?? 0) + 1);
    counts.replaceChildren(...[...states].map(([name, count]) => h('button', {
      type: 'button', 'aria-pressed': String(which === name), onclick: () => { which = name; fill(); },
    }, `${name} ${count}`)));
    total.textContent = `${grouped(all.length)} ${all.length === 1 ? 'run' : 'runs'} in ${payload.root}`;
    const parts = [head()];
    if (asGroups) {
      const groups = new Map();
      for (const run of found) groups.set(run.group || run.name, [...groups.get(run.group || run.name) ?? [], run]);
      for (const [name, members] of groups) {
        if (members[0].group && members.length > 1) parts.push(groupRow(name, members));
        parts.push(...members.map(row));
      }
    } else parts.push(...found.map(row));
    if (!found.length) parts.push(h('p', { class: 'empty' }, 'No run is like that.'));
    list.replaceChildren(...parts);
    updateDock();
  }

  function head() {
    const by = (name, text) => h('button', { type: 'button', onclick: () => { order = name; sort.value = name; fill(); } }, text);
    return h('div', { class: 'run-head', role: 'row' }, h('span', {}), by('name', 'Run'), h('span', { class: 'run-task' }, 'Task, learner'), by('state', 'State'), by('done', 'Progress'), h('span', {}, 'Running loss'),
      h('span', { class: 'run-result' }, by('result', 'Test loss')), h('span', { class: 'run-when' }, by('changed', 'Changed')));
  }

  function groupRow(name, members) {
    const names = members.map(m => m.name);
    return h('div', { class: 'group-row', role: 'row' }, h('b', {}, name), h('span', { class: 'note' }, `${members.length} runs, ${members.filter(m => m.state === 'finished').length} finished`),
      h('a', { href: address('/compare', { run: names.slice(0, 24) }) }, 'Compare them'));
  }

  function row(run) {
    const pick = h('input', { type: 'checkbox', 'aria-label': `Choose ${run.name}` });
    pick.checked = picked.has(run.name);
    pick.addEventListener('change', () => { pick.checked ? picked.add(run.name) : picked.delete(run.name); element.setAttribute('aria-selected', String(pick.checked)); updateDock(); });
    const element = h('div', { class: 'run-row', role: 'row', 'aria-selected': String(pick.checked), 'data-run': run.name },
      h('span', { class: 'pick' }, pick),
      h('div', { class: 'run-name' }, h('a', { href: address('/run', { run: run.name }), class: 'open' }, asGroups && run.group ? run.name.slice(run.group.length + 1) : run.name),
        h('small', {}, [run.recipe, run.seed && `seed ${run.seed}`].filter(Boolean).join(' · '))),
      h('span', { class: 'run-task' }, [run.task, run.learner].filter(Boolean).join(', ')),
      h('span', { class: 'run-state' }, state(run.problem && !run.outerSteps ? 'unreadable' : run.state)),
      run.problem && !run.outerSteps ? h('span', { class: 'run-problem' }, run.problem) : [
        h('div', { class: 'progress' }, h('span', {}, `${Math.floor(100 * done(run))} % of ${run.outerSteps === null ? '?' : grouped(run.outerSteps)}`),
          h('span', { class: `meter ${run.state}` }, h('i', { style: { width: `${100 * done(run)}%` } }))),
        spark(run),
        h('div', { class: 'run-result' }, run.result === null ? h('small', {}, run.state === 'diverged' ? 'diverged' : run.running === null ? '–' : `running ${short(run.running)}`) : [short(run.result), run.inPercent ? ' %' : '', h('small', {}, `± ${short(run.standardError)}`)]),
        h('span', { class: 'run-when', title: run.changed ? new Date(run.changed).toLocaleString() : null }, ago(run.changed)),
      ]);
    rows.set(run.name, element);
    return element;
  }

  function updateDock() {
    dock.hidden = picked.size === 0;
    const names = [...picked];
    dock.replaceChildren(h('span', {}, `${names.length} chosen`), h('a', { class: 'button main', href: address('/compare', { run: names }), 'aria-disabled': String(names.length < 2) }, 'Compare'),
      h('button', { type: 'button', class: 'quiet', onclick: () => { picked.clear(); fill(); } }, 'Choose none'));
  }

  const source = new EventSource('/live/runs');
  source.addEventListener('runs', event => {
    for (const run of JSON.parse(event.data)) {
      const old = rows.get(run.name), isNew = !runs.has(run.name);
      runs.set(run.name, run);
      if (isNew) { fill(); say(`New run ${run.name}`); } else if (old?.isConnected) { const focused = old.contains(document.activeElement) && document.activeElement.className; const next = row(run); old.replaceWith(next); if (focused) next.querySelector(`.${focused}`)?.focus(); }
    }
  });
  source.addEventListener('gone', async () => { const fresh = await ask('/api/runs'); runs.clear(); fresh.runs.forEach(r => runs.set(r.name, r)); fill(); });
  onLeave(() => source.close());

  list.addEventListener('keydown', event => {
    const links = [...list.querySelectorAll('a.open')], now = links.indexOf(document.activeElement);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp' || event.key === 'j' || event.key === 'k') {
      const next = links[Math.min(links.length - 1, Math.max(0, now + (event.key === 'ArrowDown' || event.key === 'j' ? 1 : -1)))];
      if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: 'nearest' }); }
    } else if (event.key === 'x' && now >= 0) links[now].closest('.run-row').querySelector('input').click();
    else if (event.key === 'Enter' && event.shiftKey && picked.size > 1) { event.preventDefault(); go(address('/compare', { run: [...picked] })); }
  });
  const slash = event => {
    if (event.key === '/' && !event.target.closest('input, select')) { event.preventDefault(); search.focus(); }
    else if ((event.key === 'j' || event.key === 'ArrowDown') && event.target === document.body) { list.querySelector('a.open')?.focus(); event.preventDefault(); }
  };
  document.addEventListener('keydown', slash);
  onLeave(() => document.removeEventListener('keydown', slash));

  fill();
  if (!runs.size) {
    return [h('h1', {}, 'Runs'), h('div', { class: 'card empty' }, h('p', {}, 'There are no runs here yet. This makes one, in about a minute:'), h('p', {}, h('code', {}, 'engram train')),
      h('p', { class: 'note' }, `Runs are looked for in ${payload.root}; ENGRAM_RUNS or --runs names another folder. This page shows a run as soon as it begins.`))];
  }
  return [h('h1', {}, 'Runs'), total,
    h('div', { class: 'tools' }, search, counts, h('label', { class: 'push' }, grouped_, 'groups'), sort,
      payload.comparisons + payload.reproductions > 0 ? h('a', { href: '/verdicts' }, `${payload.reproductions} reproductions, ${payload.comparisons} comparisons`) : null),
    list, dock];
}

export function done(run) {
  return run.outerSteps ? Math.min(1, run.outerStep / run.outerSteps) : 0;
}

function compareNames(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** A curve in a cell, with the values that its highest and lowest point stand for: on a logarithmic scale for losses. */
export function spark(run) {
  const log = !run.inPercent;
  const heights = run.spark.map(v => v === null || (log && v <= 0) ? null : log ? Math.log(v) : v);
  const finite = heights.filter(v => v !== null);
  if (finite.length < 2) return h('div', { class: 'spark' }, h('span', { class: 'away' }, 'no curve yet'));
  const low = Math.min(...finite), high = Math.max(...finite), span = high - low || 1;
  let path = '', open = false;
  heights.forEach((v, i) => {
    if (v === null) { open = false; return; }
    path += `${open ? 'L' : 'M'}${(100 * i / (heights.length - 1)).toFixed(2)},${(2 + 30 * (1 - (v - low) / span)).toFixed(2)}`;
    open = true;
  });
  const [top, bottom] = log ? [Math.exp(high), Math.exp(low)] : [high, low];
  return h('div', { class: 'spark' },
    s('svg', { viewBox: '0 0 100 34', preserveAspectRatio: 'none', role: 'img', 'aria-label': `running ${run.inPercent ? 'error' : 'loss'} between ${short(bottom)} and ${short(top)}` }, s('path', { d: path })),
    h('span', { 'aria-hidden': 'true' }, h('i', { style: { 'font-style': 'normal' } }, short(top)), h('i', { style: { 'font-style': 'normal' } }, short(bottom))));
}

export function left(run) {
  if (run.state !== 'running' || !run.seconds || !run.outerStep || !run.outerSteps) return '';
  return duration(run.seconds / run.outerStep * (run.outerSteps - run.outerStep));
}
