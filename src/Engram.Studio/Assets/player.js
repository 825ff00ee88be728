// The lifetime player: one life of a network, inner step by inner step. What it is shown, what it answers now, and what changes in it.
import { h, s, ask, address, readBinary, short, grouped, card, trouble, onLeave, say } from '/assets/dom.js';
import { diverging } from '/assets/palette.js';

// Drawn here, since not every system has characters for them.
const icons = {
  play: 'M4 2.5v11l9.5-5.5z', pause: 'M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z', first: 'M2.5 2.5h2v11h-2zM13.5 2.5v11L5.5 8z', last: 'M11.5 2.5h2v11h-2zM2.5 2.5v11l8-5.5z', back: 'M11 2.5v11L4 8z', on: 'M5 2.5v11L12 8z',
};
const icon = name => s('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, s('path', { d: icons[name] }));

const speeds = [2, 5, 10, 20, 40, 80];
const reach = 5.6;

export async function show(query) {
  const { runs } = await ask('/api/runs');
  const good = runs.filter(r => r.outerSteps !== null);
  const name = query.get('run') ?? query.get('name') ?? good.filter(r => r.outerStep > 0).sort((a, b) => b.changed - a.changed)[0]?.name;
  if (!name) return [h('h1', {}, 'Lifetime player'), h('p', { class: 'card empty' }, 'There is no run to play a life of yet; ', h('code', {}, 'engram train'), ' makes one.')];
  const run = await ask('/api/run', { run: name });
  const seedOfRun = run.settings.find(x => x.key === 'meta-training.seed')?.value ?? '1';

  const choice = h('select', { 'aria-label': 'Run', id: 'player-run' }, good.map(r => h('option', { value: r.name, selected: r.name === name }, r.name)));
  const seed = h('input', { type: 'number', min: 0, step: 1, value: query.get('seed') ?? seedOfRun, 'aria-label': 'Seed', id: 'player-seed' });
  const life = h('input', { type: 'number', min: 0, max: 1000000000, step: 1, value: query.get('life') ?? 0, 'aria-label': 'Lifetime', id: 'player-life' });
  const split = h('select', { 'aria-label': 'Split' }, run.splits.map(x => h('option', { value: x, selected: x === query.get('split') }, x)));
  seed.style.width = '84px'; life.style.width = '84px'; choice.style.maxWidth = 'min(340px, 100%)';
  const stage = h('div', {}, h('p', { class: 'waiting' }, 'Living a life …'));
  let player = null, loading = null;

  async function load(step) {
    loading?.abort();
    loading = new AbortController();
    const wanted = { run: choice.value, seed: seed.value, split: split.value, life: life.value };
    player?.stop();
    stage.classList.add('loading');
    try {
      const film = readBinary(await ask('/api/film', wanted, 'binary', loading.signal));
      player?.dispose();
      player = new Player(film, step, next);
      stage.replaceChildren(player.element);
      player.start();
      history.replaceState(null, '', address('/player', wanted));
      title.textContent = wanted.run;
      say(`Life ${wanted.life} of ${wanted.run}, ${film.header.innerSteps} inner steps`);
    } catch (error) {
      if (error.name === 'AbortError') return;
      player?.dispose();
      player = null;
      stage.replaceChildren(trouble(error));
    }
    stage.classList.remove('loading');
  }

  function next(by) {
    life.value = Math.max(0, Number(life.value) + by);
    load(0);
  }

  choice.addEventListener('change', async () => {
    const other = await ask('/api/run', { run: choice.value }).catch(() => null);
    if (other) { seed.value = other.settings.find(x => x.key === 'meta-training.seed')?.value ?? '1'; split.replaceChildren(...other.splits.map(x => h('option', { value: x }, x))); }
    load(0);
  });
  for (const field of [seed, life, split]) field.addEventListener('change', () => load(0));
  const keys = event => { if (!event.target.closest('input:not([type=range]), select, textarea, dialog') && !event.ctrlKey && !event.metaKey && !event.altKey) player?.key(event); };
  addEventListener('keydown', keys);
  onLeave(() => { removeEventListener('keydown', keys); loading?.abort(); player?.dispose(); });

  const title = h('a', { href: address('/run', { run: name }) }, name);
  load(Number(query.get('step') ?? 0));
  return [
    h('p', { class: 'crumbs' }, h('a', { href: '/' }, 'Runs'), ' / ', title),
    h('h1', {}, 'Lifetime player'),
    h('p', { class: 'lead' }, 'A life begins with what meta-training found and learns from each example once, by its own feedback. Play it, or drag through it.'),
    h('div', { class: 'tools' }, choice, h('label', {}, 'seed', seed), h('label', {}, 'life', h('button', { type: 'button', 'aria-label': 'Life before', onclick: () => next(-1) }, '‹'), life,
      h('button', { type: 'button', 'aria-label': 'Next life', id: 'next-life', onclick: () => next(1) }, '›')), split),
    stage,
  ];
}

class Player {
  constructor({ header, arrays }, step, next) {
    Object.assign(this, { film: header, data: arrays, next });
    this.frame = Math.max(0, Math.min(header.frames - 1, Math.round(step / header.every)));
    this.speed = 2;
    this.playing = false;
    this.follow = true;
    this.task = 0;
    this.sinceBirth = false;
    this.element = h('div', { class: 'player', 'data-frames': header.frames });
    this.build();
    this.redraw = () => this.draw();
    this.watch = new ResizeObserver(this.redraw);
    this.watch.observe(this.element);
    document.addEventListener('theme', this.redraw);
    this.scheme = matchMedia('(prefers-color-scheme: dark)');
    this.scheme.addEventListener('change', this.redraw);
  }

  dispose() {
    this.stop();
    this.watch.disconnect();
    document.removeEventListener('theme', this.redraw);
    this.scheme.removeEventListener('change', this.redraw);
  }

  get last() { return this.film.frames - 1; }

  start() { this.draw(); }

  build() {
    const film = this.film;
    this.examples = film.kind === 'sines' ? this.buildSines() : film.kind === 'images' ? this.buildImages() : this.buildNumbers();
    this.layers = film.layers.filter(l => l.shownUnits > 0 || l.isPlastic).reverse().map(l => this.buildLayer(l));
    this.changeLabel = h('button', { type: 'button', id: 'since-birth', 'aria-pressed': 'false', onclick: () => this.toggleChange() }, 'since birth');
    const range = h('input', { type: 'range', min: 0, max: this.last, step: 1, value: this.frame, 'aria-label': 'Inner step', id: 'scrub' });
    this.range = range;
    range.addEventListener('input', () => { this.stop(); this.seek(Number(range.value)); });
    this.track = h('canvas', { 'aria-hidden': 'true' });
    this.clock = h('span', { class: 'clock', id: 'clock' });
    this.loss = h('span', { class: 'note', id: 'life-loss' });
    this.playButton = h('button', { type: 'button', class: 'play main', id: 'play', 'aria-label': 'Play', onclick: () => this.toggle() }, icon('play'));
    this.speedLabel = h('button', { type: 'button', 'aria-label': 'Speed', onclick: () => this.setSpeed((this.speed + 1) % speeds.length) });
    const button = (text, label, action, more = '') => h('button', { type: 'button', 'aria-label': label, title: label, class: more, onclick: action }, text);
    this.element.append(
      h('div', { class: 'stage' },
        card(null, this.examples),
        card(null, h('div', { class: 'row tools', style: { margin: '0 0 10px' } }, h('h2', { style: { margin: '0' } }, 'Inside the network'), h('span', { class: 'push' }), h('span', { class: 'note', style: { margin: '0' } }, 'ΔW'), this.changeLabel),
          h('div', { class: 'layers' }, this.layers.map((l, i) => [l.isFrozen && !this.layers[i - 1]?.isFrozen ? h('p', { class: 'note', style: { margin: '0' } }, 'Layers that do not learn in life') : null, l.element])), legendOfColours())),
      h('div', { class: 'scrub', role: 'group', 'aria-label': 'Player' },
        h('div', { class: 'track' }, range, this.track),
        h('div', { class: 'row' }, button(icon('first'), 'To birth', () => { this.stop(); this.seek(0); }), button(icon('back'), 'Step back', () => { this.stop(); this.seek(this.frame - 1); }), this.playButton,
          button(icon('on'), 'Step forward', () => { this.stop(); this.seek(this.frame + 1); }), button(icon('last'), 'To the end', () => { this.stop(); this.seek(this.last); }), this.clock, this.loss, h('span', { class: 'push' }), this.speedLabel)));
    this.setSpeed(this.speed);
  }

  // --- time

  toggle() { this.playing ? this.stop() : this.play(); }

  play() {
    if (this.frame >= this.last) this.seek(0);
    this.playing = true;
    this.playButton.replaceChildren(icon('pause'));
    this.playButton.setAttribute('aria-label', 'Pause');
    let before = performance.now(), rest = 0;
    const tick = now => {
      if (!this.playing) return;
      rest += (now - before) / 1000 * speeds[this.speed];
      before = now;
      if (rest >= 1) {
        this.seek(Math.min(this.last, this.frame + Math.floor(rest)));
        rest %= 1;
        if (this.frame >= this.last) { this.stop(); return; }
      }
      this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
  }

  stop() {
    this.playing = false;
    cancelAnimationFrame(this.timer);
    if (this.playButton) { this.playButton.replaceChildren(icon('play')); this.playButton.setAttribute('aria-label', 'Play'); }
  }

  setSpeed(index) {
    this.speed = Math.max(0, Math.min(speeds.length - 1, index));
    this.speedLabel.textContent = `${speeds[this.speed]} steps/s`;
  }

  seek(frame) {
    this.frame = Math.max(0, Math.min(this.last, frame));
    this.draw();
  }

  toggleChange() {
    this.sinceBirth = !this.sinceBirth;
    this.changeLabel.setAttribute('aria-pressed', String(this.sinceBirth));
    this.draw();
  }

  key(event) {
    const moves = { ArrowRight: 1, ArrowLeft: -1, l: 1, h: -1, '.': 1, ',': -1, PageDown: 10, PageUp: -10 };
    if (event.key in moves) { this.stop(); this.seek(this.frame + moves[event.key] * (event.shiftKey ? 10 : 1)); }
    else if (event.key === ' ' || event.key === 'k') { if (event.target.closest('button')) return; this.toggle(); }
    else if (event.key === 'Home') { this.stop(); this.seek(0); }
    else if (event.key === 'End') { this.stop(); this.seek(this.last); }
    else if (event.key === '[') this.setSpeed(this.speed - 1);
    else if (event.key === ']') this.setSpeed(this.speed + 1);
    else if (event.key === 'd') this.toggleChange();
    else if (event.key === 'n') this.next(1);
    else if (event.key === 'p') this.next(-1);
    else if (event.key === '0') { this.follow = true; this.draw(); }
    else if (/^[1-9]$/.test(event.key) && Number(event.key) <= this.film.tasks && this.film.kind === 'sines') this.pin(Number(event.key) - 1);
    else return;
    event.preventDefault();
  }

  // --- drawing

  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.paint(); });
  }

  paint() {
    const style = getComputedStyle(this.element);
    this.color = name => style.getPropertyValue(name).trim();
    this.font = style.fontFamily;
    const step = this.data.step[this.frame], loss = this.data['ask.loss'][this.frame];
    this.element.dataset.frame = this.frame;
    this.element.dataset.loss = loss;
    this.range.value = this.frame;
    this.range.setAttribute('aria-valuetext', `inner step ${step} of ${this.film.innerSteps}, loss ${short(loss)}`);
    this.clock.textContent = step === 0 ? 'at birth' : `step ${grouped(step)} of ${grouped(this.film.innerSteps)}`;
    this.loss.textContent = this.film.isClassification ? `loss ${short(loss)}, ${(100 * this.data['ask.accuracy'][this.frame]).toFixed(0)} % right` : `loss over all tasks ${short(loss)}`;
    this.paintTrack();
    this.paintExamples();
    this.layers.forEach(l => l.paint());
  }

  paintTrack() {
    const pen = surface(this.track, 44);
    if (!pen) return;
    const { width, height } = pen.size, tasks = this.data['stream.task'], loss = this.data['ask.loss'], X = f => 8 + f / Math.max(1, this.last) * (width - 16);
    // Which task each step is of, as a band below the loss.
    const breadth = Math.max(1, (width - 16) / Math.max(1, this.last) + 0.5);
    for (let f = 1; f <= this.last; f++) {
      pen.fillStyle = this.color(`--s${tasks[f] % 7}`);
      pen.globalAlpha = f <= this.frame ? 0.9 : 0.28;
      pen.fillRect(X(f - 0.5) - breadth / 2, height - 6, breadth, 5);
    }
    pen.globalAlpha = 1;
    const values = Array.from(loss, v => Math.log(Math.max(v, 1e-12))), low = Math.min(...values), high = Math.max(...values), Y = v => 4 + (height - 16) * (1 - (v - low) / (high - low || 1));
    pen.lineWidth = 1.5;
    for (const [from, to, ink] of [[0, this.last, '--mark'], [0, this.frame, '--text']]) {
      pen.strokeStyle = this.color(ink);
      pen.beginPath();
      for (let f = from; f <= to; f++) pen.lineTo(X(f), Y(values[f]));
      pen.stroke();
    }
    pen.strokeStyle = this.color('--s0');
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(X(this.frame), 0);
    pen.lineTo(X(this.frame), height);
    pen.stroke();
    pen.fillStyle = this.color('--s0');
    pen.beginPath();
    pen.arc(X(this.frame), Y(values[this.frame]), 5, 0, 7);
    pen.fill();
  }

  // --- sines

  buildSines() {
    this.big = h('canvas', { role: 'img', id: 'sine' });
    this.bigTitle = h('h2', {});
    this.bigNote = h('p', { class: 'note', style: { margin: '6px 0 0' } });
    this.smalls = Array.from({ length: this.film.tasks }, (_, i) => {
      const canvas = h('canvas', { 'aria-hidden': 'true' }), number = h('span', {}), value = h('span', {});
      const button = h('button', { type: 'button', onclick: () => this.pin(i), 'aria-pressed': 'false' }, canvas, h('span', {}, number, value));
      return { canvas, number, value, button };
    });
    this.followButton = h('button', { type: 'button', class: 'quiet', onclick: () => { this.follow = true; this.draw(); } }, 'Follow the life');
    return [h('div', { class: 'tools', style: { margin: '0 0 6px' } }, this.bigTitle, h('span', { class: 'push' }), this.followButton), this.big,
      h('ul', { class: 'legend' }, [['--text', 'the sine'], ['--s1', 'what it answers now'], ['--s0', 'the examples of this step']].map(([ink, text]) => h('li', {}, h('span', { class: 'swatch', style: { background: `var(${ink})` } }), text))),
      this.bigNote, h('div', { class: 'small-sines', role: 'group', 'aria-label': 'All sines of this life' }, this.smalls.map(x => x.button)),
      this.film.allTasks > this.film.tasks ? h('p', { class: 'note' }, `The first ${this.film.tasks} of ${this.film.allTasks} sines.`) : null];
  }

  pin(task) {
    this.follow = this.task === task && !this.follow;
    if (!this.follow) this.task = task;
    this.draw();
  }

  paintExamples() {
    if (this.film.kind === 'sines') this.paintSines();
    else if (this.film.kind === 'images') this.paintImages();
    else this.paintNumbers();
  }

  paintSines() {
    const now = this.data['stream.task'][this.frame], tasks = this.film.tasks, taskLoss = this.data['ask.taskLoss'];
    if (this.follow && now >= 0 && now < tasks) this.task = now;
    else if (this.follow && this.frame === 0) this.task = Math.min(tasks - 1, Math.max(0, this.data['stream.task'][1] ?? 0));
    const loss = taskLoss[this.frame * tasks + this.task];
    this.bigTitle.textContent = `Sine ${this.task + 1} of ${this.film.allTasks}`;
    this.followButton.hidden = this.follow;
    this.bigNote.textContent = `${now === this.task ? 'It is being shown now.' : now < 0 ? 'Nothing has been shown yet.' : `Sine ${now + 1} is being shown now.`} Squared error here ${short(loss)}; at birth ${short(taskLoss[this.task])}.`;
    this.big.setAttribute('aria-label', `Sine ${this.task + 1}: error ${short(loss)}`);
    const height = Math.max(220, Math.min(360, this.big.parentElement.clientWidth * 0.56)), pen = surface(this.big, height);
    if (pen) this.paintSine(pen, this.task, true);
    this.smalls.forEach(({ canvas, number, value, button }, i) => {
      const small = surface(canvas, 54);
      if (small) this.paintSine(small, i, false);
      number.textContent = i === now ? `▸ ${i + 1}` : String(i + 1);
      value.textContent = short(taskLoss[this.frame * tasks + i]);
      button.setAttribute('aria-pressed', String(i === this.task));
      button.setAttribute('aria-label', `Sine ${i + 1}, error ${short(taskLoss[this.frame * tasks + i])}`);
      button.classList.toggle('now', i === now);
    });
  }

  paintSine(pen, task, large) {
    const { width, height } = pen.size, xs = this.data['ask.x'], points = this.film.grid, pad = large ? { l: 30, r: 8, t: 8, b: 20 } : { l: 2, r: 2, t: 2, b: 2 };
    const X = x => pad.l + (x + 5) / 10 * (width - pad.l - pad.r), Y = y => pad.t + (1 - (Math.max(-reach, Math.min(reach, y)) + reach) / (2 * reach)) * (height - pad.t - pad.b);
    pen.lineWidth = 1;
    if (large) {
      pen.font = `11px ${this.font}`;
      pen.fillStyle = this.color('--muted');
      pen.strokeStyle = this.color('--grid');
      pen.textAlign = 'right'; pen.textBaseline = 'middle';
      for (const y of [-5, -2.5, 0, 2.5, 5]) { stroke(pen, [[pad.l, Y(y)], [width - pad.r, Y(y)]]); pen.fillText(String(y).replace('-', '−'), pad.l - 6, Y(y)); }
      pen.textAlign = 'center'; pen.textBaseline = 'top';
      for (const x of [-5, -2.5, 0, 2.5, 5]) { stroke(pen, [[X(x), pad.t], [X(x), height - pad.b]]); pen.fillText(String(x).replace('-', '−'), X(x), height - pad.b + 5); }
    } else {
      pen.strokeStyle = this.color('--grid');
      stroke(pen, [[0, Y(0)], [width, Y(0)]]);
    }
    const row = (array, frame) => Array.from({ length: points }, (_, i) => [X(xs[i]), Y(array[(frame * this.film.tasks + task) * points + i])]);
    if (large && this.frame > 0) {
      // Where the answer was at birth.
      pen.strokeStyle = this.color('--mark');
      pen.setLineDash([2, 4]);
      stroke(pen, row(this.data['ask.answer'], 0));
      pen.setLineDash([]);
    }
    pen.strokeStyle = this.color('--text');
    pen.lineWidth = large ? 1.6 : 1;
    stroke(pen, row(this.data['ask.truth'], 0));
    pen.strokeStyle = this.color('--s1');
    pen.lineWidth = large ? 3 : 1.8;
    pen.lineJoin = 'round';
    stroke(pen, row(this.data['ask.answer'], this.frame));
    if (!large) return;
    const n = this.film.shown, sx = this.data['stream.x'], sy = this.data['stream.y'], mask = this.data['stream.mask'];
    for (let back = 0; back < 5; back++) {
      const f = this.frame - back;
      if (f < 1) break;
      if (this.data['stream.task'][f] !== task) continue;
      pen.globalAlpha = back === 0 ? 0.95 : 0.22 - 0.04 * back;
      for (let i = 0; i < n; i++) {
        pen.fillStyle = pen.strokeStyle = this.color('--s0');
        pen.lineWidth = 1.4;
        pen.beginPath();
        pen.arc(X(sx[f * n + i]), Y(sy[f * n + i]), back === 0 ? 4.2 : 3, 0, 7);
        mask[f * n + i] ? pen.fill() : pen.stroke();
      }
    }
    pen.globalAlpha = 1;
  }

  // --- images

  buildImages() {
    const [, rows, columns] = this.film.image;
    this.shownImage = h('canvas', { width: columns, height: rows, role: 'img', id: 'shown-image' });
    this.shownNote = h('div', {});
    const count = this.film.queries;
    this.asked = Array.from({ length: count }, (_, q) => {
      const canvas = h('canvas', { width: columns, height: rows, 'aria-hidden': 'true' });
      picture(canvas, this.data['ask.image'], q, this.film.image);
      const text = h('figcaption', {}), element = h('figure', {}, canvas, text);
      return { element, text };
    });
    return [h('h2', {}, 'What it is shown'), h('div', { class: 'shown' }, this.shownImage, this.shownNote),
      h('h2', { style: { 'margin-top': '16px' } }, 'What it answers now'), h('p', { class: 'note' }, 'Images of the query, which it never learns from, with the probability that it gives to the right class. A solid edge: right. A dashed edge: wrong.'),
      h('div', { class: 'images' }, this.asked.map(a => a.element))];
  }

  paintImages() {
    const classes = this.data['ask.class'], q = this.film.queries, choice = this.data['ask.choice'], sure = this.data['ask.confidence'];
    picture(this.shownImage, this.data['stream.image'], this.frame, this.film.image, this.frame === 0);
    const truth = this.data['stream.class'][this.frame];
    this.shownNote.replaceChildren(...this.frame === 0 ? [h('p', { class: 'note' }, 'Nothing yet: this is the network as it was born.')] : [h('p', { class: 'big' }, `class ${truth}`), h('p', { class: 'note' }, `Task ${this.data['stream.task'][this.frame] + 1} of ${this.film.allTasks}.`)]);
    this.asked.forEach(({ element, text }, i) => {
      const right = choice[this.frame * q + i] === classes[i];
      element.className = right ? 'right' : 'wrong';
      text.textContent = `${classes[i]}: ${(100 * sure[this.frame * q + i]).toFixed(0)} %`;
      element.title = `class ${classes[i]}, answered ${choice[this.frame * q + i]}`;
    });
  }

  // --- numbers

  buildNumbers() {
    this.big = h('canvas', { role: 'img', id: 'answers' });
    return [h('h2', {}, 'What it answers now'), this.big, h('p', { class: 'note' }, this.film.isClassification ? 'Each mark is a question of the query: how probable the right class is to the network.' : 'Each mark is a question of the query: its target against the answer. On the line, the answer is right.')];
  }

  paintNumbers() {
    const pen = surface(this.big, 320);
    if (!pen) return;
    const { width, height } = pen.size, count = this.film.queries;
    const truth = this.data['ask.truth'], answers = this.film.isClassification ? this.data['ask.confidence'] : this.data['ask.answer'];
    const all = this.film.isClassification ? [0, 1] : Array.from(truth), low = Math.min(...all), high = Math.max(...all), span = high - low || 1;
    const P = v => 24 + (v - low) / span * (width - 48), Y = v => height - 20 - (Math.max(low - span, Math.min(high + span, v)) - low) / span * (height - 44);
    pen.strokeStyle = this.color('--mark');
    if (!this.film.isClassification) stroke(pen, [[P(low), Y(low)], [P(high), Y(high)]]);
    for (let i = 0; i < count; i++) {
      pen.fillStyle = this.color(`--s${this.data['ask.task'][i] % 7}`);
      pen.beginPath();
      pen.arc(this.film.isClassification ? 24 + i / Math.max(1, count - 1) * (width - 48) : P(truth[i]), Y(answers[this.frame * count + i]), 3.6, 0, 7);
      pen.fill();
    }
  }

  // --- layers

  buildLayer(layer) {
    const name = `layer${layer.index}`, data = this.data, parts = [];
    const strips = [];
    const strip = (key, label) => {
      const canvas = h('canvas', { class: 'strip', width: layer.shownUnits, height: 1, role: 'img', 'aria-label': `${label} of layer ${layer.index + 1}` }), value = h('span', {});
      strips.push({ canvas, value, values: data[`${name}.${key}`], scale: data[`${name}.${key}.scale`][0] });
      parts.push(h('div', { class: 'strip-label' }, h('span', {}, label), value), canvas);
    };
    if (layer.shownUnits > 0) strip('activity', 'activity');
    if (layer.hasFeedback) strip('feedback', 'feedback');
    const pictures = [];
    if (layer.isPlastic) {
      const small = (keys, label, norm) => {
        const canvas = h('canvas', { width: layer.pictureColumns, height: layer.pictureRows, role: 'img', 'aria-label': `${label} of layer ${layer.index + 1}` }), value = h('span', {}), words = h('span', {}, label);
        pictures.push({ canvas, value, words, keys, norm });
        return h('figure', {}, canvas, h('figcaption', {}, words, value));
      };
      parts.push(h('div', { class: 'matrices' }, small(['change', 'sinceBirth'], 'ΔW of this step', ['changeNorm', 'sinceBirthNorm']), h('figure', {}, this.normCanvas(layer), h('figcaption', {}, h('span', {}, '‖ΔW‖ over the life')))));
    }
    const element = h('div', { class: layer.isPlastic ? 'layer' : 'layer frozen', 'data-layer': layer.index },
      h('div', {}, h('h3', {}, `Layer ${layer.index + 1}`), h('small', {}, `${grouped(layer.units)} ${layer.units === 1 ? 'unit' : 'units'}`), layer.isPlastic ? h('small', {}, 'plastic') : null), h('div', {}, parts));
    return {
      element,
      isFrozen: !layer.isPlastic,
      paint: () => {
        for (const { canvas, value, values, scale } of strips) {
          const n = layer.shownUnits, part = values.subarray(this.frame * n, (this.frame + 1) * n);
          heat(canvas, part, 1);
          value.textContent = this.frame === 0 ? '' : `largest ${short(largest(part) * scale / 127)}`;
        }
        for (const { canvas, value, words, keys, norm } of pictures) {
          const key = keys[this.sinceBirth ? 1 : 0], cells = layer.pictureRows * layer.pictureColumns, part = data[`${name}.${key}`].subarray(this.frame * cells, (this.frame + 1) * cells);
          heat(canvas, part, 0.55);
          words.textContent = this.sinceBirth ? 'W less W at birth' : 'ΔW of this step';
          const size = data[`${name}.${norm[this.sinceBirth ? 1 : 0]}`][this.frame], whole = data[`${name}.weightNorm`][this.frame];
          value.textContent = `${short(size)} (${short(100 * size / whole)} %)`;
          element.dataset.change = size;
        }
        if (layer.isPlastic) this.paintNorm(layer);
      },
    };
  }

  normCanvas(layer) {
    this.norms ??= new Map();
    const canvas = h('canvas', { 'aria-hidden': 'true', class: 'norm' });
    this.norms.set(layer.index, canvas);
    return canvas;
  }

  paintNorm(layer) {
    const canvas = this.norms.get(layer.index), pen = surface(canvas, 108);
    if (!pen) return;
    const values = this.data[`layer${layer.index}.${this.sinceBirth ? 'sinceBirthNorm' : 'changeNorm'}`], { width, height } = pen.size, high = Math.max(...values) || 1;
    const X = f => 2 + f / Math.max(1, this.last) * (width - 4), Y = v => height - 3 - v / high * (height - 10);
    pen.strokeStyle = this.color('--s2');
    pen.lineWidth = 1.3;
    pen.beginPath();
    for (let f = this.sinceBirth ? 0 : 1; f <= this.last; f++) pen.lineTo(X(f), Y(values[f]));
    pen.stroke();
    pen.strokeStyle = this.color('--muted');
    stroke(pen, [[X(this.frame), 0], [X(this.frame), height]]);
    pen.fillStyle = this.color('--s2');
    pen.beginPath();
    pen.arc(X(this.frame), Y(values[this.frame]), 3.5, 0, 7);
    pen.fill();
  }
}

function stroke(pen, points) {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
}

function surface(canvas, height) {
  const width = canvas.clientWidth || canvas.parentElement?.clientWidth;
  if (!width) return null;
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    if (!canvas.style.width) canvas.style.width = '100%';
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.size = { width, height };
  return pen;
}

function largest(values) {
  let found = 0;
  for (const v of values) found = Math.max(found, Math.abs(v));
  return found;
}

const shades = diverging.map(c => [1, 3, 5].map(i => parseInt(c.slice(i, i + 2), 16)));

/** Steps of a 127th as colours: blue below zero, orange above. A power below 1 lets small ones be seen. */
export function heat(canvas, steps, power = 1) {
  const pen = canvas.getContext('2d'), image = pen.createImageData(canvas.width, canvas.height), middle = (shades.length - 1) / 2;
  for (let i = 0; i < steps.length; i++) {
    const share = steps[i] / 127, bent = Math.sign(share) * Math.abs(share) ** power, [r, g, b] = shades[Math.round(middle + middle * bent)];
    image.data[4 * i] = r; image.data[4 * i + 1] = g; image.data[4 * i + 2] = b; image.data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}

function picture(canvas, bytes, index, [channels, rows, columns], empty = false) {
  const pen = canvas.getContext('2d'), image = pen.createImageData(columns, rows), size = rows * columns, first = index * channels * size;
  for (let i = 0; i < size && !empty; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = bytes[first + (channels === 3 ? c * size : 0) + i];
    image.data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}

export function legendOfColours(low = 'below 0', high = 'above 0') {
  const canvas = h('canvas', { width: diverging.length, height: 1, 'aria-hidden': 'true' });
  heat(canvas, Int8Array.from({ length: diverging.length }, (_, i) => Math.round(-127 + 254 * i / (diverging.length - 1))));
  return h('div', { class: 'scale' }, h('span', {}, low), canvas, h('span', {}, high));
}
